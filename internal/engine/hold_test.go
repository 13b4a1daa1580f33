package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// heldStage is a stage with a certificate on a device, on hold.
func heldStage(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	s.connector("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	_, err := s.RevokeCertificate(t.Context(), alice, "shop", clm.ReasonHold)
	must(t, err)
	return s
}

// What is on hold is neither renewed nor pushed, and its place is out of sync. The
// wish that came meanwhile is carried out once it is released.
func TestWhatIsOnHoldRests(t *testing.T) {
	t.Parallel()
	s := heldStage(t)
	if out, err := s.renew("shop", "2"); err != nil || out.Done != clm.OperationNone {
		t.Errorf("on hold, %s was done, error %v", out.Done, err)
	}
	mustBe(t, s.PushConnector(t.Context(), alice, "shop").Err, clm.KindRefused, "",
		`certificate "shop" is on hold: it is not pushed to "web-1" (release it, or revoke it and apply the certificate)`)
	if seen := s.sync("shop"); seen.Reason != clm.ReasonRevoked || seen.Repairable() {
		t.Errorf("its place is %+v", seen)
	}
	row, err := s.ReleaseCertificate(t.Context(), alice, "shop")
	must(t, err)
	if row.Current.State != clm.VersionIssued || s.sync("shop").Status != clm.InSync {
		t.Errorf("released, it is %s, and its place %s", row.Current.State, s.sync("shop").Status)
	}
	if out, err := s.renew("shop", "2"); err != nil || out.Done != clm.OperationRenew {
		t.Errorf("released, %s was done, error %v", out.Done, err)
	}
	s.checkTrail()
}

// What is revoked after a hold gets a new key, like anything that is revoked.
func TestRevokedAfterAHold(t *testing.T) {
	t.Parallel()
	s := heldStage(t)
	since := *s.row("shop").Current.RevokedAt
	s.clock.Advance(clockStep)
	row, err := s.RevokeCertificate(t.Context(), alice, "shop", "key_compromise")
	must(t, err)
	if row.Current.State != clm.VersionRevoked || !row.Current.RevokedAt.Equal(since) {
		t.Errorf("it is %s since %v", row.Current.State, row.Current.RevokedAt)
	}
	_, err = s.ReleaseCertificate(t.Context(), alice, "shop")
	mustBe(t, err, clm.KindRefused, "", `cannot release certificate "shop": it is revoked, and that is possible only when it is on_hold`)
	if out, err := s.renew("shop", "2"); err != nil || out.Done != clm.OperationReEnrol {
		t.Errorf("%s was done, error %v", out.Done, err)
	}
}

// The same request again changes nothing, and leaves no second row.
func TestHeldAndReleasedTwice(t *testing.T) {
	t.Parallel()
	s := heldStage(t)
	first := s.facts()
	_, err := s.RevokeCertificate(t.Context(), alice, "shop", clm.ReasonHold)
	must(t, err)
	if diff := cmp.Diff(first, s.facts()); diff != "" {
		t.Errorf("the second hold changed something: %s", diff)
	}
	_, err = s.ReleaseCertificate(t.Context(), alice, "shop")
	must(t, err)
	second := s.facts()
	_, err = s.ReleaseCertificate(t.Context(), alice, "shop")
	must(t, err)
	if diff := cmp.Diff(second, s.facts()); diff != "" {
		t.Errorf("the second release changed something: %s", diff)
	}
}

// A hold wins every race with a renewal: what was signed meanwhile is dropped.
func TestAHoldWinsOverARenewal(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.certificate("shop", s.root("lab"))
	s.issuer.meanwhile = func() {
		_, err := s.RevokeCertificate(t.Context(), alice, "shop", clm.ReasonHold)
		must(t, err)
	}
	_, err := s.renew("shop", "2")
	if clm.KindOf(err) != clm.KindConflict {
		t.Errorf("the renewal ended with %v", err)
	}
	if row := s.row("shop"); row.Current.State != clm.VersionOnHold || row.Current.Number != 1 {
		t.Errorf("version %d is %s", row.Current.Number, row.Current.State)
	}
}

// A lineage that is deleted while it is on hold stays withdrawn.
func TestDeletedOnHold(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	row := s.certificate("shop", s.root("lab"))
	_, err := s.RevokeCertificate(t.Context(), alice, "shop", clm.ReasonHold)
	must(t, err)
	must(t, s.DeleteCertificate(t.Context(), alice, "shop"))
	s.lists("lab", entry(row, clm.ReasonHold))
}

// A replacement does not sign what is on hold, and does not retire the root that has.
func TestReplacedOnHold(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 0)
	_, err := f.RevokeCertificate(t.Context(), alice, "shop", clm.ReasonHold)
	must(t, err)
	f.want(wish("corp 2027"))
	f.is(clm.RootRetiring)
	if n := len(f.versions(f.row("shop").Certificate.ID)); n != 1 {
		t.Errorf("the held certificate has %d versions", n)
	}
	_, err = f.RevokeCertificate(t.Context(), alice, "shop", "superseded")
	must(t, err)
	f.advance()
	f.is(clm.RootActive)
}
