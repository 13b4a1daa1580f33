package daemon_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/agent"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// away is a device whose agent comes and goes.
type away struct {
	*world
	t           *testing.T
	state, root string
	token       atomic.Value
}

func newAway(t *testing.T) *away {
	t.Helper()
	a := &away{world: serving(t), t: t, state: filepath.Join(t.TempDir(), "state"), root: t.TempDir()}
	a.device(t, "edge", a.withProfile(t).ID)
	a.token.Store(a.admits("edge"))
	return a
}

// admits lets the agent of a device enrol.
func (a *away) admits(device string) string {
	a.t.Helper()
	token, err := a.estate.CreateEnrolmentToken(a.t.Context(), api.CreateEnrolmentToken{DeviceID: device, ExpiresSeconds: 60})
	must(a.t, err)
	return token.Secret
}

// visit has the agent run until something holds.
func (a *away) visit(what string, holds func() bool) {
	a.t.Helper()
	ctx, leave := context.WithCancel(a.t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- agent.New(agent.Config{
			StateDir: a.state, RootDirectory: a.root, Servers: []string{"https://" + a.Address()}, CAFile: a.config.CAFile,
			Token: func() (string, error) { return a.token.Load().(string), nil }, Version: "test", Log: slog.New(slog.DiscardHandler),
		}).Run(ctx)
	}()
	servers.Await(a.t, what, holds)
	leave()
	must(a.t, <-ended)
}

// trusts tells whether so many roots are on the device.
func (a *away) trusts(roots int) bool {
	bundle, err := os.ReadFile(filepath.Join(a.root, "trust", "ca.pem"))
	return err == nil && bytes.Count(bundle, []byte("BEGIN CERTIFICATE")) == roots
}

// shows tells whether the agent's certificate is from the root of that name.
func (a *away) shows(issuer string) bool {
	now, err := a.estate.Agent(a.t.Context(), "edge")
	must(a.t, err)
	cert, err := pki.ParseCertificate([]byte(now.CertificatePEM))
	must(a.t, err)
	return now.Status == "active" && cert.Issuer.CommonName == issuer
}

// replaced stages another root, which no device has to have; waived is a device that is
// not waited for to have it either, "" for none.
func (a *away) replaced(name, phase, waived string) {
	a.t.Helper()
	root, err := a.estate.RootCertificate(a.t.Context(), "clm-server")
	must(a.t, err)
	wish := selfSigned("clm-server")
	wish.Source.SelfSigned.Subject.CommonName, wish.DeletionProtection = name, true
	wish.Policy = &api.ReplacementPolicy{Finalize: true, OnFailure: "stop"}
	if waived != "" {
		device, err := a.estate.Device(a.t.Context(), waived)
		must(a.t, err)
		wish.Policy.Waivers = []api.Waiver{{DeviceID: device.ID, Reason: "in a drawer", Until: a.estate.Clock.Now().Add(30 * 24 * time.Hour)}}
	}
	_, err = a.estate.UpdateRootCertificate(a.t.Context(), root.ID, wish)
	must(a.t, err)
	a.comes(phase)
}

// behind tells whether the agent holds the retirement back: it has not shown a certificate
// of the new root yet.
func (a *away) behind() bool {
	rollout, err := a.estate.Rollout(a.t.Context(), "clm-server")
	must(a.t, err)
	return slices.ContainsFunc(rollout.Violations, func(v api.Violation) bool { return v.Code == "agents_behind" })
}

func (a *away) comes(phase string) {
	a.t.Helper()
	servers.Await(a.t, phase, func() bool { return a.advanced(a.t).RootCertificate.State == phase })
}

// An agent that was away while the root of the servers was replaced comes back by the old
// one: while that is trusted anywhere, servers show a chain that ends in it. After that
// only an operator lets it back in, by a new token; until its device is waived and its
// certificate revoked it holds the retirement back.
func TestAnAgentThatWasAway(t *testing.T) {
	t.Parallel()
	a := newAway(t)
	a.visit("first receipt", func() bool { return a.trusts(1) })
	a.replaced("second", "retiring", "")
	a.visit("trust in both roots, and a certificate of the new one", func() bool { return a.trusts(2) && a.shows("second") && !a.behind() })
	a.comes("active")
	a.visit("trust in the new root alone", func() bool { return a.trusts(1) })

	a.replaced("third", "retiring", "edge")
	if held := a.advanced(t); held.RootCertificate.State != "retiring" || !a.behind() {
		t.Errorf("the retirement is not held back: %s, %+v", held.RootCertificate.State, held.Rollout.Violations)
	}
	_, err := a.estate.RevokeAgent(t.Context(), "edge", "cessation_of_operation")
	must(t, err)
	a.comes("active")
	a.token.Store(a.admits("edge"))
	a.visit("new enrolment", func() bool { return a.shows("third") })
	if !a.trusts(1) {
		t.Error("it has no trust bundle")
	}
}
