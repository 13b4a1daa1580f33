package daemon

import (
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/server"
)

// observed logs and counts every request. Of a request only what it turned out to be is
// told: paths, queries, headers and bodies may hold anything.
func observed(next http.Handler, log *slog.Logger, m *metrics) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		ctx, note := server.Noting(r.Context())
		answer := &answered{ResponseWriter: w, status: http.StatusOK}
		m.underWay.Inc()
		defer m.underWay.Dec()
		next.ServeHTTP(answer, r.WithContext(ctx))
		operation, took := operationOf(r, note), time.Since(began)
		m.requests.WithLabelValues(operation, strconv.Itoa(answer.status)).Inc()
		m.durations.WithLabelValues(operation).Observe(took.Seconds())
		log.Log(ctx, levelOf(operation, answer.status), "request", "method", methodOf(r), "operation", operation, "code", answer.status,
			"duration_ms", took.Milliseconds(), "principal", note.Principal, "relayed_by", note.RelayedBy, "request_id", note.RequestID, "remote", r.RemoteAddr)
	})
}

// operationOf is a name out of few, whatever is asked for: a label for each path would
// fill the memory of whoever counts.
func operationOf(r *http.Request, note *server.Note) string {
	switch {
	case note.Operation != "":
		return note.Operation
	case r.URL.Path == "/healthz", r.URL.Path == "/readyz", r.URL.Path == "/metrics":
		return r.URL.Path[1:]
	}
	return "none"
}

func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete:
		return r.Method
	}
	return "other"
}

// levelOf keeps what monitoring asks all day out of the log.
func levelOf(operation string, status int) slog.Level {
	switch {
	case status >= http.StatusInternalServerError:
		return slog.LevelError
	case operation == "healthz", operation == "readyz", operation == "metrics":
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// answered remembers the status of an answer.
type answered struct {
	http.ResponseWriter
	status  int
	started bool
}

func (a *answered) WriteHeader(status int) {
	if !a.started {
		a.status, a.started = status, true
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answered) Write(p []byte) (int, error) {
	a.started = true
	return a.ResponseWriter.Write(p)
}

// Unwrap leads the standard library to the connection.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }
