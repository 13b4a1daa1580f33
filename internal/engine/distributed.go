package engine

import (
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// distributed refuses, with names, a certificate that not every device of the
// profile would accept, where the connector asks for that (seed 001: make a new
// certificate known first, then switch).
func (d *delivery) distributed(tx Tx) error {
	if !d.connector.RequireDistribution || d.row.Current == nil {
		return nil
	}
	if d.device.ProfileID == "" {
		return clm.Invalid("require_distribution", "device %q has no communication profile, so nobody is known who has to trust the certificate", d.device.Name).
			WithHint("set communication_profile_id on the device, or leave require_distribution out")
	}
	profile, err := tx.Profile(d.device.ProfileID)
	if err != nil {
		return err
	}
	without, err := withoutAny(tx, profile, vouchers(*d.row.Current))
	if err != nil {
		return err
	}
	behind, err := tx.Receipts(clm.ReceiptFilter{ProfileID: profile.ID, Digests: without}, clm.Page{Limit: shownDevices})
	if err != nil || len(behind) == 0 {
		return err
	}
	names := make([]string, 0, len(behind))
	for _, receipt := range behind {
		names = append(names, receipt.DeviceName)
	}
	return clm.Errorf(clm.KindRefused, "certificate %q is not pushed to %q: devices of communication profile %q do not trust its issuer yet (%s)",
		d.row.Certificate.Name, d.device.Name, profile.Name, strings.Join(names, ", ")).
		WithHint("add the issuer to the profile, and wait until every device has it")
}

// vouchers are the fingerprints of what vouches for a version: whoever trusts one
// of them accepts it.
func vouchers(v clm.Version) []string {
	fingerprints := []string{v.IssuedBy()}
	for _, der := range v.Chain {
		fingerprints = append(fingerprints, clm.FingerprintOf(der))
	}
	return fingerprints
}

// withoutAny are the digests stated in a profile whose bundle holds none of the
// certificates.
func withoutAny(tx Tx, profile clm.CommunicationProfile, fingerprints []string) ([]string, error) {
	tallies, err := tx.Tallies(profile.ID)
	if err != nil {
		return nil, err
	}
	digests, seen := []string{}, map[string]bool{}
	for _, tally := range tallies {
		if seen[tally.Digest] {
			continue
		}
		seen[tally.Digest] = true
		bundle, err := tx.Bundle(profile.ID, tally.Digest)
		if err != nil && clm.KindOf(err) != clm.KindNotFound {
			return nil, err
		}
		if !holdsAny(bundle, fingerprints) {
			digests = append(digests, tally.Digest)
		}
	}
	return digests, nil
}

func holdsAny(bundle clm.Bundle, fingerprints []string) bool {
	for _, fingerprint := range fingerprints {
		if bundle.Holds(fingerprint) {
			return true
		}
	}
	return false
}
