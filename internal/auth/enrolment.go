package auth

import (
	"net/http"
	"net/netip"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// enrols tells whether a request is the one that an enrolment token lets in, which is in
// its body. Whoever says who he is besides is asked like anybody.
func (c Config) enrols(r *http.Request) bool {
	anonymous := len(r.Header.Values("Authorization")) == 0 && (r.TLS == nil || len(r.TLS.VerifiedChains) == 0) && !speaksForAnother(r)
	return c.Agents != nil && anonymous && r.URL.Path == api.AgentEnrolment
}

// enrolling lets a request through whose token is looked at behind. A token that does not
// let in counts as a failure of the address.
func enrolling(failures *failures, address netip.Prefix, gateway string, w http.ResponseWriter, r *http.Request, next http.Handler) {
	by := clm.Principal{Name: "agent:enrolling", Role: clm.RoleEnrolling, RelayedBy: gateway}
	answer := &noting{ResponseWriter: w}
	next.ServeHTTP(answer, r.WithContext(clm.WithPrincipal(r.Context(), by)))
	if answer.status == http.StatusForbidden {
		failures.add(address)
	}
}

// noAgents is the answer of a server that an agent could not believe.
func noAgents() *api.Problem {
	return api.NewProblem(api.CodeRefused, "", "this server takes no agents: what it proves itself by are files, or nothing at all",
		"start the server without --tls-certificate and --insecure-http, so that it has a certificate of its estate")
}

// noting remembers the status of an answer.
type noting struct {
	http.ResponseWriter
	status int
}

func (n *noting) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// Unwrap leads the standard library to the connection.
func (n *noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }
