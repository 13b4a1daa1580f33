package daemon

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// Limits of a request. A push may take long, so nothing limits how long an answer does.
const (
	headerTime = 10 * time.Second
	bodyTime   = 30 * time.Second
	idleTime   = 2 * time.Minute
	maxHeader  = 32 << 10
	maxBody    = 4 << 20  // the API refuses what is as long as this
	maxPath    = 2 << 10  // a reference has 128 characters, each of which may be escaped
	maxPublic  = 32 << 10 // of a body nobody answers for; OCSP refuses half of it
)

func newServer(h http.Handler, c Config, secured *tls.Config) *http.Server {
	return &http.Server{
		Handler: closing(h), TLSConfig: secured, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(c.Log.Handler(), slog.LevelWarn),
	}
}

// newPublicServer is one for anybody: what it answers is short, so that a client which is
// slow to take it is no relying party.
func newPublicServer(h http.Handler, c Config) *http.Server {
	s := newServer(h, c, nil)
	s.ReadTimeout, s.WriteTimeout = bodyTime, bodyTime
	return s
}

// buffered reads a body before anything is done, in limited time. The limit is taken
// from the connection again: left there, it would end what takes longer than it.
func buffered(limit int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection := http.NewResponseController(w)
		_ = connection.SetReadDeadline(time.Now().Add(bodyTime)) // every connection of net/http has one
		content, err := io.ReadAll(io.LimitReader(r.Body, limit))
		_ = connection.SetReadDeadline(time.Time{})
		if err != nil {
			incomplete(w, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(content))
		next.ServeHTTP(w, r)
	})
}

func incomplete(w http.ResponseWriter, err error) {
	w.Header().Set("Connection", "close")
	if slow := net.Error(nil); errors.As(err, &slow) && slow.Timeout() {
		refuse(w, http.StatusRequestTimeout, "the request's body did not arrive within "+bodyTime.String())
		return
	}
	refuse(w, http.StatusBadRequest, "the request's body is not what its headers promise")
}

// refuse answers what never becomes a request of the API.
func refuse(w http.ResponseWriter, status int, detail string) {
	api.NewProblem(api.CodeInvalid, "", detail, "send it again as HTTP and JSON have it").Under(status).Answer(w)
}

// closing ends the connection after a body in chunks: it may have come with a length too,
// which net/http drops, and then somebody on the way may take the rest of the connection
// for another request than we do (RFC 9112, section 6.1).
func closing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
