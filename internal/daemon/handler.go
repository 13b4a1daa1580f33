package daemon

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/auth"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
)

// handler is everything the server answers: health to everybody, numbers and the API to
// those who are let in.
func handler(b *backend.Backend, c Config) http.Handler {
	m := newMetrics(b, c)
	mux, inside := http.NewServeMux(), http.NewServeMux()
	inside.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	inside.Handle("/", buffered(b.Handler()))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { healthy(w) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { ready(w, r, b) })
	mux.Handle("/", auth.Required(auth.Config{Tokens: b.Authenticate, Roles: c.Roles}, inside))
	return observed(mux, c.Log, m)
}

func healthy(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n")) // the client is gone: there is nobody left to tell
}

// ready asks the store for something small.
func ready(w http.ResponseWriter, r *http.Request, b *backend.Backend) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	if err := b.Ready(ctx); err != nil {
		api.NewProblem(api.CodeUnavailable, "", "the store does not answer", "the cause is in the server's log").Answer(w)
		return
	}
	healthy(w)
}
