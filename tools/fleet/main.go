// Fleet simulates the staged replacement of a root certificate in a fleet of any
// size, on an estate in a folder of its own:
//
//	go run . -devices 2393 -received 2076
//
// It makes a root and a communication profile, enrols the devices, stages a
// replacement that is held in distribution, and lets the devices state what they
// have installed: at times of their own, some of them twice, some still what they
// had before. Nothing is installed anywhere and no socket is opened. Then it asks
// for the rollout, and holds its numbers against a count of every single receipt.
//
// Statements go through the HTTP API, as those of agents do. Beyond the first of
// them (-api) they are written by the store in large transactions, which is why a
// million devices take minutes. It fails when a number is not what it must be.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	o := options()
	r, err := simulate(ctx, o)
	stop()
	r.print(os.Stdout, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

// settings are what a simulation is told.
type settings struct {
	devices  int    // that report the old certificate in the end
	received int    // those of them that report the new one too
	never    int    // enrolled besides, and never heard of
	api      int    // statements that go through the API
	callers  int    // devices that state at once
	seed     uint64 // of everything that is left to chance
	folder   string // for the estate; "": one that is removed afterwards
}

func options() (o settings) {
	flag.IntVar(&o.devices, "devices", 2393, "devices that report the old certificate in the end")
	flag.IntVar(&o.received, "received", -1, "those of them that report the new one too (default 2076 of each 2393)")
	flag.IntVar(&o.never, "never", -1, "devices enrolled besides, and never heard of (default 1 percent)")
	flag.IntVar(&o.api, "api", 20_000, "how many statements go through the HTTP API; the rest is written in bulk")
	flag.IntVar(&o.callers, "callers", 64, "how many devices state something at once")
	flag.Uint64Var(&o.seed, "seed", 1, "of what is left to chance")
	flag.StringVar(&o.folder, "folder", "", "a new folder for the estate, which is kept (default: a temporary one)")
	flag.Parse()
	return o.withDefaults()
}

func (o settings) withDefaults() settings {
	if o.received < 0 {
		o.received = o.devices * 2076 / 2393
	}
	if o.never < 0 {
		o.never = o.devices / 100
	}
	return o
}
