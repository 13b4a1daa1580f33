package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/agentserver"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/identity"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/target"
)

// order is what an agent in a process of its own is to do: this test binary, run once
// more.
type order struct {
	State, Root, Server, CAFile, Token string
	KillAt                             int // SIGKILL itself before this change of a disk
}

const orderVariable = "CLM_AGENT_TEST_ORDER"

func TestMain(m *testing.M) {
	text := os.Getenv(orderVariable)
	if text == "" {
		os.Exit(m.Run())
	}
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	if err := o.obey(); err != nil {
		panic(err)
	}
}

func (o order) obey() error {
	done, a := 0, New(Config{
		StateDir: o.State, RootDirectory: o.Root, Servers: []string{o.Server}, CAFile: o.CAFile,
		Token: func() (string, error) { return o.Token, nil }, Log: slog.New(slog.NewJSONHandler(os.Stderr, nil)), Clock: &clock{},
	})
	dies := func() {
		if done++; done == o.KillAt {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
	a.wrap = func(f identity.Files) identity.Files { return mortalFiles{f, dies} }
	a.deployer = mortalDeployer{target.New(), dies}
	return a.Run(context.Background())
}

// mortalFiles may die before each change.
type mortalFiles struct {
	identity.Files
	dies func()
}

func (m mortalFiles) Replace(name string, content []byte) error {
	m.dies()
	return m.Files.Replace(name, content)
}

func (m mortalFiles) Remove(name string) error {
	m.dies()
	return m.Files.Remove(name)
}

// mortalDeployer may die before each change of the device.
type mortalDeployer struct {
	Deployer
	dies func()
}

func (m mortalDeployer) Install(ctx context.Context, device clm.Device, set clm.FileSet) error {
	m.dies()
	return m.Deployer.Install(ctx, device, set)
}

func (m mortalDeployer) Remove(ctx context.Context, device clm.Device, set clm.FileSet) error {
	m.dies()
	return m.Deployer.Remove(ctx, device, set)
}

// told are the situations that an agent dies in.
var told = map[string]func(w *world){
	"first day": func(w *world) { w.trust(1, "new") },
	"everything changes": func(w *world) {
		w.Tell(func(c *api.AgentConfiguration) {
			c.Trust = agentserver.Trust(1, "opt/old", "old.pem", "old", "old.jks")
		})
		must(w, firstRun(w))
		now := time.Now()
		w.ReplaceRoot()
		w.Tell(func(c *api.AgentConfiguration) {
			c.Trust, c.RenewAt = agentserver.Trust(2, "etc/trust", "ca.pem", "new"), &now
		})
	},
}

// kill -9 before every change of a disk, which is after every change before it, and when
// the server has done what it was asked and nobody hears the answer. The next process ends
// as if nothing had been.
func TestKill(t *testing.T) {
	t.Parallel()
	for name, tell := range told {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changes, requests := 1, 1
			for ; newWorld(t).killed(tell, changes, 0); changes++ {
			}
			for ; newWorld(t).killed(tell, 0, requests); requests++ {
			}
			if changes < 6 || requests < 3 {
				t.Errorf("it died before %d changes and in %d requests only", changes-1, requests-1)
			}
		})
	}
}

// killed has an agent die before a change, or in a request, and another one go on. It
// tells whether there were so many.
func (w *world) killed(tell func(w *world), change, request int) bool {
	w.Helper()
	tell(w)
	if !w.dies(order{w.state, w.root, w.URL, w.CAFile, "first", change}, request) {
		return false
	}
	stop := w.run()
	w.settles()
	servers.Await(w, "renewal, if it is still to come", func() bool {
		kept, err := os.ReadFile(filepath.Join(w.state, recordFile))
		return err == nil && !strings.Contains(string(kept), `"renew_at"`)
	})
	must(w, stop())
	w.finished(fmt.Sprintf("killed before change %d or in request %d", change, request))
	return true
}

// dies runs an agent in a process of its own until it has died, or settled.
func (w *world) dies(o order, request int) bool {
	w.Helper()
	text, err := json.Marshal(o)
	must(w, err)
	program, err := os.Executable()
	must(w, err)
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), orderVariable+"="+string(text), "GOMAXPROCS=1")
	started, ended := make(chan struct{}), make(chan struct{})
	if request > 0 {
		w.WhenDone(killer(request, func() { <-started; _ = cmd.Process.Kill(); <-ended }))
	}
	must(w, cmd.Start())
	close(started)
	go func() { defer close(ended); _ = cmd.Wait() }()
	died := w.diesFirst(ended)
	_ = cmd.Process.Kill()
	<-ended
	w.WhenDone(nil)
	if killed := cmd.ProcessState.Sys().(syscall.WaitStatus).Signaled(); !killed {
		w.Fatalf("the agent ended with %v", cmd.ProcessState)
	}
	return died
}

// killer kills in the n-th request.
func killer(n int, kill func()) func() {
	count := make(chan int, 1)
	count <- 0
	return func() {
		done := <-count + 1
		count <- done
		if done == n {
			kill()
		}
	}
}

// diesFirst tells whether an agent ended before it had everything and nothing was left to
// do.
func (w *world) diesFirst(ended <-chan struct{}) (died bool) {
	w.Helper()
	quiet := 0
	servers.Await(w, "end of the agent, or a receipt", func() bool {
		select {
		case <-ended:
			died = true
		default:
		}
		if w.Stated() {
			quiet++
		}
		return died || quiet > 20
	})
	return died
}

// finished checks that everything is as told, and nothing else is left.
func (w *world) finished(after string) {
	w.Helper()
	if w.has("etc/trust/ca.pem") != "new" {
		w.Errorf("%s: the bundle is %q", after, w.has("etc/trust/ca.pem"))
	}
	if _, err := os.Stat(w.path("opt")); err == nil {
		w.Errorf("%s: the earlier place was not left", after)
	}
	names := ""
	must(w, filepath.WalkDir(w.state, func(path string, _ fs.DirEntry, err error) error {
		names += " " + strings.TrimPrefix(path, w.state)
		return err
	}))
	if want := "  /configuration.json /identity.pem /lock /server-ca.pem"; names != want {
		w.Errorf("%s: the state folder holds%s", after, names)
	}
	w.matches()
}
