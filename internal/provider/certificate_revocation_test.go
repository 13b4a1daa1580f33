package provider_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/issuer"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// TestCertificateRevokedOutside sees a revocation, replaces the certificate with
// a new key, and revokes once more when it is destroyed.
func TestCertificateRevokedOutside(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	s := newWitness(w, "shop")
	plain := shop("validity_period_hours = 100")
	revoking := shop("validity_period_hours = 100\nrevoke_on_destroy = true\nrevocation_reason = \"cessation_of_operation\"")
	w.tell(
		act{config: plain, after: s.remember},
		act{
			before: func() {
				if _, err := w.RevokeCertificate(t.Context(), "shop", "key_compromise"); err != nil {
					t.Fatal(err)
				}
			},
			config: plain,
			plan: all(finds("clm_certificate.shop", "status", "revoked"), finds(web1, "sync_reason", "revoked"),
				updates("clm_certificate.shop", web1, web2), unknown("clm_certificate.shop", "serial_number", "status")),
			after: func() { s.rekeyed(); w.served(2) },
		},
		act{config: revoking, plan: all(updates("clm_certificate.shop"), keeps(web1, web2)), after: s.same},
		act{plan: destroys("clm_certificate.shop", web1, web2), after: func() {
			if !w.revoked("serial_number", s.was.SerialNumber) || !w.revoked("reason", "cessation_of_operation") {
				t.Error("the audit trail does not tell of the revocation")
			}
			if w.revoked("reason", "unspecified") {
				t.Error("something was revoked for no reason")
			}
		}},
	)
}

// TestCertificateOnHold leaves what is on hold alone, however much its owner wants,
// and catches up once it is released.
func TestCertificateOnHold(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	s := newWitness(w, "shop")
	plain, renewing := shop("validity_period_hours = 100"), shop("validity_period_hours = 100\nrenewal_trigger = \"2\"")
	w.tell(
		act{config: plain, after: s.remember},
		act{
			before: func() { must2(w.RevokeCertificate(t.Context(), "shop", "certificate_hold"))(t) },
			config: plain, plan: finds("clm_certificate.shop", "status", "on_hold"), after: s.same,
		},
		act{config: renewing, after: s.same},
		act{before: func() { w.Clock.Advance(200 * time.Hour) }, config: renewing, after: s.same},
		act{
			before: func() { must2(w.ReleaseCertificate(t.Context(), "shop"))(t) },
			config: renewing, plan: updates("clm_certificate.shop", web1, web2), after: s.renewed,
		},
		act{plan: destroys("clm_certificate.shop", web1, web2)},
	)
}

// TestCertificateDeletedOutside enrols again what somebody deleted, and keeps
// the destroyed one valid unless it was asked to revoke it.
func TestCertificateDeletedOutside(t *testing.T) {
	w := newWorld(t, nil)
	config := `
resource "clm_certificate" "shop" {
  name                  = "shop"
  issuer_id             = local.root
  dns_names             = ["shop.example.com"]
  validity_period_hours = 100
}

output "serial" { value = clm_certificate.shop.serial_number }
`
	var id string
	w.tell(
		act{config: config, after: func() { id = w.certificate("shop").ID }},
		act{
			before: func() {
				if err := w.DeleteCertificate(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			},
			config: config, plan: creates("clm_certificate.shop"),
			after: func() {
				if w.certificate("shop").ID == id {
					t.Error("the deleted certificate is back")
				}
			},
		},
		act{plan: destroys("clm_certificate.shop"), after: func() {
			if w.revoked("reason", "unspecified") {
				t.Error("it was revoked")
			}
		}},
	)
}

// TestCertificateRenewalBeyondItsIssuer: what cannot be renewed stays as it is.
func TestCertificateRenewalBeyondItsIssuer(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	w.root = w.selfSigned("short", 48)
	s := newWitness(w, "shop")
	long := shop("validity_period_hours = 24\nearly_renewal_hours = 12")
	short := shop("validity_period_hours = 20\nearly_renewal_hours = 12")
	w.tell(
		act{config: long, after: s.remember},
		act{
			before: func() { w.Clock.Advance(25 * time.Hour) }, config: long,
			refused: []complaint{{
				"clm_certificate.shop", "validity_period_hours = 24",
				[]string{"A certificate valid for 24 hours would outlive its issuer \"short\", which expires " + w.root.ValidityEndTime.Format(time.RFC3339), "Use at most 22 hours"},
			}},
		},
		act{
			before: s.same, config: short,
			plan:  all(finds("clm_certificate.shop", "status", "expired"), finds("clm_certificate.shop", "version", "1"), updates("clm_certificate.shop", web1, web2)),
			after: func() { s.renewed(); w.served(2) },
		},
		act{},
	)
}

// moodyIssuer refuses to sign while it is told to.
type moodyIssuer struct {
	issuer.BuiltIn
	refuses atomic.Bool
}

func (i *moodyIssuer) Issue(ctx context.Context, req pki.LeafRequest, ca *x509.Certificate, key crypto.Signer) (*x509.Certificate, error) {
	if i.refuses.Load() {
		return nil, clm.Errorf(clm.KindFailed, "the authority is out to lunch").WithHint("try again later")
	}
	return i.BuiltIn.Issue(ctx, req, ca, key)
}

// TestCertificateRenewalThatFails fails when it is applied: the old version
// stays in state, in the backend and on the devices, and the next apply renews.
func TestCertificateRenewalThatFails(t *testing.T) {
	authority := &moodyIssuer{}
	w := newWorld(t, []string{"web-1", "web-2"}, func(c *backend.Config) { c.Issuer = authority })
	s := newWitness(w, "shop")
	config := shop("validity_period_hours = 100\nrenewal_trigger = \"1\"")
	changed := shop("validity_period_hours = 200\nrenewal_trigger = \"2\"")
	w.tell(
		act{config: config, after: s.remember},
		act{
			before: func() { authority.refuses.Store(true) }, config: changed,
			refused: []complaint{{about: "clm_certificate.shop", words: []string{"Cannot change certificate shop", "The authority is out to lunch.", "Try again later."}}},
		},
		act{
			before: func() { s.same(); w.served(1); authority.refuses.Store(false) }, config: changed,
			plan: all(finds("clm_certificate.shop", "version", "1"), finds("clm_certificate.shop", "validity_period_hours", "100"),
				updates("clm_certificate.shop", web1, web2)),
			after: func() { s.renewed(); w.served(2) },
		},
		act{},
	)
}
