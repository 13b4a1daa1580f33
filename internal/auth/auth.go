// Package auth finds out who sends a request: by an access token, or by a client
// certificate that the TLS handshake has verified. It puts the principal into the
// request's context; what the principal may do is for others to say.
//
// It does not listen, and it keeps nothing: tokens are looked up by whoever it is given.
package auth

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Tokens tells whose a token is, or why it lets nobody in.
type Tokens func(ctx context.Context, secret string) (clm.Principal, error)

// Config says who is let in.
type Config struct {
	Tokens Tokens
	// Roles are those of client certificates, by the name of their principal; others
	// are viewers. No client certificate arrives here that the handshake did not verify.
	Roles map[string]clm.Role
	// Agents tells which agent shows a chain that the handshake has verified, leaf first;
	// clm.KindNotFound for a certificate that is not of this kind. nil: no agents are let in.
	Agents func(ctx context.Context, chain []*x509.Certificate) (clm.Principal, error)
	// Relayed tells for which agent an internet gateway speaks, given the certificate that
	// it has seen (RFC 9440); nil where Agents is.
	Relayed func(ctx context.Context, gateway clm.Principal, shown *x509.Certificate) (clm.Principal, error)
	// Now tells whether a client certificate is over: the handshake that verified it may
	// have been long ago.
	Now func() time.Time
	// Failures is how often an address may fail at once; 0 stands for 20.
	Failures int
}

// Required lets only those through who are known, to next.
func Required(c Config, next http.Handler) http.Handler {
	failures := newFailures(c.Failures)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address := addressOf(r.RemoteAddr)
		if wait := failures.wait(address); wait > 0 {
			tooMany(w, wait)
			return
		}
		if c.enrols(r) {
			enrolling(failures, address, "", w, r, next)
			return
		}
		if c.Agents == nil && strings.HasPrefix(r.URL.Path, api.AgentPaths) {
			noAgents().Answer(w)
			return
		}
		by, err := c.principal(r)
		if err == nil && by.Role == clm.RoleInternetGateway {
			c.relaying(failures, by, w, r, next)
			return
		}
		if err == nil {
			err = forItself(r, by)
		}
		if err != nil {
			if clm.KindOf(err) == clm.KindDenied {
				failures.add(address)
			}
			refuse(w, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(clm.WithPrincipal(r.Context(), by)))
	})
}

// principal is who asks. A token is said on purpose, so it goes before a certificate.
func (c Config) principal(r *http.Request) (clm.Principal, error) {
	given := r.Header.Values("Authorization")
	switch {
	case len(given) == 1:
		scheme, secret, _ := strings.Cut(given[0], " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return clm.Principal{}, clm.Errorf(clm.KindDenied, "the request's Authorization is not of the kind Bearer").
				WithHint("send Authorization: Bearer and an access token")
		}
		return c.Tokens(r.Context(), strings.TrimSpace(secret))
	case len(given) > 1:
		return clm.Principal{}, clm.Errorf(clm.KindDenied, "the request has %d Authorization headers", len(given)).WithHint("send one")
	case r.TLS != nil && len(r.TLS.VerifiedChains) > 0:
		return c.shown(r.Context(), r.TLS.VerifiedChains[0])
	}
	return clm.Principal{}, clm.Errorf(clm.KindDenied, "the request does not say who asks").
		WithHint("send an access token (Authorization: Bearer), or a client certificate where the server takes them")
}

// refuse answers who is not let in (RFC 6750, 3).
func refuse(w http.ResponseWriter, err error) {
	var e *clm.Error
	if !errors.As(err, &e) || e.Kind != clm.KindDenied {
		api.NewProblem(api.CodeUnavailable, "", "who asks cannot be looked up just now", "try again; the cause is in the server's log").Answer(w)
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="clm"`)
	api.NewProblem(api.CodeDenied, "", e.Message, e.Hint).Under(http.StatusUnauthorized).Answer(w)
}
