package clm_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// What fails rests twice as long each time, up to the longest of its kind; what is
// overcome begins anew.
func TestTroubleRestsLongerAndLonger(t *testing.T) {
	t.Parallel()
	shop := clm.Handled{Noun: clm.NounConnector, Name: "shop"}
	for kind, want := range map[clm.RoundKind][]int{
		clm.RoundPushes: {1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360}, clm.RoundRenewals: {1, 2, 4, 8, 16, 32, 60, 60}, clm.RoundLists: {1, 2, 4, 8, 10, 10},
	} {
		r := clm.Round{Kind: kind}
		for times, minutes := range want {
			r.Fail(shop, "disk full", noon)
			rest := time.Duration(minutes) * time.Minute
			if !r.Rests(shop, noon.Add(rest-time.Second)) || r.Rests(shop, noon.Add(rest)) || r.Troubles[0].Times != times+1 || len(r.Troubles) != 1 {
				t.Errorf("%s, failure %d: %+v", kind, times+1, r.Troubles)
			}
		}
		r.Forget(func(what clm.Handled) bool { return what == shop })
		if r.Rests(shop, noon) || len(r.Troubles) != 0 {
			t.Errorf("%s: what is overcome still rests: %+v", kind, r.Troubles)
		}
	}
}

// However much is in trouble, what is remembered of it has an end.
func TestTroublesAreBounded(t *testing.T) {
	t.Parallel()
	r := clm.Round{Kind: clm.RoundPushes}
	for n := range 2000 {
		r.Fail(clm.Handled{Noun: clm.NounConnector, Name: fmt.Sprint("shop-", n)}, "disk full", noon)
	}
	if len(r.Troubles) != 500 {
		t.Errorf("%d troubles are remembered", len(r.Troubles))
	}
}

// A round is under way until it has ended, and succeeds where nothing is in trouble.
func TestRoundOutcomes(t *testing.T) {
	t.Parallel()
	r := clm.Round{Kind: clm.RoundLists}
	later := noon.Add(time.Second)
	r.Begin(noon, time.Minute)
	if !r.UnderWay() || r.Outcome != "" || !r.NextAt.Equal(noon.Add(time.Minute)) {
		t.Errorf("begun: %+v", r)
	}
	r.End("", later)
	if r.UnderWay() || r.Outcome != clm.RoundSucceeded || !r.SucceededAt.Equal(later) {
		t.Errorf("ended: %+v", r)
	}
	r.Fail(clm.Handled{Noun: clm.NounRoot, Name: "lab"}, "no key", later)
	r.End("", later.Add(time.Second))
	if r.Outcome != clm.RoundTroubled || !r.SucceededAt.Equal(later) {
		t.Errorf("in trouble: %+v", r)
	}
	r.End("the disk is gone", later.Add(2*time.Second))
	if r.Outcome != clm.RoundFailed || r.Error != "the disk is gone" || !r.SucceededAt.Equal(later) {
		t.Errorf("failed: %+v", r)
	}
}

// A push is under way for as long as it and its scripts may take.
func TestAPushIsUnderWay(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		push *clm.PushSettings
		most time.Duration
	}{
		"files alone": {nil, 10 * time.Minute},
		"scripts": {&clm.PushSettings{PreScript: &clm.Script{Inline: "a"}, PostScript: &clm.Script{Inline: "b", Timeout: time.Hour}},
			10*time.Minute + time.Minute + 2*time.Hour},
	} {
		c := clm.Connector{State: clm.NeverPushed, PushSettings: tt.push}
		if c.UnderWay(clm.Device{}, noon) {
			t.Errorf("%s: it is under way before it began", name)
		}
		must(t, c.BeginPush(noon))
		if !c.UnderWay(clm.Device{}, noon.Add(tt.most-time.Second)) || c.UnderWay(clm.Device{}, noon.Add(tt.most)) {
			t.Errorf("%s: it is under way for another time than %s", name, tt.most)
		}
	}
}
