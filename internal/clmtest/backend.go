package clmtest

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Estate is a backend of a test's own, with a client of its API.
type Estate struct {
	*client.Client
	Backend *backend.Backend
	Config  backend.Config
	Clock   *Clock
}

// NewBackend opens a new estate in a folder of the test's own. Options change
// the configuration first.
func NewBackend(t testing.TB, options ...func(*backend.Config)) *Estate {
	t.Helper()
	clock := NewClock()
	config := backend.Config{DataDir: filepath.Join(t.TempDir(), "estate"), Version: "test", Clock: clock}
	for _, option := range options {
		option(&config)
	}
	b, err := backend.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Estate{Client: NewClient(b, "test:alice"), Backend: b, Config: config, Clock: clock}
}

// NewClient is a client that asks b on behalf of a principal.
func NewClient(b *backend.Backend, principal string) *client.Client {
	return client.New(client.Options{
		Endpoint: "http://embedded", UserAgent: "test", Scope: "test",
		Transport: b.Transport(clm.Principal{Name: principal}),
	})
}

// Transport is the way to the estate's API on behalf of a principal.
func (e *Estate) Transport(principal string) http.RoundTripper {
	return e.Backend.Transport(clm.Principal{Name: principal})
}
