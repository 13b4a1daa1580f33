package engine_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// pushedTwice is a connector that was pushed to twice; before is what the first left.
func pushedTwice(t *testing.T) (s *stage, before map[string]string) {
	t.Helper()
	s = newStage(t)
	s.connector("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	before = s.files()
	s.renewed("2")
	return s, before
}

// renewed has a new version issued, and pushed.
func (s *stage) renewed(trigger string) {
	s.t.Helper()
	out := must2(s.renew("shop", trigger))
	must(s.t, out.Pushes[0].Err)
}

func (s *stage) rollBack() error { return s.RollBackPush(s.t.Context(), alice, "shop").Err }

// keepsFirst holds that the device has the first version, and that a plan would leave it alone.
func (s *stage) keepsFirst() {
	s.t.Helper()
	seen := must2(s.ObserveConnector(s.t.Context(), "shop"))
	want := s.version(1).FingerprintSHA256
	if seen.Connector.LastPush.FingerprintSHA256 != want || seen.Current.FingerprintSHA256 != want {
		s.t.Errorf("the first version is not kept: %+v", seen.Connector.LastPush)
	}
	if seen.Sync.Reason != clm.ReasonPreviousCertificate || clm.KindOf(seen.Held) != clm.KindPending {
		s.t.Errorf("it is %+v, held by %v", seen.Sync, seen.Held)
	}
}

func (s *stage) sameFiles(want map[string]string) {
	s.t.Helper()
	got := s.files()
	for name, digest := range want {
		if got[name] != digest {
			s.t.Errorf("%s is not what it was", name)
		}
	}
}

// A push that is rolled back leaves what was there before it, byte for byte, and that
// stays: through applies and repairs, until the certificate has a newer version.
func TestRollBackPush(t *testing.T) {
	t.Parallel()
	s, before := pushedTwice(t)
	must(t, s.rollBack())
	s.sameFiles(before)
	s.keepsFirst()
	if last := s.trail()[len(s.trail())-2]; last.Action != "connector.roll_back_push" {
		t.Errorf("the trail has %s", last.Action)
	}

	must(t, s.push())
	s.keepsFirst()
	must(t, os.Remove(s.path("web-1", "etc", "shop", "tls.crt")))
	if seen := must2(s.ObserveConnector(t.Context(), "shop")); seen.Sync.Reason != clm.ReasonNotFound || seen.Held != nil {
		t.Errorf("an outside change: %+v, held by %v", seen.Sync, seen.Held)
	}
	must(t, s.push())
	s.sameFiles(before)
	s.keepsFirst()

	s.renewed("3")
	s.checkPushed()
	must(t, s.rollBack()) // to what was there before, which is version 1
	s.keepsFirst()
}

// Whoever pushes by hand ends it.
func TestPushAgainEndsARollBack(t *testing.T) {
	t.Parallel()
	s, _ := pushedTwice(t)
	must(t, s.rollBack())
	must(t, s.PushAgain(t.Context(), alice, "shop").Err)
	s.checkPushed()
	if c := s.settled(); c.RolledBack != nil {
		t.Errorf("it is still rolled back: %+v", c.RolledBack)
	}
}

func TestNothingToRollBack(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		arrange func(s *stage)
		want    string
	}{
		"pushed once":      {movedDevice, "there was no other certificate before"},
		"failed":           {failedPush, "its device has what it had before"},
		"expired":          {func(s *stage) { s.clock.Advance(31 * 24 * time.Hour) }, "version 1 of its certificate is expired"},
		"revoked":          {revokedFirst, "version 2 of its certificate is revoked"},
		"another lineage":  {otherCertificate, "it had another certificate before"},
		"another root now": {otherRoot, "was not issued by the certificate that root certificate"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := pushedTwice(t)
			tt.arrange(s)
			left := s.files()
			if err := s.rollBack(); clm.KindOf(err) != clm.KindRefused || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			s.sameFiles(left)
		})
	}
}

func movedDevice(s *stage) {
	s.t.Helper()
	device := s.known("web-1")
	must(s.t, os.Rename(s.path("web-1"), s.path("web-1b")))
	device.Local.RootDirectory = s.path("web-1b")
	must2(s.UpdateDevice(s.t.Context(), alice, device.ID, device))
	must(s.t, os.RemoveAll(s.path("web-1b", "etc")))
	must(s.t, s.push())
}

func failedPush(s *stage) {
	s.t.Helper()
	s.deployer.Fail("install", clmtest.Fault{Err: clm.Errorf(clm.KindFailed, "the disk is full")})
	if out := must2(s.renew("shop", "3")); out.Pushes[0].Err == nil {
		s.t.Fatal("nothing failed")
	}
	s.deployer.Fail("install", clmtest.Fault{})
}

func revokedFirst(s *stage) {
	s.t.Helper()
	must2(s.RevokeCertificate(s.t.Context(), alice, "shop", "superseded"))
	s.renewed("3")
}

func otherCertificate(s *stage) {
	s.t.Helper()
	other := s.certificate("other", s.lab())
	c := s.settled()
	c.CertificateID = other.Certificate.ID
	must(s.t, must2(s.UpdateConnector(s.t.Context(), alice, "shop", c)).Push.Err)
}

func otherRoot(s *stage) {
	s.t.Helper()
	wish := rootInput("lab")
	wish.Source.SelfSigned.Subject.CommonName = "lab 2027"
	must2(s.UpdateRoot(s.t.Context(), alice, "lab", wish))
	must2(s.Advance(s.t.Context(), alice, "lab", false))
}

// A roll back that dies anywhere is gone on with by asking again, or by an apply: the
// device ends with the earlier version, and stays there.
func TestRollBackSurvivesEveryFailure(t *testing.T) {
	t.Parallel()
	for name, disturb := range map[string]func(s *stage){
		"begin is lost":              func(s *stage) { s.store.failNext(1, false, false) },
		"begin fails but applies":    func(s *stage) { s.store.failNext(1, true, false) },
		"complete is lost":           func(s *stage) { s.store.failNext(2, false, false) },
		"complete fails but applies": func(s *stage) { s.store.failNext(2, true, false) },
		"it dies before complete":    func(s *stage) { s.store.failNext(2, false, true) },
		"install fails":              func(s *stage) { s.deployer.FailOnce("install", clmtest.Fault{Err: errDisk}) },
		"install fails but applies":  func(s *stage) { s.deployer.FailOnce("install", clmtest.Fault{Err: errDisk, Applied: true}) },
		"looking at it fails":        func(s *stage) { s.deployer.FailOnce("observe", clmtest.Fault{Err: errDisk}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, before := pushedTwice(t)
			disturb(s)
			if err := s.rollBack(); err == nil {
				t.Fatal("nothing failed")
			}
			s.store.failNext(0, false, false)
			must(t, s.rollBack())
			s.sameFiles(before)
			s.keepsFirst()
			must(t, s.push())
			s.keepsFirst()
			s.checkTrail()
		})
	}
}

var errDisk = clm.Errorf(clm.KindFailed, "the disk is full")

// What was agreed to and made once may be put back without anybody's agreement, and its
// successor's work order tells so; what comes to something else may not.
func TestRollBackUnderAPolicy(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	must(t, s.agreed().Push.Err)
	before := s.files()
	s.waits(must2(s.renew("shop", "2")).Pushes[0].Err)
	must(t, s.agreed().Push.Err)
	must(t, s.rollBack())
	s.sameFiles(before)
	s.orders(clm.Completed, clm.RolledBack)
	s.keepsFirst()
	s.waits(s.PushAgain(t.Context(), alice, "shop").Err)
	must(t, s.agreed().Push.Err)
	s.checkPushed()
	s.orders(clm.Completed, clm.RolledBack, clm.Completed)

	s.waits(s.changed(func(c *clm.Connector) { c.PushSettings.PostScript = &clm.Script{Inline: "true"} }))
	must(t, s.agreed().Push.Err)
	if err := s.rollBack(); clm.KindOf(err) != clm.KindRefused || !strings.Contains(err.Error(), "nobody has agreed to the earlier one as it would be pushed now") {
		t.Errorf("what nobody agreed to: %v", err)
	}
}

// A roll back that the server does not take in leaves everything as it was, and may be
// tried again.
func TestRollBackIsNotTakenIn(t *testing.T) {
	t.Parallel()
	s := hooked(t, after(logs))
	s.renewed("2")
	left := s.settled()
	s.deployer.FailOnce("run", clmtest.Fault{Err: clm.Errorf(clm.KindFailed, "nginx: invalid")})
	if err := s.rollBack(); err == nil || !strings.Contains(err.Error(), "what was there before is back") {
		t.Fatalf("it says: %v", err)
	}
	if c := s.settled(); c.State != clm.Pushed || c.RolledBack != nil || c.LastPush.Version != left.LastPush.Version {
		t.Errorf("it is %s, rolled back %+v", c.State, c.RolledBack)
	}
	if sync := s.sync("shop"); sync.Status != clm.InSync {
		t.Errorf("it is %+v", sync)
	}
	must(t, s.rollBack())
	s.keepsFirst()
}

// What waits when a push is rolled back waits no more.
func TestRollBackWhileMoreWaits(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	must(t, s.agreed().Push.Err)
	s.waits(must2(s.renew("shop", "2")).Pushes[0].Err)
	must(t, s.agreed().Push.Err)
	s.waits(must2(s.renew("shop", "3")).Pushes[0].Err)
	must(t, s.rollBack())
	s.orders(clm.Completed, clm.RolledBack, clm.Cancelled)
	s.keepsFirst()
	if kept := s.settled().Kept().Error(); !strings.Contains(kept, "from version 2 to version 1") {
		t.Errorf("it says: %s", kept)
	}
}
