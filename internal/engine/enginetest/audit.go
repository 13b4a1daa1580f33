package enginetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func exerciseAudit(t *testing.T, open Open) {
	story(t, open, "events are numbered, chained and read back as they were returned", auditIsChained)
	story(t, open, "events are read in parts", auditIsPaged)
	story(t, open, "an event is undone with the write it records", auditIsUndone)
	story(t, open, "text that is not UTF-8 does not break the chain", auditOfAnyText)
}

func newEvent(subject string) clm.AuditEvent {
	return clm.AuditEvent{
		At: dawn, Principal: "local:alice@build-7", RequestID: "r-1", Action: "device.create", Noun: clm.NounDevice,
		SubjectID: clm.NewID(), Subject: subject, Details: map[string]string{"b": "2", "a": "1"},
	}
}

func (e estate) recorded(subject string) clm.AuditEvent {
	e.t.Helper()
	return inserted(e, engine.Tx.AppendAudit, newEvent(subject))
}

// trail reads all events and checks their chain.
func (e estate) trail() (events []clm.AuditEvent) {
	e.t.Helper()
	e.read(func(tx engine.Tx) (err error) {
		events, err = tx.Audit(0, 0)
		return err
	})
	if err := clm.CheckAuditChain(events); err != nil {
		e.t.Fatalf("checking the audit chain: %v", err)
	}
	return events
}

func auditIsChained(t *testing.T, e estate) {
	mustEqual(t, "an empty trail", e.trail(), nil)
	first, second := e.recorded("one"), e.recorded("two")
	third, fourth := newEvent("three"), newEvent("four")
	e.write(func(tx engine.Tx) error { // two in one transaction
		return errors.Join(tx.AppendAudit(&third), tx.AppendAudit(&fourth))
	})
	mustEqual(t, "trail", e.trail(), []clm.AuditEvent{first, second, third, fourth})
}

func auditIsPaged(t *testing.T, e estate) {
	for range 5 {
		e.recorded("one")
	}
	all := e.trail()
	for _, c := range []struct {
		after int64
		limit int
		want  []clm.AuditEvent
	}{{0, 2, all[:2]}, {2, 2, all[2:4]}, {4, 2, all[4:]}, {1, 0, all[1:]}, {5, 2, nil}} {
		e.read(func(tx engine.Tx) error {
			got, err := tx.Audit(c.after, c.limit)
			mustEqual(t, "part", got, c.want)
			return err
		})
	}
}

func auditIsUndone(t *testing.T, e estate) {
	first := e.recorded("kept")
	undo := errors.New("undo")
	err := e.store.Update(context.Background(), func(tx engine.Tx) error {
		d, event := newDevice("north"), newEvent("north")
		return errors.Join(tx.InsertDevice(&d), tx.AppendAudit(&event), undo)
	})
	if !errors.Is(err, undo) {
		t.Fatalf("error is %v, want the function's own", err)
	}
	second := e.recorded("kept too")
	mustEqual(t, "number after an undone event", second.Sequence, 2)
	mustEqual(t, "trail", e.trail(), []clm.AuditEvent{first, second})
}

func auditOfAnyText(t *testing.T, e estate) {
	const odd = "\xff\xfe name <&> \u2028 \x00"
	event := newEvent(odd)
	event.Principal, event.RequestID, event.SubjectID, event.Details = odd, odd, odd, map[string]string{odd: odd}
	first := inserted(e, engine.Tx.AppendAudit, event)
	event = newEvent("after")
	event.Details = map[string]string{}
	event.At = dawn.In(time.FixedZone("elsewhere", 3600))
	second := inserted(e, engine.Tx.AppendAudit, event)
	mustEqual(t, "trail", e.trail(), []clm.AuditEvent{first, second})
}
