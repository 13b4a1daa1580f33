package daemon

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/auth"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/inbound"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/server"
)

// handler is everything the server answers: health and relying parties to everybody,
// numbers and the API to those who are let in.
func handler(b *backend.Backend, c Config, m *metrics) http.Handler {
	mux, inside := healthMux(b), http.NewServeMux()
	inside.Handle("GET /metrics", viewed("metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})))
	inside.Handle("GET /openapi.json", viewed("openapi", b.Handler()))
	inside.Handle("/", inbound.Buffered(inbound.MaxBody, readable(b.Handler())))
	known := auth.Config{Tokens: b.Authenticate, Roles: c.Roles, Now: b.Now, Failures: c.Failures}
	if c.takesAgents() {
		known.Agents, known.Relayed = b.AuthenticateAgent, b.AuthenticateRelayed
	}
	mux.Handle("/", auth.Required(known, inside))
	return everybodys(b, c, m, addressed(mux))
}

// viewed is for whoever may read: an agent speaks for its device alone.
func viewed(what string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if by, _ := clm.PrincipalOf(r.Context()); !by.Role.May(clm.RoleViewer) {
			api.NewProblem(api.CodeDenied, "", "principal "+by.Name+" has the role "+string(by.Role)+", and "+what+" needs the role "+string(clm.RoleViewer), "").Answer(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// publicHandler is the part of it that is everybody's.
func publicHandler(b *backend.Backend, c Config, m *metrics) http.Handler {
	mux := healthMux(b)
	mux.HandleFunc("/", elsewhere)
	return everybodys(b, c, m, mux)
}

// everybodys answers relying parties before anybody is asked who he is: they neither
// need to be let in nor spend what others may fail.
func everybodys(b *backend.Backend, c Config, m *metrics, next http.Handler) http.Handler {
	return observed(server.Parted(inbound.Buffered(inbound.MaxPublic, b.Public()), next), c.Log, m)
}

func healthMux(b *backend.Backend) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { healthy(w) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { ready(w, r, b) })
	return mux
}

func elsewhere(w http.ResponseWriter, _ *http.Request) {
	p := api.NewProblem(api.CodeInvalid, "", "this address answers relying parties alone", "the API is at the address of --listen, with TLS")
	p.Under(http.StatusNotFound).Answer(w)
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
