package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// fleet is a server and one device with an agent, each a process of the released program.
type fleet struct {
	*testing.T
	*client.Client
	agent *servers.Agent
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	server := servers.StartCLM(t, clmtest.Binary(t))
	way, err := client.Remote{Endpoint: server.Endpoint, CAFile: server.CAFile, Token: server.Token(t, "ops", "administrator")}.Transport()
	f := &fleet{T: t, Client: client.New(client.Options{Endpoint: server.Endpoint, Transport: way}), agent: servers.NewAgent(t, server)}
	f.must(err)
	t.Cleanup(func() {
		if t.Failed() && f.agent.Process != nil {
			t.Log("the agent's log says\n" + f.agent.Log())
		}
	})
	return f
}

func (f *fleet) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// populate makes a root, a profile that publishes it and the servers' own, and a device that
// an agent is to run on.
func (f *fleet) populate() (root api.RootCertificate, device api.Device) {
	f.Helper()
	root, err := f.CreateRootCertificate(f.Context(), api.WriteRootCertificate{Name: "lab", Source: api.RootSource{
		Kind: "self_signed", SelfSigned: &api.SelfSigned{Subject: api.Subject{CommonName: "Lab Root"}, ValidityPeriodHours: 87600},
	}})
	f.must(err)
	own, err := f.RootCertificate(f.Context(), "clm-server")
	f.must(err)
	profile, err := f.CreateCommunicationProfile(f.Context(), api.WriteCommunicationProfile{
		Name: "edge", RootCertificateIDs: []string{root.ID, own.ID}, CheckInIntervalSeconds: 1, TrustStore: api.TrustStore{Directory: "etc/trust", BundleFile: "ca.pem"},
	})
	f.must(err)
	device, err = f.CreateDevice(f.Context(), api.WriteDevice{Name: "edge-1", CertSync: "managed", Agent: true, CommunicationProfileID: profile.ID})
	f.must(err)
	return root, device
}

// layToken lays a new enrolment token down where the agent looks for one.
func (f *fleet) layToken() {
	f.Helper()
	token, err := f.CreateEnrolmentToken(f.Context(), api.CreateEnrolmentToken{DeviceID: "edge-1", ExpiresSeconds: 3600})
	f.must(err)
	f.must(os.WriteFile(f.agent.TokenFile, []byte(token.Secret+"\n"), 0o600))
}

// has awaits the device's own statement that it has what its profile publishes.
func (f *fleet) has() {
	f.Helper()
	servers.Await(f, "receipt", func() bool {
		device, err := f.ObserveDevice(f.Context(), "edge-1")
		return err == nil && device.Trust != nil && device.Trust.Receipt.Digest == device.Trust.Wanted && device.Trust.Receipt.Failure == ""
	})
}

func (f *fleet) logs(text string, n int) {
	f.Helper()
	servers.Await(f, "log of "+text, func() bool { return strings.Count(f.agent.Log(), text) >= n })
}

// A device's agent enrols, has the trust, takes a certificate in, renews its own, is
// revoked and let in again, through kills and a stop. openssl and the server's own records
// are the witnesses.
func TestAnAgentWorksForAServer(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	root, device := f.populate()
	f.layToken()
	f.agent.Start(t)
	f.has()
	f.must(os.Remove(f.agent.TokenFile))
	clmtest.OpenSSL(t, f.agent.Root, "verify", "-CAfile", "etc/trust/ca.pem", "etc/trust/ca.pem")
	f.pushes(root, device)

	f.agent.Kill(t)
	f.agent.Start(t)
	first, err := f.Agent(t.Context(), "edge-1")
	f.must(err)
	_, err = f.RenewAgents(t.Context(), api.RenewAgents{Agents: []string{"edge-1"}})
	f.must(err)
	f.logs(`"msg":"renewed"`, 1)
	f.shows(func(a api.Agent) bool { return a.SerialNumber != first.SerialNumber && a.Status == "active" })

	_, err = f.RevokeAgent(t.Context(), "edge-1", "key_compromise")
	f.must(err)
	f.logs("the server refuses this agent", 1)
	f.layToken()
	f.logs(`"msg":"enrolled"`, 1)
	f.shows(func(a api.Agent) bool { return a.Status == "active" })
	f.has()
	f.agent.Stop(t)
	if exit := f.agent.Ended(t); exit != 0 {
		t.Errorf("it ends with %d\n%s", exit, f.agent.Log())
	}
}

// pushes puts a certificate on the device, with a script that sees it there.
func (f *fleet) pushes(root api.RootCertificate, device api.Device) {
	f.Helper()
	made, err := f.CreateCertificate(f.Context(), api.CertificateSpec{Name: "shop", IssuerID: root.ID, DNSNames: []string{"shop.example.com"}, ValidityPeriodHours: 720})
	f.must(err)
	reloaded := filepath.Join(f.agent.Root, "reloaded")
	pushed, err := f.CreateConnector(f.Context(), api.WriteConnector{
		Name: "shop", CertificateID: made.Certificate.ID, DeviceID: device.ID,
		FileSystem: api.FileSystem{Format: "pem", Directory: "etc/shop", CertificateFile: "tls.crt", KeyFile: "tls.key"},
		Push:       &api.PushSettings{Automatic: true, PostScript: &api.Script{Inline: "cp " + f.agent.Root + "/etc/shop/tls.crt " + reloaded, Repeatable: true}},
	})
	f.must(err)
	servers.Await(f, "push by the agent", func() bool {
		c, err := f.Connector(f.Context(), pushed.Connector.ID)
		if err == nil && c.PushState != "pushed" { // the agent had no reason to wait for steps before
			_, err = f.PushConnector(f.Context(), "shop")
		}
		return err == nil && c.PushState == "pushed"
	})
	clmtest.OpenSSL(f, f.agent.Root, "verify", "-CAfile", "etc/trust/ca.pem", "reloaded")
	held, certified := clmtest.OpenSSL(f, f.agent.Root, "pkey", "-in", "etc/shop/tls.key", "-pubout"), clmtest.OpenSSL(f, f.agent.Root, "x509", "-in", "etc/shop/tls.crt", "-noout", "-pubkey")
	if held != certified {
		f.Errorf("the certificate is of\n%sand the key is\n%s", certified, held)
	}
}

func (f *fleet) shows(so func(api.Agent) bool) {
	f.Helper()
	servers.Await(f, "agent as it should be", func() bool {
		a, err := f.Agent(f.Context(), "edge-1")
		return err == nil && so(a)
	})
}
