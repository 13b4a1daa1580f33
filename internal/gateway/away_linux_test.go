package gateway_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// A server that is gone is not noticed while there is another. With none of them nothing
// passes, and whoever asks is told why; when one is back everything goes on.
func TestServersThatAreAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	second := w.serve("127.0.0.1:0")
	must(t, w.gateway.stop())
	w.gateway = w.relay(w.gateway.address, w.server, second)
	edge := w.device("edge")
	edge.has()
	way := w.way(edge.state)
	must(t, w.checkIn(way, w.gateway.address))
	must(t, w.server.stop())
	must(t, w.checkIn(way, w.gateway.address))
	must(t, second.stop())
	if err := w.checkIn(way, w.gateway.address); !api.Is(err, api.CodeUnavailable) || !strings.Contains(err.Error(), "the internet gateway reaches no server") {
		t.Errorf("with no server the agent is told %v", err)
	}
	w.server = w.serve(second.address)
	servers.Await(t, "server that is back", func() bool { return w.checkIn(way, w.gateway.address) == nil })
	edge.has()
}

// An agent that knows another way takes it while the gateway is down.
func TestTheGatewayIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	edge := w.device("edge", "https://"+w.server.address)
	edge.has()
	must(t, w.gateway.stop())
	root, err := w.CreateRootCertificate(t.Context(), api.WriteRootCertificate{Name: "lab", Source: api.RootSource{
		Kind: "self_signed", SelfSigned: &api.SelfSigned{Subject: api.Subject{CommonName: "Lab"}, ValidityPeriodHours: 24},
	}})
	must(t, err)
	_, err = w.UpdateCommunicationProfile(t.Context(), w.profile.ID, api.WriteCommunicationProfile{
		Name: w.profile.Name, RootCertificateIDs: append(w.profile.RootCertificateIDs, root.ID), CheckInIntervalSeconds: 1, TrustStore: w.profile.TrustStore,
	})
	must(t, err)
	edge.has()
	if !strings.Contains(edge.file("trust/ca.pem"), root.CertificatePEM) {
		t.Error("the device has not heard of another root")
	}
}

// A gateway that was killed has its trust when it starts again, and lets in whom it did.
// What it knows of revocations has to be confirmed first: until a server answers it lets
// nobody pass, not even to enrol.
func TestAGatewayThatIsKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	edge := w.device("edge")
	edge.has()
	must(t, edge.stop())
	must(t, w.gateway.stop())
	g := servers.NewGateway(t, clmtest.Binary(t), w.caFile, "https://"+w.server.address)
	_, err := w.UpdateInternetGateway(t.Context(), "dmz", api.WriteInternetGateway{
		Name: "dmz", CommunicationProfileID: w.profile.ID, Addresses: []string{"localhost", hostOf(t, g.Address)},
	})
	must(t, err)
	g.StartIn(t, w.state)
	servers.Await(t, "gateway that has renewed for another address", func() bool { return w.checkIn(w.way(edge.state), g.Address) == nil })
	before := carriedBy(t, w.state)
	g.Kill(t)
	must(t, w.server.stop())
	g.StartIn(t, w.state)
	servers.Await(t, "answer that nothing is known", func() bool {
		err := w.checkIn(w.way(edge.state), g.Address)
		return api.Is(err, api.CodeUnavailable) && strings.Contains(err.Error(), "no server has said yet which agents are revoked")
	})
	if _, err := asking(w.way(""), g.Address).EnrolAgent(t.Context(), api.EnrolAgent{}); !api.Is(err, api.CodeUnavailable) {
		t.Errorf("who enrols is answered %v", err)
	}
	w.server = w.serve(w.server.address)
	servers.Await(t, "agent that passes", func() bool { return w.checkIn(w.way(edge.state), g.Address) == nil })
	if after := carriedBy(t, w.state); after != before {
		t.Errorf("it carries %s, and before it was killed %s", after, before)
	}
}

func hostOf(t *testing.T, address string) string {
	t.Helper()
	host, _, err := net.SplitHostPort(address)
	must(t, err)
	return host
}

// carriedBy is the trust in a state folder.
func carriedBy(t *testing.T, state string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(state, "carried.json"))
	must(t, err)
	trust, _, _ := strings.Cut(string(content), `"configuration"`)
	return trust
}
