package clm_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// A cloud service takes only what has its key here, whatever the connector puts there;
// a machine takes a certificate without a key where it is not to have the key.
func TestEligible(t *testing.T) {
	t.Parallel()
	machine := clm.Device{Name: "web-1", CertSync: clm.SyncManaged, Local: &clm.Local{RootDirectory: "/"}}
	cloud := clm.Device{Name: "vault-1", CertSync: clm.SyncManaged, Cloud: &clm.Cloud{Service: "azure_key_vault"}}
	watched := machine
	watched.CertSync = clm.SyncMonitored
	bare := clm.FileSystem{Format: clm.FormatPEM, CertificateFile: "tls.crt"}
	keyed := bare
	keyed.KeyFile = "tls.key"
	here, elsewhere := &clm.Version{State: clm.VersionIssued, KeyID: "k"}, &clm.Version{State: clm.VersionIssued}
	for _, tt := range []struct {
		device  clm.Device
		place   clm.FileSystem
		current *clm.Version
		want    string // "": it is eligible
	}{
		{machine, keyed, here, ""},
		{machine, bare, elsewhere, ""},
		{machine, keyed, elsewhere, "is not held here"},
		{machine, bare, &clm.Version{State: clm.VersionIssued, Request: clm.RequestEndpoint}, ""},
		{machine, keyed, &clm.Version{State: clm.VersionRevoked, KeyID: "k"}, "is revoked"},
		{machine, keyed, &clm.Version{State: clm.VersionOnHold, KeyID: "k"}, "is on hold"},
		{machine, keyed, nil, "is revoked"},
		{watched, keyed, here, "is monitored: nothing is pushed to it"},
		{cloud, keyed, here, ""},
		{cloud, bare, elsewhere, `is not held here: cloud service "vault-1" does not take it`},
		{cloud, keyed, &clm.Version{State: clm.VersionIssued, KeyID: "k", Request: clm.RequestEndpoint}, "was asked for on an endpoint"},
	} {
		err := clm.Connector{FileSystem: tt.place}.Eligible(tt.device, "shop", tt.current)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("to %s with %+v: %v, want %q", tt.device.Name, tt.current, err, tt.want)
		}
	}
}
