package agent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// working is an agent that waits for steps.
func working(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.Tell(func(c *api.AgentConfiguration) { c.Steps = true })
	w.run()
	return w
}

// does has the agent carry a step out.
func (w *world) does(step api.AgentStep) api.StepResult {
	w.Helper()
	select {
	case result := <-w.Give(step):
		return result
	case <-time.After(30 * time.Second):
		w.Fatalf("no result of step %s", step.ID)
		return api.StepResult{}
	}
}

func site(version string) *api.StepFileSet {
	return &api.StepFileSet{Owner: "con_1", Directory: "etc/shop", Restorable: true, Files: []api.StepFile{
		{Name: "tls.crt", Content: []byte("certificate " + version)}, {Name: "tls.key", Content: []byte("key " + version), Secret: true},
	}}
}

// Every kind of step does on a real folder what it is called.
func TestSteps(t *testing.T) {
	t.Parallel()
	w := working(t)
	for _, s := range []struct {
		id, kind string
		set      *api.StepFileSet
		then     string // what the certificate is after it
	}{
		{"1", "preflight", site("1"), ""},
		{"2", "install", site("1"), "certificate 1"},
		{"3", "settle", site("1"), "certificate 1"},
		{"4", "install", site("2"), "certificate 2"},
		{"5", "restore", site("2"), "certificate 1"},
		{"6", "observe", site("1"), "certificate 1"},
		{"7", "remove", site("1"), ""},
	} {
		result := w.does(api.AgentStep{ID: s.id, Kind: s.kind, CertSync: "managed", Set: s.set})
		if got := w.has("etc/shop/tls.crt"); result.Failure != nil || got != s.then {
			t.Errorf("%s: %+v; the certificate is %q", s.kind, result.Failure, got)
		}
		if s.kind == "observe" {
			w.observed(result.Observed)
		}
	}
}

// observed checks that what is secret is told by its digest alone.
func (w *world) observed(found []api.ObservedFile) {
	w.Helper()
	if len(found) != 2 || string(found[0].Content) != "certificate 1" || found[1].Content != nil || found[1].SHA256 != sha256Of([]byte("key 1")) || found[1].Exposed {
		w.Errorf("observed %+v", found)
	}
}

// A script is told its variables, and what it did comes back; neither is in the log.
func TestAScript(t *testing.T) {
	t.Parallel()
	w := working(t)
	script := func(text string) *api.StepScript {
		return &api.StepScript{Inline: text, TimeoutSeconds: 1, Env: map[string]string{"CLM_SITE": "sesame"}}
	}
	got := w.does(api.AgentStep{ID: "1", Kind: "run", CertSync: "managed", Script: script(`echo "site $CLM_SITE"; exit 3`)})
	if got.Failure != nil || got.ExitCode != 3 || got.Output != "site sesame\n" {
		t.Errorf("it did %+v", got)
	}
	got = w.does(api.AgentStep{ID: "2", Kind: "run", CertSync: "managed", Script: script("echo sesame; sleep 600")})
	if f := got.Failure; f == nil || f.Code != api.CodeFailed || f.Hint == "" || !strings.Contains(f.Detail, "took longer than 1s and was killed") {
		t.Errorf("a script that takes too long: %+v", got.Failure)
	}
	if w.log.count("sesame") != 0 || w.log.count(`"msg":"carried out a step","step":"2","kind":"run","outcome":"failed"`) != 1 {
		t.Errorf("the log says\n%s", &w.log)
	}
}

// What cannot be done says which kind of trouble it is.
func TestStepsThatFail(t *testing.T) {
	t.Parallel()
	w := working(t)
	w.write("etc/shop/tls.crt", "somebody's")
	got := w.does(api.AgentStep{ID: "1", Kind: "install", CertSync: "managed", Set: site("1")}).Failure
	if got == nil || got.Code != api.CodeExists || got.Hint == "" || strings.Contains(got.Detail, got.Hint) || got.Unknown {
		t.Errorf("a foreign file: %+v", got)
	}
	for id, step := range map[string]api.AgentStep{
		"2": {Kind: "install"}, "3": {Kind: "run"}, "4": {Kind: "dance", Set: site("1")},
		"5": {Kind: "install", Set: &api.StepFileSet{Owner: "con_1", Directory: "../etc", Files: site("1").Files}},
	} {
		step.ID = id
		if got := w.does(step).Failure; got == nil || got.Code != api.CodeInvalid || got.Field == "" {
			t.Errorf("%s: %+v", step.Kind, got)
		}
	}
}

// A step that comes again, because its result got lost, is not carried out again.
func TestAStepThatComesAgain(t *testing.T) {
	t.Parallel()
	w := working(t)
	step := api.AgentStep{ID: "1", Kind: "run", Script: &api.StepScript{Inline: "echo once >>" + w.path("ran") + "; echo out"}}
	for range 2 {
		if got := w.does(step); got.Output != "out\n" {
			t.Errorf("it did %+v", got)
		}
	}
	if got := w.has("ran"); got != "once\n" {
		t.Errorf("it ran %q", got)
	}
}

// A stop waits for the step in hand and reports it; no other is begun.
func TestAStopFinishesTheStepInHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Tell(func(c *api.AgentConfiguration) { c.Steps = true })
	a, ended := New(w.config), make(chan error, 1)
	ctx, stop := cancelable(t)
	go func() { ended <- a.Run(ctx) }()
	gate := filepath.Join(t.TempDir(), "gate")
	result := w.Give(api.AgentStep{ID: "1", Kind: "run", Script: &api.StepScript{
		TimeoutSeconds: 60, Inline: "touch " + gate + ".begun; while [ ! -e " + gate + " ]; do sleep 0.05; done; echo finished",
	}})
	servers.Await(t, "beginning of the script", func() bool { _, err := os.Stat(gate + ".begun"); return err == nil })
	w.clock.hold()
	w.Give(api.AgentStep{ID: "2", Kind: "run", Script: &api.StepScript{Inline: "touch " + gate + ".second"}})
	stop()
	must(t, os.WriteFile(gate, nil, 0o600))
	must(t, <-ended)
	if got := <-result; got.Output != "finished\n" {
		t.Errorf("it did %+v", got)
	}
	if _, err := os.Stat(gate + ".second"); err == nil {
		t.Error("another step was begun")
	}
}

// When the grace is over the step is broken off, and that is said.
func TestTheGraceIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Tell(func(c *api.AgentConfiguration) { c.Steps = true })
	w.config.Grace = time.Millisecond
	begun := filepath.Join(t.TempDir(), "begun")
	a, ended := New(w.config), make(chan error, 1)
	ctx, stop := cancelable(t)
	go func() { ended <- a.Run(ctx) }()
	w.Give(api.AgentStep{ID: "1", Kind: "run", Script: &api.StepScript{TimeoutSeconds: 60, Inline: "touch " + begun + "; sleep 600"}})
	servers.Await(t, "beginning of the script", func() bool { _, err := os.Stat(begun); return err == nil })
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "a step was still under way after 1ms and was broken off (give it longer with --grace)") {
		t.Errorf("it ends with %v", err)
	}
}

// Steps end when the configuration says so, and begin again.
func TestStepsAreNotWantedAnyMore(t *testing.T) {
	t.Parallel()
	w := working(t)
	step := api.AgentStep{ID: "1", Kind: "run", Script: &api.StepScript{Inline: "true"}}
	w.does(step)
	w.Tell(func(c *api.AgentConfiguration) { c.Steps = false })
	w.settles()
	w.Tell(func(c *api.AgentConfiguration) { c.Steps = true })
	w.settles()
	step.ID = "2"
	w.does(step)
}
