package clm

import "time"

// TrustReport is what is recorded of one device that a replacement concerns:
// its own statement of what it has installed, never what was sent to it.
type TrustReport struct {
	DeviceID   string
	Name       string
	Critical   bool
	TrustsOld  bool      // its latest inventory holds the old certificate
	TrustsNew  bool      // its latest receipt covers the new one
	ReceivedAt time.Time // when the receipt for the new one came; zero without
	LastSeen   time.Time // zero: it never reported anything
	Failure    string    // why its last attempt to install failed, "" when it did not
}

// DeviceClass is the one heading under which a replacement counts a device.
type DeviceClass string

const (
	// ClassReceived: it attests that the new certificate is installed.
	ClassReceived DeviceClass = "received"
	// ClassWaived: somebody named it and said why it does not count.
	ClassWaived DeviceClass = "waived"
	// ClassNeverReported: nothing was ever heard of it.
	ClassNeverReported DeviceClass = "never_reported"
	// ClassSilent: last seen longer ago than the replacement allows.
	ClassSilent DeviceClass = "silent"
	// ClassFailed: it answers, and could not install the new certificate.
	ClassFailed DeviceClass = "failed"
	// ClassPending: it answers, and has not got there yet.
	ClassPending DeviceClass = "pending"
)

// DeviceClasses lists every class, in the order they are tried: a device is in
// the first that fits.
var DeviceClasses = []DeviceClass{ClassReceived, ClassWaived, ClassNeverReported, ClassSilent, ClassFailed, ClassPending}

// Class sorts a device at now. That a device went silent takes no receipt back.
func (r TrustReport) Class(p ReplacementPolicy, now time.Time) DeviceClass {
	switch {
	case r.TrustsNew:
		return ClassReceived
	case p.Waives(r.DeviceID, now):
		return ClassWaived
	case r.LastSeen.IsZero():
		return ClassNeverReported
	case p.SilentAfter > 0 && now.Sub(r.LastSeen) > p.SilentAfter:
		return ClassSilent
	case r.Failure != "":
		return ClassFailed
	}
	return ClassPending
}

// Census is the count of a replacement. It is a function of the set of reports:
// their order, repetitions and the path by which they came do not matter.
type Census struct {
	// Expected is how many devices report the old certificate, those apart that
	// are waived; Received how many of them report the new one too.
	Expected, Received int64
	// Classes holds every device of the cohort once.
	Classes map[DeviceClass]int64
	// LastReceiptAt is when the latest receipt came; hold-down counts from it.
	LastReceiptAt time.Time
	// TrustsNew is how many devices of the cohort have the new certificate.
	TrustsNew int64
	// Critical and Silent are the devices a gate names: critical ones without a
	// receipt, and those not heard of. In a large fleet, the first of them.
	Critical, Silent []TrustReport
}

// Count takes the census of a whole cohort.
func Count(reports []TrustReport, p ReplacementPolicy, now time.Time) Census {
	c := Census{Classes: map[DeviceClass]int64{}}
	for _, r := range reports {
		c.add(r, r.Class(p, now))
	}
	return c
}

func (c *Census) add(r TrustReport, class DeviceClass) {
	c.count(r, class, 1)
	switch {
	case class == ClassSilent:
		c.Silent = append(c.Silent, r)
	case class != ClassReceived && class != ClassWaived && r.Critical:
		c.Critical = append(c.Critical, r)
	}
	if r.ReceivedAt.After(c.LastReceiptAt) {
		c.LastReceiptAt = r.ReceivedAt
	}
}

// count adds n devices that are alike.
func (c *Census) count(r TrustReport, class DeviceClass, n int64) {
	c.Classes[class] += n
	if r.TrustsNew {
		c.TrustsNew += n
	}
	if r.TrustsOld && class != ClassWaived {
		c.Expected += n
		if class == ClassReceived {
			c.Received += n
		}
	}
}

// Cohort is how many devices the replacement concerns.
func (c Census) Cohort() (n int64) {
	for _, count := range c.Classes {
		n += count
	}
	return n
}

// PercentReceived is rounded down: 100 means all. Where nobody is expected,
// nobody is missing.
func (c Census) PercentReceived() int64 {
	if c.Expected == 0 {
		return 100
	}
	return c.Received * 100 / c.Expected
}
