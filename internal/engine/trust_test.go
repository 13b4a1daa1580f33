package engine_test

import (
	"cmp"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

var everyForm = clm.TrustStore{Directory: "etc/trust", BundleFile: "ca.pem", JavaKeyStoreFile: "trust.jks", PKCS12File: "trust.p12"}

// profile changes the profile of the fleet, as its owner would.
func (f *fleet) profile(change func(*engine.ProfileInput)) engine.ProfileWrite {
	f.t.Helper()
	in := profileInput(f.corp())
	change(&in)
	return must2(f.UpdateProfile(f.t.Context(), alice, "agents", in))
}

// told tells a device, and returns its trouble.
func (f *fleet) told(device string) error {
	f.t.Helper()
	out, err := f.CheckInDevice(f.t.Context(), alice, device)
	return errors.Join(err, out.Err)
}

// trusted is what is known of a device's trust after a look at it.
func (f *fleet) trusted(device string) engine.Trust {
	f.t.Helper()
	return must2(f.Trust(f.t.Context(), f.known(device)))
}

// A trust store comes in every form that is asked for, and Java and OpenSSL find in
// each what is published: two roots, and an additional CA.
func TestTrustStoreForms(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 0)
	f.profile(func(in *engine.ProfileInput) {
		in.RootIDs = append(in.RootIDs, f.root("lab").ID)
		in.AdditionalPEM, in.TrustStore = []string{pemOf(f.root("early").Active.Certificate)}, everyForm
	})
	bundle := must2(f.Bundle(t.Context(), "agents"))
	if names := subjects(bundle.Certificates...); names != "corp, early, lab" {
		t.Errorf("published are %s", names)
	}
	folder := f.path("agent-0", "etc/trust")
	store := must2(os.ReadFile(filepath.Join(folder, "trust.p12")))
	opened := must2(pki.DecodePKCS12(store, clm.TrustStorePassword))
	java, err := exec.CommandContext(t.Context(), "keytool", "-J-XX:TieredStopAtLevel=1", "-list", "-rfc", "-storetype", "JKS",
		"-keystore", filepath.Join(folder, "trust.jks"), "-storepass", clm.TrustStorePassword).CombinedOutput()
	must(t, err)
	for form, found := range map[string]string{
		"PEM": string(f.read("agent-0", "etc/trust/ca.pem")), "JKS": string(java),
		"PKCS#12":             string(pki.EncodeCertificates(append(opened.Chain, opened.Certificate)...)),
		"PKCS#12 for OpenSSL": clmtest.OpenSSL(t, folder, "pkcs12", "-in", "trust.p12", "-nokeys", "-passin", "pass:"+clm.TrustStorePassword),
	} {
		if got := clm.NewBundle(ders(must2(pki.ParseCertificates([]byte(found))))); got.Digest != bundle.Digest {
			t.Errorf("in the %s are %s", form, subjects(got.Certificates...))
		}
	}
	if receipt := f.receipt("agent-0"); receipt.Digest != bundle.Digest || receipt.Place != everyForm {
		t.Errorf("it states %+v", receipt)
	}
}

// Whatever somebody does to the trust store is seen, is not counted, and is put right.
func TestBundleEditedByHandIsRepaired(t *testing.T) {
	t.Parallel()
	base := newFleet(t, 1, 0)
	base.profile(func(in *engine.ProfileInput) { in.TrustStore = everyForm })
	base.want(wish("corp 2027", held))
	must(t, base.store.Close())
	for name, harm := range map[string]func(dir string) error{
		"edited":           func(dir string) error { return replace(dir, "ca.pem", "nobody") },
		"emptied":          func(dir string) error { return os.Truncate(filepath.Join(dir, "ca.pem"), 0) },
		"removed":          func(dir string) error { return os.Remove(filepath.Join(dir, "ca.pem")) },
		"key store gone":   func(dir string) error { return os.Remove(filepath.Join(dir, "trust.jks")) },
		"PKCS#12 replaced": func(dir string) error { return replace(dir, "trust.p12", "nobody") },
		"all removed":      os.RemoveAll,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := base.copied(t)
			before := f.stage.files()
			must(t, harm(f.path("agent-0", "etc/trust")))
			if !f.trusted("agent-0").Pending {
				t.Error("a plan would not show it")
			}
			f.deployer.Fail("install", full(""))
			if err := f.told("agent-0"); clm.KindOf(err) != clm.KindFailed {
				t.Errorf("told with a full disk: %v", err)
			}
			if r := f.rollout(); r.Standing.Census.Classes[clm.ClassFailed] != 1 || r.Standing.Census.Received != 0 {
				t.Errorf("what is not there any more counts: %+v", r.Standing.Census)
			}
			f.checkCensus(f.corp())
			f.deployer.Fail("install", clmtest.Fault{})
			must(t, f.told("agent-0"))
			if diff := gocmp.Diff(before, f.stage.files()); diff != "" || f.trusted("agent-0").Pending {
				t.Errorf("it is not as before: %s", diff)
			}
			if c := f.rollout().Standing.Census; c.Received != 1 || c.Expected != 1 {
				t.Errorf("%d of %d", c.Received, c.Expected)
			}
		})
	}
}

// A trust store that moves leaves nothing of ours at its old place, and everything of
// anybody else's, at last also on a device that was away or could not remove it.
func TestTrustStoreMoves(t *testing.T) {
	t.Parallel()
	elsewhere := clm.TrustStore{Directory: "srv", BundleFile: "ca.pem"}
	cannotRemove := func(applied bool) func(f *fleet) {
		return func(f *fleet) {
			f.deployer.Fail("remove", clmtest.Fault{Err: clm.Errorf(clm.KindFailed, trouble), Applied: applied})
		}
	}
	mended := func(f *fleet) { f.deployer.Fail("remove", clmtest.Fault{}) }
	for name, tt := range map[string]struct {
		to            clm.TrustStore
		disturb, mend func(f *fleet)
	}{
		"directory":                    {to: elsewhere},
		"file":                         {to: clm.TrustStore{Directory: "etc/trust", BundleFile: "cas.pem"}},
		"away":                         {elsewhere, func(f *fleet) { f.away("agent-0") }, func(f *fleet) { f.back("agent-0") }},
		"not removed":                  {elsewhere, cannotRemove(false), mended},
		"removed, but not known to be": {elsewhere, cannotRemove(true), mended},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, 1, 0)
			must(t, os.WriteFile(f.path("agent-0", "etc/trust/mine.pem"), []byte("somebody's"), 0o600))
			if tt.disturb != nil {
				tt.disturb(f)
			}
			out := f.profile(func(in *engine.ProfileInput) { in.TrustStore = tt.to })
			if troubled := len(out.CheckIns) == 1; troubled != (tt.disturb != nil) {
				t.Errorf("in trouble: %+v", out.CheckIns)
			}
			if tt.mend != nil {
				tt.mend(f)
				if !f.trusted("agent-0").Pending {
					t.Error("a plan would not show that something is left")
				}
				must(t, f.told("agent-0"))
			}
			files := f.stage.files()
			if place := "/agent-0/" + tt.to.Directory + "/" + tt.to.BundleFile; len(files) != 2 || files[place] == "" || files["/agent-0/etc/trust/mine.pem"] == "" {
				t.Errorf("on the device are %v", files)
			}
			if f.trusted("agent-0").Pending || f.receipt("agent-0").Place != tt.to {
				t.Errorf("it is not at rest: %+v", f.receipt("agent-0"))
			}
			f.checkTrail()
		})
	}
}

// A device on which we may not write what we have to is counted as failed, with the
// reason, and keeps what it has: its folder is a file, or there is a file of
// somebody's where ours is to be.
func TestDeviceThatRefusesTheBundle(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		obstacle string
		reason   string
	}{
		"a file for a folder": {"etc", "is not a directory"},
		"somebody's file":     {"etc/trust/ca.pem", "ca.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, 1, 0)
			f.want(wish("corp 2027", held))
			in := f.deviceInput("odd")
			in.ProfileID = must2(f.Profile(t.Context(), "agents")).ID
			must2(f.CreateDevice(t.Context(), alice, in))
			must(t, os.MkdirAll(filepath.Dir(f.path("odd", tt.obstacle)), 0o755))
			must(t, os.WriteFile(f.path("odd", tt.obstacle), []byte("somebody's"), 0o600))
			f.agents = append(f.agents, "odd")
			err := f.told("odd")
			r := f.rollout()
			if err == nil || len(r.Laggards) != 1 || r.Laggards[0].Class != clm.ClassFailed || r.Laggards[0].Report.Failure != err.Error() || !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("%v: %+v", err, r.Laggards)
			}
			f.checkCensus(f.corp())
			if content := f.read("odd", tt.obstacle); string(content) != "somebody's" {
				t.Errorf("it holds %q now", content)
			}
			must(t, os.RemoveAll(f.path("odd", tt.obstacle)))
			must(t, f.told("odd"))
			if r := f.rollout(); len(r.Laggards) != 0 {
				t.Errorf("told again: %+v", r.Laggards)
			}
		})
	}
}

// A monitored device is only read: what somebody else gives it counts, and nothing is
// put there or taken away. An ignored one is not even read.
func TestDevicesWeMayNotWrite(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 0)
	profile := must2(f.Profile(t.Context(), "agents"))
	for name, treated := range map[string]clm.CertSync{"watched": clm.SyncMonitored, "left-alone": clm.SyncIgnored} {
		in := f.deviceInput(name)
		in.ProfileID, in.CertSync = profile.ID, treated
		must2(f.CreateDevice(t.Context(), alice, in))
		f.agents = append(f.agents, name)
		must(t, f.told(name))
	}
	must(t, wants("corp 2027", held)(f))
	classes := f.rollout().Standing.Census.Classes
	if classes[clm.ClassPending] != 1 || classes[clm.ClassNeverReported] != 1 || f.trusted("watched").Pending || f.trusted("left-alone").Pending {
		t.Errorf("they are counted as %v", classes)
	}
	must(t, os.CopyFS(f.path("watched", "etc/trust"), os.DirFS(f.path("agent-0", "etc/trust"))))
	if !f.trusted("watched").Pending {
		t.Error("a plan would not show what somebody did")
	}
	must(t, goesOn(f))
	if c := f.rollout().Standing.Census; c.Received != 2 || c.Expected != 2 {
		t.Errorf("%d of %d", c.Received, c.Expected)
	}
	f.checkCensus(f.corp())
	f.profile(func(in *engine.ProfileInput) { in.TrustStore.Directory = "srv" })
	must(t, f.told("watched"))
	if f.trusted("watched").Pending || f.has("watched", "srv") || !f.has("watched", "etc/trust/ca.pem") {
		t.Errorf("it is written, or a plan says it would be: %+v", f.receipt("watched"))
	}
	for _, call := range f.deployer.Calls() {
		act, device, _ := strings.Cut(call, " ")
		if device == "left-alone" || device == "watched" && act != "observe" && act != "check" {
			t.Errorf("it was asked to %s", call)
		}
	}
}

// What a device states that reports by itself counts by what it names: something
// foreign for nothing, something older takes the receipt back, the same again is
// only a sign of life.
func TestAttest(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 0)
	before := must2(f.Bundle(t.Context(), "agents")).Digest
	f.want(wish("corp 2027", held))
	after := must2(f.Bundle(t.Context(), "agents")).Digest
	first := f.receipt("agent-0")
	for i, tt := range []struct {
		digest, failure             string
		received, expected, waiting int64 // the last: of the class it is then in
		class                       clm.DeviceClass
	}{
		{after, "", 2, 2, 2, clm.ClassReceived},
		{strings.Repeat("0", 64), "", 1, 1, 1, clm.ClassPending},
		{after, "", 2, 2, 2, clm.ClassReceived},
		{before, "", 1, 2, 1, clm.ClassPending},
		{before, "no room", 1, 2, 1, clm.ClassFailed},
		{"", "", 1, 1, 1, clm.ClassPending},
		{after, "no room for the next", 2, 2, 2, clm.ClassReceived},
	} {
		f.clock.Advance(time.Minute)
		receipt := must2(f.Attest(t.Context(), alice, "agent-0", tt.digest, tt.failure))
		c := f.rollout().Standing.Census
		if c.Received != tt.received || c.Expected != tt.expected || c.Classes[tt.class] != tt.waiting {
			t.Errorf("statement %d: %d of %d, %v", i, c.Received, c.Expected, c.Classes)
		}
		if same := i == 0; receipt.ReceivedAt.Equal(first.ReceivedAt) != same && i != 4 || !receipt.LastSeen.Equal(f.now()) || receipt.Failure != tt.failure {
			t.Errorf("statement %d is on record as %+v", i, receipt)
		}
		f.checkCensus(f.corp())
	}
	_, err := f.Attest(t.Context(), alice, "nobody", after, "")
	mustBe(t, err, clm.KindNotFound, "", `there is no device "nobody"`)
	f.device("alone")
	_, err = f.Attest(t.Context(), alice, "alone", after, "")
	mustBe(t, err, clm.KindRefused, "", `device "alone" has no communication profile (set communication_profile_id on the device)`)
	f.checkTrail()
}

// A bundle is a function of the set: any order and any repetition gives the same
// bytes, and publishes nothing. Another set has a higher epoch, also one that was
// published before.
func TestProfilePublishes(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 0)
	corp, lab := f.corp().ID, f.root("lab").ID
	early, late := pemOf(f.root("early").Active.Certificate), pemOf(f.root("late").Active.Certificate)
	first := must2(f.Bundle(t.Context(), "agents"))
	for i, tt := range []struct {
		roots      []string
		additional []string
		epoch      int64
		trusts     string
	}{
		{[]string{corp, lab}, []string{early, late}, 2, "corp, early, lab, late"},
		{[]string{lab, corp, lab}, []string{late + early, late}, 2, "corp, early, lab, late"},
		{[]string{corp}, []string{early}, 3, "corp, early"},
		{[]string{corp}, nil, 4, "corp"},
	} {
		f.profile(func(in *engine.ProfileInput) { in.RootIDs, in.AdditionalPEM = tt.roots, tt.additional })
		bundle := must2(f.Bundle(t.Context(), "agents"))
		if bundle.Epoch != tt.epoch || subjects(bundle.Certificates...) != tt.trusts {
			t.Errorf("write %d: epoch %d trusts %s", i, bundle.Epoch, subjects(bundle.Certificates...))
		}
		if installed := f.read("agent-0", "etc/trust/ca.pem"); clm.FingerprintOf(installed) != bundle.Digest || f.receipt("agent-0").Digest != bundle.Digest {
			t.Errorf("write %d: agent-0 has %s", i, clm.FingerprintOf(installed))
		}
	}
	if last := must2(f.Bundle(t.Context(), "agents")); last.Digest != first.Digest {
		t.Error("the same set has other bytes")
	}
	f.checkTrail()
}

// A device that is deleted is out of the numbers, and what waited for it goes on. What
// lies on it stays there.
func TestDeletedDeviceIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3, 1)
	f.away("agent-2")
	f.want(wish("corp 2027"))
	if c := f.rollout().Standing.Census; c.Received != 2 || c.Expected != 3 {
		t.Errorf("%d of %d", c.Received, c.Expected)
	}
	must(t, f.DeleteDevice(t.Context(), alice, "agent-2"))
	f.agents = f.agents[:2]
	if c := f.rollout().Standing.Census; c.Received != 2 || c.Expected != 2 || c.Cohort() != 2 {
		t.Errorf("%d of %d, a cohort of %d", c.Received, c.Expected, c.Cohort())
	}
	f.checkCensus(f.corp())
	f.advance()
	f.is(clm.RootActive)
	if !f.has("agent-2", "etc/trust/ca.pem") {
		t.Error("what agent-2 trusts was taken away")
	}
}

// checkCensus holds the count of an open replacement to the one that is made device
// by device.
func (f *fleet) checkCensus(root clm.RootCertificate) {
	f.t.Helper()
	if root.Replacement == nil {
		return
	}
	got := f.rollout().Standing.Census
	want := clm.Count(f.reports(root), root.Settings(), f.now())
	if got.Received < 0 || got.Received > got.Expected || got.Cohort() != int64(len(f.agents)) {
		f.t.Errorf("%d of %d, a cohort of %d", got.Received, got.Expected, got.Cohort())
	}
	if got.LastReceiptAt.Before(want.LastReceiptAt) {
		f.t.Errorf("the last receipt came at %s, not %s", want.LastReceiptAt, got.LastReceiptAt)
	}
	for _, c := range []*clm.Census{&got, &want} {
		c.LastReceiptAt = got.LastReceiptAt // which knows also of devices that have moved on
		for class, n := range c.Classes {
			if n == 0 {
				delete(c.Classes, class)
			}
		}
		byName := func(a, b clm.TrustReport) int { return cmp.Compare(a.Name, b.Name) }
		slices.SortFunc(c.Critical, byName)
		slices.SortFunc(c.Silent, byName)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		f.t.Errorf("the census: %s", diff)
	}
}

// reports are what all devices of the profile state about a root.
func (f *fleet) reports(root clm.RootCertificate) (all []clm.TrustReport) {
	f.t.Helper()
	must(f.t, f.store.Store.View(f.t.Context(), func(tx engine.Tx) error {
		receipts, err := tx.Receipts(clm.ReceiptFilter{}, clm.Page{})
		for _, r := range receipts {
			bundle, _ := tx.Bundle(r.ProfileID, r.Digest) // none holds nothing
			all = append(all, r.Report(clm.Membership{
				Old: bundle.Holds(root.Active.FingerprintSHA256), New: bundle.Holds(root.Replacement.Target.FingerprintSHA256),
			}))
		}
		return err
	}))
	return all
}
