// Package server answers the HTTP API: it turns requests into use cases of
// package engine and their results and errors into package api's types.
//
// It holds one rule: which role each operation needs. Beside that a handler is one
// call. It does not listen, authenticate or know which transport carries a request;
// whoever does puts the principal into the request's context.
package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// Server is the HTTP face of an engine.
type Server struct {
	engine *engine.Engine
	log    *slog.Logger
}

// New makes the handler of the whole API. Requests must carry a principal
// (clm.WithPrincipal), save those of relying parties, which are anybody's.
func New(e *engine.Engine, version string, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	s := &Server{engine: e, log: log}
	s.register(humago.New(mux, config(version)))
	mux.HandleFunc("/", unknown)
	return Parted(Public(e, log), identified(s.recovered(mux)))
}

// unknown answers what no operation answers. It is not CodeNotFound: that would
// say that an entity is gone.
func unknown(w http.ResponseWriter, r *http.Request) {
	p := api.NewProblem(api.CodeInvalid, "", fmt.Sprintf("there is no %s %s in this API", r.Method, r.URL.Path), "the backend may be of another version than its client")
	p.Under(http.StatusNotFound).Answer(w)
}

// recovered makes a panic the problem of one request: in the embedded backend it
// would end the provider, and with it what other resources are in the middle of.
// Of what was thrown only a type is logged, unless the runtime threw it: the rest
// may hold a secret.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			thrown := recover()
			if thrown == nil {
				return
			}
			what := fmt.Sprintf("a panic with a %T", thrown)
			if e, ok := thrown.(runtime.Error); ok {
				what = e.Error()
			}
			s.log.ErrorContext(r.Context(), "request panicked", "method", r.Method, "path", r.URL.Path, "panic", what, "stack", string(debug.Stack()))
			internal(r.Context()).Answer(w)
		}()
		next.ServeHTTP(w, r)
	})
}

// OpenAPI is the description of the API as JSON (OpenAPI 3.1).
func OpenAPI(version string) ([]byte, error) {
	described := humago.New(http.NewServeMux(), config(version))
	new(Server).register(described)
	return described.OpenAPI().MarshalJSON()
}

func config(version string) huma.Config {
	c := huma.DefaultConfig("Certificate lifecycle", version)
	c.CreateHooks = nil // no $schema links in bodies
	c.DocsPath = ""     // the description is served, not a page that loads scripts
	c.SchemasPath = ""  // all schemas are in the one description
	c.Info.Description = "Life of certificates: roots, certificates, devices, connectors. Errors are problem documents (RFC 9457)."
	return c
}

func (s *Server) register(a huma.API) {
	a.UseMiddleware(authorized)
	s.registerRoots(a)
	s.registerDevices(a)
	s.registerCertificates(a)
	s.registerRevocation(a)
	s.registerConnectors(a)
	s.registerProfiles(a)
	s.registerGateways(a)
	s.registerCredentials(a)
	s.registerApprovals(a)
	s.registerReports(a)
	s.registerAudit(a)
	s.registerBackgroundWork(a)
	s.registerAccessTokens(a)
	s.registerPrincipal(a)
	s.registerAgents(a)
	s.registerGateway(a)
}

// identified lets in who is known, and notes what makes a request one of a kind.
func identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by, known := clm.PrincipalOf(r.Context())
		if !known {
			api.NewProblem(api.CodeDenied, "", "the request does not say who asks", "authenticate").Answer(w)
			return
		}
		by.IdempotencyKey = r.Header.Get(api.IdempotencyKey)
		by.RequestID = clm.NewID()
		w.Header().Set(api.RequestID, by.RequestID)
		n := noted(r.Context())
		n.Principal, n.RelayedBy, n.RequestID = by.Name, by.RelayedBy, by.RequestID
		next.ServeHTTP(w, r.WithContext(clm.WithPrincipal(r.Context(), by)))
	})
}

// principal is who asks. identified has made sure that there is one.
func principal(ctx context.Context) clm.Principal {
	by, _ := clm.PrincipalOf(ctx)
	return by
}
