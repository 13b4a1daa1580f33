package clm_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// A certificate that is held and released is what it was before.
func TestHoldAndRelease(t *testing.T) {
	t.Parallel()
	before := clm.Version{State: clm.VersionIssued, SerialNumber: "01", NotAfter: noon.Add(time.Hour)}
	v := before
	must(t, v.Hold("shop", noon))
	want := clm.Revocation{SerialNumber: "01", RevokedAt: noon, Reason: "certificate_hold", NotAfter: noon.Add(time.Hour)}
	if got := v.Revocation(); got == nil || *got != want {
		t.Errorf("lists say %+v, want %+v", got, want)
	}
	if v.Usable(noon) || !v.Withdrawn() {
		t.Error("what is on hold is still accepted")
	}
	must(t, v.Release("shop"))
	if diff := cmp.Diff(before, v); diff != "" || v.Revocation() != nil {
		t.Errorf("released, it is another: %s", diff)
	}
}

// What is revoked after a hold was not accepted since the hold.
func TestRevokedAfterAHold(t *testing.T) {
	t.Parallel()
	v := clm.Version{State: clm.VersionIssued}
	must(t, v.Hold("shop", noon))
	must(t, v.Revoke("shop", "key_compromise", noon.Add(time.Hour)))
	if !v.RevokedAt.Equal(noon) || v.RevocationReason != "key_compromise" || v.State != clm.VersionRevoked {
		t.Errorf("it is %s since %v for %s", v.State, v.RevokedAt, v.RevocationReason)
	}
}

// Nothing is due of a certificate on hold, whatever its owner wants and however late it is.
func TestNothingIsDueOnHold(t *testing.T) {
	t.Parallel()
	v := clm.Version{State: clm.VersionIssued, NotAfter: noon}
	must(t, v.Hold("shop", noon.Add(-time.Hour)))
	wish := clm.CertificateSpec{Identity: clm.Identity{RenewalTrigger: "2", Subject: clm.Subject{CommonName: "other"}}}
	if due := clm.ShouldIssue(wish, &v, noon.Add(time.Hour)); due.Operation != clm.OperationNone {
		t.Errorf("%s is due because %s", due.Operation, due.Reason)
	}
	if ready, why := clm.ReadyForRenewal(wish, v, noon.Add(time.Hour)); ready {
		t.Errorf("on hold it is ready because %s", why)
	}
	must(t, v.Release("shop"))
	if due := clm.ShouldIssue(wish, &v, noon.Add(time.Hour)); due.Operation != clm.OperationReEnrol {
		t.Errorf("released, %s is due", due.Operation)
	}
}

// A replacement leaves a held child alone, which is in use nevertheless: it may come back.
func TestAHeldChild(t *testing.T) {
	t.Parallel()
	v := clm.Version{State: clm.VersionIssued, IssuerFingerprint: "old", NotAfter: noon.Add(time.Hour)}
	must(t, v.Hold("shop", noon))
	child := clm.Child{Row: clm.CertificateRow{Current: &v}, Connectors: []clm.Connector{{ID: "1"}}, Served: map[string]bool{"1": true}}
	none := func(string) bool { return false }
	if state := child.State(clm.TrustAnchor{FingerprintSHA256: "new"}, none); state != clm.ChildDone || len(child.Behind(none)) > 0 {
		t.Errorf("the child is %s", state)
	}
	if !child.Uses(v, noon, none) {
		t.Error("the old root may be retired while a certificate of it is on hold")
	}
}

const day = 24 * time.Hour

// When a list is due, and when not.
func TestShouldSignList(t *testing.T) {
	t.Parallel()
	end := noon.Add(365 * day)
	fresh := clm.RevocationList{ThisUpdate: noon, NextUpdate: noon.Add(7 * day)}
	stale, last, whole := fresh, fresh, fresh
	stale.Stale, last.Last, last.NextUpdate, whole.NextUpdate = true, true, end, end
	for _, tt := range []struct {
		name   string
		newest *clm.RevocationList
		after  time.Duration
		want   clm.ListDue
	}{
		{"the first", nil, 0, clm.ListFirst},
		{"a fresh one", &fresh, 84*time.Hour - 1, ""},
		{"at half of its life", &fresh, 84 * time.Hour, clm.ListScheduled},
		{"long after it", &fresh, 300 * day, clm.ListScheduled},
		{"something changed", &stale, 0, clm.ListChanged},
		{"the key was gone and is back", &last, 0, clm.ListScheduled},
		{"it lasts as long as the CA", &whole, 300 * day, ""},
		{"the CA has ended", nil, 365 * day, ""},
		{"the CA has ended and something changed", &stale, 365 * day, ""},
	} {
		if got := clm.ShouldSignList(tt.newest, end, noon.Add(tt.after)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Whoever signs when it is due never lets a list expire, and none outlives its CA.
func TestListsNeverExpireWhileTheCALives(t *testing.T) {
	t.Parallel()
	end := noon.Add(100*day + time.Minute)
	list := clm.RevocationList{ThisUpdate: noon, NextUpdate: clm.ListEnd(end, noon)}
	signed := 0
	for now := noon; now.Before(end); now = now.Add(time.Hour) {
		if clm.ShouldSignList(&list, end, now) != "" {
			list.ThisUpdate, list.NextUpdate = now, clm.ListEnd(end, now)
			signed++
		}
		if !now.Before(list.NextUpdate) || list.NextUpdate.After(end) {
			t.Fatalf("at %v the list is good until %v", now, list.NextUpdate)
		}
	}
	if signed < 27 || signed > 29 {
		t.Errorf("%d lists were signed in 100 days", signed)
	}
}

func TestDeltaOf(t *testing.T) {
	t.Parallel()
	of := func(pairs ...string) (list []clm.Revocation) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, clm.Revocation{SerialNumber: pairs[i], Reason: clm.RevocationReason(pairs[i+1])})
		}
		return list
	}
	for name, tt := range map[string]struct{ before, after, want []clm.Revocation }{
		"nothing":              {nil, nil, nil},
		"the same":             {of("01", "superseded"), of("01", "superseded"), nil},
		"new":                  {of("01", "superseded"), of("01", "superseded", "02", "certificate_hold"), of("02", "certificate_hold")},
		"released":             {of("01", "certificate_hold", "02", "superseded"), of("02", "superseded"), of("01", "remove_from_crl")},
		"revoked after a hold": {of("01", "certificate_hold"), of("01", "key_compromise"), of("01", "key_compromise")},
		"sorted":               {nil, of("03", "superseded", "01", "superseded"), of("01", "superseded", "03", "superseded")},
	} {
		if diff := cmp.Diff(tt.want, clm.DeltaOf(tt.before, tt.after)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
