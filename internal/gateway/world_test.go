package gateway_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/agent"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/gateway"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// running is something that works until it is stopped, or the test ends.
type running struct {
	address string
	stop    func() error
}

func run(t *testing.T, address string, work func(context.Context) error) running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- work(ctx) }()
	r := running{address: address, stop: sync.OnceValue(func() error { cancel(); return <-ended })}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// world is an estate at the real time, a server of it, and an internet gateway: all of it
// real but for the network between them, which is this machine's.
type world struct {
	*testing.T
	*clmtest.Estate
	caFile  string
	server  running
	gateway running
	state   string // folder of the gateway
	profile api.CommunicationProfile
	log     *clmtest.Journal // of the gateway
}

// newWorld has the gateway enrol. Agents are told of it alone.
func newWorld(t *testing.T, autoRefresh bool) *world {
	t.Helper()
	w := &world{T: t, caFile: filepath.Join(t.TempDir(), "server-ca.pem"), state: filepath.Join(t.TempDir(), "state"), log: &clmtest.Journal{}}
	w.Estate = clmtest.NewBackend(t, func(c *backend.Config) { c.Clock = nil })
	w.server = w.serve("127.0.0.1:0")
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("the gateway's log says\n" + w.log.String())
		}
	})
	root, err := w.RootCertificate(t.Context(), clm.ServerRoot)
	must(t, err)
	w.profile, err = w.CreateCommunicationProfile(t.Context(), api.WriteCommunicationProfile{
		Name: "outside", RootCertificateIDs: []string{root.ID}, CheckInIntervalSeconds: 1, TrustStore: api.TrustStore{Directory: "trust", BundleFile: "ca.pem"},
	})
	must(t, err)
	_, err = w.CreateInternetGateway(t.Context(), api.WriteInternetGateway{
		Name: "dmz", CommunicationProfileID: w.profile.ID, Addresses: []string{"127.0.0.1"}, AutoRefresh: autoRefresh,
	})
	must(t, err)
	w.gateway = w.relay("127.0.0.1:0", w.server)
	return w
}

// serve runs a server of the estate; there may be several.
func (w *world) serve(address string) running {
	w.Helper()
	d, err := daemon.Listen(w.Context(), w.Backend, daemon.Config{
		Listen: address, Names: []string{"localhost", "127.0.0.1"}, CAFile: w.caFile, Log: slog.New(slog.DiscardHandler), Version: "test",
		Recheck: 50 * time.Millisecond, Background: time.Second,
	})
	must(w, err)
	return run(w.T, d.Address(), d.Run)
}

// relay runs the gateway to these servers, at an address.
func (w *world) relay(address string, to ...running) running {
	w.Helper()
	c := gateway.Config{StateDir: w.state, Listen: address, CAFile: w.caFile, Version: "test", Log: slog.New(slog.NewJSONHandler(w.log, nil)), Token: func() (string, error) {
		return w.token(api.CreateEnrolmentToken{InternetGatewayID: "dmz"}), nil
	}}
	for _, server := range to {
		c.Servers = append(c.Servers, "https://"+server.address)
	}
	g, err := gateway.Open(w.Context(), c)
	must(w, err)
	return run(w.T, g.Address(), g.Run)
}

func (w *world) token(ask api.CreateEnrolmentToken) string {
	ask.ExpiresSeconds = 600
	made, err := w.CreateEnrolmentToken(context.WithoutCancel(w.Context()), ask)
	if err != nil {
		w.Error(err)
	}
	return made.Secret
}

// outside is a device whose agent reaches the gateway alone.
type outside struct {
	*world
	running
	name, root, state string
	token             string
	log               *clmtest.Journal
}

// device makes a device, and has its agent work.
func (w *world) device(name string, also ...string) *outside {
	w.Helper()
	_, err := w.CreateDevice(w.Context(), api.WriteDevice{Name: name, CertSync: "managed", Agent: true, CommunicationProfileID: w.profile.ID})
	must(w, err)
	o := &outside{world: w, name: name, root: w.TempDir(), state: filepath.Join(w.TempDir(), "state"), log: &clmtest.Journal{}, token: w.token(api.CreateEnrolmentToken{DeviceID: name})}
	urls := append([]string{"https://" + w.gateway.address}, also...)
	o.running = run(w.T, "", agent.New(agent.Config{
		StateDir: o.state, RootDirectory: o.root, Servers: urls, CAFile: w.caFile, Version: "test", Log: slog.New(slog.NewJSONHandler(o.log, nil)),
		Token: func() (string, error) { return o.token, nil },
	}).Run)
	return o
}

// has awaits that the server knows the device to have what is published.
func (o *outside) has() {
	o.Helper()
	servers.Await(o, "receipt of "+o.name, func() bool {
		d, err := o.ObserveDevice(o.Context(), o.name)
		return err == nil && d.Trust != nil && d.Trust.Receipt.Digest == d.Trust.Wanted && d.Trust.Receipt.Failure == ""
	})
}

func (o *outside) logs(text string) {
	o.Helper()
	servers.Await(o, "log of "+text, func() bool { return strings.Contains(o.log.String(), text) })
}

// file is what is on the device, "" where there is nothing.
func (o *outside) file(name string) string {
	content, _ := os.ReadFile(filepath.Join(o.root, name))
	return string(content)
}
