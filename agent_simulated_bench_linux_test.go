package main_test

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// simulated is what an agent of a fleet remembers.
type simulated struct {
	name     string
	endpoint string
	identity *sharedKey
	trusted  *x509.CertPool // whom it takes for the server
	shown    tls.Certificate
	tag      string
	renewAt  *time.Time
	digest   string // of the bundle it has "installed"
}

// sharedKey saves a fleet the making of keys. Each agent has a certificate of its own.
type sharedKey struct {
	key     crypto.Signer
	request string
	pools   sync.Map // of trust, by its text: agents of a fleet trust the same
}

func simulatedAgents(b *testing.B, server *servers.CLM, size int) []*simulated {
	b.Helper()
	key, err := pki.GenerateKey(pki.KeySpec{}.WithDefaults())
	if err != nil {
		b.Fatal(err)
	}
	request, err := pki.CreateRequest(pki.Subject{CommonName: "agent"}, key)
	if err != nil {
		b.Fatal(err)
	}
	ca, err := os.ReadFile(server.CAFile)
	if err != nil {
		b.Fatal(err)
	}
	shared, all := &sharedKey{key: key, request: string(request)}, make([]*simulated, size)
	for i := range all {
		all[i] = &simulated{name: fmt.Sprintf("edge-%06d", i), endpoint: server.Endpoint, identity: shared, trusted: shared.pool(string(ca))}
	}
	return all
}

func (k *sharedKey) pool(text string) *x509.CertPool {
	if known, ok := k.pools.Load(text); ok {
		return known.(*x509.CertPool)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(text))
	k.pools.Store(text, pool)
	return pool
}

// connect is a way to the server that takes a handshake; leave ends it.
func (a *simulated) connect() (server *client.Client, leave func()) {
	config := &tls.Config{RootCAs: a.trusted, MinVersion: tls.VersionTLS12}
	if a.shown.Leaf != nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &a.shown, nil }
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	return client.New(client.Options{Endpoint: a.endpoint, Transport: transport}), transport.CloseIdleConnections
}

func (a *simulated) enrol(ctx context.Context, token string) error {
	server, leave := a.connect()
	defer leave()
	got, err := server.EnrolAgent(ctx, api.EnrolAgent{Token: token, CertificateRequestPEM: a.identity.request})
	if err != nil {
		return err
	}
	return a.certified(got)
}

func (a *simulated) certified(got api.AgentCertificate) error {
	chain, err := pki.ParseCertificates([]byte(got.CertificatePEM))
	if err != nil {
		return err
	}
	a.shown = tls.Certificate{PrivateKey: a.identity.key, Leaf: chain[0]}
	for _, c := range chain {
		a.shown.Certificate = append(a.shown.Certificate, c.Raw)
	}
	return nil
}

// visit checks in until nothing is new, as an agent does: what it is told it has then,
// and when it is time it renews its certificate.
func (a *simulated) visit(ctx context.Context, w *waits) (renewed bool, err error) {
	server, leave := a.connect()
	defer leave()
	for news := true; news; {
		if news, err = a.checkIn(ctx, server, w); err != nil {
			return false, err
		}
	}
	if a.renewAt == nil || a.renewAt.After(time.Now()) {
		return false, nil
	}
	a.renewAt = nil
	next, err := server.RenewAgentCertificate(ctx, a.identity.request)
	if err != nil {
		return false, err
	}
	return true, a.certified(next)
}

func (a *simulated) checkIn(ctx context.Context, server *client.Client, w *waits) (news bool, err error) {
	start := time.Now()
	told, err := server.CheckIn(ctx, api.CheckIn{Tag: a.tag, Digest: a.digest})
	w.add(time.Since(start))
	if err != nil || told == nil {
		return false, err
	}
	a.tag, a.digest, a.renewAt, a.trusted = told.Tag, told.Trust.Digest, told.RenewAt, a.identity.pool(told.ServerCAPEM)
	return true, nil
}

// waits are how long check-ins took.
type waits struct {
	mu  sync.Mutex
	all []time.Duration
}

func (w *waits) add(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, d)
}

// share is what that share of them took at most, in milliseconds.
func (w *waits) share(of float64) float64 {
	slices.Sort(w.all)
	return w.all[int(of*float64(len(w.all)-1))].Seconds() * 1000
}

// rate counts by the second.
type rate struct {
	mu       sync.Mutex
	bySecond map[int64]int
}

func (r *rate) count() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bySecond == nil {
		r.bySecond = map[int64]int{}
	}
	r.bySecond[time.Now().Unix()]++
}

// peak is the most there were in a second.
func (r *rate) peak() (most int) {
	for _, n := range r.bySecond {
		most = max(most, n)
	}
	return most
}
