package command_test

import (
	"os"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

// A push is made at once, where nobody has to agree to it; a request for one is no
// failure; a device that is not there is one.
func TestPush(t *testing.T) {
	t.Parallel()
	dir, _ := lived(t)
	folder, order := t.TempDir(), ""
	asking(t, backend.Config{DataDir: dir}, func(c *client.Client) {
		device, err := c.CreateDevice(t.Context(), api.WriteDevice{Name: "web-1", CertSync: "managed", Local: &api.Local{RootDirectory: folder}})
		must(t, err)
		policy, err := c.CreateApprovalPolicy(t.Context(), api.WriteApprovalPolicy{Name: "two", Levels: 2, ExpiresSeconds: 3600})
		must(t, err)
		connectorOf(t, c, "free", device.ID, nil)
		order = connectorOf(t, c, "asks", device.ID, &api.PushSettings{IncludeChain: true, ApprovalPolicyID: policy.ID}).WorkOrder.ID
	})
	prints(t, "pushed connector free on device web-1\n", "push", "free", "--data-dir", dir)
	prints(t, `connector "asks" is not pushed yet: work order `+order+" waits for approval 1 of 2\n", "push", "asks", "--data-dir", dir)
	must(t, os.RemoveAll(folder))
	if out, err := typed(t, "push", "free", "--data-dir", dir); err == nil || out != "" {
		t.Errorf("pushed to a device that is not there: %s", out)
	}
}

func connectorOf(t *testing.T, c *client.Client, name, device string, push *api.PushSettings) api.Connector {
	t.Helper()
	certificate, err := c.Certificate(t.Context(), "shop")
	must(t, err)
	result, err := c.CreateConnector(t.Context(), api.WriteConnector{
		Name: name, CertificateID: certificate.ID, DeviceID: device, Push: push,
		FileSystem: api.FileSystem{Format: "pem", Directory: name, CertificateFile: "shop.crt", KeyFile: "shop.key"},
	})
	must(t, err)
	seen, err := c.ObserveConnector(t.Context(), result.Connector.ID)
	must(t, err)
	return seen
}
