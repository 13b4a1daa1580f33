package main_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/agent"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// fleetSize is how many agents there are, each with a device, a key and a connection of
// its own. Every fourth is outside the network, and knows the internet gateway alone.
const fleetSize = 200

func outside(device int) bool { return device%4 == 3 }

// crowd is two servers on one database, an internet gateway in front of them, agents inside
// and outside, and an administrator who works on the database itself.
type crowd struct {
	*testing.T
	database *postgres.Server
	servers  [2]*servers.CLM
	gateway  *servers.Gateway
	dmz      string // folder of the gateway
	admin    *clmtest.Estate
	devices  []string // folders of the devices
	states   []string // folders of the agents
}

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	f := &crowd{T: t, database: postgres.New(t)}
	url, passphrase := f.database.URL("fleet"), "correct horse battery"
	for i := range f.servers {
		f.servers[i] = servers.StartCLMOn(t, clmtest.Binary(t), t.TempDir(), []string{"CLM_DATABASE_URL=" + url, "CLM_PASSPHRASE=" + passphrase},
			filepath.Join(t.TempDir(), "server-ca.pem"), "--background-interval", "2s")
	}
	f.admin = clmtest.NewBackend(t, func(c *backend.Config) {
		c.DataDir, c.DatabaseURL, c.Passphrase, c.Clock = "", url, passphrase, nil
	})
	return f
}

func (f *crowd) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// grow makes the devices, and has their agents enrol and work until the test ends.
func (f *crowd) grow() {
	f.Helper()
	ctx := f.Context()
	inside, outer := f.profile("inside", f.servers[0].Endpoint, f.servers[1].Endpoint), f.open()
	var group sync.WaitGroup
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	f.Cleanup(func() { stop(); group.Wait() })
	for i := range fleetSize {
		name := fmt.Sprintf("edge-%03d", i)
		profile, server := inside, f.servers[i%2].Endpoint
		if outside(i) {
			profile, server = outer, f.gateway.Endpoint
		}
		device, err := f.admin.CreateDevice(ctx, api.WriteDevice{Name: name, CertSync: "managed", Agent: true, CommunicationProfileID: profile.ID})
		f.must(err)
		token, err := f.admin.CreateEnrolmentToken(ctx, api.CreateEnrolmentToken{DeviceID: device.ID, ExpiresSeconds: 3600})
		f.must(err)
		f.devices, f.states = append(f.devices, f.TempDir()), append(f.states, filepath.Join(f.TempDir(), "state"))
		a := agent.New(agent.Config{
			StateDir: f.states[i], RootDirectory: f.devices[i], Servers: []string{server}, CAFile: f.servers[i%2].CAFile,
			Token: func() (string, error) { return token.Secret, nil }, Version: "test", Log: slog.New(slog.DiscardHandler),
		})
		group.Go(func() {
			if err := a.Run(ctx); err != nil {
				f.Errorf("the agent of %s ends: %v", name, err)
			}
		})
	}
}

// profile is one that trusts the servers.
func (f *crowd) profile(name string, addresses ...string) api.CommunicationProfile {
	f.Helper()
	root, err := f.admin.RootCertificate(f.Context(), "clm-server")
	f.must(err)
	profile, err := f.admin.CreateCommunicationProfile(f.Context(), api.WriteCommunicationProfile{
		Name: name, ServerURLs: addresses, RootCertificateIDs: []string{root.ID},
		CheckInIntervalSeconds: 3, TrustStore: api.TrustStore{Directory: "trust", BundleFile: "ca.pem"},
	})
	f.must(err)
	return profile
}

// open starts the gateway, for the profile of those outside.
func (f *crowd) open() api.CommunicationProfile {
	f.Helper()
	f.gateway = servers.NewGateway(f, clmtest.Binary(f), f.servers[0].CAFile, f.servers[0].Endpoint, f.servers[1].Endpoint)
	f.dmz = filepath.Join(f.TempDir(), "state")
	host, _, err := net.SplitHostPort(f.gateway.Address)
	f.must(err)
	profile := f.profile("outside", f.gateway.Endpoint)
	gateway, err := f.admin.CreateInternetGateway(f.Context(), api.WriteInternetGateway{
		Name: "dmz", CommunicationProfileID: profile.ID, AutoRefresh: true, Addresses: []string{host},
	})
	f.must(err)
	token, err := f.admin.CreateEnrolmentToken(f.Context(), api.CreateEnrolmentToken{InternetGatewayID: gateway.ID, ExpiresSeconds: 3600})
	f.must(err)
	f.must(os.WriteFile(f.gateway.TokenFile, []byte(token.Secret), 0o600))
	f.gateway.StartIn(f, f.dmz)
	return profile
}

// handshakes are made all the time, by what the agents have on their disks at that
// moment: their trust stores judge the servers, the servers judge their certificates.
type handshakes struct {
	good   atomic.Int64
	mu     sync.Mutex
	failed []string
}

func (f *crowd) shakeHands(ctx context.Context) (*handshakes, func()) {
	h := &handshakes{}
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() {
		pace := time.NewTicker(10 * time.Millisecond) // what the machine bears beside the fleet
		defer pace.Stop()
		for i := 0; ctx.Err() == nil; i++ {
			h.note(f.handshake(ctx, i%fleetSize, i/fleetSize%2))
			<-pace.C
		}
	})
	return h, func() { cancel(); group.Wait() }
}

func (h *handshakes) note(shaken bool, err error) {
	switch {
	case err != nil:
		h.mu.Lock()
		defer h.mu.Unlock()
		h.failed = append(h.failed, err.Error())
	case shaken:
		h.good.Add(1)
	}
}

// handshake is one between an agent and a server, or the gateway where the agent is
// outside, to the first answer: in TLS 1.3 a client learns only then that it was not let in.
// It is false where there was nobody to shake hands with.
func (f *crowd) handshake(ctx context.Context, device, server int) (bool, error) {
	identity, err := os.ReadFile(filepath.Join(f.states[device], "identity.pem"))
	if err != nil {
		return false, err
	}
	pair, err := tls.X509KeyPair(identity, identity)
	if err != nil {
		return false, err
	}
	bundle, err := os.ReadFile(filepath.Join(f.devices[device], "trust", "ca.pem"))
	if err != nil {
		return false, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	dialer := &tls.Dialer{Config: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}}
	address := f.servers[server].Address
	if outside(device) {
		address = f.gateway.Address
	}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return false, judged(err)
	}
	defer conn.Close()
	if _, err = conn.Write([]byte("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")); err == nil {
		_, err = conn.Read(make([]byte, 1))
	}
	return err == nil, judged(err)
}

// judged keeps the errors in which one party did not believe the other. That a server is
// not there, or dies, is no verdict.
func judged(err error) error {
	var unbelieved *tls.CertificateVerificationError
	var alert tls.AlertError
	if errors.As(err, &unbelieved) || errors.As(err, &alert) {
		return err
	}
	return nil
}

// trusts waits until all devices trust so many roots. That they say so is the gate's to ask.
func (f *crowd) trusts(roots int) {
	f.Helper()
	f.await(fmt.Sprintf("trust in %d roots", roots), func() bool {
		for _, device := range f.devices {
			bundle, err := os.ReadFile(filepath.Join(device, "trust", "ca.pem"))
			if err != nil || bytes.Count(bundle, []byte("BEGIN CERTIFICATE")) != roots {
				return false
			}
		}
		return true
	})
}

func (f *crowd) await(what string, holds func() bool) {
	f.Helper()
	for end := time.Now().Add(4 * time.Minute); !holds(); {
		if time.Now().After(end) {
			rollout, err := f.admin.Rollout(f.Context(), "clm-server")
			f.Fatalf("no %s: %+v, %v", what, rollout, err)
		}
		select {
		case <-f.Context().Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// comesTo waits until the replacement has come to a phase, or further: the servers go on by
// themselves.
func (f *crowd) comesTo(phase string) {
	f.Helper()
	order := []string{"distributing", "activating", "retiring", "active"}
	f.await(phase, func() bool {
		rollout, err := f.admin.Rollout(f.Context(), "clm-server")
		return err == nil && slices.Index(order, rollout.Phase) >= slices.Index(order, phase)
	})
}

// kill ends a server as by kill -9, and starts it again.
func (f *crowd) kill(server int) {
	f.Helper()
	f.servers[server].Kill(f)
	f.servers[server] = f.servers[server].Again(f)
}

// The root certificate by which servers, the gateway and agents prove themselves to each
// other is replaced while all of them talk: servers are killed in each phase, the database
// in the middle, and the gateway too. Nobody ever shows anybody what he does not believe.
func TestAgentFleet(t *testing.T) {
	f := newCrowd(t)
	f.grow()
	f.trusts(1)
	root, err := f.admin.RootCertificate(t.Context(), "clm-server")
	f.must(err)
	shaken, stop := f.shakeHands(t.Context())
	defer stop()
	_, err = f.admin.UpdateRootCertificate(t.Context(), root.ID, api.WriteRootCertificate{
		Name: root.Name, DeletionProtection: true, Source: api.RootSource{Kind: "self_signed", SelfSigned: &api.SelfSigned{
			Subject: api.Subject{CommonName: "CLM server 2"}, ValidityPeriodHours: 24 * 365,
		}},
		Policy: &api.ReplacementPolicy{MinimumReceivedPercent: 100, OverlapSeconds: 20, OnFailure: "stop"},
	})
	f.must(err)
	f.kill(0)
	f.trusts(2)
	f.await("receipts of both roots", func() bool {
		rollout, err := f.admin.Rollout(t.Context(), root.ID)
		return err == nil && rollout.Received == fleetSize
	})
	_, err = f.admin.TransitRootCertificate(t.Context(), root.ID, api.Transition{Verb: "finalize"})
	f.must(err)
	f.kill(1)
	f.database.Kill(t)
	f.database.Start(t)
	f.comesTo("retiring")
	f.kill(0)
	f.gateway.Kill(t)
	f.gateway.StartIn(t, f.dmz)
	f.comesTo("active")
	f.kill(1)
	f.trusts(1)
	stop()
	f.ended(root, shaken)
}

func (f *crowd) ended(before api.RootCertificate, shaken *handshakes) {
	f.Helper()
	if len(shaken.failed) > 0 || shaken.good.Load() < fleetSize {
		f.Errorf("%d handshakes failed, %d did not: %v", len(shaken.failed), shaken.good.Load(), shaken.failed[:min(len(shaken.failed), 5)])
	}
	after, err := f.admin.RootCertificate(f.Context(), "clm-server")
	f.must(err)
	if after.FingerprintSHA256 == before.FingerprintSHA256 || after.Replacement != nil {
		f.Errorf("the root is %s, %+v", after.FingerprintSHA256, after.Replacement)
	}
	agents, err := f.admin.Agents(f.Context())
	f.must(err)
	for _, a := range agents {
		cert, err := pki.ParseCertificate([]byte(a.CertificatePEM))
		f.must(err)
		if a.Status != "active" || cert.Issuer.CommonName != "CLM server 2" {
			f.Errorf("the agent of %s is %s, by %s", a.Name, a.Status, cert.Issuer.CommonName)
		}
	}
	for i, device := range f.devices {
		bundle, err := os.ReadFile(filepath.Join(device, "trust", "ca.pem"))
		f.must(err)
		if trusted, err := pki.ParseCertificates(bundle); err != nil || len(trusted) != 1 || pki.Fingerprint(trusted[0].Raw) != after.FingerprintSHA256 {
			f.Errorf("device %d trusts %d certificates, %v", i, len(trusted), err)
		}
	}
	if len(agents) != fleetSize+1 { // that of the gateway too
		f.Errorf("%d agents", len(agents))
	}
	f.Logf("%d handshakes", shaken.good.Load())
}
