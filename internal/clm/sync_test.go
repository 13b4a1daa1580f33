package clm_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// findings are what can be wrong, in the order in which a client of the device
// would notice.
var findings = []struct {
	reason clm.SyncReason
	spoil  func(pushed, revoked *bool, h *clm.Holding)
	detail string
}{
	{clm.ReasonNeverPushed, func(pushed, _ *bool, h *clm.Holding) { *pushed, h.Missing = false, []string{"a.crt"} }, ""},
	{clm.ReasonNotFound, func(_, _ *bool, h *clm.Holding) { h.Missing = []string{"a.crt", "a.key", "a.chain"} }, "a.crt, a.key and a.chain is missing"},
	{clm.ReasonPreviousCertificate, func(_, _ *bool, h *clm.Holding) { h.CertificateOwner = clm.OwnerPrevious }, ""},
	{clm.ReasonOtherManagedCertificate, func(_, _ *bool, h *clm.Holding) { h.CertificateOwner = clm.OwnerOther }, ""},
	{clm.ReasonUnknownCertificate, func(_, _ *bool, h *clm.Holding) { h.CertificateOwner = clm.OwnerUnknown }, ""},
	{clm.ReasonRevoked, func(_, revoked *bool, _ *clm.Holding) { *revoked = true }, ""},
	{clm.ReasonKeyMismatch, func(_, _ *bool, h *clm.Holding) { h.KeyMatches = false }, ""},
	{clm.ReasonKeyExposed, func(_, _ *bool, h *clm.Holding) { h.KeyExposed = true }, ""},
	{clm.ReasonIncompleteChain, func(_, _ *bool, h *clm.Holding) { h.ChainMatches = false }, ""},
}

// Each finding alone has its verdict, and of any two the earlier one does.
func TestJudgeSync(t *testing.T) {
	t.Parallel()
	whole := clm.Holding{CertificateOwner: clm.OwnerCurrent, KeyMatches: true, ChainMatches: true}
	if got, want := clm.JudgeSync(true, false, whole, noon), (clm.Sync{Status: clm.InSync, ObservedAt: noon}); got != want {
		t.Errorf("nothing wrong: %+v", got)
	}
	for i, first := range findings {
		for _, second := range findings[i:] {
			pushed, revoked, h := true, false, whole
			second.spoil(&pushed, &revoked, &h)
			first.spoil(&pushed, &revoked, &h) // last, where both are about one fact
			got := clm.JudgeSync(pushed, revoked, h, noon)
			if want := clm.Out(first.reason, first.detail, noon); first.reason != clm.ReasonNotFound && !cmp.Equal(got, want) {
				t.Errorf("%s and %s: %+v", first.reason, second.reason, got)
			} else if got.Reason != first.reason {
				t.Errorf("%s and %s: %s", first.reason, second.reason, got.Reason)
			}
		}
	}
	// Files that are there although nothing was ever pushed are judged all the same.
	if got := clm.JudgeSync(false, false, clm.Holding{}, noon); got.Reason != clm.ReasonUnknownCertificate {
		t.Errorf("foreign files: %+v", got)
	}
	missing := clm.JudgeSync(true, false, clm.Holding{Missing: []string{"a.crt"}}, noon)
	if missing.Detail != "a.crt is missing" {
		t.Errorf("one file missing: %q", missing.Detail)
	}
}

func TestRepairable(t *testing.T) {
	t.Parallel()
	for reason, want := range map[clm.SyncReason]bool{
		clm.ReasonPreviousCertificate: true, clm.ReasonOtherManagedCertificate: true, clm.ReasonUnknownCertificate: true,
		clm.ReasonNotFound: true, clm.ReasonKeyMismatch: true, clm.ReasonKeyExposed: true, clm.ReasonIncompleteChain: true,
		clm.ReasonNeverPushed: true, clm.ReasonRevoked: false, clm.ReasonConnectionFailed: false, clm.ReasonDeviceUnhealthy: false,
	} {
		if got := clm.Out(reason, "", noon).Repairable(); got != want {
			t.Errorf("%s is repairable: %t", reason, got)
		}
	}
	for _, status := range []clm.SyncStatus{clm.InSync, clm.SyncNotObserved} {
		if (clm.Sync{Status: status}).Repairable() {
			t.Errorf("%s is repairable", status)
		}
	}
}
