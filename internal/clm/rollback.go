package clm

import (
	"fmt"
	"time"
)

// Reversal says that a connector's push was taken back by hand. The connector keeps
// the earlier version until its certificate has a newer one than the one taken back, or
// until somebody pushes.
type Reversal struct {
	From  int64  `json:"from"`  // the newest version there was; only a newer one is pushed
	Taken int64  `json:"taken"` // the version that was taken back
	To    int64  `json:"to"`
	By    string `json:"by"`
}

// Stays tells whether the connector keeps another version than the current one.
func (c Connector) Stays(current Version) bool {
	return c.RolledBack != nil && current.Number <= c.RolledBack.From
}

// Keeps tells whether the connector was seen to hold the version that it stays at.
func (c Connector) Keeps(current Version) bool {
	return c.Stays(current) && c.State == Pushed && c.LastPush != nil && c.LastPush.Version == c.RolledBack.To
}

// TakeBack decides to go back to what was pushed before the last push. The versions are
// those of the connector's certificate.
func (c *Connector) TakeBack(by Principal, versions []Version, now time.Time) error {
	switch {
	case c.State == PushFailed:
		return c.notTakenBack("its last push failed, so that its device has what it had before")
	case c.State == Pushing:
		return c.notTakenBack("its last push was not brought to its end").WithHint("apply first")
	case c.State != Pushed || c.back(versions) == nil:
		return c.notTakenBack("there was no other certificate before the last push")
	}
	back := c.back(versions)
	for _, v := range versions {
		if v.FingerprintSHA256 != back.FingerprintSHA256 {
			continue
		}
		if !v.Usable(now) {
			return c.notTakenBack(fmt.Sprintf("version %d of its certificate is %s", v.Number, v.Status(now))).WithHint("renew the certificate: its next version is pushed")
		}
		c.RolledBack = &Reversal{From: versions[len(versions)-1].Number, Taken: max(c.LastPush.Version, v.Number), To: v.Number, By: by.Name}
		return nil
	}
	return c.notTakenBack("it had another certificate before").WithHint("set certificate_id back")
}

// back is the push to go back to. Where there was none before the last, and a newer
// version waits, it is the last: that is kept.
func (c Connector) back(versions []Version) *Push {
	if c.Previous == nil && c.LastPush != nil && versions[len(versions)-1].FingerprintSHA256 != c.LastPush.FingerprintSHA256 {
		return c.LastPush
	}
	return c.Previous
}

func (c Connector) notTakenBack(why string) *Error {
	return Errorf(KindRefused, "the last push of connector %q cannot be rolled back: %s", c.Name, why)
}

// Kept is why nothing is pushed to a connector that was rolled back.
func (c Connector) Kept() *Error {
	return Errorf(KindPending, "%s rolled connector %q back from version %d to version %d", c.RolledBack.By, c.Name, c.RolledBack.Taken, c.RolledBack.To).
		WithHint("the next version of the certificate is pushed again, or this one by the action clm_push")
}
