//go:build unix

package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// order is what a child process is to do: this test, run once more. It carries out
// a replacement in a fleet's folder and kills itself.
type order struct {
	Folder, Made string
	At           moment // never, when its number is 0
}

// moment is before or after the n-th thing of a kind.
type moment struct {
	What   string // write or device
	Number int64
	After  bool
}

const orderVariable = "CLM_ENGINE_TEST_ORDER"

// killed is the story that is carried out.
var killed = story{2, 1, true, stories["the whole way"].steps, clm.OutcomeCompleted}

// kill -9 before and after every write of a whole replacement, and around a sample
// of what is done to devices. Whoever is served at that moment is accepted; the next
// process brings it to the same end as if nothing had been.
func TestReplaceSurvivesKill(t *testing.T) {
	if text := os.Getenv(orderVariable); text != "" {
		obey(t, text)
		return
	}
	t.Parallel()
	before, _, want := killed.undisturbed(t)
	writes, devices := lived(t, before[0])
	for _, at := range moments(writes, devices) {
		t.Run(fmt.Sprintf("%s %d, after it %t", at.What, at.Number, at.After), func(t *testing.T) {
			t.Parallel()
			f := before[0].copied(t)
			f.killedAt(at)
			f.clock.Advance(time.Hour)
			killed.ends(f, 0, want)
		})
	}
	if writes < 15 || devices < 15 {
		t.Errorf("only %d writes and %d acts on devices", writes, devices)
	}
}

// moments are before and after every write, and around every other act on a device.
func moments(writes, devices int64) (all []moment) {
	for _, after := range []bool{false, true} {
		for n := range writes {
			all = append(all, moment{"write", n + 1, after})
		}
		for n := int64(1); n <= devices; n += 2 {
			all = append(all, moment{"device", n, after})
		}
	}
	return all
}

// lived tells how much a process does that nobody kills.
func lived(t *testing.T, base *fleet) (writes, devices int64) {
	t.Helper()
	f := base.copied(t)
	out, err := f.child(moment{}).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_, counted, _ := strings.Cut(string(out), "counted ")
	if n, err := fmt.Sscan(counted, &writes, &devices); n != 2 {
		t.Fatalf("it said %s: %v", out, err)
	}
	return writes, devices
}

// killedAt lets a process carry out the story until then.
func (f *fleet) killedAt(at moment) {
	f.t.Helper()
	if out, err := f.child(at).CombinedOutput(); err == nil || err.Error() != "signal: killed" {
		f.t.Fatalf("it ended with %v: %s", err, out)
	}
}

func (f *fleet) child(at moment) *exec.Cmd {
	f.t.Helper()
	must(f.t, f.store.Close())
	text, err := json.Marshal(order{f.folder, f.made, at})
	must(f.t, err)
	cmd := exec.CommandContext(f.t.Context(), os.Args[0], "-test.run=^TestReplaceSurvivesKill$")
	cmd.Env = append(os.Environ(), orderVariable+"="+string(text))
	return cmd
}

func obey(t *testing.T, text string) {
	var o order
	must(t, json.Unmarshal([]byte(text), &o))
	f := (&fleet{made: o.Made}).at(t, o.Folder, clmtest.NewClock())
	f.clock.Advance(time.Minute)
	writes, devices := reaper{at: o.At, what: "write"}, reaper{at: o.At, what: "device"}
	f.store.Store = mortalStore{f.store.Store, &writes}
	f.deployer.Deployer = mortalDeployer{f.deployer.Deployer, &devices}
	for _, step := range killed.steps {
		must(t, step.do(f))
	}
	fmt.Println("counted", writes.seen.Load(), devices.seen.Load())
}

// reaper kills this process at its moment.
type reaper struct {
	at   moment
	what string
	seen atomic.Int64
}

func (r *reaper) around(do func() error) error {
	its := r.seen.Add(1) == r.at.Number && r.what == r.at.What
	if its && !r.at.After {
		die()
	}
	err := do()
	if its {
		die()
	}
	return err
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // until it happens
}

type mortalStore struct {
	engine.Store
	*reaper
}

func (m mortalStore) Update(ctx context.Context, fn func(engine.Tx) error) error {
	return m.around(func() error { return m.Store.Update(ctx, fn) })
}

type mortalDeployer struct {
	engine.Deployer
	*reaper
}

func (m mortalDeployer) Preflight(ctx context.Context, d clm.Device, set clm.FileSet) error {
	return m.around(func() error { return m.Deployer.Preflight(ctx, d, set) })
}

func (m mortalDeployer) Observe(ctx context.Context, d clm.Device, set clm.FileSet) (files []clm.ObservedFile, err error) {
	err = m.around(func() error {
		files, err = m.Deployer.Observe(ctx, d, set)
		return err
	})
	return files, err
}

func (m mortalDeployer) Install(ctx context.Context, d clm.Device, set clm.FileSet) error {
	return m.around(func() error { return m.Deployer.Install(ctx, d, set) })
}
