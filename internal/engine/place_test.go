package engine_test

import (
	"context"
	"os"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// spy is a deployer that tells of what it is asked, and lets something happen in
// between.
type spy struct {
	engine.Deployer
	tried   []string // owners of preflights
	removed func()   // after files were removed
}

func (s *spy) Preflight(ctx context.Context, device clm.Device, set clm.FileSet) error {
	s.tried = append(s.tried, set.Owner)
	return s.Deployer.Preflight(ctx, device, set)
}

func (s *spy) Remove(ctx context.Context, device clm.Device, set clm.FileSet) error {
	err := s.Deployer.Remove(ctx, device, set)
	if s.removed != nil {
		s.removed()
	}
	return err
}

func spyOn(s *stage) *spy {
	spy := &spy{Deployer: s.deployer.Deployer}
	s.deployer.Deployer = spy
	return spy
}

// A device that is another folder from now on has none of our files: one of the
// same name is somebody's, and stays.
func TestMovedDeviceHasForeignFiles(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	web := s.device("web-1")
	s.connector("shop", s.certificate("shop", s.root("lab")), web)
	foreign := s.path("elsewhere", "etc/shop/tls.key")
	must(t, os.MkdirAll(s.path("elsewhere", "etc/shop"), 0o755))
	must(t, os.WriteFile(foreign, []byte("somebody's"), 0o600))
	web.Local = &clm.Local{RootDirectory: s.path("elsewhere")}
	_, err := s.UpdateDevice(t.Context(), alice, web.ID, web)
	must(t, err)
	if err := s.PushConnector(t.Context(), alice, "shop").Err; clm.KindOf(err) != clm.KindExists {
		t.Errorf("pushed over a foreign file: %v", err)
	}
	must(t, s.DeleteConnector(t.Context(), alice, "shop"))
	if content, err := os.ReadFile(foreign); err != nil || string(content) != "somebody's" {
		t.Errorf("the file holds %q now, %v", content, err)
	}
}

// A push that puts the files back while a connector is being deleted wins: else
// a key would lie on the device that nobody knows of.
func TestDeleteLosesToAPush(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.connector("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	spy := spyOn(s)
	spy.removed = func() {
		spy.removed = nil
		must(t, s.PushConnector(t.Context(), clm.Principal{Name: "bob"}, "shop").Err)
	}
	if err := s.DeleteConnector(t.Context(), alice, "shop"); clm.KindOf(err) != clm.KindConflict {
		t.Errorf("deleted under a push: %v", err)
	}
	s.checkPushed()
	must(t, s.DeleteConnector(t.Context(), alice, "shop"))
	if left := s.files(); len(left) != 0 {
		t.Errorf("left on the devices: %v", left)
	}
}

// Whoever asks for the same place again tries it under the same name, and so
// finds what a try that died left there.
func TestTriesOfOnePlaceShareAName(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	shop, web := s.certificate("shop", s.root("lab")), s.device("web-1")
	spy := spyOn(s)
	s.deployer.Fail("preflight", clmtest.Fault{Err: clm.Errorf(clm.KindFailed, "no space left"), Applied: true})
	for _, name := range []string{"shop", "shop", "mail"} {
		_, err := s.CreateConnector(t.Context(), alice, connectorInput(name, shop, web))
		mustBe(t, err, clm.KindFailed, "", "no space left")
	}
	if len(spy.tried) != 3 || spy.tried[0] != spy.tried[1] || spy.tried[0] == spy.tried[2] {
		t.Errorf("tried as %v", spy.tried)
	}
}

// What looks right at the new place is not all: as long as files lie at the old
// one, a push is wanted.
func TestInterruptedMoveWantsAPush(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.connector("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	s.deployer.Fail("remove", clmtest.Fault{Err: clm.Errorf(clm.KindFailed, "read-only")})
	_, err := s.moveTo("srv")
	must(t, err)
	wants := func() bool {
		seen, err := s.ObserveConnector(t.Context(), "shop")
		must(t, err)
		return seen.Connector.WantsPush(seen.Sync)
	}
	if !wants() {
		t.Error("a key lies at the old place, and nothing is to be done")
	}
	s.deployer.Fail("remove", clmtest.Fault{})
	must(t, s.PushConnector(t.Context(), alice, "shop").Err)
	if wants() || len(s.files()) != 3 {
		t.Errorf("after the push there are %v", s.files())
	}
}
