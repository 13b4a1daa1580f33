package engine_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/property"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/issuer"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

func fieldOf(err error) string {
	var e *clm.Error
	if errors.As(err, &e) {
		return e.Field
	}
	return ""
}

// brittleIssuer signs, unless it is told to fail, before or after signing. While
// it signs, something else may happen.
type brittleIssuer struct {
	mu        sync.Mutex
	err       error // before anything is signed
	late      error // after
	meanwhile func()
	signed    int
}

func (b *brittleIssuer) Issue(ctx context.Context, req pki.LeafRequest, ca *x509.Certificate, key crypto.Signer) (*x509.Certificate, error) {
	b.mu.Lock()
	err, meanwhile := b.err, b.meanwhile
	b.signed++
	b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	leaf, err := issuer.BuiltIn{}.Issue(ctx, req, ca, key)
	if meanwhile != nil {
		meanwhile()
	}
	if b.late != nil {
		return nil, b.late
	}
	return leaf, err
}

// facts are everything recorded of the certificate of a story.
type facts struct {
	Row      clm.CertificateRow
	Versions []clm.Version
	Keys     []string
	Rows     int // of the audit trail
}

func (s *stage) facts() facts {
	s.t.Helper()
	row := s.row("shop")
	return facts{row, s.versions(row.Certificate.ID), s.keys(), len(s.trail())}
}

// Each operation: which version it leads to, what becomes of the version before,
// and whether the key stays.
func TestOperations(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		operation clm.Operation
		change    func(*clm.CertificateSpec)
		sameKey   bool
	}{
		{clm.OperationRenew, func(s *clm.CertificateSpec) { s.RenewalTrigger = "2" }, true},
		{clm.OperationRegenerate, func(s *clm.CertificateSpec) { s.RegenerationTrigger = "2" }, false},
		{clm.OperationReEnrol, func(s *clm.CertificateSpec) { s.Names.DNS = []string{"www.example.com"} }, false},
	} {
		t.Run(string(tt.operation), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			first := s.certificate("shop", s.root("lab"))
			wish := first.Certificate.Spec
			tt.change(&wish)
			s.clock.Advance(time.Hour)
			out, err := s.UpdateCertificate(t.Context(), alice, "shop", "shop", wish)
			must(t, err)
			versions := s.versions(first.Certificate.ID)
			if out.Done != tt.operation || out.Row.Current.Number != 2 || out.Row.Current.Operation != tt.operation || len(versions) != 2 {
				t.Fatalf("done %s, now at version %d of %d", out.Done, out.Row.Current.Number, len(versions))
			}
			if versions[0].State != clm.VersionSuperseded || versions[1].State != clm.VersionIssued {
				t.Errorf("the versions are %s and %s", versions[0].State, versions[1].State)
			}
			if (versions[0].KeyID == versions[1].KeyID) != tt.sameKey || samePublicKey(t, versions[0], versions[1]) != tt.sameKey {
				t.Errorf("the key stayed: %t", !tt.sameKey)
			}
			if out.Row.Certificate.ID != first.Certificate.ID || !versions[1].NotAfter.After(versions[0].NotAfter) {
				t.Errorf("the id or the end did not come out right: %+v", out.Row.Certificate)
			}
			again, err := s.UpdateCertificate(t.Context(), alice, "shop", "shop", wish)
			must(t, err)
			if again.Done != clm.OperationNone || len(s.versions(first.Certificate.ID)) != 2 {
				t.Errorf("the same wish again did %s", again.Done)
			}
			s.checkTrail()
		})
	}
}

func samePublicKey(t *testing.T, a, b clm.Version) bool {
	t.Helper()
	first, err := pki.ParseCertificate(a.Certificate)
	must(t, err)
	second, err := pki.ParseCertificate(b.Certificate)
	must(t, err)
	return pki.SameKey(first.PublicKey, second.PublicKey)
}

// An issue that fails changes nothing: not the certificate, not the wish, and no
// key is left lying about. Afterwards the same wish works.
func TestFailedIssueKeepsEverything(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(s *stage){
		"issuer refuses":             func(s *stage) { s.issuer.err = errors.New("the HSM is asleep") },
		"issuer fails after signing": func(s *stage) { s.issuer.late = errors.New("the line was cut") },
		"issuer invalid":             func(s *stage) { s.issuer.err = &pki.Error{Field: "dns_names", Message: "no such name"} },
		"store":                      func(s *stage) { s.store.failNext(1, false, true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			root := s.root("lab")
			s.certificate("shop", root)
			before := s.facts()
			fail(s)
			wish := before.Row.Certificate.Spec
			wish.RegenerationTrigger = "2"
			if _, err := s.UpdateCertificate(t.Context(), alice, "shop", "shop", wish); err == nil {
				t.Fatal("nothing failed")
			}
			if _, err := s.CreateCertificate(t.Context(), alice, "mail", spec("mail", root)); err == nil {
				t.Fatal("nothing failed")
			}
			s.issuer.err, s.issuer.late = nil, nil
			s.store.failNext(0, false, false)
			if after := s.facts(); !cmp.Equal(before, after) {
				t.Errorf("the failure left something: %s", cmp.Diff(before, after))
			}
			out, err := s.UpdateCertificate(t.Context(), alice, "shop", "shop", wish)
			must(t, err)
			if out.Done != clm.OperationRegenerate {
				t.Errorf("then it did %s", out.Done)
			}
			s.checkTrail()
		})
	}
}

// A commit whose answer is lost took place: the same wish finds nothing to do.
func TestIssueThatFailsButApplies(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.certificate("shop", s.root("lab"))
	s.store.failNext(1, true, false)
	if _, err := s.renew("shop", "2"); err == nil {
		t.Fatal("nothing failed")
	}
	out, err := s.renew("shop", "2")
	must(t, err)
	if out.Done != clm.OperationNone || out.Row.Current.Number != 2 {
		t.Errorf("then it did %s, at version %d", out.Done, out.Row.Current.Number)
	}
	s.checkTrail()
}

// A root that is replaced, or goes away, while it signs: nothing is recorded of
// what it signed.
func TestIssuerChangesMeanwhile(t *testing.T) {
	t.Parallel()
	const conflict = `root certificate lab was changed by somebody else meanwhile (run the same command again)`
	for name, meanwhile := range map[string]func(s *stage, tx engine.Tx, root clm.RootCertificate) error{
		"replaced": func(s *stage, tx engine.Tx, root clm.RootCertificate) error {
			root.Active.FingerprintSHA256 = strings.Repeat("0", 64)
			return tx.UpdateRoot(&root)
		},
		"deleted": func(s *stage, tx engine.Tx, root clm.RootCertificate) error { return tx.DeleteRoot(root) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			old, root := s.root("old"), s.root("lab")
			s.certificate("shop", old)
			before := s.facts()
			s.issuer.meanwhile = sync.OnceFunc(func() {
				must(t, s.store.Store.Update(t.Context(), func(tx engine.Tx) error { return meanwhile(s, tx, root) }))
			})
			wish := spec("shop", root)
			_, err := s.UpdateCertificate(t.Context(), alice, "shop", "shop", wish)
			mustBe(t, err, clm.KindConflict, "", conflict)
			if after := s.facts(); !cmp.Equal(before, after) {
				t.Errorf("something was recorded: %s", cmp.Diff(before, after))
			}
		})
	}
}

// A child of a root whose slot was refilled meanwhile: the same for enrolment.
func TestIssuerReplacedDuringEnrolment(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	root := s.root("lab")
	keys := s.keys()
	s.issuer.meanwhile = sync.OnceFunc(func() {
		must(t, s.store.Store.Update(t.Context(), func(tx engine.Tx) error {
			root.Active.FingerprintSHA256 = strings.Repeat("0", 64)
			return tx.UpdateRoot(&root)
		}))
	})
	_, err := s.CreateCertificate(t.Context(), alice, "shop", spec("shop", root))
	mustBe(t, err, clm.KindConflict, "", `root certificate lab was changed by somebody else meanwhile (run the same command again)`)
	if _, err := s.Certificate(t.Context(), "shop"); clm.KindOf(err) != clm.KindNotFound || !slices.Equal(s.keys(), keys) {
		t.Errorf("something was recorded: %v", err)
	}
}

// Many renewals at once: each that succeeds adds one version, numbers have no
// gaps and no doubles, one is current, and each key that is there is in use.
func TestRenewalsAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	row := s.certificate("shop", s.root("lab"))
	const crowd = 24
	results := make([]error, crowd)
	var wg sync.WaitGroup
	for i := range crowd {
		wg.Go(func() {
			wish := row.Certificate.Spec
			if i%2 == 0 {
				wish.RenewalTrigger = fmt.Sprint(i + 2)
			} else {
				wish.RegenerationTrigger = fmt.Sprint(i + 2)
			}
			_, results[i] = s.UpdateCertificate(t.Context(), alice, row.Certificate.ID, "shop", wish)
		})
	}
	wg.Wait()
	succeeded := 0
	for _, err := range results {
		if err == nil {
			succeeded++
		} else if clm.KindOf(err) != clm.KindConflict || !strings.HasSuffix(err.Error(), "was changed by somebody else meanwhile (run the same command again)") {
			t.Errorf("a loser is told: %v", err)
		}
	}
	versions := s.versions(row.Certificate.ID)
	if succeeded == 0 || len(versions) != succeeded+1 {
		t.Errorf("%d renewals succeeded and there are %d versions", succeeded, len(versions))
	}
	s.checkLineage("shop")
	s.checkTrail()
}

// checkLineage holds what is always true of a certificate.
func (s *stage) checkLineage(ref string) {
	s.t.Helper()
	row, err := s.Certificate(s.t.Context(), ref)
	must(s.t, err)
	versions := s.versions(row.Certificate.ID)
	inUse := map[string]bool{}
	for i, v := range versions {
		if v.Number != int64(i+1) {
			s.t.Errorf("version %d is number %d", i+1, v.Number)
		}
		isLast := i == len(versions)-1
		if (v.State == clm.VersionIssued) != isLast && v.State != clm.VersionRevoked {
			s.t.Errorf("version %d of %d is %s", i+1, len(versions), v.State)
		}
		if i > 0 && v.Operation == clm.OperationRenew && (v.KeyID != versions[i-1].KeyID || versions[i-1].State == clm.VersionRevoked) {
			s.t.Errorf("version %d renews a %s version, keeping its key: %t", i+1, versions[i-1].State, v.KeyID == versions[i-1].KeyID)
		}
		if i > 0 && v.Operation != clm.OperationRenew && inUse[v.KeyID] {
			s.t.Errorf("version %d (%s) has an old key", i+1, v.Operation)
		}
		inUse[v.KeyID] = true
	}
	if row.Certificate.Current != int64(len(versions)) || row.Current == nil || row.Current.Number != row.Certificate.Current {
		s.t.Errorf("the current version is %d of %d", row.Certificate.Current, len(versions))
	}
}

// Renew against revoke. What revoke withdrew stays withdrawn: a renewal that
// looked before and writes after is refused, so that no renewal ever follows a
// revoked version. Whoever asks next is told to enrol anew.
func TestRevokeWinsOverRenew(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.certificate("shop", s.root("lab"))
	s.issuer.meanwhile = sync.OnceFunc(func() {
		_, err := s.RevokeCertificate(t.Context(), alice, "shop", "key_compromise")
		must(t, err)
	})
	_, err := s.renew("shop", "2")
	if clm.KindOf(err) != clm.KindConflict {
		t.Fatalf("the renewal went on: %v", err)
	}
	row, err := s.Certificate(t.Context(), "shop")
	must(t, err)
	due := clm.ShouldIssue(row.Certificate.Spec, row.Current, s.clock.Now())
	if row.Current.Number != 1 || row.Current.State != clm.VersionRevoked || row.Current.RevocationReason != "key_compromise" {
		t.Errorf("the current version is %d, %s", row.Current.Number, row.Current.State)
	}
	if due.Operation != clm.OperationReEnrol || due.Reason != "its certificate was revoked (key_compromise)" {
		t.Errorf("due is %+v", due)
	}
	out, err := s.renew("shop", "2")
	must(t, err)
	if out.Done != clm.OperationReEnrol || out.Row.Current.KeyID == row.Current.KeyID {
		t.Errorf("a revoked certificate was followed by %s, with its key: %t", out.Done, out.Row.Current.KeyID == row.Current.KeyID)
	}
	if first := s.versions(row.Certificate.ID)[0]; first.State != clm.VersionRevoked {
		t.Errorf("the revoked version is %s now", first.State)
	}
	s.checkTrail()
}

// The same with no order given: in the audit trail no renewal follows the
// revocation of the version it renews.
func TestRevokeRacesRenew(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	root := s.root("lab")
	for round := range 8 {
		name := fmt.Sprintf("shop-%d", round)
		id := s.certificate(name, root).Certificate.ID
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				if _, err := s.renew(name, fmt.Sprint(i+2)); err != nil && clm.KindOf(err) != clm.KindConflict {
					t.Errorf("renewing: %v", err)
				}
			})
		}
		wg.Go(func() {
			_, err := s.RevokeCertificate(t.Context(), alice, name, "")
			must(t, err)
		})
		wg.Wait()
		s.checkRevocations(id)
	}
	s.checkTrail()
}

func (s *stage) checkRevocations(certificateID string) {
	s.t.Helper()
	latest, revoked := "", map[string]bool{}
	for _, e := range s.trail() {
		if e.SubjectID != certificateID {
			continue
		}
		switch e.Action {
		case "certificate.revoke":
			if e.Details["serial_number"] != latest {
				s.t.Errorf("%s was revoked while %s was current", e.Details["serial_number"], latest)
			}
			revoked[latest] = true
		case "certificate.renew":
			if revoked[latest] {
				s.t.Errorf("the revoked %s was renewed", latest)
			}
			latest = e.Details["serial_number"]
		default:
			latest = e.Details["serial_number"]
		}
	}
	for _, v := range s.versions(certificateID) {
		if (v.State == clm.VersionRevoked) != revoked[v.SerialNumber] {
			s.t.Errorf("version %d is %s", v.Number, v.State)
		}
	}
}

// leaf.notAfter <= issuer.notAfter, whatever is asked for and whenever. A refusal
// says what would do, and that does.
func TestLeafNeverOutlivesItsIssuer(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	property.Check(t, func(rt *rapid.T) {
		rootHours := rapid.Int64Range(1, 1000).Draw(rt, "root hours")
		in := rootInput("root " + clm.NewID()[19:])
		in.Source.SelfSigned.ValidityPeriodHours = rootHours
		root, err := s.CreateRoot(t.Context(), alice, in)
		if err != nil {
			rt.Fatal(err)
		}
		s.clock.Advance(time.Duration(rapid.Int64Range(0, rootHours*int64(time.Hour)*11/10).Draw(rt, "later")))
		wish := spec("shop", root)
		wish.EarlyRenewalHours = 0
		wish.ValidityPeriodHours = rapid.OneOf(rapid.Int64Range(-1, 1100), rapid.Int64()).Draw(rt, "hours")
		checkOutlives(rt, s, root, wish)
	})
}

func checkOutlives(rt *rapid.T, s *stage, root clm.RootCertificate, wish clm.CertificateSpec) {
	name := "shop " + clm.NewID()[19:]
	out, err := s.CreateCertificate(s.t.Context(), alice, name, wish)
	if err == nil {
		v := out.Row.Current
		leaf, parsed := pki.ParseCertificate(v.Certificate)
		if parsed != nil || leaf.NotAfter.After(root.Active.NotAfter) || v.NotAfter.After(root.Active.NotAfter) || leaf.NotBefore.Before(root.Active.NotBefore) {
			rt.Fatalf("valid from %s to %s under a root valid from %s to %s", v.NotBefore, v.NotAfter, root.Active.NotBefore, root.Active.NotAfter)
		}
		if lasts := v.NotAfter.Sub(s.clock.Now()).Round(time.Hour); lasts != time.Duration(wish.ValidityPeriodHours)*time.Hour {
			rt.Fatalf("asked for %d hours, valid for %v", wish.ValidityPeriodHours, lasts)
		}
		return
	}
	if clm.KindOf(err) != clm.KindInvalid || fieldOf(err) != "validity_period_hours" {
		rt.Fatalf("%d hours: %s: %v", wish.ValidityPeriodHours, clm.KindOf(err), err)
	}
	var most int64
	var e *clm.Error
	if errors.As(err, &e) {
		if n, _ := fmt.Sscanf(e.Hint, "use at most %d hours, or an issuer that lives longer", &most); n != 1 || most == 0 {
			return
		}
	}
	wish.ValidityPeriodHours = most
	if _, err := s.CreateCertificate(s.t.Context(), alice, name, wish); err != nil {
		rt.Fatalf("the hint said %d hours: %v", most, err)
	}
}

// A recipe for longer than can be counted with is refused, not wrapped around.
func TestRootThatOutlivesTheCalendar(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	in := rootInput("lab")
	in.Source.SelfSigned.ValidityPeriodHours = 5124095576 + 24 // as nanoseconds, a day in 64 bits
	_, err := s.CreateRoot(t.Context(), alice, in)
	mustBe(t, err, clm.KindInvalid, "validity_period_hours", "a validity of 5124095600 hours is longer than 878400 hours")
}

// The messages of what cannot be issued.
func TestIssueRefusals(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	root := s.root("lab")
	pem := engine.RootWish{RootInput: engine.RootInput{Name: "trusted", Source: clm.RootSource{Kind: clm.SourcePEM}, CertificatePEM: pemOf(root.Active.Certificate)}}
	trusted, err := s.CreateRoot(t.Context(), alice, pem)
	must(t, err)
	for _, tt := range []struct {
		name        string
		change      func(*clm.CertificateSpec)
		field, text string
	}{
		{"no such issuer", func(s *clm.CertificateSpec) { s.IssuerID = "nobody" }, "issuer_id", `there is no root certificate "nobody"`},
		{"issuer without key", func(s *clm.CertificateSpec) { s.IssuerID = trusted.ID }, "issuer_id",
			`root certificate "trusted" cannot sign: its private key is not held here (import the root together with its private key)`},
		{"outlives", func(s *clm.CertificateSpec) { s.ValidityPeriodHours = 8761 }, "validity_period_hours",
			fmt.Sprintf(`a certificate valid for 8761 hours would outlive its issuer "lab", which expires %s (use at most 8759 hours, or an issuer that lives longer)`, rfc(root.Active.NotAfter))},
		{"window", func(s *clm.CertificateSpec) { s.EarlyRenewalHours = 720 }, "early_renewal_hours", "renewing 720 hours early is not shorter than the validity of 720 hours " +
			"(every certificate would be due for renewal the moment it is issued; shorten early_renewal_hours)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wish := spec("shop", root)
			tt.change(&wish)
			_, err := s.CreateCertificate(t.Context(), alice, "shop", wish)
			mustBe(t, err, clm.KindInvalid, tt.field, tt.text)
			_, err = s.PreviewCertificate(t.Context(), "", "shop", wish)
			mustBe(t, err, clm.KindInvalid, tt.field, tt.text)
		})
	}
}
