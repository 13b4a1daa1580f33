package server_test

import (
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// world is one of everything.
type world struct {
	root        api.RootCertificate
	device      api.Device
	certificate api.Certificate
	connector   api.Connector
}

func populated(t *testing.T, estate *clmtest.Estate) (w world) {
	t.Helper()
	var err error
	w.root, err = estate.CreateRootCertificate(t.Context(), rootInput("lab"))
	must(t, err)
	w.device, err = estate.CreateDevice(t.Context(), anyDevice(t))
	must(t, err)
	enrolled, err := estate.CreateCertificate(t.Context(), certificateInput("shop", w.root.ID))
	must(t, err)
	w.certificate = enrolled.Certificate
	placed, err := estate.CreateConnector(t.Context(), connectorInput("shop", w))
	must(t, err)
	w.connector = placed.Connector
	return w
}

func rootInput(name string) api.WriteRootCertificate {
	return api.WriteRootCertificate{Name: name, Source: api.RootSource{Kind: "self_signed", SelfSigned: &api.SelfSigned{
		Subject: api.Subject{CommonName: name}, KeyAlgorithm: "ECDSA", ECDSACurve: "P256", ValidityPeriodHours: 87600,
	}}}
}

func certificateInput(name, issuerID string) api.CertificateSpec {
	return api.CertificateSpec{
		Name: name, IssuerID: issuerID, Subject: api.Subject{CommonName: name + ".example.com"}, DNSNames: []string{name + ".example.com"},
		KeyAlgorithm: "ECDSA", ValidityPeriodHours: 2160, EarlyRenewalHours: 720,
	}
}

func connectorInput(name string, w world) api.WriteConnector {
	return api.WriteConnector{
		Name: name, CertificateID: w.certificate.ID, DeviceID: w.device.ID, RemoveOnDestroy: true,
		FileSystem: api.FileSystem{Format: "pem", Directory: "etc/" + name, CertificateFile: "tls.crt", KeyFile: "tls.key", ChainFile: "chain.crt"},
	}
}
