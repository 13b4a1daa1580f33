package engine_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func said(s string) *string { return &s }

const secret = "correct horse battery staple"

func deploy(change ...func(*engine.CredentialInput)) engine.CredentialInput {
	in := engine.CredentialInput{Name: "deploy", Username: "deploy", Password: said(secret)}
	for _, c := range change {
		c(&in)
	}
	return in
}

// asked is a deployer that keeps the logins it was given.
type asked struct {
	engine.Deployer

	logins []*clm.Login
}

func (a *asked) Check(_ context.Context, d clm.Device) error {
	a.logins = append(a.logins, d.SSH.Login)
	if d.SSH.JumpHost != nil {
		a.logins = append(a.logins, d.SSH.JumpHost.Login)
	}
	return nil
}

func (a *asked) Identify(context.Context, clm.Device) (string, error) { return hostKey, nil }

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJZuzlqNEM7DkAuqsFLAjnLKCbI9wk7sUGyNsnMhIOeF"

// A credential opens devices, with what it is now, and nothing that is written down
// holds its secrets.
func TestCredential(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	hands := &asked{}
	e := engine.New(engine.Ports{Store: s.store, Sealer: s.Sealer, Deployer: hands, Clock: s.clock})
	deployer := must2(e.CreateCredential(t.Context(), alice, deploy()))
	jump := must2(e.CreateCredential(t.Context(), alice, engine.CredentialInput{Name: "jump", Username: "jump", Agent: true}))
	if deployer.SSH.PublicKey != "" || !deployer.SSH.HasPassword || jump.SecretID != "" {
		t.Errorf("on record are %+v and %+v", deployer.SSH, jump)
	}
	way := &clm.SSH{Host: "web-1", Port: 22, CredentialID: deployer.ID, HostKeyPolicy: clm.HostKeyOnFirstUse, JumpHost: &clm.JumpHost{
		Host: "bastion", Port: 22, CredentialID: jump.ID, HostKey: hostKey + " a comment",
	}}
	device := must2(e.CreateDevice(t.Context(), alice, clm.Device{Name: "web-1", CertSync: clm.SyncManaged, SSH: way}))
	if device.SSH.HostKey != hostKey || device.SSH.JumpHost.HostKey != hostKey || device.SSH.Login != nil {
		t.Errorf("on record is %+v", device.SSH)
	}
	if l := hands.logins; len(l) != 2 || l[0].Username != "deploy" || l[0].Password != secret || l[1].Username != "jump" || !l[1].Agent {
		t.Fatalf("it was opened by %v", l)
	}
	must2(e.UpdateCredential(t.Context(), alice, "deploy", deploy(func(in *engine.CredentialInput) { in.Username, in.Password = "root", nil })))
	must(t, e.Ask(t.Context(), device))
	if l := hands.logins[2]; l.Username != "root" || l.Password != secret {
		t.Errorf("it was opened by %v", l)
	}
	must2(e.UpdateCredential(t.Context(), alice, "deploy", deploy(func(in *engine.CredentialInput) { in.Password = said("another one") })))
	must(t, e.Ask(t.Context(), device))
	if l := hands.logins[4]; l.Password != "another one" {
		t.Errorf("it was opened by %v with the password of before", l)
	}
	s.holdsNowhere(secret, "another one")
	if err := e.DeleteCredential(t.Context(), alice, "jump"); clm.KindOf(err) != clm.KindRefused {
		t.Errorf("a credential in use: %v", err)
	}
	must(t, e.DeleteDevice(t.Context(), alice, "web-1"))
	must(t, e.DeleteCredential(t.Context(), alice, "deploy"))
	if len(s.keys()) != 0 {
		t.Errorf("left are %v", s.keys())
	}
	s.checkTrail()
}

// holdsNowhere looks through every file of the estate.
func (s *stage) holdsNowhere(secrets ...string) {
	s.t.Helper()
	must(s.t, filepath.WalkDir(s.folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, secret := range secrets {
			if bytes.Contains(content, []byte(secret)) {
				s.t.Errorf("%s holds %q", path, secret)
			}
		}
		return err
	}))
}

// A create that is sent again finds what it made, with the secret that is sent now.
func TestCredentialIsMadeOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	by := alice
	by.IdempotencyKey = "the same"
	first := must2(s.CreateCredential(t.Context(), by, deploy()))
	again := must2(s.CreateCredential(t.Context(), by, deploy(func(in *engine.CredentialInput) { in.Password = said("corrected") })))
	if first.ID != again.ID || first.SecretID == again.SecretID || len(s.keys()) != 1 {
		t.Errorf("it was %+v and is %+v; %d secrets", first, again, len(s.keys()))
	}
}

func TestCredentialInput(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for name, tt := range map[string]struct {
		change func(*engine.CredentialInput)
		field  string
	}{
		"no name":      {func(in *engine.CredentialInput) { in.Name = "" }, "name"},
		"no user":      {func(in *engine.CredentialInput) { in.Username = "" }, "ssh.username"},
		"nothing":      {func(in *engine.CredentialInput) { in.Password = nil }, "ssh"},
		"not a key":    {func(in *engine.CredentialInput) { in.PrivateKey = said(secret) }, "ssh.private_key"},
		"empty secret": {func(in *engine.CredentialInput) { in.Password = said("") }, "ssh"},
	} {
		_, err := s.CreateCredential(t.Context(), alice, deploy(tt.change))
		var refusal *clm.Error
		if !errors.As(err, &refusal) || refusal.Field != tt.field || bytes.Contains([]byte(err.Error()), []byte(secret)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
