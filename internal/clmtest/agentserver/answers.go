package agentserver

import (
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// enrol takes a token once; the same token with the same key is answered again.
func (s *Server) enrol(w http.ResponseWriter, r *http.Request) {
	in := read[api.EnrolAgent](r)
	request, err := requestOf(in.CertificateRequestPEM)
	if err != nil {
		api.NewProblem(api.CodeInvalid, "certificate_request_pem", err.Error(), "").Answer(w)
		return
	}
	key := hex.EncodeToString(request.RawSubjectPublicKeyInfo)
	s.mu.Lock()
	used, there := s.tokens[in.Token]
	allowed := there && (used == "" || used == key)
	if allowed {
		s.tokens[in.Token] = key
	}
	s.mu.Unlock()
	if !allowed {
		denied(w, "the enrolment token is not valid")
		return
	}
	s.certify(w, request)
}

func (s *Server) renew(w http.ResponseWriter, r *http.Request) {
	request, err := requestOf(read[api.RenewAgentCertificate](r).CertificateRequestPEM)
	if err != nil {
		api.NewProblem(api.CodeInvalid, "certificate_request_pem", err.Error(), "").Answer(w)
		return
	}
	s.certify(w, request)
}

func (s *Server) certify(w http.ResponseWriter, request *x509.CertificateRequest) {
	certificate := s.authority.agent(s.t, request)
	s.mu.Lock()
	s.agents[certificate.SerialNumber.Text(16)] = "active"
	trusted := s.own.pem()
	if s.told != nil {
		trusted = s.told.ServerCAPEM
	}
	s.mu.Unlock()
	write(w, api.AgentCertificate{Name: "web-1", CertificatePEM: pemOf(certificate.Raw) + s.authority.pem(), ServerCAPEM: trusted})
}

func requestOf(text string) (*x509.CertificateRequest, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, x509.ErrUnsupportedAlgorithm
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, err
	}
	return request, request.CheckSignature()
}

func (s *Server) checkIn(w http.ResponseWriter, r *http.Request) {
	in := read[api.CheckIn](r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checkIns = append(s.checkIns, in)
	if s.told == nil || s.told.Tag == in.Tag {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	write(w, s.told)
}

// waitForStep does not wait as long as it is asked to: tests end sooner.
func (s *Server) waitForStep(w http.ResponseWriter, r *http.Request) {
	select {
	case step := <-s.steps:
		write(w, step)
	case <-time.After(100 * time.Millisecond):
		w.WriteHeader(http.StatusNoContent)
	case <-r.Context().Done():
	}
}

func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	result := read[api.StepResult](r)
	s.mu.Lock()
	waiting := s.results[r.PathValue("id")]
	s.mu.Unlock()
	if waiting == nil {
		api.NewProblem(api.CodeNotFound, "", "nobody waits for this step", "").Answer(w)
		return
	}
	waiting <- result
	w.WriteHeader(http.StatusNoContent)
}

func read[T any](r *http.Request) (in T) {
	_ = json.NewDecoder(r.Body).Decode(&in) // what is not understood is empty, and refused as that
	return in
}

func write(w http.ResponseWriter, out any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // the agent may be gone
}
