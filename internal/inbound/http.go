// Package inbound is HTTP as it comes in to whatever of this program listens: limits of
// time and size, bodies that are there before anything is done, and problems for what
// never becomes a request.
//
// It must not know who asks, nor what for.
package inbound

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
	BodyTime   = 30 * time.Second
	MaxBody    = 4 << 20  // the API refuses what is as long as this
	MaxPublic  = 32 << 10 // of a body nobody answers for; OCSP refuses half of it
	headerTime = 10 * time.Second
	idleTime   = 2 * time.Minute
	maxHeader  = 32 << 10
)

// Server answers by h, with TLS where there is a configuration of it.
func Server(h http.Handler, log *slog.Logger, secured *tls.Config) *http.Server {
	return &http.Server{
		Handler: closing(h), TLSConfig: secured, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// Buffered reads a body before anything is done, in limited time. The limit is taken
// from the connection again: left there, it would end what takes longer than it.
func Buffered(limit int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection := http.NewResponseController(w)
		_ = connection.SetReadDeadline(time.Now().Add(BodyTime)) // every connection of net/http has one
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
		Refuse(w, http.StatusRequestTimeout, "the request's body did not arrive within "+BodyTime.String())
		return
	}
	Refuse(w, http.StatusBadRequest, "the request's body is not what its headers promise")
}

// Refuse answers what never becomes a request of the API.
func Refuse(w http.ResponseWriter, status int, detail string) {
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
