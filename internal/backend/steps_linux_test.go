package backend_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"syscall"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/target"
)

// pushSteps are what a push does on a device, in its order.
var pushSteps = []string{"preflight", "pre_script", "install", "observe", "post_script", "settle"}

// steps is the way to devices. It tells at which moment a push is: before or after
// a step.
type steps struct {
	*target.Targets

	mu sync.Mutex
	at func(moment string)
}

func newSteps() *steps { return &steps{Targets: target.New(), at: func(string) {}} }

// tell has at told of every moment from now on.
func (s *steps) tell(at func(moment string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = at
}

func (s *steps) reach(moment string) {
	s.mu.Lock()
	at := s.at
	s.mu.Unlock()
	at(moment)
}

func (s *steps) do(step string, work func() error) error {
	s.reach("before " + step)
	err := work()
	if err == nil {
		s.reach("after " + step)
	}
	return err
}

// Preflight implements engine.Deployer, as do the methods below.
func (s *steps) Preflight(ctx context.Context, d clm.Device, set clm.FileSet) error {
	return s.do("preflight", func() error { return s.Targets.Preflight(ctx, d, set) })
}

func (s *steps) Install(ctx context.Context, d clm.Device, set clm.FileSet) error {
	return s.do("install", func() error { return s.Targets.Install(ctx, d, set) })
}

func (s *steps) Observe(ctx context.Context, d clm.Device, set clm.FileSet) (files []clm.ObservedFile, err error) {
	err = s.do("observe", func() error {
		files, err = s.Targets.Observe(ctx, d, set)
		return err
	})
	return files, err
}

func (s *steps) Settle(ctx context.Context, d clm.Device, set clm.FileSet) error {
	return s.do("settle", func() error { return s.Targets.Settle(ctx, d, set) })
}

func (s *steps) Run(ctx context.Context, d clm.Device, script clm.Script) (result clm.ScriptResult, err error) {
	err = s.do(script.Env["CLM_STEP"], func() error {
		result, err = s.Targets.Run(ctx, d, script)
		return err
	})
	return result, err
}

// when does something as soon as a push comes to a moment, once.
func (s *site) when(moment string, act func()) {
	done := false
	s.here.tell(func(m string) {
		if m == moment && !done {
			done = true
			act()
		}
	})
}

// in does something as soon as a push is in a step: a script tells by itself, of another
// step so many eighths of what it sends have gone to the device.
func (s *site) in(step string, eighths int, act func()) {
	s.t.Helper()
	if strings.HasSuffix(step, "_script") {
		signal := s.path("hooks/running")
		must(s.t, syscall.Mkfifo(signal, 0o600))
		must(s.t, os.Chown(signal, s.user.UID, s.user.GID))
		s.hook(step, "echo >"+signal+"; sleep 5")
		go func() {
			_, _ = os.ReadFile(signal)
			s.hook(step, "true") // the next time
			act()
		}()
		return
	}
	n := s.weigh(step)
	s.when("before "+step, func() { s.wire.cutAfter(n*eighths/8, act) })
}

// weigh makes a good push, and tells how many bytes go to the device in a step of it.
func (s *site) weigh(step string) (bytes int) {
	s.t.Helper()
	s.here.tell(func(moment string) {
		switch moment {
		case "before " + step:
			bytes = -s.wire.traffic()
		case "after " + step:
			bytes += s.wire.traffic()
		}
	})
	if said := s.renew(); said != "" || bytes <= 0 {
		s.t.Fatalf("%d bytes go to the device in %s: %s", bytes, step, said)
	}
	s.here.tell(func(string) {})
	return bytes
}
