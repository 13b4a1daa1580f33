package engine

import (
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// cutOff simulates the connections there would be if the replacement went on now:
// what the new root signs is served to devices that trust what they last stated to
// have installed.
func (c cohort) cutOff(serves bool) ([]clm.CutOff, error) {
	if !serves || c.root.State == clm.RootRollingBack {
		return nil, nil
	}
	var verifiers []clm.Party
	for _, group := range c.groups() {
		party, err := c.party(group)
		if err != nil {
			return nil, err
		}
		verifiers = append(verifiers, party)
	}
	return clm.Connectivity([]clm.Party{c.served()}, verifiers), nil
}

// served is what vouches for a leaf of the new root after the next step: the old
// root too, by its cross-certificate, until it is retired.
func (c cohort) served() clm.Party {
	target := c.root.Replacement.Target
	party := clm.Party{Name: c.root.Name, Count: 1, VouchedBy: fingerprintsOf(target)}
	if c.root.State != clm.RootRetiring && len(c.root.Replacement.Cross) > 0 {
		party.VouchedBy = append(party.VouchedBy, fingerprintsOf(c.root.Active)...)
	}
	return party
}

func fingerprintsOf(anchor clm.TrustAnchor) []string {
	fingerprints := []string{anchor.FingerprintSHA256}
	for _, der := range anchor.Chain {
		fingerprints = append(fingerprints, clm.FingerprintOf(der))
	}
	return fingerprints
}

// group is the devices of a profile that state the same digest.
type group struct {
	profileID, digest string
	count             int64
}

func (c cohort) groups() []group {
	var all []group
	at := map[[2]string]int{}
	for _, t := range c.tallies {
		key := [2]string{t.ProfileID, t.Digest}
		i, known := at[key]
		if !known {
			i = len(all)
			at[key] = i
			all = append(all, group{profileID: t.ProfileID, digest: t.Digest})
		}
		all[i].count += t.Count
	}
	return all
}

// party is what the devices of a group trust. Devices that never stated a bundle
// of ours trust nothing that is known; waived ones are not spoken for.
func (c cohort) party(g group) (clm.Party, error) {
	party := clm.Party{Count: g.count}
	bundle, err := c.tx.Bundle(g.profileID, g.digest)
	if err != nil && clm.KindOf(err) == clm.KindNotFound {
		return party, nil
	}
	if err != nil {
		return party, err
	}
	if !bundle.Holds(c.root.Active.FingerprintSHA256) && !bundle.Holds(c.root.Replacement.Target.FingerprintSHA256) {
		return party, nil // they never verified what this root signs
	}
	waivers := c.root.Settings().Waivers
	receipts, err := c.tx.Receipts(clm.ReceiptFilter{ProfileID: g.profileID, Digests: []string{g.digest}}, clm.Page{Limit: len(waivers) + 1})
	if err != nil {
		return party, err
	}
	for _, receipt := range receipts {
		if c.root.Settings().Waives(receipt.DeviceID, c.now) {
			party.Count--
			continue
		}
		party.Name = receipt.DeviceName
	}
	party.Trusts = bundle.Fingerprints
	return party, nil
}
