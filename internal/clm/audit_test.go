package clm_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// trail is four sound rows.
func trail() []clm.AuditEvent {
	var rows []clm.AuditEvent
	var last clm.AuditEvent
	for i, action := range []string{"root_certificate.create", "device.create", "certificate.enrol", "certificate.revoke"} {
		e := clm.AuditEvent{
			At: noon.Add(time.Duration(i) * time.Minute), Principal: "alice", RequestID: "r" + action, Action: action,
			Noun: clm.NounCertificate, SubjectID: "id", Subject: "shop", Details: map[string]string{"serial_number": "07"},
		}
		e.Seal(last)
		last = e
		rows = append(rows, e)
	}
	return rows
}

func TestAuditChain(t *testing.T) {
	t.Parallel()
	must(t, clm.CheckAuditChain(nil))
	must(t, clm.CheckAuditChain(trail()))
	for cut := range trail() { // read in two parts
		must(t, clm.CheckAuditChain(trail()[:cut]))
		if cut > 0 {
			must(t, clm.CheckAuditChainAfter(trail()[cut-1], trail()[cut:]))
		}
	}
	zone := trail()
	zone[1].At = zone[1].At.In(time.FixedZone("far", 3600)) // the same moment, read back elsewhere
	must(t, clm.CheckAuditChain(zone))
}

// Whatever is altered in whichever row, the row does not match its hash.
func TestAuditChainFindsEveryAlteration(t *testing.T) {
	t.Parallel()
	alter := map[string]func(*clm.AuditEvent){
		"Sequence":  func(e *clm.AuditEvent) { e.Sequence++ },
		"At":        func(e *clm.AuditEvent) { e.At = e.At.Add(time.Nanosecond) },
		"Principal": func(e *clm.AuditEvent) { e.Principal = "mallory" },
		"RequestID": func(e *clm.AuditEvent) { e.RequestID = "" },
		"Action":    func(e *clm.AuditEvent) { e.Action = "certificate.renew" },
		"Noun":      func(e *clm.AuditEvent) { e.Noun = clm.NounDevice },
		"SubjectID": func(e *clm.AuditEvent) { e.SubjectID = "other" },
		"Subject":   func(e *clm.AuditEvent) { e.Subject = "other" },
		"Details":   func(e *clm.AuditEvent) { e.Details = map[string]string{"serial_number": "08"} },
		"Previous":  func(e *clm.AuditEvent) { e.Previous = strings.Repeat("0", 64) },
		"Hash":      func(e *clm.AuditEvent) { e.Hash = strings.Repeat("0", 64) },
	}
	fields := reflect.TypeFor[clm.AuditEvent]()
	for i := range fields.NumField() {
		field := fields.Field(i).Name
		if alter[field] == nil {
			t.Errorf("no test alters %s", field)
			continue
		}
		for row := range trail() {
			rows := trail()
			alter[field](&rows[row])
			if err := clm.CheckAuditChain(rows); clm.KindOf(err) != clm.KindFailed || err == nil {
				t.Errorf("%s of row %d was altered and nobody noticed: %v", field, row+1, err)
			}
		}
	}
	rows := trail()
	rows[2].Principal = "mallory"
	mustRefuse(t, clm.CheckAuditChain(rows), clm.KindFailed, "", "audit row 3 does not match its hash: it was altered")
}

// Sealing a forged row anew does not help: the row after it remembers.
func TestAuditChainFindsResealedRow(t *testing.T) {
	t.Parallel()
	for row := range trail()[:3] {
		rows := trail()
		var before clm.AuditEvent
		if row > 0 {
			before = rows[row-1]
		}
		rows[row].Principal = "mallory"
		rows[row].Seal(before)
		if err := clm.CheckAuditChain(rows); err == nil || !strings.Contains(err.Error(), "does not match its hash") {
			t.Errorf("row %d was forged and sealed: %v", row+1, err)
		}
	}
}

func TestAuditChainFindsMovedRows(t *testing.T) {
	t.Parallel()
	for row := range trail() {
		if row < 3 { // what was cut off at the end, only the noted last hash tells
			rows := slices.Delete(trail(), row, row+1)
			if err := clm.CheckAuditChain(rows); err == nil || !strings.HasSuffix(err.Error(), ": rows are missing") {
				t.Errorf("row %d was removed: %v", row+1, err)
			}
		}
		doubled := slices.Insert(trail(), row, trail()[row])
		if clm.CheckAuditChain(doubled) == nil {
			t.Errorf("row %d is there twice and nobody noticed", row+1)
		}
		for other := range trail()[:row] {
			rows := trail()
			rows[row], rows[other] = rows[other], rows[row]
			if clm.CheckAuditChain(rows) == nil {
				t.Errorf("rows %d and %d were swapped and nobody noticed", row+1, other+1)
			}
		}
	}
	rows := slices.Delete(trail(), 1, 2)
	mustRefuse(t, clm.CheckAuditChain(rows), clm.KindFailed, "", "audit row 3 follows row 1: rows are missing")
}
