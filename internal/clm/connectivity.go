package clm

import (
	"cmp"
	"slices"
	"strings"
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
	served := alike(servers, func(p Party) []string { return p.VouchedBy })
	trusting := alike(verifiers, func(p Party) []string { return p.Trusts })
	var broken []CutOff
	for _, from := range served {
		for _, to := range trusting {
			if !meet(from.VouchedBy, to.Trusts) {
				broken = append(broken, CutOff{
					From: from.Name, To: to.Name, Count: from.Count * to.Count,
					Reason: "it trusts none of the CA certificates that vouch for what is served",
				})
			}
		}
	}
	return broken
}

// alike merges the parties of one set of certificates, in a stable order. Parties
// without any take no part.
func alike(parties []Party, set func(Party) []string) []Party {
	groups := map[string]Party{}
	for _, p := range parties {
		if set(p) == nil || p.Count == 0 {
			continue
		}
		key := keyOf(set(p))
		group, seen := groups[key]
		if !seen {
			groups[key] = p
			continue
		}
		group.Count += p.Count
		group.Name = min(group.Name, p.Name)
		groups[key] = group
	}
	merged := make([]Party, 0, len(groups))
	for _, p := range groups {
		merged = append(merged, p)
	}
	slices.SortFunc(merged, func(a, b Party) int { return cmp.Compare(a.Name, b.Name) })
	return merged
}

func keyOf(fingerprints []string) string {
	sorted := slices.Sorted(slices.Values(fingerprints))
	return strings.Join(slices.Compact(sorted), " ")
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(f string) bool { return slices.Contains(b, f) })
}

func cutOffNames(pairs []CutOff) []string {
	var names []string
	for _, pair := range pairs {
		names = append(names, pair.To)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
