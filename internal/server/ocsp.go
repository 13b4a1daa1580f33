package server

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// The content types of RFC 6960, appendix A.
const (
	typeOCSPRequest  = "application/ocsp-request"
	typeOCSPResponse = "application/ocsp-response"
)

// maxOCSPRequest bounds a request: a hundred certificates and a nonce fit in.
const maxOCSPRequest = 16 << 10

// answerOCSP answers GET and POST of RFC 6960, appendix A.1. What is wrong with the
// request, or here, is told in OCSP's own words, because a client reads no others.
func (s *Server) answerOCSP(w http.ResponseWriter, r *http.Request) {
	request, refusal := ocspRequest(w, r)
	if refusal != nil {
		refusal.Answer(w)
		return
	}
	answer, err := s.engine.OCSP(r.Context(), principal(r.Context()), request)
	if err != nil {
		s.log.ErrorContext(r.Context(), "OCSP request failed", "request_id", principal(r.Context()).RequestID, "error", err.Error())
		answer = engine.OCSPTrouble(err)
	}
	w.Header().Set("Content-Type", typeOCSPResponse)
	s.cacheOCSP(w, r, answer)
	_, _ = w.Write(answer.DER) // the client is gone: there is nobody left to tell
}

// cacheOCSP lets caches keep what may be asked again word for word (RFC 5019,
// section 6).
func (s *Server) cacheOCSP(w http.ResponseWriter, r *http.Request, answer engine.OCSPAnswer) {
	if r.Method != http.MethodGet || answer.NextUpdate.IsZero() {
		w.Header().Set("Cache-Control", "no-store")
		return
	}
	w.Header().Set("Cache-Control", cacheFor(answer.NextUpdate.Sub(s.engine.Clock.Now())))
	w.Header().Set("Expires", answer.NextUpdate.UTC().Format(http.TimeFormat))
	w.Header().Set("Last-Modified", s.engine.Clock.Now().UTC().Truncate(time.Second).Format(http.TimeFormat))
}

func ocspRequest(w http.ResponseWriter, r *http.Request) ([]byte, *api.Problem) {
	switch r.Method {
	case http.MethodGet:
		return ocspInPath(r)
	case http.MethodPost:
		return ocspInBody(w, r)
	}
	return nil, refused(http.StatusMethodNotAllowed, "OCSP is asked by GET or POST")
}

// ocspInPath reads base64, of which clients escape the slashes or leave them.
func ocspInPath(r *http.Request) ([]byte, *api.Problem) {
	escaped := strings.TrimPrefix(strings.TrimPrefix(r.URL.EscapedPath(), clm.OCSPPath), "/")
	if len(escaped) > 2*maxOCSPRequest {
		return nil, refused(http.StatusRequestURITooLong, "the OCSP request is too long")
	}
	text, unescaping := url.PathUnescape(escaped)
	request, decoding := base64.StdEncoding.DecodeString(text)
	if unescaping != nil || decoding != nil {
		request = nil // which is no request, and answered as such
	}
	return request, nil
}

func ocspInBody(w http.ResponseWriter, r *http.Request) ([]byte, *api.Problem) {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != typeOCSPRequest {
		return nil, refused(http.StatusUnsupportedMediaType, "the body of an OCSP request is "+typeOCSPRequest)
	}
	request, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxOCSPRequest))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, refused(http.StatusRequestEntityTooLarge, "the OCSP request is too long")
	case err != nil:
		return nil, refused(http.StatusBadRequest, "the OCSP request did not arrive whole")
	}
	return request, nil
}

// refused is a problem with HTTP, before there is a request of OCSP.
func refused(status int, detail string) *api.Problem {
	return api.NewProblem(api.CodeInvalid, "", detail, "").Under(status)
}
