package agentserver

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// Token makes a token that lets one agent in.
func (s *Server) Token(secret string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[secret] = ""
	return secret
}

// Tell changes what agents are told from now on.
func (s *Server) Tell(change func(c *api.AgentConfiguration)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := api.AgentConfiguration{DeviceID: "dev_1", Name: "web-1", CheckInIntervalSeconds: 60, ServerCAPEM: s.own.pem()}
	if s.told != nil {
		next = *s.told
	}
	change(&next)
	s.version++
	next.Tag = fmt.Sprint("tag-", s.version)
	s.told = &next
}

// Trust is a trust bundle in a directory, as one file or more.
func Trust(epoch int64, directory, bundle string, content string, others ...string) *api.TrustSet {
	digest := sha256.Sum256([]byte(content))
	set := &api.TrustSet{
		Epoch: epoch, Digest: hex.EncodeToString(digest[:]), Directory: directory, BundleFile: bundle,
		Files: []api.TrustFile{{Name: bundle, Content: []byte(content)}},
	}
	for _, name := range others {
		set.Files = append(set.Files, api.TrustFile{Name: name, Content: []byte(name + " of " + content)})
	}
	return set
}

// Bundle is some text that could be a trust bundle: real certificates in PEM.
func (s *Server) Bundle() string { return s.authority.pem() + s.own.pem() }

// CheckIns are all statements so far.
func (s *Server) CheckIns() []api.CheckIn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.checkIns)
}

// Last is the latest statement; empty before the first.
func (s *Server) Last() (last api.CheckIn) {
	if all := s.CheckIns(); len(all) > 0 {
		last = all[len(all)-1]
	}
	return last
}

// Stated tells whether the latest statement is a receipt for what is told now.
func (s *Server) Stated() bool {
	last := s.Last()
	s.mu.Lock()
	defer s.mu.Unlock()
	return last.Tag == s.told.Tag && last.Failure == "" && (s.told.Trust == nil || last.Digest == s.told.Trust.Digest)
}

// Requests is how many there were, let in or not.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Shown are the serial numbers of the certificates that agents showed, one after another.
func (s *Server) Shown() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// WhenDone has something happen whenever a request is carried out, before its answer is
// sent. nil ends that.
func (s *Server) WhenDone(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = do
}

// Revoke withdraws all certificates of agents.
func (s *Server) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for serial := range s.agents {
		s.agents[serial] = "revoked"
	}
}

// Give has an agent carry out a step, and returns what came of it on the channel.
func (s *Server) Give(step api.AgentStep) <-chan api.StepResult {
	s.mu.Lock()
	if s.results[step.ID] == nil {
		s.results[step.ID] = make(chan api.StepResult, 8)
	}
	waiting := s.results[step.ID]
	s.mu.Unlock()
	s.steps <- step
	return waiting
}

// ReplaceRoot makes a new authority of the server, whose certificate is not shown yet.
// Agents are told to trust both.
func (s *Server) ReplaceRoot() {
	next := newAuthority(s.t, "Server 2")
	s.mu.Lock()
	both := s.own.pem() + next.pem()
	s.own = next
	s.mu.Unlock()
	s.Tell(func(c *api.AgentConfiguration) { c.ServerCAPEM = both })
}

// Serve shows a certificate of the newest authority from now on.
func (s *Server) Serve() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = s.own.server(s.t)
}

// WriteCA writes the newest authority for first contacts.
func (s *Server) WriteCA() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.WriteFile(s.CAFile, []byte(s.own.pem()), 0o600); err != nil {
		s.t.Error(err)
	}
}
