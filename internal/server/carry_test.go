package server_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/target"
)

// direct serves a handler to nobody in particular.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

// troubled is an estate whose devices fail on demand, and its log.
func troubled(t *testing.T) (*clmtest.Estate, *clmtest.Deployer, *clmtest.Journal) {
	t.Helper()
	deployer, log := &clmtest.Deployer{Deployer: target.New()}, &clmtest.Journal{}
	estate := clmtest.NewBackend(t, func(c *backend.Config) {
		c.Deployer, c.Log = deployer, slog.New(slog.NewTextHandler(log, nil))
	})
	return estate, deployer, log
}

func anyDevice(t *testing.T) api.WriteDevice {
	t.Helper()
	return api.WriteDevice{Name: "web-1", CertSync: "managed", Local: &api.Local{RootDirectory: t.TempDir()}}
}

// Each kind of error arrives at the client with its code, field, text and hint.
func TestKindsArriveAtTheClient(t *testing.T) {
	t.Parallel()
	for _, kind := range constants(t, "../clm/error.go", "Kind") {
		if clm.Kind(kind) == clm.KindInternal {
			continue // TestInternalErrorsAreNotShown
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			estate, deployer, log := troubled(t)
			fault := &clm.Error{Kind: clm.Kind(kind), Field: "local.root_directory", Message: "it went wrong", Hint: "do it right", Err: errors.New("for a reason")}
			deployer.Fail("check", clmtest.Fault{Err: fmt.Errorf("asking web-1: %w", fault)})
			_, err := estate.CreateDevice(t.Context(), anyDevice(t))
			var p *api.Problem
			if !errors.As(err, &p) {
				t.Fatalf("no problem arrives but %v", err)
			}
			want := *api.NewProblem(api.Code(kind), "local.root_directory", "it went wrong: for a reason", "do it right")
			if *p != want {
				t.Errorf("got  %+v\nwant %+v", *p, want)
			}
			if log.String() != "" {
				t.Errorf("an expected error is logged: %s", log)
			}
		})
	}
}

// A defect is told as one, with the request to look for in the log. Its text,
// which nobody has vetted, is in the log alone.
func TestInternalErrorsAreNotShown(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]error{
		"not ours":       errors.New("dial postgres://clm:hunter2@db"),
		"ours":           clm.Errorf(clm.KindInternal, "dial postgres://clm:hunter2@db"),
		"further within": fmt.Errorf("asking: %w", errors.New("dial postgres://clm:hunter2@db")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			estate, deployer, log := troubled(t)
			deployer.Fail("check", clmtest.Fault{Err: fault})
			_, err := estate.CreateDevice(t.Context(), anyDevice(t))
			mustBeInternal(t, err, log)
			if strings.Contains(err.Error(), "hunter2") || !strings.Contains(log.String(), "hunter2") {
				t.Errorf("the client is told: %v\nthe log says: %s", err, log)
			}
		})
	}
}

func mustBeInternal(t *testing.T, err error, log *clmtest.Journal) {
	t.Helper()
	var p *api.Problem
	if !errors.As(err, &p) || p.Code != api.CodeInternal || p.Status != http.StatusInternalServerError {
		t.Fatalf("the client is told %v", err)
	}
	id, found := strings.CutPrefix(p.Detail, "an internal error happened in request ")
	if !found || !clm.IsID(id) || p.Hint != "its cause is in the backend's log (TF_LOG=WARN shows that of an embedded one); report it" {
		t.Errorf("the client is told: %s", p.Error())
	}
	if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "request_id="+id) {
		t.Errorf("the log does not tell of request %s: %s", id, log)
	}
}

// A push that meets a defect says no more than that either.
func TestInternalErrorOfAPushIsNotShown(t *testing.T) {
	t.Parallel()
	estate, deployer, log := troubled(t)
	w := populated(t, estate)
	deployer.Fail("install", clmtest.Fault{Err: errors.New("hunter2")})
	out, err := estate.PushConnector(t.Context(), w.connector.ID)
	must(t, err)
	if out.Code != api.CodeInternal || !strings.HasPrefix(out.Detail, "an internal error happened in request ") {
		t.Errorf("the push is told to have failed with %s: %s", out.Code, out.Detail)
	}
	if !strings.Contains(log.String(), "hunter2") {
		t.Errorf("the log does not say why: %s", log)
	}
}

// A connector that is not there is not found; it is no push that failed.
func TestPushOfNothing(t *testing.T) {
	t.Parallel()
	_, err := clmtest.NewBackend(t).PushConnector(t.Context(), "nobody")
	if !api.Is(err, api.CodeNotFound) || err.Error() != `there is no connector "nobody"` {
		t.Errorf("pushed: %v", err)
	}
}

// explosive panics when asked about a device, or when asked the time.
type explosive struct {
	engine.Deployer
	thrown any
}

func (e explosive) Check(context.Context, clm.Device) error { panic(e.thrown) }

type clockBomb struct {
	mu   sync.Mutex
	fuse int
}

func (c *clockBomb) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fuse--; c.fuse == 0 {
		panic("hunter2")
	}
	return time.Now()
}

// A panic is the problem of one request: the provider process, with whatever
// else it is in the middle of, lives on. The log shows where it happened, and of
// what was thrown nothing that may be a secret.
func TestPanicIsOneRequestsProblem(t *testing.T) {
	t.Parallel()
	var none map[string]string
	for name, tt := range map[string]struct {
		deployer engine.Deployer
		logged   string
	}{
		"secret":  {explosive{thrown: "hunter2"}, `panic="a panic with a string"`},
		"error":   {explosive{thrown: errors.New("hunter2")}, `panic="a panic with a *errors.errorString"`},
		"runtime": {mapWriter{into: none}, `panic="assignment to entry in nil map"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &clmtest.Journal{}
			estate := clmtest.NewBackend(t, func(c *backend.Config) { c.Deployer, c.Log = tt.deployer, slog.New(slog.NewTextHandler(log, nil)) })
			_, err := estate.CreateDevice(t.Context(), anyDevice(t))
			var p *api.Problem
			if !errors.As(err, &p) || p.Code != api.CodeInternal || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the client is told %v", err)
			}
			said := log.String()
			if !strings.Contains(said, tt.logged) || !strings.Contains(said, "carry_test.go") || strings.Contains(said, "hunter2") {
				t.Errorf("the log says: %s", said)
			}
			if _, err := estate.Devices(t.Context()); err != nil {
				t.Errorf("the next request is answered %v", err)
			}
		})
	}
}

type mapWriter struct {
	engine.Deployer
	into map[string]string
}

func (m mapWriter) Check(context.Context, clm.Device) error {
	m.into["x"] = "y"
	return nil
}

// A panic in the middle of a transaction undoes it and lets the next one in.
func TestPanicInATransaction(t *testing.T) {
	t.Parallel()
	bomb := &clockBomb{}
	estate := clmtest.NewBackend(t, func(c *backend.Config) { c.Clock, c.Log = bomb, slog.New(slog.DiscardHandler) })
	device := anyDevice(t)
	bomb.mu.Lock()
	bomb.fuse = 1 // CreateDevice asks the time only inside its transaction
	bomb.mu.Unlock()
	if _, err := estate.CreateDevice(t.Context(), device); !api.Is(err, api.CodeInternal) {
		t.Fatalf("the bomb did not go off: %v", err)
	}
	if all, err := estate.Devices(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("after the panic there are %v, %v", all, err)
	}
	if _, err := estate.CreateDevice(t.Context(), device); err != nil {
		t.Errorf("the next transaction: %v", err)
	}
}
