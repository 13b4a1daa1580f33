package explore

import "strings"

// script decides what happens to one action: who answers, what fails, who comes
// between. All scripts of an action are gone through, so that it is done in every
// circumstance that makes a difference to it, and in none that does not.
type script struct {
	fixed []decision // those of an earlier script, and the first that is otherwise
	taken []decision // all
}

// decision is for one of some options. 0 is that nothing is in the way.
type decision struct {
	about   string
	option  int
	options []string
	moments int // how many moments of the process came before
}

// decide is what is decided next.
func (s *script) decide(about string, moments int, options func() []string) string {
	n := len(s.taken)
	if n < len(s.fixed) {
		s.taken = append(s.taken, s.fixed[n])
	} else {
		s.taken = append(s.taken, decision{about, 0, options(), moments})
	}
	d := s.taken[n]
	return d.options[d.option]
}

// next is the script after this one, nil when it was the last.
func (s *script) next() *script {
	for i := len(s.taken) - 1; i >= 0; i-- {
		if d := s.taken[i]; d.option+1 < len(d.options) {
			d.option++
			return &script{fixed: append(s.taken[:i:i], d)}
		}
	}
	return nil
}

// told is how many moments an earlier script has told of already.
func (s *script) told() int {
	if len(s.fixed) == 0 {
		return 0
	}
	return s.fixed[len(s.fixed)-1].moments
}

// circumstances are the options by what they are about, but for 0.
type circumstances map[string]int

func (s *script) circumstances() circumstances {
	c := circumstances{}
	for _, d := range s.taken {
		if d.option > 0 {
			c[d.about] = d.option
		}
	}
	return c
}

// under tells whether this is the script that is played in some circumstances.
func (s *script) under(c circumstances) bool {
	for _, d := range s.taken {
		if c[d.about] != d.option {
			return false
		}
	}
	return true
}

func (s *script) String() string {
	var words []string
	for _, d := range s.taken {
		if d.option > 0 {
			words = append(words, strings.TrimSpace(d.about+" "+d.options[d.option]))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return " [" + strings.Join(words, ", ") + "]"
}

// decided makes a decision, once in the life of a process.
func (p *process) decided(about string, options []string) string {
	known, ok := p.known[about]
	if ok || p.blind || len(options) == 0 {
		return known
	}
	p.known[about] = p.script.decide(about, len(p.moments), func() []string { return append([]string{moodFine}, options...) })
	return p.known[about]
}
