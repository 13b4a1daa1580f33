package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// relyingParty is on record for what is signed because somebody nobody knows asks.
const relyingParty = "public:relying-party"

// Public answers relying parties, who cannot be asked who they are: whoever is shown
// a certificate has to learn whether it is revoked. What they are told is no secret.
// Other requests than those it is for are no matter of it.
func Public(e *engine.Engine, log *slog.Logger) http.Handler {
	s := &Server{engine: e, log: log}
	return s.recovered(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by := clm.Principal{Name: relyingParty, RequestID: clm.NewID()}
		n := noted(r.Context())
		n.Principal, n.RequestID = by.Name, by.RequestID
		r = r.WithContext(clm.WithPrincipal(r.Context(), by))
		switch {
		case isList(r):
			n.Operation = "publish-list"
			s.publishList(w, r)
		case isCA(r):
			n.Operation = "publish-ca"
			s.publishCA(w, r)
		default:
			n.Operation = "answer-ocsp"
			s.answerOCSP(w, r)
		}
	}))
}

// isPublic tells what Public is for. The path is compared as it comes: cleaning it, as
// http.ServeMux does, would take an OCSP request apart that has two slashes in a row.
func isPublic(r *http.Request) bool {
	path := r.URL.EscapedPath()
	return isList(r) || isCA(r) || path == clm.OCSPPath || strings.HasPrefix(path, clm.OCSPPath+"/")
}

func isList(r *http.Request) bool { return strings.HasPrefix(r.URL.EscapedPath(), clm.ListPath) }

func isCA(r *http.Request) bool { return strings.HasPrefix(r.URL.EscapedPath(), clm.CAPath) }

// Parted has relying parties answered by public, and everybody else by next.
func Parted(public, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isPublic(r) {
			public.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// maxListAge bounds how long caches may keep a list. It is good for days, but a
// revocation makes another one at once.
const maxListAge = time.Hour

// publishList serves the complete list of a CA certificate, or the delta.
func (s *Server) publishList(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.EscapedPath(), clm.ListPath)
	fingerprint, isDelta := strings.CutSuffix(name, clm.DeltaFile)
	if !isDelta {
		fingerprint = strings.TrimSuffix(name, clm.ListFile)
	}
	if fingerprint == name || r.Method != http.MethodGet && r.Method != http.MethodHead {
		unknown(w, r)
		return
	}
	list, err := s.engine.PublishedList(r.Context(), principal(r.Context()), fingerprint)
	der := list.Complete
	if isDelta {
		der = list.Delta
	}
	if err == nil && der == nil {
		err = clm.Errorf(clm.KindNotFound, "revocation list %d has no delta", list.Number)
	}
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	age := min(maxListAge, list.NextUpdate.Sub(s.engine.Clock.Now()))
	w.Header().Set("Content-Type", api.TypeCRL)
	w.Header().Set("ETag", fmt.Sprintf("%q", fmt.Sprintf("%d-%t", list.Number, isDelta)))
	w.Header().Set("Cache-Control", cacheFor(age))
	http.ServeContent(w, r, "", list.ThisUpdate, bytes.NewReader(der))
}

// publishCA serves a CA certificate to whoever was shown a certificate without its chain
// (RFC 5280, 4.2.2.1).
func (s *Server) publishCA(w http.ResponseWriter, r *http.Request) {
	fingerprint, named := strings.CutSuffix(strings.TrimPrefix(r.URL.EscapedPath(), clm.CAPath), clm.CAFile)
	if !named || r.Method != http.MethodGet && r.Method != http.MethodHead {
		unknown(w, r)
		return
	}
	der, err := s.engine.PublishedCA(r.Context(), fingerprint)
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", api.TypeCert)
	w.Header().Set("Cache-Control", cacheFor(maxListAge))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(der))
}

// cacheFor lets caches keep an answer for a while (RFC 9111, section 5.2.2).
func cacheFor(age time.Duration) string {
	return fmt.Sprintf("public, no-transform, must-revalidate, max-age=%d", max(0, int64(age/time.Second)))
}
