package daemon_test

import (
	"net/http"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
)

// shown adds a token to each request.
type shown struct {
	token string
	next  http.RoundTripper
}

func (s shown) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Authorization", "Bearer "+s.token)
	return s.next.RoundTrip(r)
}

// A push over HTTP/1.1 takes the time it takes: longer than the framework of the API
// lets a body take to arrive, by a limit that it leaves on the connection.
func TestALongPush(t *testing.T) {
	t.Parallel()
	w := serving(t, func(c *daemon.Config) { c.InsecureHTTP = true })
	c, ctx := client.New(client.Options{Endpoint: "http://" + w.Address(), Transport: shown{w.token(t, "operator"), &http.Transport{}}}), t.Context()
	root, err := c.CreateRootCertificate(ctx, api.WriteRootCertificate{Name: "lab", Source: api.RootSource{
		Kind: "self_signed", SelfSigned: &api.SelfSigned{Subject: api.Subject{CommonName: "Lab"}, ValidityPeriodHours: 8760},
	}})
	must(t, err)
	shop, err := c.CreateCertificate(ctx, api.CertificateSpec{Name: "shop", IssuerID: root.ID, DNSNames: []string{"shop.example.com"}, ValidityPeriodHours: 24})
	must(t, err)
	device, err := c.CreateDevice(ctx, api.WriteDevice{Name: "web-1", CertSync: "managed", Local: &api.Local{RootDirectory: t.TempDir()}})
	must(t, err)
	pushed, err := c.CreateConnector(ctx, api.WriteConnector{
		Name: "shop", CertificateID: shop.Certificate.ID, DeviceID: device.ID,
		FileSystem: api.FileSystem{Format: "pem", Directory: "tls", CertificateFile: "shop.crt", KeyFile: "shop.key"},
		Push:       &api.PushSettings{Automatic: true, IncludeChain: true, PostScript: &api.Script{Inline: "sleep 6", TimeoutSeconds: 60}},
	})
	if err != nil || pushed.Push != nil {
		t.Errorf("a push of 6 s ends with %+v, %v", pushed.Push, err)
	}
}
