package enginetest

import (
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func exerciseTallies(t *testing.T, open Open) {
	story(t, open, "receipts that are alike are counted together", alikeAreCounted)
	story(t, open, "the last receipt of a digest is remembered", lastReceiptIsRemembered)
	story(t, open, "the receipts of a tally are counted by when they were seen", silentAreCounted)
	story(t, open, "a census of tallies is one of receipts", censusOfTallies)
}

// tallied is the tally of n receipts like that one, the last to be received.
func tallied(r clm.Receipt, n int64) clm.ReceiptTally {
	return clm.ReceiptTally{
		ProfileID: r.ProfileID, Digest: r.Digest, Critical: r.Critical, Failed: r.Failure != "",
		Hour: clm.HourOf(r.LastSeen), Count: n, LastReceivedAt: r.ReceivedAt.Truncate(time.Microsecond),
	}
}

func (e estate) tallies(p clm.CommunicationProfile, want ...clm.ReceiptTally) {
	e.t.Helper()
	e.read(func(tx engine.Tx) error {
		got, err := tx.Tallies(p.ID)
		mustEqual(e.t, "tallies of "+p.Name, got, want)
		return err
	})
}

func alikeAreCounted(_ *testing.T, e estate) {
	p, other := e.profile("north"), e.profile("south")
	e.tallies(p)
	one, two := e.member("one", p), e.member("two", p)
	first := e.states(newReceipt(one, p, "first", dawn))
	e.states(newReceipt(two, p, "first", dawn))
	foreign := e.states(newReceipt(e.member("three", other), other, "first", dawn))
	e.tallies(p, tallied(first, 2))
	e.tallies(other, tallied(foreign, 1))

	joined := e.states(newReceipt(e.member("four", p), p, "", time.Time{}))
	e.tallies(p, tallied(joined, 1), tallied(first, 2))

	later := first
	later.LastSeen = dawn.Add(time.Minute) // nothing that is counted
	e.states(later)
	e.tallies(p, tallied(joined, 1), tallied(first, 2))
	later.LastSeen = dawn.Add(time.Hour)
	e.states(later)
	e.tallies(p, tallied(joined, 1), tallied(first, 1), tallied(later, 1))
	failed := later
	failed.Failure = "disk full"
	e.states(failed)
	e.tallies(p, tallied(joined, 1), tallied(first, 1), tallied(failed, 1))
	failed.Failure = "disk full to the brim" // fails all the same
	e.states(failed)
	e.tallies(p, tallied(joined, 1), tallied(first, 1), tallied(failed, 1))
	e.write(func(tx engine.Tx) error { return tx.DeleteReceipt(two.ID) })
	e.tallies(p, tallied(joined, 1), tallied(failed, 1))
	e.write(func(tx engine.Tx) error { return tx.DeleteReceipt(two.ID) })
	e.tallies(p, tallied(joined, 1), tallied(failed, 1))
}

func lastReceiptIsRemembered(_ *testing.T, e estate) {
	p := e.profile("north")
	one, two := e.member("one", p), e.member("two", p)
	early := e.states(newReceipt(one, p, "first", dawn))
	late := newReceipt(two, p, "first", dawn)
	late.ReceivedAt = dawn.Add(time.Minute)
	e.states(late)
	e.tallies(p, tallied(late, 2))
	moved := e.states(newReceipt(two, p, "second", dawn))
	remembered := tallied(early, 1)
	remembered.LastReceivedAt = tallied(late, 1).LastReceivedAt
	e.tallies(p, remembered, tallied(moved, 1))

	// A profile takes along what it remembers.
	e.write(func(tx engine.Tx) error { return tx.DeleteDevice(one) })
	e.write(func(tx engine.Tx) error { return tx.DeleteDevice(two) })
	e.write(func(tx engine.Tx) error { return tx.DeleteProfile(p) })
	p = inserted(e, engine.Tx.InsertProfile, p)
	early = e.states(newReceipt(e.member("one", p), p, "first", dawn))
	e.tallies(p, tallied(early, 1))
}

func silentAreCounted(t *testing.T, e estate) {
	p := e.profile("north")
	start := dawn.Truncate(time.Hour)
	var last clm.Receipt
	for i, name := range []string{"a", "b", "c"} {
		r := newReceipt(e.member(name, p), p, "first", start.Add(time.Duration(i)*10*time.Minute))
		last = e.states(r)
	}
	different := newReceipt(e.member("d", p), p, "first", start)
	different.Failure = "disk full"
	e.states(different)
	for before, want := range map[time.Duration]int64{
		0: 0, time.Microsecond: 1, 10 * time.Minute: 1, 10*time.Minute + time.Microsecond: 2, time.Hour: 3,
	} {
		e.read(func(tx engine.Tx) error {
			got, err := tx.CountTallied(tallied(last, 3), start.Add(before))
			mustEqual(t, "seen within "+before.String(), got, want)
			return err
		})
	}
	never := e.states(newReceipt(e.member("e", p), p, "", time.Time{}))
	e.read(func(tx engine.Tx) error {
		got, err := tx.CountTallied(tallied(never, 1), start)
		mustEqual(t, "never seen", got, 0)
		return err
	})
}
