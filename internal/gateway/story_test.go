package gateway_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// An agent outside enrols, has the trust, is pushed to and renews, all through the
// gateway: the audit trail says so.
func TestAnAgentOutside(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	o := w.device("edge")
	o.has()
	clmtest.OpenSSL(t, o.root, "verify", "-CAfile", "trust/ca.pem", "trust/ca.pem")
	root, err := w.RootCertificate(t.Context(), clm.ServerRoot)
	must(t, err)
	shop, err := w.CreateCertificate(t.Context(), api.CertificateSpec{Name: "shop", IssuerID: root.ID, DNSNames: []string{"shop.example.com"}, ValidityPeriodHours: 24})
	must(t, err)
	device, err := w.Device(t.Context(), "edge")
	must(t, err)
	pushed, err := w.CreateConnector(t.Context(), api.WriteConnector{
		Name: "shop", CertificateID: shop.Certificate.ID, DeviceID: device.ID, Push: &api.PushSettings{Automatic: true},
		FileSystem: api.FileSystem{Format: "pem", Directory: "tls", CertificateFile: "tls.crt", KeyFile: "tls.key"},
	})
	must(t, err)
	if pushed.Push != nil || o.file("tls/tls.crt") != shop.Certificate.CertificatePEM {
		t.Errorf("pushed %+v, the device has %q", pushed.Push, o.file("tls/tls.crt"))
	}
	before, err := w.Agent(t.Context(), "edge")
	must(t, err)
	_, err = w.RenewAgents(t.Context(), api.RenewAgents{Agents: []string{"edge", "dmz"}})
	must(t, err)
	o.logs(`"msg":"renewed"`)
	servers.Await(t, "gateway that shows its next certificate", func() bool { return strings.Contains(w.log.String(), `"msg":"renewed"`) })
	o.has()
	if after, err := w.Agent(t.Context(), "edge"); err != nil || after.SerialNumber == before.SerialNumber {
		t.Errorf("its certificate is %s, before that %s, %v", after.SerialNumber, before.SerialNumber, err)
	}
	rows, err := w.AuditEvents(t.Context())
	must(t, err)
	for _, action := range []string{"agent.enrol", "agent.renew"} {
		if !slices.ContainsFunc(rows, func(r api.AuditEvent) bool {
			return r.Action == action && r.Subject == "device:edge" && r.Details["relayed_by"] == "internet-gateway:dmz"
		}) {
			t.Errorf("%s through the gateway is not on record", action)
		}
	}
}
