package clm

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Party is one side of a connection, as far as is recorded: what vouches for the
// certificate it shows, and whom it trusts. Devices that are alike are one party.
type Party struct {
	Name      string   // of one that stands for all
	Count     int64    // how many are alike
	VouchedBy []string // fingerprints of CA certificates its served chain leads to; nil: it serves nothing
	Trusts    []string // fingerprints of CA certificates it has installed; nil: it verifies nobody
}

// CutOff is a connection that would fail: To would not verify what From serves.
type CutOff struct {
	From   string
	To     string
	Count  int64 // how many pairs are alike
	Reason string
}

// Connectivity simulates every connection between parties: it fails where the
// verifier trusts nothing that the served chain leads to. It is a pure function of
// recorded facts, and its cost that of the variety among the parties, not of their
// number.
func Connectivity(servers, verifiers []Party) []CutOff {
	n := numbers{}
	served := n.alike(servers, func(p Party) []string { return p.VouchedBy })
	trusting := n.alike(verifiers, func(p Party) []string { return p.Trusts })
	var broken []CutOff
	for _, from := range served {
		vouching := n.mark(from.set)
		for _, to := range trusting {
			if !slices.ContainsFunc(to.set, func(f int32) bool { return vouching[f] }) {
				broken = append(broken, CutOff{
					From: from.Name, To: to.Name, Count: from.Count * to.Count,
					Reason: "it trusts none of the CA certificates that vouch for what is served",
				})
			}
		}
	}
	return broken
}

// numbers stand for fingerprints: a fleet names few of them very often.
type numbers map[string]int32

// kind is the parties of one set of certificates.
type kind struct {
	Party
	set []int32 // sorted, no duplicates
}

// alike merges the parties of one set of certificates, in a stable order. Parties
// without any take no part.
func (n numbers) alike(parties []Party, set func(Party) []string) []kind {
	var merged []kind
	at := map[string]int{}
	var numbered []int32
	var key []byte
	for _, p := range parties {
		if set(p) == nil || p.Count == 0 {
			continue
		}
		numbered = n.of(set(p), numbered[:0])
		key = key[:0]
		for _, f := range numbered {
			key = binary.BigEndian.AppendUint32(key, uint32(f)) //nolint:gosec // it is not negative
		}
		i, seen := at[string(key)]
		if !seen {
			at[string(key)] = len(merged)
			merged = append(merged, kind{p, slices.Clone(numbered)})
			continue
		}
		merged[i].Count += p.Count
		merged[i].Name = min(merged[i].Name, p.Name)
	}
	slices.SortFunc(merged, func(a, b kind) int { return cmp.Compare(a.Name, b.Name) })
	return merged
}

// of appends the numbers of a set, sorted and without duplicates, to an empty slice.
func (n numbers) of(fingerprints []string, into []int32) []int32 {
	for _, f := range fingerprints {
		number, known := n[f]
		if !known {
			number = int32(len(n)) //nolint:gosec // nobody has so many certificates
			n[f] = number
		}
		into = append(into, number)
	}
	slices.Sort(into)
	return slices.Compact(into)
}

// mark tells by number what is in a set.
func (n numbers) mark(set []int32) []bool {
	marked := make([]bool, len(n))
	for _, f := range set {
		marked[f] = true
	}
	return marked
}

func cutOffNames(pairs []CutOff) []string {
	var names []string
	for _, pair := range pairs {
		names = append(names, pair.To)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
