package clm_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Every verb from every state of a root's slot: where it leads, or a refusal
// that names the only states it may leave.
func TestRootTransitions(t *testing.T) {
	t.Parallel()
	states := []clm.RootState{clm.RootActive, clm.RootDistributing, clm.RootActivating, clm.RootRetiring, clm.RootRollingBack}
	for _, tt := range []struct {
		verb string
		from []clm.RootState
		to   clm.RootState
	}{
		{clm.VerbReplace, []clm.RootState{clm.RootActive}, clm.RootDistributing},
		{clm.VerbCancel, []clm.RootState{clm.RootDistributing}, clm.RootActive},
		{clm.VerbFinalize, []clm.RootState{clm.RootDistributing}, clm.RootActivating},
		{clm.VerbActivateChild, []clm.RootState{clm.RootActivating}, clm.RootActivating},
		{clm.VerbRetry, []clm.RootState{clm.RootActivating}, clm.RootActivating},
		{clm.VerbOverride, []clm.RootState{clm.RootActivating}, clm.RootActivating},
		{clm.VerbCompleteActivation, []clm.RootState{clm.RootActivating}, clm.RootRetiring},
		{clm.VerbRollBack, []clm.RootState{clm.RootActivating, clm.RootRetiring}, clm.RootRollingBack},
		{clm.VerbRetire, []clm.RootState{clm.RootRetiring}, clm.RootActive},
		{clm.VerbRestoreChild, []clm.RootState{clm.RootRollingBack}, clm.RootRollingBack},
		{clm.VerbRestore, []clm.RootState{clm.RootRollingBack}, clm.RootActive},
		{"renew", nil, ""},
	} {
		for _, state := range states {
			root := clm.RootCertificate{Name: "corp", State: state}
			err := root.Apply(tt.verb)
			if slices.Contains(tt.from, state) {
				if err != nil || root.State != tt.to {
					t.Errorf("%s from %s leads to %s with %v, want %s", tt.verb, state, root.State, err, tt.to)
				}
				continue
			}
			if root.State != state {
				t.Errorf("%s, refused from %s, left %s", tt.verb, state, root.State)
			}
			judgeRefusal(t, err, state, tt.from)
		}
	}
}

func judgeRefusal(t *testing.T, err error, state clm.RootState, legal []clm.RootState) {
	t.Helper()
	if clm.KindOf(err) != clm.KindRefused {
		t.Errorf("from %s: %v", state, err)
		return
	}
	_, names, _ := strings.Cut(err.Error(), "possible only when it is ")
	for _, from := range legal {
		if !slices.Contains(strings.Split(names, " or "), string(from)) {
			t.Errorf("the refusal from %s does not name %s: %v", state, from, err)
		}
	}
}
