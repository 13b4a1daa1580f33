// Package agentserver is a fake of what agents ask a server: real TLS, real certificates,
// the wire types of package api, and no estate behind it. Tests say what it tells agents,
// and see what agents told it. It is imported by tests alone.
package agentserver

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// Server is one server, which may listen at several addresses.
type Server struct {
	URL    string
	CAFile string // whom agents trust at the first contact

	t         testing.TB
	authority authority // of agents
	own       authority // of the server

	mu       sync.Mutex
	done     func() // called when a request is carried out, before it is answered
	shown    tls.Certificate
	tokens   map[string]string // secret to the public key it was used for, "" for none yet
	agents   map[string]string // serial number of a certificate to "active" or "revoked"
	seen     []string          // serial numbers that were shown, each once in a row
	requests int
	checkIns []api.CheckIn
	told     *api.AgentConfiguration
	version  int // of what is told
	steps    chan api.AgentStep
	results  map[string]chan api.StepResult
}

// New starts a server. Agents are told nothing until Tell.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		t: t, authority: newAuthority(t, "Agents"), own: newAuthority(t, "Server"), tokens: map[string]string{}, agents: map[string]string{},
		steps: make(chan api.AgentStep, 16), results: map[string]chan api.StepResult{}, CAFile: filepath.Join(t.TempDir(), "server-ca.pem"),
	}
	s.shown = s.own.server(t)
	if err := os.WriteFile(s.CAFile, []byte(s.own.pem()), 0o600); err != nil {
		t.Fatal(err)
	}
	s.URL = s.Listen().URL
	return s
}

// Listen has the server answer at one more address.
func (s *Server) Listen() *httptest.Server {
	h := httptest.NewUnstartedServer(s.handler())
	h.EnableHTTP2, h.Config.ErrorLog = true, log.New(io.Discard, "", 0) // agents that go away are no news
	h.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return &tls.Config{Certificates: []tls.Certificate{s.shown}, ClientAuth: tls.RequestClientCert, NextProtos: []string{"h2"}}, nil
	}}
	h.StartTLS()
	s.t.Cleanup(h.Close)
	return h
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+api.AgentEnrolment, s.enrol)
	mux.HandleFunc("POST "+api.AgentCheckIn, s.known(s.checkIn))
	mux.HandleFunc("POST "+api.AgentCertificates, s.known(s.renew))
	mux.HandleFunc("POST "+api.AgentSteps, s.known(s.waitForStep))
	mux.HandleFunc("PUT "+api.AgentSteps+"/{id}", s.known(s.report))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, r)
		s.mu.Lock()
		s.requests++
		done := s.done
		s.mu.Unlock()
		if done != nil {
			done()
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // the agent may be gone
	})
}

// known lets in whose certificate is of our authority, and not revoked.
func (s *Server) known(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) == 0 || !s.authority.made(r.TLS.PeerCertificates[0]) {
			denied(w, "no certificate of an agent is shown")
			return
		}
		serial := r.TLS.PeerCertificates[0].SerialNumber.Text(16)
		s.mu.Lock()
		status := s.agents[serial]
		if n := len(s.seen); n == 0 || s.seen[n-1] != serial {
			s.seen = append(s.seen, serial)
		}
		s.mu.Unlock()
		if status != "active" {
			denied(w, "the agent's certificate is "+status)
			return
		}
		next(w, r)
	}
}

func denied(w http.ResponseWriter, why string) {
	p := api.NewProblem(api.CodeDenied, "", why, "enrol the agent with a new token")
	p.Status = http.StatusUnauthorized
	p.Answer(w)
}
