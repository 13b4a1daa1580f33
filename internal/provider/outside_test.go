package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

type (
	checks     = []plancheck.PlanCheck
	stateCheck = statecheck.StateCheck
)

// enrol makes the certificate "shop", and its root "corp" where there is none,
// outside of Terraform.
func enrol(t testing.TB, estate *clmtest.Estate, hours int64) api.Certificate {
	t.Helper()
	return must2(estate.CreateCertificate(t.Context(), leafSpec("shop", corpRoot(t, estate).ID, hours)))(t).Certificate
}

func corpRoot(t testing.TB, estate *clmtest.Estate) api.RootCertificate {
	t.Helper()
	root, err := estate.RootCertificate(t.Context(), "corp")
	if api.Is(err, api.CodeNotFound) {
		root, err = estate.CreateRootCertificate(t.Context(), selfSignedRoot("corp"))
	}
	must(t, err)
	return root
}

// push puts a certificate in a folder of a device, outside of Terraform.
func push(t testing.TB, estate *clmtest.Estate, certificate, device, folder string) api.Connector {
	t.Helper()
	found := must2(estate.Device(t.Context(), device))(t)
	return must2(estate.CreateConnector(t.Context(), api.WriteConnector{
		Name: device + "-" + folder, CertificateID: certificate, DeviceID: found.ID,
		FileSystem: api.FileSystem{Format: "pem", Directory: folder, CertificateFile: "tls.crt", KeyFile: "tls.key", ChainFile: "chain.crt"},
	}))(t).Connector
}
