package engine_test

import (
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// A root that is replaced keeps lists of its own, and its successor begins to sign
// its own when it is finalized. With its key goes a last list, good until it ends.
func TestEachCAHasItsOwnLists(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	old, gone := f.corp().Active, f.certificate("gone", f.corp())
	must2(f.RevokeCertificate(t.Context(), alice, "gone", "key_compromise"))
	signed := f.lists("corp", entry(gone, "key_compromise"))
	f.want(wish("corp 2027", held))
	target := f.corp().Replacement.Target.FingerprintSHA256
	if _, err := f.RevocationList(t.Context(), alice, target); clm.KindOf(err) != clm.KindNotFound {
		t.Errorf("the new root signs a list before it is finalized: %v", err)
	}
	f.want(wish("corp 2027", slow))
	f.is(clm.RootRetiring)
	f.lists("corp")
	if first := f.list(old.FingerprintSHA256); first.Number != signed.Number || first.Last {
		t.Errorf("the old root's list is %d", first.Number)
	}
	f.clock.Advance(clockStep)
	f.advance()
	f.is(clm.RootActive)
	last := f.list(old.FingerprintSHA256)
	if last.Number != f.clock.Now().Unix() || !last.Last || !last.NextUpdate.Equal(old.NotAfter) || last.Delta != nil {
		t.Errorf("the last list is %d, good until %v", last.Number, last.NextUpdate)
	}
	if _, entries := entriesIn(t, last.Complete, must2(pki.ParseCertificate(old.Certificate))); len(entries) != 1 || entries[0] != entry(gone, "key_compromise") {
		t.Errorf("the last list says %v", entries)
	}
	f.lists("corp")
	f.checkTrail()
}

// A replacement that is given up leaves a last list of what its root had signed.
func TestARootThatIsGivenUp(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 0)
	f.want(wish("corp 2027", slow))
	f.is(clm.RootRetiring)
	target := f.corp().Signer()
	row := f.row("shop")
	must2(f.RevokeCertificate(t.Context(), alice, "shop", "superseded"))
	f.want(wish("corp"))
	f.is(clm.RootActive)
	last := f.list(target.FingerprintSHA256)
	if _, entries := entriesIn(t, last.Complete, must2(pki.ParseCertificate(target.Certificate))); !last.Last || len(entries) != 1 || entries[0] != entry(row, "superseded") {
		t.Errorf("list %d says %v", last.Number, entries)
	}
}

// imported is a root whose certificate and key come from outside.
func imported(t *testing.T, name string, material pkiMaterial) engine.RootWish {
	t.Helper()
	return engine.RootWish{RootInput: engine.RootInput{
		Name: name, Source: clm.RootSource{Kind: clm.SourcePEM}, CertificatePEM: material.certificate, PrivateKeyPEM: material.key,
	}}
}

type pkiMaterial struct{ certificate, key string }

// A deleted root leaves a last list. Imported again it goes on where it stopped:
// the numbers rise, and what was revoked is not forgotten.
func TestADeletedRootComesBack(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	key := must2(pki.GenerateKey(pki.KeySpec{}))
	certificate := must2(pki.CreateRoot(pki.RootRequest{Subject: pki.Subject{CommonName: "lab"}, Validity: 365 * 24 * clockStep, NotBefore: s.clock.Now().Add(-clockStep)}, key))
	material := pkiMaterial{pemOf(certificate.Raw), string(must2(pki.EncodePrivateKey(key)))}
	row := s.certificate("shop", must2(s.CreateRoot(t.Context(), alice, imported(t, "lab", material))))
	must2(s.RevokeCertificate(t.Context(), alice, "shop", "superseded"))
	must(t, s.DeleteCertificate(t.Context(), alice, "shop"))
	must(t, s.DeleteRoot(t.Context(), alice, "lab"))
	last := s.list(pki.Fingerprint(certificate.Raw))
	if !last.Last || last.Number != s.clock.Now().Unix() {
		t.Errorf("the last list is %+v", last)
	}
	must2(s.CreateRoot(t.Context(), alice, imported(t, "lab", material)))
	if back := s.lists("lab", entry(row, "superseded")); back.Number != last.Number+1 || back.Last {
		t.Errorf("list %d is the last: %t", back.Number, back.Last)
	}
}

// A root that may not sign lists is refused as a signer of lists, and nothing else.
func TestARootWithoutCRLSign(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	material := withoutCRLSign(t, s.clock.Now())
	row := s.certificate("shop", must2(s.CreateRoot(t.Context(), alice, imported(t, "mute", material))))
	must2(s.RevokeCertificate(t.Context(), alice, "shop", "superseded"))
	_, err := s.RevocationList(t.Context(), alice, "mute")
	mustBe(t, err, clm.KindRefused, "", `root certificate "mute" cannot sign revocation lists: its key usage lacks cRLSign (replace it by one that has cRLSign, or ask by OCSP)`)
	if answer := s.asks(row); answer != "revoked superseded" {
		t.Errorf("asked by OCSP it is %s", answer)
	}
	must(t, s.DeleteCertificate(t.Context(), alice, "shop"))
	must(t, s.DeleteRoot(t.Context(), alice, "mute"))
}
