package engine_test

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

const clockStep = time.Hour

func (s *stage) list(ref string) clm.RevocationList {
	s.t.Helper()
	list, err := s.RevocationList(s.t.Context(), alice, ref)
	must(s.t, err)
	return list
}

// entry is what a list says of a certificate that was read before it was withdrawn.
func entry(row clm.CertificateRow, reason clm.RevocationReason) string {
	return row.Current.SerialNumber + " " + string(reason)
}

// caOf is the CA certificate of a slot.
func (s *stage) caOf(name string) *x509.Certificate {
	s.t.Helper()
	root, err := s.Root(s.t.Context(), name)
	must(s.t, err)
	ca, err := pki.ParseCertificate(root.Signer().Certificate)
	must(s.t, err)
	return ca
}

func inOrder(words []string) []string {
	slices.Sort(words)
	return words
}

func entriesIn(t *testing.T, der []byte, ca *x509.Certificate) (base int64, entries []string) {
	t.Helper()
	list, err := pki.ParseCRL(der, ca)
	must(t, err)
	for _, e := range list.Entries {
		entries = append(entries, e.SerialNumber+" "+e.Reason)
	}
	return list.Base, entries
}

// lists holds the newest complete list of a slot to what it should say.
func (s *stage) lists(name string, want ...string) clm.RevocationList {
	s.t.Helper()
	list := s.list(name)
	t := s.t.(*testing.T)
	_, got := entriesIn(t, list.Complete, s.caOf(name))
	if diff := cmp.Diff(inOrder(want), got); diff != "" {
		t.Errorf("list %d of %s: %s", list.Number, name, diff)
	}
	return list
}

// deltaSays holds the delta to the list it continues and to what it should say.
func (s *stage) deltaSays(list clm.RevocationList, base int64, want ...string) {
	s.t.Helper()
	t := s.t.(*testing.T)
	gotBase, got := entriesIn(t, list.Delta, s.caOf("lab"))
	if diff := cmp.Diff(inOrder(want), got); diff != "" || gotBase != base {
		t.Errorf("delta %d continues %d, want %d: %s", list.Number, gotBase, base, diff)
	}
}

// The life of lists: the first is empty, what changes brings the next at once, and
// half of its life does. Deltas grow until then.
func TestRevocationLists(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	root := s.root("lab")
	shop, mail := s.certificate("shop", root), s.certificate("mail", root)
	first := s.lists("lab")
	if again := s.list(root.Active.FingerprintSHA256); !cmp.Equal(again, first) || first.Number != s.clock.Now().Unix() || first.Delta != nil {
		t.Errorf("nothing happened, and the list is %d after %d", again.Number, first.Number)
	}
	must2(s.RevokeCertificate(t.Context(), alice, "shop", clm.ReasonHold))
	second := s.lists("lab", entry(shop, clm.ReasonHold))
	s.deltaSays(second, first.Number, entry(shop, clm.ReasonHold))
	must2(s.RevokeCertificate(t.Context(), alice, "mail", "key_compromise"))
	must2(s.ReleaseCertificate(t.Context(), alice, "shop"))
	third := s.lists("lab", entry(mail, "key_compromise"))
	s.deltaSays(third, first.Number, entry(mail, "key_compromise"))
	if third.Number != first.Number+2 {
		t.Errorf("two changes between two readings make list %d", third.Number)
	}
	s.clock.Advance(clm.RevocationListLife / 2)
	fourth := s.lists("lab", entry(mail, "key_compromise"))
	s.deltaSays(fourth, first.Number, entry(mail, "key_compromise"))
	if fourth.Number != s.clock.Now().Unix() || !fourth.NextUpdate.After(third.NextUpdate) {
		t.Errorf("list %d is good until %v", fourth.Number, fourth.NextUpdate)
	}
	must2(s.RevokeCertificate(t.Context(), alice, "shop", clm.ReasonHold))
	s.list("lab")
	must2(s.ReleaseCertificate(t.Context(), alice, "shop"))
	s.deltaSays(s.list("lab"), fourth.Number)
	s.checkTrail()
}

// A release takes off the list what the list that a delta continues has on it.
func TestADeltaRemovesWhatWasReleased(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	shop := s.certificate("shop", s.root("lab"))
	must2(s.RevokeCertificate(t.Context(), alice, "shop", clm.ReasonHold))
	held := s.lists("lab", entry(shop, clm.ReasonHold))
	must2(s.ReleaseCertificate(t.Context(), alice, "shop"))
	s.deltaSays(s.lists("lab"), held.Number, entry(shop, clm.ReasonRemove))
}

// What has expired is on one list after that, and on no later one. A lineage that is
// deleted stays on until then.
func TestWhatHasExpiredLeavesTheList(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	root := s.root("lab")
	wish := spec("shop", root)
	wish.RevokeOnDestroy, wish.RevocationReason = true, "cessation_of_operation"
	out, err := s.CreateCertificate(t.Context(), alice, "shop", wish)
	must(t, err)
	must(t, s.DeleteCertificate(t.Context(), alice, "shop"))
	gone := entry(out.Row, "cessation_of_operation")
	s.lists("lab", gone)
	s.clock.Advance(out.Row.Current.NotAfter.Sub(s.clock.Now()) + 2*time.Minute)
	expired := s.lists("lab", gone)
	s.clock.Advance(clm.RevocationListLife / 2)
	s.deltaSays(s.lists("lab"), expired.Number, out.Row.Current.SerialNumber+" remove_from_crl")
}

// A list ends with its CA, and there is none afterwards.
func TestTheListEndsWithTheCA(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	root := s.root("lab")
	s.clock.Advance(root.Active.NotAfter.Sub(s.clock.Now()) - clockStep)
	list := s.lists("lab")
	if !list.NextUpdate.Equal(root.Active.NotAfter) {
		t.Errorf("the list is good until %v, the CA until %v", list.NextUpdate, root.Active.NotAfter)
	}
	s.clock.Advance(clockStep)
	if after := s.list("lab"); after.Number != list.Number {
		t.Errorf("an expired CA signed list %d", after.Number)
	}
}

// Many that ask at once get the same list, which was signed once.
func TestOneSignsWhenManyAsk(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.certificate("shop", s.root("lab"))
	for range 5 {
		var wg sync.WaitGroup
		number := s.clock.Now().Unix()
		for range 8 {
			wg.Go(func() {
				if list, err := s.RevocationList(t.Context(), alice, "lab"); err != nil || list.Number != number {
					t.Errorf("list %d, error %v; want list %d", list.Number, err, number)
				}
			})
		}
		wg.Wait()
		s.clock.Advance(clm.RevocationListLife / 2)
	}
}

// A signer that dies before or after its commit leaves no gap and no second list.
func TestASignerThatDies(t *testing.T) {
	t.Parallel()
	for _, applied := range []bool{false, true} {
		t.Run(fmt.Sprintf("applied %t", applied), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			row := s.certificate("shop", s.root("lab"))
			first := s.lists("lab")
			must2(s.RevokeCertificate(t.Context(), alice, "shop", "superseded"))
			s.store.failNext(1, applied, true)
			if _, err := s.RevocationList(t.Context(), alice, "lab"); clm.KindOf(err) != clm.KindUnavailable {
				t.Fatalf("the error is %v", err)
			}
			s = openStage(t, s.folder, s.clock)
			if list := s.lists("lab", entry(row, "superseded")); list.Number != first.Number+1 {
				t.Errorf("list %d follows list %d", list.Number, first.Number)
			}
			s.checkTrail()
		})
	}
}

// OpenSSL decides by the list of an estate.
func TestOpenSSLDecidesByTheList(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	root := s.root("lab")
	good, gone := s.certificate("shop", root), s.certificate("mail", root)
	must2(s.RevokeCertificate(t.Context(), alice, "mail", "key_compromise"))
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		"ca": []byte(pemOf(root.Active.Certificate)), "crl": pki.EncodeCRLs(s.list("lab").Complete),
		"good": []byte(pemOf(good.Current.Certificate)), "gone": []byte(pemOf(gone.Current.Certificate)),
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	if out := clmtest.OpenSSL(t, dir, "crl", "-in", "crl", "-noout", "-verify", "-CAfile", "ca"); !strings.Contains(out, "verify OK") {
		t.Errorf("openssl says %s", out)
	}
	verify := []string{"verify", "-CAfile", "ca", "-crl_check", "-CRLfile", "crl"}
	clmtest.OpenSSL(t, dir, append(verify, "good")...)
	if out, err := clmtest.TryOpenSSL(t, dir, append(verify, "gone")...); err == nil || !strings.Contains(out, "certificate revoked") {
		t.Errorf("openssl says %s", out)
	}
}

// Who has no list says why.
func TestNoList(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	root := s.root("lab")
	public := engine.RootInput{Name: "public", Source: clm.RootSource{Kind: clm.SourcePEM}, CertificatePEM: pemOf(root.Active.Certificate)}
	must2(s.CreateRoot(t.Context(), alice, engine.RootWish{RootInput: public}))
	_, err := s.RevocationList(t.Context(), alice, "nobody")
	mustBe(t, err, clm.KindNotFound, "", `there is no root certificate "nobody"`)
	_, err = s.RevocationList(t.Context(), alice, "public")
	mustBe(t, err, clm.KindRefused, "", `root certificate "public" cannot sign: its private key is not held here (ask whoever holds the key what is revoked)`)
}

// What is due is signed before anybody asks, once, and a root whose key is not here
// is passed over.
func TestDueListsAreSignedAhead(t *testing.T) {
	t.Parallel()
	foreign := newStage(t).root("foreign") // before the stage it is imported to: clocks begin now
	s := newStage(t)
	lab := s.root("lab")
	s.root("other")
	public := engine.RootInput{Name: "public", Source: clm.RootSource{Kind: clm.SourcePEM}, CertificatePEM: pemOf(foreign.Active.Certificate)}
	must2(s.CreateRoot(t.Context(), alice, engine.RootWish{RootInput: public}))
	rows := len(s.trail())
	for round := 1; round <= 3; round++ {
		for range 2 {
			s.round(clm.RoundLists)
		}
		if signed := len(s.trail()) - rows; signed != 2*round {
			t.Errorf("%d lists were signed in round %d", signed, round)
		}
		s.clock.Advance(clm.RevocationListLife / 2)
	}
	if list := s.list(lab.Active.FingerprintSHA256); list.Number != s.clock.Now().Unix() || len(list.Delta) == 0 {
		t.Errorf("the list is %d", list.Number)
	}
}
