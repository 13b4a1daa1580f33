package explore

import (
	"crypto/x509"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// authority is a root that may fill the slot. Its key is made once.
type authority struct {
	name        string
	certificate *x509.Certificate
	fingerprint string
	pem, key    string
}

// alice owns the slot, bob operates.
var (
	alice = clm.Principal{Name: "test:alice", RequestID: "request-1"}
	bob   = clm.Principal{Name: "test:bob", RequestID: "request-2"}
)

// dawn is when everything begins.
var dawn = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)

// childHours is longer than the second root lives: its leaves have to be cut short.
const childHours = 800

// authorities are two roots that take turns, and a third that is refused.
var authorities = sync.OnceValue(func() (all [3]*authority) {
	for i, hours := range []int{8760, 760, 8760} {
		name, spec := []string{"one", "two", "three"}[i], pki.KeySpec{Algorithm: "ECDSA", Curve: "P256"}
		key, err := pki.GenerateKey(spec)
		panicOn(err)
		certificate, err := pki.CreateRoot(pki.RootRequest{
			Subject: pki.Subject{CommonName: name}, Key: spec, NotBefore: dawn.Add(-time.Hour), Validity: time.Duration(hours) * time.Hour,
		}, key)
		panicOn(err)
		secret, err := pki.EncodePrivateKey(key)
		panicOn(err)
		all[i] = &authority{name, certificate, clm.FingerprintOf(certificate.Raw), string(pki.EncodeCertificates(certificate)), string(secret)}
	}
	return all
})

func panicOn(err error) {
	if err != nil {
		panic(err)
	}
}

// digestOf is that of the bundle of some roots; of none, a foreign one.
func digestOf(roots ...*authority) string {
	var all [][]byte
	for _, a := range roots {
		all = append(all, a.certificate.Raw)
	}
	return clm.NewBundle(all).Digest
}

// wish is the owner's wish for a root in the slot, as careful as the shard is.
func (s *shard) wish(a *authority, change ...func(*clm.ReplacementPolicy)) engine.RootWish {
	policy := clm.DefaultReplacementPolicy()
	policy.SilentAfter = 0
	if s.policy != nil {
		s.policy(&policy)
	}
	for _, c := range change {
		c(&policy)
	}
	return engine.RootWish{Policy: &policy, RootInput: engine.RootInput{
		Name: "corp", Source: clm.RootSource{Kind: clm.SourcePEM}, CertificatePEM: a.pem, PrivateKeyPEM: a.key,
	}}
}

// first is the scene before anything is wished for: everybody is told, everything is
// served, and one certificate was revoked.
func (s *shard) first() *scene {
	p := s.begin(&scene{outside: outside{estate: (&process{}).estate.Snapshot(), now: dawn}}, &script{})
	p.blind = true
	root, err := p.CreateRoot(p.ctx, alice, p.wish(p.one, held))
	panicOn(err)
	p.setUpAgents(root)
	p.setUpServers(root)
	return p.look()
}

func (p *process) setUpAgents(root clm.RootCertificate) {
	profile, err := p.CreateProfile(p.ctx, alice, engine.ProfileInput{
		Name: "agents", RootIDs: []string{root.ID}, CheckInInterval: time.Minute,
		TrustStore: clm.TrustStore{Directory: "etc/trust", BundleFile: "ca.pem"},
	})
	panicOn(err)
	for i, name := range agentNames {
		d, err := p.CreateDevice(p.ctx, alice, clm.Device{
			Name: name, CertSync: clm.SyncManaged, Local: &clm.Local{RootDirectory: name}, ProfileID: profile.ID, Critical: p.critical[i],
		})
		panicOn(err)
		p.ids[i] = d.ID
		_, err = p.CheckInDevice(p.ctx, alice, d.ID)
		panicOn(err)
	}
	_, err = p.CreateGateway(p.ctx, alice, clm.InternetGateway{Name: "dmz", ProfileID: profile.ID})
	panicOn(err)
}

func (p *process) setUpServers(root clm.RootCertificate) {
	shop := p.child("shop", root)
	p.child("gone", root)
	_, err := p.RevokeCertificate(p.ctx, alice, "gone", "key_compromise")
	panicOn(err)
	for _, name := range serverNames {
		d, err := p.CreateDevice(p.ctx, alice, clm.Device{Name: name, CertSync: clm.SyncManaged, Local: &clm.Local{RootDirectory: name}})
		panicOn(err)
		out, err := p.CreateConnector(p.ctx, alice, clm.Connector{
			Name: name, CertificateID: shop.Certificate.ID, DeviceID: d.ID, RemoveOnDestroy: true,
			FileSystem: clm.FileSystem{
				Format: clm.FormatPEM, Directory: "etc/" + name, CertificateFile: "tls.crt", KeyFile: "tls.key", ChainFile: "chain.crt",
			},
		})
		panicOn(err)
		panicOn(out.Push.Err)
	}
}

func (p *process) child(name string, root clm.RootCertificate) clm.CertificateRow {
	out, err := p.CreateCertificate(p.ctx, alice, name, clm.CertificateSpec{
		Identity: clm.Identity{
			IssuerID: root.ID, Subject: clm.Subject{CommonName: name + ".example.com"}, Names: clm.Names{DNS: []string{name + ".example.com"}},
			Key: clm.KeySpec{Algorithm: "ECDSA", Curve: "P256"},
		},
		ValidityPeriodHours: childHours,
	})
	panicOn(err)
	return out.Row
}
