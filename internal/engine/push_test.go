package engine_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// now is the time as the engine records it.
func (s *stage) now() time.Time { return s.clock.Now().UTC().Truncate(time.Microsecond) }

// files are what anybody can see on the devices, and digests of what it holds.
func (s *stage) files() map[string]string {
	s.t.Helper()
	found := map[string]string{}
	root := s.path()
	must(s.t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == ".clm" {
			return fs.SkipDir
		}
		if d.IsDir() {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		found[strings.TrimPrefix(path, root)] = hex.EncodeToString(sum[:])
		return nil
	}))
	return found
}

// settled is what is recorded of the connector of a story, without what counts attempts.
func (s *stage) settled() clm.Connector {
	s.t.Helper()
	c, err := s.Connector(s.t.Context(), "shop")
	must(s.t, err)
	c.Revision = 0
	return c
}

// renewedStage has a connector that is due for a push: the new version was
// issued and the push of it failed with nothing done.
func renewedStage(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	s.connector("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	s.deployer.Fail("preflight", clmtest.Fault{Err: clm.Errorf(clm.KindUnreachable, "web-1 is out")})
	_, err := s.renew("shop", "2")
	must(t, err)
	s.deployer.Fail("preflight", clmtest.Fault{})
	if sync := s.sync("shop"); sync.Reason != clm.ReasonPreviousCertificate {
		t.Fatalf("before the push: %+v", sync)
	}
	return s
}

// A push in which any one step fails, or fails although its work was done, is
// made good by the next: it ends as the undisturbed push does.
func TestPushSurvivesEveryFailure(t *testing.T) {
	t.Parallel()
	broken := clm.Errorf(clm.KindFailed, "the disk is full")
	type disturbance struct {
		name    string
		disturb func(s *stage)
		state   clm.PushState // right after the disturbed push
		failure string
	}
	table := []disturbance{
		{"store: begin is lost", func(s *stage) { s.store.failNext(1, false, false) }, clm.Pushed, ""},
		{"store: begin fails but applies", func(s *stage) { s.store.failNext(1, true, false) }, clm.Pushing, ""},
		{"store: complete is lost", func(s *stage) { s.store.failNext(2, false, false) }, clm.Pushing, ""},
		{"store: complete fails but applies", func(s *stage) { s.store.failNext(2, true, false) }, clm.Pushed, ""},
		{"install fails and so does recording it", func(s *stage) {
			s.deployer.Fail("install", clmtest.Fault{Err: broken})
			s.store.failNext(2, false, false)
		}, clm.Pushing, ""},
		{"install fails and recording it fails but applies", func(s *stage) {
			s.deployer.Fail("install", clmtest.Fault{Err: broken})
			s.store.failNext(2, true, false)
		}, clm.PushFailed, "the disk is full"},
		{"the process dies before complete", func(s *stage) { s.store.failNext(2, false, true) }, clm.Pushing, ""},
	}
	for _, applied := range []bool{false, true} {
		suffix := map[bool]string{false: " fails", true: " fails but applies"}[applied]
		for method, state := range map[string]clm.PushState{"preflight": clm.Pushed, "install": clm.PushFailed, "observe": clm.PushFailed} {
			failure := map[bool]string{true: "the disk is full"}[state == clm.PushFailed]
			table = append(table, disturbance{method + suffix, func(s *stage) {
				s.deployer.Fail(method, clmtest.Fault{Err: broken, Applied: applied})
			}, state, failure})
		}
	}
	for _, d := range table {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			s := renewedStage(t)
			d.disturb(s)
			err := s.PushConnector(t.Context(), alice, "shop").Err
			if err == nil {
				t.Fatal("nothing failed")
			}
			for _, method := range []string{"preflight", "install", "observe"} {
				s.deployer.Fail(method, clmtest.Fault{})
			}
			s.store.failNext(0, false, false)
			if after := s.settled(); after.State != d.state || after.Failure != d.failure {
				t.Errorf("after the failure: %s, %q", after.State, after.Failure)
			}
			must(t, s.PushConnector(t.Context(), alice, "shop").Err)
			s.checkPushed()
		})
	}
}

// checkPushed holds that the connector of a story is where an undisturbed push leads.
func (s *stage) checkPushed() {
	s.t.Helper()
	c, row := s.settled(), s.row("shop")
	if c.State != clm.Pushed || c.Failure != "" || len(c.Leftover) != 0 || c.LastPush == nil {
		s.t.Fatalf("recorded: %+v", c)
	}
	found := map[string]string{}
	for path, digest := range s.files() {
		if rest, ok := strings.CutPrefix(path, "/web-1/"+c.FileSystem.Directory+"/"); ok {
			found[rest] = digest
		}
	}
	want := clm.Push{
		Version: row.Current.Number, Directory: c.FileSystem.Directory, FingerprintSHA256: row.Current.FingerprintSHA256, Files: found, At: s.now(),
	}
	if !cmp.Equal(*c.LastPush, want) || len(found) != 3 {
		s.t.Errorf("recorded and found differ: %s", cmp.Diff(*c.LastPush, want))
	}
	if sync := s.sync("shop"); sync.Status != clm.InSync {
		s.t.Errorf("the device is %s: %s %s", sync.Status, sync.Reason, sync.Detail)
	}
	s.checkTrail()
}

// A push that died is pushing at rest. The next process begins again.
func TestFoundPushing(t *testing.T) {
	t.Parallel()
	s := renewedStage(t)
	s.store.failNext(1, true, true)
	if s.PushConnector(t.Context(), alice, "shop").Err == nil {
		t.Fatal("nothing failed")
	}
	next := openStage(t, s.folder, s.clock)
	if c := next.settled(); c.State != clm.Pushing {
		t.Fatalf("the connector is %s", c.State)
	}
	must(t, next.PushConnector(t.Context(), alice, "shop").Err)
	next.checkPushed()
}

// What the failed push of a renewal says, connector by connector; the rest go on.
func TestOneDevicesTroubleIsItsOwn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	shop := s.certificate("shop", s.root("lab"))
	for _, name := range []string{"web-1", "web-2", "web-3"} {
		s.connector(name, shop, s.device(name))
	}
	must(t, os.RemoveAll(s.path("web-2")))
	out, err := s.renew("shop", "2")
	must(t, err)
	if len(out.Pushes) != 3 || out.Pushes[0].Err != nil || clm.KindOf(out.Pushes[1].Err) != clm.KindUnreachable || out.Pushes[2].Err != nil {
		t.Fatalf("pushed: %+v", out.Pushes)
	}
	_, seen, err := s.SyncStatus(t.Context(), "shop")
	must(t, err)
	for i, want := range []clm.SyncStatus{clm.InSync, clm.OutOfSync, clm.InSync} {
		if seen[i].Sync.Status != want {
			t.Errorf("%s: %+v", seen[i].Device.Name, seen[i].Sync)
		}
	}
	if seen[1].Sync.Reason != clm.ReasonConnectionFailed || seen[1].Sync.Repairable() {
		t.Errorf("web-2: %+v", seen[1].Sync)
	}
	s.checkTrail()
}

// moveTo changes only the directory of the connector of a story.
func (s *stage) moveTo(directory string) (engine.ConnectorWrite, error) {
	c, err := s.Connector(s.t.Context(), "shop")
	must(s.t, err)
	c.FileSystem.Directory = directory
	return s.UpdateConnector(s.t.Context(), alice, "shop", c)
}

// A connector that moves takes its files along, at last: when removing the old
// ones fails, the next push does it.
func TestLeftoversAreRemoved(t *testing.T) {
	t.Parallel()
	for _, applied := range []bool{false, true} {
		s := newStage(t)
		s.connector("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
		s.deployer.Fail("remove", clmtest.Fault{Err: clm.Errorf(clm.KindFailed, "busy"), Applied: applied})
		out, err := s.moveTo("srv/tls")
		must(t, err)
		if out.Push.Err == nil || len(out.Connector.Leftover) != 1 || out.Connector.State != clm.Pushed {
			t.Fatalf("moved: %v, %+v", out.Push.Err, out.Connector)
		}
		s.deployer.Fail("remove", clmtest.Fault{})
		must(t, s.PushConnector(t.Context(), alice, "shop").Err)
		s.checkPushed()
		if len(s.files()) != 3 {
			t.Errorf("left on the devices: %v", s.files())
		}
	}
}

// There and back before the first move was pushed: what is served stays, and
// only the place in between is cleaned.
func TestMovedBack(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.connector("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	s.deployer.Fail("install", clmtest.Fault{Err: errors.New("no"), Applied: true})
	_, err := s.moveTo("srv/tls")
	must(t, err)
	s.deployer.Fail("install", clmtest.Fault{})
	out, err := s.moveTo("etc/shop")
	must(t, err)
	must(t, out.Push.Err)
	s.checkPushed()
	if len(s.files()) != 3 {
		t.Errorf("left on the devices: %v", s.files())
	}
}

// Files that only a failed first push left are found again after a move.
func TestMovedAfterAFailedFirstPush(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	shop, web := s.certificate("shop", s.root("lab")), s.device("web-1")
	s.deployer.Fail("observe", clmtest.Fault{Err: clm.Errorf(clm.KindFailed, "no")})
	out, err := s.CreateConnector(t.Context(), alice, connectorInput("shop", shop, web))
	must(t, err)
	if out.Push.Err == nil || len(s.files()) != 3 {
		t.Fatalf("pushed: %v, files %v", out.Push.Err, s.files())
	}
	s.deployer.Fail("observe", clmtest.Fault{})
	moved, err := s.moveTo("srv/tls")
	must(t, err)
	must(t, moved.Push.Err)
	s.checkPushed()
	if len(s.files()) != 3 {
		t.Errorf("left on the devices: %v", s.files())
	}
}

// A file of the same name where a connector moves to is somebody's: it stays.
func TestMovedOntoAForeignFile(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.connector("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	must(t, os.MkdirAll(s.path("web-1", "srv"), 0o755))
	foreign := s.path("web-1", "srv", "tls.key")
	must(t, os.WriteFile(foreign, []byte("somebody's"), 0o600))
	before := s.settled()
	_, err := s.moveTo("srv")
	if clm.KindOf(err) != clm.KindExists {
		t.Errorf("moved: %v", err)
	}
	if content, err := os.ReadFile(foreign); err != nil || string(content) != "somebody's" {
		t.Errorf("the file holds %q now, %v", content, err)
	}
	if after := s.settled(); !cmp.Equal(before, after) {
		t.Errorf("the refused move changed something: %s", cmp.Diff(before, after))
	}
}

// What must not be pushed is not, and says why.
func TestPushRefusals(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	shop, web := s.certificate("shop", s.root("lab")), s.device("web-1")
	s.connector("shop", shop, web)
	files := s.files()

	web.CertSync = clm.SyncMonitored
	_, err := s.UpdateDevice(t.Context(), alice, "web-1", web)
	must(t, err)
	mustBe(t, s.PushConnector(t.Context(), alice, "shop").Err, clm.KindRefused, "",
		`device "web-1" is monitored: nothing is pushed to it (set cert_sync = "managed" on the device to let certificates be pushed)`)
	must(t, s.DeleteConnector(t.Context(), alice, "shop")) // nor is anything taken away
	if !cmp.Equal(files, s.files()) {
		t.Errorf("a monitored device was changed: %s", cmp.Diff(files, s.files()))
	}

	ignored := s.device("web-2")
	ignored.CertSync = clm.SyncIgnored
	_, err = s.UpdateDevice(t.Context(), alice, "web-2", ignored)
	must(t, err)
	out, err := s.CreateConnector(t.Context(), alice, connectorInput("unseen", shop, ignored))
	must(t, err)
	if clm.KindOf(out.Push.Err) != clm.KindRefused || s.sync("unseen").Status != clm.SyncNotObserved {
		t.Errorf("an ignored device: %v, %+v", out.Push.Err, s.sync("unseen"))
	}

	managed := s.device("web-3")
	s.connector("live", shop, managed)
	_, err = s.RevokeCertificate(t.Context(), alice, "shop", "")
	must(t, err)
	mustBe(t, s.PushConnector(t.Context(), alice, "live").Err, clm.KindRefused, "", `certificate "shop" is revoked: it is not pushed to "web-3" `+
		`(apply the certificate first: a new one is enrolled in place of a revoked one)`)
	if sync := s.sync("live"); sync.Reason != clm.ReasonRevoked {
		t.Errorf("what is served is revoked: %+v", sync)
	}
	_, err = s.UpdateConnector(t.Context(), alice, "live", connectorInput("live", shop, ignored))
	mustBe(t, err, clm.KindInvalid, "device_id", `connector "live" cannot move to another device (make a new connector on that device)`)
}

// A connector that would certainly fail is refused and leaves nothing; a device
// that is merely out is not in the way.
func TestCreateConnectorLooksFirst(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	shop, web := s.certificate("shop", s.root("lab")), s.device("web-1")
	must(t, os.MkdirAll(s.path("web-1", "etc/shop"), 0o755))
	must(t, os.WriteFile(s.path("web-1", "etc/shop/tls.key"), []byte("somebody's"), 0o600))
	rows := len(s.trail())
	_, err := s.CreateConnector(t.Context(), alice, connectorInput("shop", shop, web))
	if clm.KindOf(err) != clm.KindExists || len(s.trail()) != rows {
		t.Errorf("a foreign file is in the way: %v", err)
	}
	must(t, os.RemoveAll(s.path("web-1")))
	out, err := s.CreateConnector(t.Context(), alice, connectorInput("shop", shop, web))
	must(t, err)
	if clm.KindOf(out.Push.Err) != clm.KindUnreachable || out.Connector.State != clm.NeverPushed {
		t.Errorf("the device is out: %v, %s", out.Push.Err, out.Connector.State)
	}
	must(t, os.MkdirAll(s.path("web-1"), 0o755))
	must(t, s.PushConnector(t.Context(), alice, "shop").Err)
	s.checkPushed()
}

// Deleting takes our files away first. When that fails the connector stays, so
// that it can be tried again; when it succeeded but the record stayed, again is
// no error.
func TestDeleteConnector(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.connector("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	for _, applied := range []bool{false, true} {
		s.deployer.Fail("remove", clmtest.Fault{Err: clm.Errorf(clm.KindUnreachable, "web-1 is out"), Applied: applied})
		mustBe(t, s.DeleteConnector(t.Context(), alice, "shop"), clm.KindUnreachable, "", "web-1 is out")
		if c := s.settled(); c.State != clm.Pushed {
			t.Errorf("the connector is %s", c.State)
		}
	}
	s.deployer.Fail("remove", clmtest.Fault{})
	must(t, s.DeleteConnector(t.Context(), alice, "shop"))
	if left := s.files(); len(left) != 0 {
		t.Errorf("left on the devices: %v", left)
	}
	mustBe(t, s.DeleteConnector(t.Context(), alice, "shop"), clm.KindNotFound, "", `there is no connector "shop"`)
	s.checkTrail()
}

// Whatever somebody does to the files is seen for what it is, and a push puts it
// right.
func TestOutsideChangesAreSeenAndRepaired(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(s *stage, dir string) error
		reason clm.SyncReason
	}{
		"key removed":        {func(_ *stage, dir string) error { return os.Remove(filepath.Join(dir, "tls.key")) }, clm.ReasonNotFound},
		"certificate edited": {func(_ *stage, dir string) error { return replace(dir, "tls.crt", "hello") }, clm.ReasonUnknownCertificate},
		"key replaced":       {func(_ *stage, dir string) error { return replace(dir, "tls.key", "hello") }, clm.ReasonKeyMismatch},
		"chain emptied":      {func(_ *stage, dir string) error { return replace(dir, "chain.crt", "") }, clm.ReasonIncompleteChain},
		"another certificate": {func(s *stage, dir string) error {
			return replace(dir, "tls.crt", pemOf(s.certificate("other", s.lab()).Current.Certificate))
		}, clm.ReasonOtherManagedCertificate},
		"key exposed": {func(_ *stage, dir string) error { return os.Chmod(filepath.Join(dir, "tls.key"), 0o644) }, clm.ReasonKeyExposed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.connector("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
			must(t, tt.change(s, s.path("web-1", "etc/shop")))
			if sync := s.sync("shop"); sync.Reason != tt.reason || !sync.Repairable() {
				t.Errorf("seen: %+v", sync)
			}
			must(t, s.PushConnector(t.Context(), alice, "shop").Err)
			s.checkPushed()
		})
	}
}

// replace puts a file of somebody's own in the place of ours.
func replace(dir, name, content string) error {
	path := filepath.Join(dir, name)
	if err := os.Remove(path); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o600)
}

// between lets something happen between a push's looking at the device and its beginning.
type between struct {
	engine.Deployer
	happens func()
}

func (b between) Preflight(ctx context.Context, device clm.Device, set clm.FileSet) error {
	err := b.Deployer.Preflight(ctx, device, set)
	b.happens()
	return err
}

// What ceases to be current while a push prepares is put nowhere: the push begins anew,
// with what is current by then, or ends.
func TestOvertakenBeforeItBegins(t *testing.T) {
	t.Parallel()
	t.Run("renewed", func(t *testing.T) {
		t.Parallel()
		s := renewedStage(t)
		settings := clm.DefaultPushSettings()
		settings.Automatic = false
		must(t, s.changed(func(c *clm.Connector) { c.PushSettings = &settings }))
		s.Engine.Deployer = between{s.Engine.Deployer, sync.OnceFunc(func() { must2(s.renew("shop", "3")) })}
		must(t, s.push())
		s.checkPushed()
	})
	t.Run("revoked", func(t *testing.T) {
		t.Parallel()
		s := renewedStage(t)
		before := s.files()
		s.Engine.Deployer = between{s.Engine.Deployer, sync.OnceFunc(func() { must2(s.RevokeCertificate(t.Context(), alice, "shop", "")) })}
		if err := s.push(); clm.KindOf(err) != clm.KindRefused || !strings.Contains(err.Error(), "is revoked") {
			t.Errorf("pushed: %v", err)
		}
		s.sameFiles(before)
	})
}
