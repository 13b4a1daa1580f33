package clm

import "strings"

// table maps a verb and the states it may leave to the state it leads to.
type table[S ~string] map[string]transition[S]

type transition[S ~string] struct {
	from []S
	to   S
}

// next is the state verb leads to from state; an illegal verb changes nothing
// and its error names the legal predecessors.
func (t table[S]) next(noun Noun, name, verb string, state S) (S, error) {
	move := t[verb]
	for _, from := range move.from {
		if from == state {
			return move.to, nil
		}
	}
	return state, Errorf(KindRefused, "cannot %s %s %q: it is %s, and that is possible only when it is %s",
		verbWords(verb), noun.Words(), name, shown(state), anyOf(move.from))
}

func shown[S ~string](state S) string {
	if state == "" {
		return "new"
	}
	return string(state)
}

func anyOf[S ~string](states []S) string {
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = shown(s)
	}
	return strings.Join(words, " or ")
}

// verbWords is a verb as it reads in a sentence.
func verbWords(verb string) string { return strings.ReplaceAll(verb, "_", " ") }
