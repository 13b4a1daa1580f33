package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

const corpData = "data.clm_root_certificate.corp"

// A root that another configuration looks after is found by id or name, serves a
// profile, and shows both certificates while it is being replaced.
func TestRootCertificateData(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	corp := corpRoot(t, estate)
	profile := profileAt(`directory = "etc/trust"`, "\n  root_certificate_ids = ["+corpData+".id]")
	byName, byID := found1("clm_root_certificate", "corp", "name", "corp")+profile, found1("clm_root_certificate", "corp", "id", corp.ID)+profile
	same := func(attribute, value string) statecheck.StateCheck {
		return is(corpData, attribute, knownvalue.StringExact(value))
	}
	replace := func() {
		next := updateOf(corp)
		next.Source.SelfSigned.ValidityPeriodHours++
		must2(estate.UpdateRootCertificate(t.Context(), corp.ID, next))(t)
	}
	tell(t, estate,
		shows(byName, opensslAgrees(t, corpData), same("id", corp.ID), same("state", "active"), is(corpData, "can_sign", knownvalue.Bool(true)),
			same("certificate_pem", corp.CertificatePEM), same("certificate_chain_pem", ""), same("in_use_certificate_pem", corp.CertificatePEM)),
		shows(byID, same("name", "corp"), same("key_algorithm", "ECDSA")),
		after(replace, shows(byID, opensslAgrees(t, corpData), same("state", "distributing"),
			same("in_use_certificate_pem", corp.CertificatePEM), same("in_use_fingerprint_sha256", corp.FingerprintSHA256),
			looksAt{corpData, func(a map[string]any) error {
				if text(a, "fingerprint_sha256") == corp.FingerprintSHA256 {
					return fmt.Errorf("the new certificate is %s, as the old", corp.FingerprintSHA256)
				}
				return nil
			}})),
	)
}
