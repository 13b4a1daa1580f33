package backend

import (
	"bytes"
	"io"
	"net/http"
	"strconv"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// transport is an http.RoundTripper without a network: the handler runs in the
// caller's goroutine.
type transport struct {
	handler http.Handler
	by      clm.Principal // an administrator: an embedded estate trusts everybody who can open it
}

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := clm.WithPrincipal(r.Context(), t.by)
	inbound := r.Clone(ctx)
	inbound.RequestURI = r.URL.RequestURI()
	if inbound.Body == nil {
		inbound.Body = http.NoBody
	}
	w := &answer{header: http.Header{}, status: http.StatusOK}
	t.handler.ServeHTTP(w, inbound)
	if err := inbound.Body.Close(); err != nil {
		return nil, err
	}
	return w.response(r), nil
}

// answer collects what a handler writes.
type answer struct {
	header  http.Header
	body    bytes.Buffer
	status  int
	started bool
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if !a.started {
		a.status, a.started = status, true
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

func (a *answer) response(r *http.Request) *http.Response {
	return &http.Response{
		Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Request: r,
	}
}
