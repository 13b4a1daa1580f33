package explore

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// node is a state that was reached.
type node struct {
	scene *scene // of the first that came here; let go once all that follows is known
	key   string
	hopes hopes
	from  int // the node before, -1 for the first
	how   step
	depth int
	edges map[string][]edge
}

// step is one way to leave a state: an action under a script, as far as it came.
type step struct {
	action string
	script *script
	dies   string // after what; "" when it does not
}

func (s step) String() string {
	text := s.action + s.script.String()
	if s.dies != "" {
		text += ", and dies after " + s.dies
	}
	return text
}

// edge is an action under one script, to its end.
type edge struct {
	script    *script
	to        int
	completed int // how many replacements
}

// death is an action that was cut short.
type death struct {
	from  int // the node before
	how   step
	left  ending // what it left behind
	whole ending // what it would have come to
}

// broken is a rule that was, with the way there.
type broken struct {
	depth int
	text  string
}

// explore goes through every state that can be reached, nearest first, until a rule
// is broken.
func (s *shard) explore(t *testing.T) {
	t.Helper()
	s.reach(s.first(), -1, step{})
	for i := 0; i < len(s.nodes) && len(s.broken) == 0; i++ {
		s.expand(i)
	}
	if len(s.broken) == 0 {
		s.checkRecovery()
	}
	s.report(t)
}

func (s *shard) report(t *testing.T) {
	t.Helper()
	t.Logf("%d states, %d transitions, %d of them deaths", len(s.nodes), s.transitions, len(s.deaths))
	if len(s.broken) == 0 {
		return
	}
	shortest := s.broken[0]
	for _, b := range s.broken {
		if b.depth < shortest.depth {
			shortest = b
		}
	}
	t.Errorf("the shortest way to a broken rule:\n%s", shortest.text)
}

// reach notes a state, and checks it when it is new.
func (s *shard) reach(v *scene, from int, how step) int {
	if at, known := s.known[v.key()]; known {
		return at
	}
	n := &node{scene: v, key: v.key(), hopes: v.hopes(), from: from, how: how, edges: map[string][]edge{}}
	if from >= 0 {
		n.depth = s.nodes[from].depth + 1
	}
	s.nodes = append(s.nodes, n)
	at := len(s.nodes) - 1
	s.known[n.key] = at
	if err := errors.Join(v.checkState(), v.checkAsked()); err != nil {
		s.breaks(from, how, err, v)
	}
	return at
}

// expand does everything that may be done in a state, in every circumstance.
func (s *shard) expand(at int) {
	n := s.nodes[at]
	for _, a := range s.actions {
		if !a.offered(n.scene) {
			continue
		}
		var told []instant
		for script := (&script{}); script != nil; script = script.next() {
			told = s.perform(at, a, script, told[:script.told()])
		}
	}
	n.scene = nil
}

// perform does something once. It begins with the moments that an earlier script has
// told of, and what those left behind is known.
func (s *shard) perform(at int, a action, script *script, told []instant) []instant {
	n, how := s.nodes[at], step{a.name, script, ""}
	p := s.begin(n.scene, script)
	p.alone, p.told = a.atomic, told
	s.transitions++
	if err := a.do(p); err != nil {
		p.breaks(fmt.Errorf("%s: %w", a.name, err))
	}
	if p.wrong != nil {
		s.breaks(at, how, p.wrong, n.scene)
		return p.moments
	}
	whole := s.come(at, p.look(), how)
	n.edges[a.name] = append(n.edges[a.name], edge{script, whole.at, whole.completed})
	for _, m := range p.moments[len(told):] {
		if s.mortal(m.after) {
			s.die(at, m, whole, step{a.name, script, m.after})
		}
	}
	return p.moments
}

// die leaves a moment behind.
func (s *shard) die(at int, m instant, whole ending, how step) {
	left := s.come(at, m.scene, how)
	if left != whole && left != (ending{at, 0}) {
		s.deaths = append(s.deaths, death{at, how, left, whole})
	}
	s.transitions++
}

// come is where a step leads.
func (s *shard) come(from int, v *scene, how step) ending {
	completed := v.completions() - s.nodes[from].scene.completions()
	return ending{s.reach(v, from, how), completed}
}

func (s *shard) breaks(from int, how step, err error, where *scene) {
	text, depth := "", 0
	if from >= 0 {
		depth = s.nodes[from].depth + 1
		text = s.path(from) + fmt.Sprintf("%3d. %s\n", depth, how)
	}
	text += "     " + strings.ReplaceAll(err.Error(), "\n", "\n     ")
	if where != nil {
		text += "\n     in " + where.key()
	}
	s.broken = append(s.broken, broken{depth, text})
}

// path is how a state was reached.
func (s *shard) path(at int) string {
	n := s.nodes[at]
	if n.from < 0 {
		return ""
	}
	return s.path(n.from) + fmt.Sprintf("%3d. %s\n", n.depth, n.how)
}
