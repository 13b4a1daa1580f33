package gateway

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"path"
	"slices"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/inbound"
)

// clientCert tells a server whose request this is (RFC 9440).
const clientCert = "Client-Cert"

// relayedHeaders are all that passes. Whatever says who somebody is, is not among them:
// that is the gateway's to say.
var relayedHeaders = []string{"Accept", "Content-Type", "User-Agent", "If-None-Match", "If-Modified-Since"}

// handler answers agents. A question for a step waits as long as the server has it wait.
func (g *Gateway) handler() http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: g.rewrite, Transport: g.contact, ErrorHandler: g.unreached, ErrorLog: slog.NewLogLogger(g.config.Log.Handler(), slog.LevelWarn),
	}
	return inbound.Buffered(inbound.MaxBody, g.admitted(proxy))
}

// rewrite has the server see what was verified here, and where it came from.
func (g *Gateway) rewrite(r *httputil.ProxyRequest) {
	out := http.Header{}
	for _, name := range relayedHeaders {
		if values := r.In.Header.Values(name); len(values) > 0 {
			out[name] = values
		}
	}
	r.Out.Header, r.Out.URL.RawQuery = out, ""
	r.SetXForwarded()
	if shown := r.In.TLS.PeerCertificates; len(shown) > 0 {
		out.Set(clientCert, ":"+base64.StdEncoding.EncodeToString(shown[0].Raw)+":")
	}
}

// admitted lets through what may pass at this moment. The path is compared as it comes:
// one that was cleaned is another OCSP request.
func (g *Gateway) admitted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			g.health(w)
			return
		}
		if err := g.mayPass(r); err != nil {
			g.refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

var errElsewhere = errors.New("this is an internet gateway: it relays what agents ask, and nothing else")

func (g *Gateway) mayPass(r *http.Request) error {
	at, shown := r.URL.EscapedPath(), r.TLS.PeerCertificates
	switch {
	case at != path.Clean(at) && !isPublic(at), !isPublic(at) && !isAgents(at):
		return errElsewhere
	case len(shown) > 0:
		return g.admission.passes(shown)
	case isPublic(at):
		return nil
	case at == api.AgentEnrolment:
		return g.admission.known()
	}
	return errors.New("the agent shows no certificate")
}

// isPublic tells what relying parties ask, who are nobody in particular.
func isPublic(at string) bool {
	return strings.HasPrefix(at, clm.ListPath) || at == clm.OCSPPath || strings.HasPrefix(at, clm.OCSPPath+"/")
}

func isAgents(at string) bool {
	step, isStep := strings.CutPrefix(at, api.AgentSteps+"/")
	return isStep && !strings.Contains(step, "/") ||
		slices.Contains([]string{api.AgentEnrolment, api.AgentCheckIn, api.AgentCertificates, api.AgentSteps}, at)
}

func (g *Gateway) refuse(w http.ResponseWriter, r *http.Request, err error) {
	g.config.Log.InfoContext(r.Context(), "refused", "remote", r.RemoteAddr, "error", err.Error())
	u := unknown{}
	switch {
	case errors.Is(err, errElsewhere):
		inbound.Refuse(w, http.StatusNotFound, err.Error())
	case errors.As(err, &u):
		api.NewProblem(api.CodeUnavailable, "", "the internet gateway lets nobody pass: "+u.why, "see that it runs and reaches a server: its log says why not").Answer(w)
	default:
		api.NewProblem(api.CodeDenied, "", err.Error(), "let the agent enrol again with a new enrolment token, if it is to come back").Under(http.StatusUnauthorized).Answer(w)
	}
}

// unreached answers what no server did.
func (g *Gateway) unreached(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the agent is gone
	}
	g.config.Log.WarnContext(r.Context(), "no server answers", "error", err.Error())
	api.NewProblem(api.CodeUnavailable, "", "the internet gateway reaches no server", "try again; the cause is in the gateway's log").Answer(w)
}

// health is that agents may pass.
func (g *Gateway) health(w http.ResponseWriter) {
	if err := g.admission.known(); err != nil {
		api.NewProblem(api.CodeUnavailable, "", err.Error(), "the cause is in the gateway's log").Answer(w)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n")) // the client is gone: there is nobody left to tell
}
