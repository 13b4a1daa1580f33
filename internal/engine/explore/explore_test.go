// Package explore goes through every state that a small estate can be in while a root
// certificate is replaced, on the real engine: three agents behind an internet gateway,
// two servers of one certificate, two roots that take turns. In each state everything
// is done that may be done, with every machine in every mood; a process may die after
// anything that happened, come again, come twice, come late, or have another come in
// between.
//
// What has to hold is written down here a second time, from DESIGN and not from the
// code. By the numbers of its section 6:
//
//	1   each accepts what is served, by whatever bundle it has   checkHandshakes
//	2   nothing is signed by a root before its gate was met      checkSigned, checkFinalized
//	3   one bundle from publish to retire, the signer in it      checkPublished
//	4   no trust goes while a live leaf needs it                 checkRetired, checkHandshakes
//	5   nobody outlives its issuer                               checkCertified, checkCross
//	6   a bundle alone issues nothing                            checkSigned
//	7   one replacement at a time, the same wish changes nothing checkSecondWish, checkSameWish, checkHistory
//	8   the table, and nothing but the table                     checkVerbs, checkWay
//	9   counting is a function of the receipts                   checkCensus, checkTwice, checkStrangers
//	10  a crash anywhere ends where no crash ends                checkRecovery
//	11  every effect once, however many controllers              the world of two controllers
//	17  a plan is empty unless something can go on               foretold
package explore

import (
	"crypto/x509"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// shard is one small estate with everything that may happen in it: three agents
// behind an internet gateway, two servers of one certificate, two roots.
type shard struct {
	policy       func(*clm.ReplacementPolicy)
	actions      []action
	others       []action            // what a second controller may do in the midst of the first
	absences     []string            // of agents, the last first
	moods        map[string][]string // what may be the matter with a server
	installMoods map[string][]string // what may be the matter with installing something
	critical     [agents]bool
	mortal       func(after string) bool // after what a process may die
	leftover     int                     // machines in disarray on the way of the next replacement

	one, two, three *authority
	ids             [agents]string
	held            map[string][]*authority // by digest: the roots in a bundle
	parsed          map[string]*chain
	verified        map[[3]any]bool
	signed          map[string]*x509.Certificate

	nodes       []*node
	known       map[string]int // nodes by key
	transitions int
	deaths      []death
	ends        map[int]ending
	broken      []broken
}

func newShard() *shard {
	roots := authorities()
	s := &shard{
		actions: everywhere(), one: roots[0], two: roots[1], three: roots[2],
		held: map[string][]*authority{}, parsed: map[string]*chain{}, verified: map[[3]any]bool{}, signed: map[string]*x509.Certificate{}, known: map[string]int{}, ends: map[int]ending{},
	}
	for _, some := range [][]*authority{{s.one}, {s.two}, {s.one, s.two}} {
		s.held[digestOf(some...)] = some
	}
	return s
}

// everywhere are the actions of every shard.
func everywhere() []action {
	return []action{
		wishesOther("the owner wishes for the other root, held", held), wishesOther("the owner wishes for the other root"),
		wishes("the owner wishes for the active root", always, (*scene).active, held),
		finalize, verb(clm.VerbCancel), verb(clm.VerbRollBack), verb(clm.VerbRetry), verb(clm.VerbOverride, serverNames[0]),
		advance, advanceOnly, refresh, tells, repairs(0), repairs(1),
	}
}

// Every state that can be reached in a small world is, on the real engine; every rule
// is held after every update and in every state.
func TestExplore(t *testing.T) {
	t.Parallel()
	var all sums
	t.Cleanup(func() { t.Logf("in all worlds: %s", &all) })
	for name, of := range shards {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShard()
			of(s)
			s.explore(t)
			all.add(s)
		})
	}
}

// sums are how much was gone through.
type sums struct{ states, transitions, deaths atomic.Int64 }

func (n *sums) add(s *shard) {
	n.states.Add(int64(len(s.nodes)))
	n.transitions.Add(int64(s.transitions))
	n.deaths.Add(int64(len(s.deaths)))
}

func (n *sums) String() string {
	return fmt.Sprintf("%d states, %d transitions, %d of them deaths", n.states.Load(), n.transitions.Load(), n.deaths.Load())
}

// shards are the worlds. In some it is about what happens on the way to servers, in
// others on the way to agents: a process may die at any moment of that.
var shards = map[string]func(*shard){
	"a failure stops": func(s *shard) {
		s.serving()
		s.moods = map[string][]string{serverNames[0]: {moodRefuses}, serverNames[1]: {moodAway}}
		s.installMoods = map[string][]string{serverNames[0]: {moodBreaksAfter}}
		s.leftover = 1
	},
	"a failure is gone on after": func(s *shard) {
		s.serving()
		s.policy = func(p *clm.ReplacementPolicy) { p.OnFailure = clm.FailureContinues }
		s.moods = map[string][]string{serverNames[1]: {moodAway}}
		s.installMoods = map[string][]string{serverNames[0]: {moodBreaks, moodLeaves}}
	},
	"a failure rolls back": func(s *shard) {
		s.serving()
		s.policy = func(p *clm.ReplacementPolicy) { p.OnFailure = clm.FailureRollsBack }
		s.moods = map[string][]string{serverNames[0]: {moodAway}, serverNames[1]: {moodAway}}
		s.installMoods = map[string][]string{serverNames[0]: {moodBreaks}}
	},
	"everybody is waited for": func(s *shard) {
		s.telling(states("an old bundle", justTheActive))
		s.installMoods = map[string][]string{agentNames[0]: {moodBreaksAfter}}
		s.leftover = 1
	},
	"half of them are enough": func(s *shard) {
		s.telling(states("something foreign", nothingOfOurs))
		s.absences = append(s.absences, "all are away")
		s.critical[1] = true
		s.policy = func(p *clm.ReplacementPolicy) { p.MinimumReceivedPercent = 50 }
	},
	"by force": func(s *shard) {
		s.telling(wishesOther("the owner wishes for the other root, by force", forced))
	},
	"one is waived": func(s *shard) {
		s.telling(wishesWaiving, hourPasses)
		s.absences = s.absences[:1]
	},
	"all in good time": func(s *shard) {
		s.telling(hourPasses)
		s.policy = func(p *clm.ReplacementPolicy) {
			p.HoldDown, p.Overlap, p.SilentAfter = 30*time.Minute, 30*time.Minute, 30*time.Minute
		}
	},
	"two controllers": func(s *shard) {
		s.mortal = func(string) bool { return false }
		s.leftover = 1
		s.installMoods = map[string][]string{serverNames[0]: {moodBreaks}}
		s.others = []action{
			applies("the other root is applied", always, (*scene).other), applies("the active root is applied", (*scene).open, (*scene).active),
			verb(clm.VerbRollBack), states("an old bundle", justTheActive),
		}
	},
}

// serving is about what happens on the way to servers.
func (s *shard) serving() {
	s.mortal = func(after string) bool { return after != aReceipt && !strings.Contains(after, "agent-") }
	s.absences = []string{"the last is away"}
}

// telling is about what happens on the way to agents.
func (s *shard) telling(actions ...action) {
	s.mortal = func(after string) bool { return !strings.Contains(after, "server-") }
	s.absences = []string{"the last is away", "two are away"}
	s.actions = append(s.actions, actions...)
}

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // there is little that lives long, and a lot that does not
	os.Exit(m.Run())
}
