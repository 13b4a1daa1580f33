package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Times of the simulation: it is always the same day.
var (
	began  = time.Date(2027, time.March, 1, 9, 0, 0, 0, time.UTC) // the replacement
	window = 24 * time.Hour                                       // in which the devices state something
)

const (
	silentAfter = 7 * 24 * time.Hour
	silentSpan  = 28 * 24 * time.Hour // in which those fell silent that are by the end
	checkIn     = 15 * time.Minute
)

// fate is what becomes of a device in the replacement.
type fate byte

const (
	receives fate = iota // states both certificates in the end
	lags                 // answers, and has not got there
	fails                // answers, and could not install it
	silent               // not heard of for longer than is allowed
	unheard              // never heard of
)

// saying is what a device may state.
type saying byte

const (
	old     saying = iota // the bundle from before
	both                  // the bundle with the new certificate
	broken                // the bundle from before, and that the new one could not be installed
	foreign               // a bundle nobody here published
	sayings
)

const failure = "the trust store is read-only"

// fleet is every device with its fate, and what its statements mean.
type fleet struct {
	settings
	fates  []fate
	chance *rand.Rand
	says   [sayings]string // digests
}

// newFleet casts the fates: those who receive among the others, in no order. Of ten
// that do not, one fails and three are silent.
func newFleet(o settings) *fleet {
	f := &fleet{settings: o, fates: make([]fate, o.devices+o.never), chance: rand.New(rand.NewPCG(o.seed, 0))}
	f.says[foreign] = fmt.Sprintf("%064x", o.seed)
	for i := range f.fates {
		switch {
		case i < o.received:
			f.fates[i] = receives
		case i >= o.devices:
			f.fates[i] = unheard
		default:
			f.fates[i] = []fate{fails, silent, silent, silent, lags, lags, lags, lags, lags, lags}[i%10]
		}
	}
	f.chance.Shuffle(len(f.fates), func(i, j int) { f.fates[i], f.fates[j] = f.fates[j], f.fates[i] })
	return f
}

func deviceName(i int) string { return fmt.Sprintf("agent-%07d", i) }

// deviceID saves keeping a million of them.
func deviceID(i int) string { return fmt.Sprintf("01900000-0000-7000-8000-%012x", i) }

// critical is one device of fifty.
func critical(i int) bool { return i%50 == 0 }

// lastSeen is when a device was heard of last before the replacement: within a
// check-in of it, or long ago.
func (f *fleet) lastSeen(i int) time.Time {
	if f.fates[i] == silent {
		return began.Add(window - silentAfter - time.Second - time.Duration(f.chance.Int64N(int64(silentSpan))))
	}
	return began.Add(-time.Duration(f.chance.Int64N(int64(checkIn))))
}

// statement is what a device says at a time. That of nobody has no device.
type statement struct {
	after  time.Duration // since the replacement began
	device int32
	says   saying
}

const nobody = -1

// statements are what all devices state after the replacement began, in the order of
// time. Each has its own order: only the last one counts.
func (f *fleet) statements() []statement {
	var all []statement
	for i, fate := range f.fates {
		all = f.stating(all, int32(i), f.story(fate)) //nolint:gosec // a fleet has fewer
	}
	for range f.devices / 100 {
		all = f.stating(all, nobody, []saying{both})
	}
	slices.SortFunc(all, func(a, b statement) int { return cmp.Compare(a.after, b.after) })
	return all
}

// stating spreads what a device says over the window.
func (f *fleet) stating(all []statement, device int32, story []saying) []statement {
	at := make([]time.Duration, len(story))
	for i := range at {
		at[i] = time.Duration(f.chance.Int64N(int64(window)))
	}
	slices.Sort(at)
	for i, says := range story {
		all = append(all, statement{at[i], device, says})
	}
	return all
}

// story is what a device of a fate says, one after the other. Few say only what they
// must: others repeat what they had, say the same twice, lose it and get it again, or
// name a bundle of somebody else's in between.
func (f *fleet) story(fate fate) []saying {
	switch fate {
	case silent, unheard:
		return nil
	case fails:
		return append(f.maybe(4, old), broken)
	case lags:
		return append(f.maybe(10, both), old) // some had it, and were set back
	}
	story := f.maybe(4, old)
	story = append(story, f.maybe(50, foreign)...)
	story = append(story, f.maybe(50, both, old)...) // set back, and updated again
	story = append(story, both)
	return append(story, f.maybe(4, both)...)
}

// maybe says something one time in so many.
func (f *fleet) maybe(oneIn int, says ...saying) []saying {
	if f.chance.IntN(oneIn) > 0 {
		return nil
	}
	return says
}
