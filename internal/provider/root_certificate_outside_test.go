package provider_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// selfSignedRoot is a root made outside of Terraform.
func selfSignedRoot(name string) api.WriteRootCertificate {
	return api.WriteRootCertificate{Name: name, Source: api.RootSource{Kind: "self_signed", SelfSigned: &api.SelfSigned{
		Subject: api.Subject{CommonName: name + " root"}, ValidityPeriodHours: 87600,
	}}}
}

// updateOf changes nothing of a root yet.
func updateOf(r api.RootCertificate) api.WriteRootCertificate {
	return api.WriteRootCertificate{Name: r.Name, DeletionProtection: r.DeletionProtection, Source: r.Source}
}

// agedRoot is a root that was valid until a while ago.
type agedRoot struct {
	opensslRoot
	since time.Duration // back to when it was valid
}

func (r agedRoot) request(t testing.TB, name string) api.WriteRootCertificate {
	return api.WriteRootCertificate{Name: name, Source: api.RootSource{Kind: "pem"}, CertificatePEM: r.pem(t)}
}

// expiredRoot is made by package pki: openssl gives no certificate a past.
func expiredRoot(t testing.TB) agedRoot {
	t.Helper()
	r := agedRoot{opensslRoot{t.TempDir()}, 48 * time.Hour}
	key := must2(pki.GenerateKey(pki.KeySpec{}.WithDefaults()))(t)
	certificate := must2(pki.CreateRoot(pki.RootRequest{
		Subject: pki.Subject{CommonName: "Expired Root"}, Validity: 48 * time.Hour, NotBefore: time.Now().Add(-72 * time.Hour),
	}, key))(t)
	r.write(t, certificate, must2(pki.EncodePrivateKey(key))(t))
	return r
}

func (r opensslRoot) write(t testing.TB, certificate *x509.Certificate, key []byte) {
	t.Helper()
	must(t, os.WriteFile(r.path("root.pem"), pki.EncodeCertificates(certificate), 0o600))
	must(t, os.WriteFile(r.path("root.key"), key, 0o600))
}

// planLooksAt is a plan check on one resource before and after.
type planLooksAt struct {
	address string
	check   func(before, after map[string]any) error
}

func (p planLooksAt) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = fmt.Errorf("%s is not in the plan", p.address)
	for _, change := range req.Plan.ResourceChanges {
		if change.Address == p.address {
			resp.Error = p.check(attributesIn(change.Change.Before), attributesIn(change.Change.After))
		}
	}
}

func attributesIn(value any) map[string]any {
	var out map[string]any
	content, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(content, &out)
	}
	if err != nil {
		return nil
	}
	return out
}
