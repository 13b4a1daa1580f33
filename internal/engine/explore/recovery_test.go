package explore

import (
	"fmt"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// hopes are what has to become of a state when nothing is in the way any more.
type hopes struct {
	completes bool // the replacement that is open is to be completed
	rests     bool // it is as its owner wants it
}

func (v *scene) hopes() hopes {
	finalizes := v.root.State != clm.RootDistributing || v.root.Settings().Finalize
	h := hopes{completes: v.open() && v.root.State != clm.RootRollingBack && finalizes}
	trusted := []*authority{v.active()}
	switch {
	case v.root.State == clm.RootDistributing && !finalizes:
		trusted = append(trusted, v.other())
	case v.open():
		return h
	}
	h.rests = v.everybodyTrusts(trusted) && v.everybodyServes(v.active())
	return h
}

func (v *scene) everybodyTrusts(roots []*authority) bool {
	want := digestOf(roots...)
	for i, r := range v.receipts {
		if r.Digest != want || v.trust(i).sha256 != want {
			return false
		}
	}
	return true
}

func (v *scene) everybodyServes(a *authority) bool {
	current := v.shop.Current
	for i := range servers {
		if v.unserved(i) {
			return false
		}
	}
	return current.IssuedBy() == a.fingerprint && len(current.Chain) == 1
}

// ending is where it ends, and how many replacements were completed on the way.
type ending struct{ at, completed int }

// checkRecovery: whatever was interrupted, and wherever: once everybody answers,
// nothing fails, the gateway is refreshed, and whoever was interrupted repeats what
// he did, it ends as it would have ended without. And every end is a good one.
//
// All that follows from a state is known by now: nothing is done here.
func (s *shard) checkRecovery() {
	for _, d := range s.deaths {
		got := s.rest(s.follow(d.left, d.how.action, d.how.script.circumstances()))
		if want := s.rest(d.whole); got != want {
			s.breaks(d.from, d.how, fmt.Errorf("it ends with %d completed, in\n  %s\nand would have ended with %d, in\n  %s",
				got.completed, s.nodes[got.at].key, want.completed, s.nodes[want.at].key), nil)
			return
		}
	}
	for at, n := range s.nodes {
		end := s.rest(ending{at, 0})
		if !s.nodes[end.at].hopes.rests || n.hopes.completes != (end.completed == 1) || end.completed > 1 {
			s.breaks(at, step{"everything is repaired", &script{}, ""}, fmt.Errorf("it ends with %d completed, in\n  %s", end.completed, s.nodes[end.at].key), nil)
			return
		}
	}
}

// follow is where an action leads in some circumstances; where it is not offered it
// leads nowhere.
func (s *shard) follow(from ending, action string, c circumstances) ending {
	for _, e := range s.nodes[from.at].edges[action] {
		if e.script.under(c) {
			return ending{e.to, from.completed + e.completed}
		}
	}
	return from
}

// rest is where it ends when nothing is in the way any more.
func (s *shard) rest(from ending) ending {
	end, known := s.ends[from.at]
	if !known {
		end = s.settle(from.at)
		s.ends[from.at] = end
	}
	return ending{end.at, from.completed + end.completed}
}

func (s *shard) settle(at int) ending {
	end := ending{at: at}
	for range 100 {
		next := end
		for _, action := range repairing {
			next = s.follow(next, action, nil)
		}
		if next.at == end.at {
			break
		}
		end = next
	}
	return end
}

// repairing is what somebody does who wants it to come to an end.
var repairing = []string{
	advance.name, refresh.name, hourPasses.name, repairs(0).name, repairs(1).name, tells.name,
}
