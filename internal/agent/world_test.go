package agent

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/agentserver"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is a device, the folder of its agent, and a server for it.
type world struct {
	*testing.T
	*agentserver.Server
	state, root string
	config      Config
	token       token
	log         log
	clock       clock
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, Server: agentserver.New(t), state: filepath.Join(t.TempDir(), "state"), root: t.TempDir()}
	w.config = Config{
		StateDir: w.state, RootDirectory: w.root, Servers: []string{w.URL}, CAFile: w.CAFile, Token: w.token.read, Version: "1.2.3",
		Log: slog.New(slog.NewJSONHandler(&w.log, nil)), Clock: &w.clock,
	}
	w.token.lay(w.Token("first"))
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("the log says\n" + w.log.String())
		}
	})
	return w
}

// run has an agent work until the test ends, or stop is called.
func (w *world) run(change ...func(*Agent)) (stop func() error) {
	a := New(w.config)
	for _, c := range change {
		c(a)
	}
	ctx, cancel := context.WithCancel(w.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	w.Cleanup(func() {
		if err := stop(); err != nil {
			w.Errorf("the agent ends with %v", err)
		}
	})
	return stop
}

// settles waits for the receipt of what the server tells.
func (w *world) settles() {
	w.Helper()
	servers.Await(w, "receipt", w.Stated)
}

func (w *world) awaits(text string) {
	w.Helper()
	servers.Await(w, "log of "+text, func() bool { return strings.Contains(w.log.String(), text) })
}

func (w *world) path(name string) string { return filepath.Join(w.root, filepath.FromSlash(name)) }

// has tells the content of a file on the device, "" for none.
func (w *world) has(name string) string {
	w.Helper()
	content, err := os.ReadFile(w.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.Fatal(err)
	}
	return string(content)
}

func (w *world) write(name, content string) {
	w.Helper()
	must(w, os.MkdirAll(filepath.Dir(w.path(name)), 0o755))
	must(w, os.WriteFile(w.path(name), []byte(content), 0o644))
}

// clock shows the real time, and makes waiting short. It remembers how long was asked for.
type clock struct {
	mu    sync.Mutex
	waits []time.Duration
	held  bool
}

// hold has nothing that is waited for come any more.
func (c *clock) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = true
}

func (c *clock) Now() time.Time { return time.Now() }

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits = append(c.waits, d)
	if c.held {
		return nil
	}
	return time.After(min(d, 20*time.Millisecond))
}

func (c *clock) longest() (longest time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.waits {
		longest = max(longest, d)
	}
	return longest
}

func cancelable(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

// token is what an operator lays down.
type token struct {
	mu   sync.Mutex
	text string
}

func (o *token) lay(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = text
}

func (o *token) read() (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text, nil
}

// log is what an agent logs.
type log struct{ clmtest.Journal }

func (l *log) count(text string) int { return strings.Count(l.String(), text) }
