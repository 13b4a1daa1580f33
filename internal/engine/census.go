package engine

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// shownDevices bounds the devices a gate names.
const shownDevices = 100

// membership tells what the bundles of a root's profiles hold, once for each
// digest.
type membership struct {
	tx    Tx
	root  clm.RootCertificate
	known map[[2]string]clm.Membership
}

func membershipOf(tx Tx, root clm.RootCertificate) *membership {
	return &membership{tx: tx, root: root, known: map[[2]string]clm.Membership{}}
}

// of is what the bundle of a profile and digest holds; a foreign digest nothing.
func (m *membership) of(profileID, digest string) (clm.Membership, error) {
	key := [2]string{profileID, digest}
	if known, ok := m.known[key]; ok || digest == "" {
		return known, nil
	}
	bundle, err := m.tx.Bundle(profileID, digest)
	if err != nil && clm.KindOf(err) != clm.KindNotFound {
		return clm.Membership{}, err
	}
	holds := clm.Membership{Old: bundle.Holds(m.root.Active.FingerprintSHA256)}
	if m.root.Replacement != nil {
		holds.New = bundle.Holds(m.root.Replacement.Target.FingerprintSHA256)
	}
	m.known[key] = holds
	return holds, nil
}

// cohort is the devices a replacement concerns, as tallies.
type cohort struct {
	tx       Tx
	root     clm.RootCertificate
	now      time.Time
	profiles []clm.CommunicationProfile
	tallies  []clm.ReceiptTally
	member   *membership
}

func cohortOf(tx Tx, root clm.RootCertificate, now time.Time) (cohort, error) {
	c := cohort{tx: tx, root: root, now: now, member: membershipOf(tx, root)}
	var err error
	if c.profiles, err = tx.ProfilesOf(root.ID); err != nil {
		return c, err
	}
	for _, profile := range c.profiles {
		tallies, err := tx.Tallies(profile.ID)
		if err != nil {
			return c, err
		}
		c.tallies = append(c.tallies, tallies...)
	}
	return c, nil
}

// censusOf counts the devices a root's replacement concerns. It reads tallies, and
// single devices only where a policy or a gate names them.
func censusOf(tx Tx, root clm.RootCertificate, now time.Time) (clm.Census, error) {
	c, err := cohortOf(tx, root, now)
	if err != nil {
		return clm.Census{}, err
	}
	return c.census()
}

func (c cohort) census() (clm.Census, error) {
	waived, err := c.waived()
	if err != nil {
		return clm.Census{}, err
	}
	census, err := clm.Tallied{
		Policy: c.root.Settings(), Now: c.now, Member: c.member.of, Silent: c.silent, Waived: waived, Tallies: c.tallies,
	}.Census()
	if err != nil {
		return census, err
	}
	census.Critical, census.Silent, err = c.named()
	return census, err
}

// waived are the receipts of the devices that waivers name, where the replacement
// concerns them.
func (c cohort) waived() ([]clm.Receipt, error) {
	var all []clm.Receipt
	for _, waiver := range c.root.Settings().Waivers {
		receipt, err := c.tx.Receipt(waiver.DeviceID)
		if clm.KindOf(err) == clm.KindNotFound && err != nil {
			continue // the device is gone, or has no profile
		}
		if err != nil {
			return nil, err
		}
		for _, profile := range c.profiles {
			if profile.ID == receipt.ProfileID {
				all = append(all, receipt)
			}
		}
	}
	return all, nil
}

// silent counts the receipts of one tally last seen before a moment.
func (c cohort) silent(t clm.ReceiptTally, before time.Time) (int64, error) {
	return c.tx.CountTallied(t, before)
}

// named are the devices a gate names: critical ones without a receipt, and silent
// ones.
func (c cohort) named() (critical, silent []clm.TrustReport, err error) {
	for _, profile := range c.profiles {
		without, err := c.without(profile)
		if err != nil {
			return nil, nil, err
		}
		filter := clm.ReceiptFilter{ProfileID: profile.ID, Digests: without, Critical: true}
		found, err := c.reports(filter, c.shown(), func(class clm.DeviceClass) bool { return class != clm.ClassWaived && class != clm.ClassSilent })
		if err != nil {
			return nil, nil, err
		}
		critical = append(critical, found...)
		if found, err = c.silentOf(profile, without); err != nil {
			return nil, nil, err
		}
		silent = append(silent, found...)
	}
	return critical, silent, nil
}

// silentOf names silent devices of a profile: all of them while they are few, else
// those not heard of for the longest time.
func (c cohort) silentOf(profile clm.CommunicationProfile, without []string) (silent []clm.TrustReport, err error) {
	policy := c.root.Settings()
	if policy.SilentAfter <= 0 {
		return nil, nil
	}
	left := c.shown()
	for _, s := range c.spans(profile, without, c.now.Add(-policy.SilentAfter)) {
		filter := clm.ReceiptFilter{ProfileID: profile.ID, Digests: without, SeenFrom: s.from, SeenBefore: s.before}
		found, err := c.reports(filter, left, func(class clm.DeviceClass) bool { return class == clm.ClassSilent })
		if err != nil {
			return nil, err
		}
		left -= len(found)
		silent = append(silent, found...)
	}
	slices.SortFunc(silent, func(a, b clm.TrustReport) int { return cmp.Compare(a.Name, b.Name) })
	return silent, nil
}

// span is a time in which devices were seen last.
type span struct{ from, before time.Time }

// spans are when the devices to be named were seen last: before the hour by which
// there are enough of them, and in it. To look for the first among all that are
// silent would cost what the number of these is.
func (c cohort) spans(profile clm.CommunicationProfile, without []string, cutoff time.Time) []span {
	hours := map[int64]int64{}
	for _, t := range c.tallies {
		if t.ProfileID == profile.ID && t.Hour > 0 && t.Hour <= clm.HourOf(cutoff) && slices.Contains(without, t.Digest) {
			hours[t.Hour] += t.Count
		}
	}
	left := int64(c.shown())
	for _, hour := range slices.Sorted(maps.Keys(hours)) {
		if left -= hours[hour]; left <= 0 {
			start := time.Unix(hour*3600, 0)
			return []span{{before: start}, {from: start, before: earlier(start.Add(time.Hour), cutoff)}}
		}
	}
	return []span{{before: cutoff}}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// without are the digests stated in a profile that lack the new certificate.
func (c cohort) without(profile clm.CommunicationProfile) ([]string, error) {
	digests := []string{}
	seen := map[string]bool{}
	for _, t := range c.tallies {
		if t.ProfileID != profile.ID || seen[t.Digest] {
			continue
		}
		seen[t.Digest] = true
		holds, err := c.member.of(t.ProfileID, t.Digest)
		if err != nil {
			return nil, err
		}
		if !holds.New {
			digests = append(digests, t.Digest)
		}
	}
	return digests, nil
}

// shown is how many receipts to read for the devices to name: those waived among
// them are left out.
func (c cohort) shown() int { return shownDevices + len(c.root.Settings().Waivers) }

// reports are the first devices of a filter that are of a class.
func (c cohort) reports(filter clm.ReceiptFilter, most int, of func(clm.DeviceClass) bool) ([]clm.TrustReport, error) {
	policy := c.root.Settings()
	receipts, err := c.tx.Receipts(filter, clm.Page{Limit: most})
	if err != nil {
		return nil, err
	}
	var all []clm.TrustReport
	for _, receipt := range receipts {
		holds, err := c.member.of(receipt.ProfileID, receipt.Digest)
		if err != nil {
			return nil, err
		}
		if report := receipt.Report(holds); of(report.Class(policy, c.now)) {
			all = append(all, report)
		}
	}
	return all, nil
}
