// Package server answers the HTTP API: it turns requests into use cases of
// package engine and their results and errors into package api's types.
//
// It holds no rules: a handler is one call. It does not listen, authenticate or
// know which transport carries a request; whoever does puts the principal into
// the request's context.
package server

import (
	"context"
	"log/slog"
	"net/http"

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
// (clm.WithPrincipal).
func New(e *engine.Engine, version string, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	s := &Server{engine: e, log: log}
	s.register(humago.New(mux, config(version)))
	return identified(mux)
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
	s.registerRoots(a)
	s.registerDevices(a)
	s.registerCertificates(a)
	s.registerConnectors(a)
	s.registerAudit(a)
}

// identified lets in who is known, and notes what makes a request one of a kind.
func identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by, known := clm.PrincipalOf(r.Context())
		if !known {
			writeProblem(w, api.NewProblem(api.CodeDenied, "", "the request does not say who asks", "authenticate"))
			return
		}
		by.IdempotencyKey = r.Header.Get(api.IdempotencyKey)
		by.RequestID = clm.NewID()
		next.ServeHTTP(w, r.WithContext(clm.WithPrincipal(r.Context(), by)))
	})
}

// principal is who asks. identified has made sure that there is one.
func principal(ctx context.Context) clm.Principal {
	by, _ := clm.PrincipalOf(ctx)
	return by
}
