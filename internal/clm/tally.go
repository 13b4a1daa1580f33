package clm

import "time"

// Tallied counts a cohort by tallies instead of device by device: the result is
// that of Count over the same receipts, without the names.
//
// member tells what the bundle of a profile and digest holds. silent tells how
// many receipts of a tally were last seen before the time given: only a tally
// whose hour holds that very moment is asked for. waived are the receipts of the
// devices that waivers name.
type Tallied struct {
	Policy  ReplacementPolicy
	Now     time.Time
	Member  func(profileID, digest string) (Membership, error)
	Silent  func(t ReceiptTally, before time.Time) (int64, error)
	Waived  []Receipt
	Tallies []ReceiptTally
}

// Census adds the tallies up.
func (t Tallied) Census() (Census, error) {
	c := Census{Classes: map[DeviceClass]int64{}}
	for _, tally := range t.Tallies {
		if err := t.addTally(&c, tally); err != nil {
			return c, err
		}
	}
	for _, receipt := range t.Waived {
		if err := t.waive(&c, receipt); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (t Tallied) addTally(c *Census, tally ReceiptTally) error {
	m, err := t.Member(tally.ProfileID, tally.Digest)
	if err != nil {
		return err
	}
	if m.New && tally.LastReceivedAt.After(c.LastReceiptAt) {
		c.LastReceiptAt = tally.LastReceivedAt
	}
	silent, err := t.silentOf(tally, m)
	if err != nil {
		return err
	}
	report := tally.report(m)
	c.count(report, ClassSilent, silent)
	c.count(report, report.Class(t.withoutWaivers(), t.Now), tally.Count-silent)
	return nil
}

// report stands for each receipt of the tally that is not silent.
func (t ReceiptTally) report(m Membership) TrustReport {
	r := TrustReport{Critical: t.Critical, TrustsOld: m.Old, TrustsNew: m.New}
	if t.Hour > 0 {
		r.LastSeen = farFuture // silence was looked at
	}
	if t.Failed {
		r.Failure = "failed"
	}
	return r
}

var farFuture = time.Unix(1<<40, 0)

// silentOf is how many devices of the tally are silent. That a device went silent
// takes no receipt back.
func (t Tallied) silentOf(tally ReceiptTally, m Membership) (int64, error) {
	if m.New || tally.Hour == 0 || t.Policy.SilentAfter <= 0 {
		return 0, nil
	}
	cutoff := t.Now.Add(-t.Policy.SilentAfter)
	switch edge := HourOf(cutoff); {
	case tally.Hour < edge:
		return tally.Count, nil
	case tally.Hour > edge:
		return 0, nil
	}
	return t.Silent(tally, cutoff)
}

func (t Tallied) withoutWaivers() ReplacementPolicy {
	p := t.Policy
	p.Waivers = nil
	return p
}

// waive moves a device that was counted under another class.
func (t Tallied) waive(c *Census, receipt Receipt) error {
	m, err := t.Member(receipt.ProfileID, receipt.Digest)
	if err != nil {
		return err
	}
	report := receipt.Report(m)
	if report.Class(t.Policy, t.Now) != ClassWaived {
		return nil
	}
	c.count(report, report.Class(t.withoutWaivers(), t.Now), -1)
	c.count(report, ClassWaived, 1)
	return nil
}
