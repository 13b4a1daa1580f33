package clmtest

import (
	"maps"
	"slices"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

func (tx *memoryTx) keyAt(id string) (int, bool) {
	return slices.BinarySearchFunc(tx.keys, id, func(k *clm.PrivateKey, id string) int { return strings.Compare(k.ID, id) })
}

func (tx *memoryTx) Key(id string) (clm.PrivateKey, error) {
	at, found := tx.keyAt(id)
	if !found {
		return clm.PrivateKey{}, clm.NounKey.NotFound(id)
	}
	return cloneKey(*tx.keys[at]), nil
}

func (tx *memoryTx) Keys(page clm.Page) (all []clm.PrivateKey, err error) {
	for _, k := range tx.keys {
		if k.ID > page.After && (page.Limit <= 0 || len(all) < page.Limit) {
			all = append(all, cloneKey(*k))
		}
	}
	return all, nil
}

func (tx *memoryTx) InsertKey(key clm.PrivateKey) error {
	if err := tx.sealed(key); err != nil {
		return err
	}
	at, found := tx.keyAt(key.ID)
	if found {
		return clm.Errorf(clm.KindExists, "private key %s exists already", key.ID)
	}
	tx.keys = slices.Insert(slices.Clone(tx.keys), at, clonePointer(&key, cloneKey))
	return nil
}

func (tx *memoryTx) sealed(key clm.PrivateKey) error {
	if len(key.Sealed) == 0 {
		return clm.Errorf(clm.KindInternal, "private key %s is not sealed", key.ID)
	}
	return tx.write()
}

func (tx *memoryTx) ReplaceKey(key clm.PrivateKey) error {
	if err := tx.sealed(key); err != nil {
		return err
	}
	at, found := tx.keyAt(key.ID)
	if !found {
		return clm.NounKey.NotFound(key.ID)
	}
	next := *tx.keys[at]
	next.Sealed = slices.Clone(key.Sealed)
	tx.keys = slices.Clone(tx.keys)
	tx.keys[at] = &next
	return nil
}

func (tx *memoryTx) DeleteKey(id string) error {
	if _, found := tx.keyAt(id); !found {
		return clm.NounKey.NotFound(id)
	}
	if tx.keyInUse(id) {
		return clm.Errorf(clm.KindRefused, "private key %s is still in use", id)
	}
	if err := tx.write(); err != nil {
		return err
	}
	tx.dropKey(id)
	return nil
}

func (tx *memoryTx) keyInUse(id string) bool {
	return slices.ContainsFunc(tx.roots, func(r *clm.RootCertificate) bool { return slices.Contains(keysOf(r), id) }) ||
		slices.ContainsFunc(tx.connectors, func(c *clm.Connector) bool { return c.SecretID == id }) ||
		slices.ContainsFunc(tx.credentials, func(c *clm.Credential) bool { return c.SecretID == id }) ||
		slices.ContainsFunc(tx.versions, func(v *clm.Version) bool { return v.KeyID == id })
}

// dropKey removes a key that nothing refers to.
func (tx *memoryTx) dropKey(id string) {
	if at, found := tx.keyAt(id); found && !tx.keyInUse(id) {
		tx.keys = slices.Delete(slices.Clone(tx.keys), at, at+1)
	}
}

func (tx *memoryTx) Setting(name string) (string, error) { return tx.settings[name], nil }

func (tx *memoryTx) PutSetting(name, value string) error {
	if err := tx.write(); err != nil {
		return err
	}
	tx.settings = with(tx.settings, name, value)
	return nil
}

// with is a copy of a map with one entry more.
func with[T any](m map[string]T, key string, value T) map[string]T {
	next := make(map[string]T, len(m)+1)
	maps.Copy(next, m)
	next[key] = value
	return next
}

func (tx *memoryTx) Replay(key string) (clm.Replay, error) {
	if r, found := tx.replays[key]; found {
		return r, nil
	}
	return clm.Replay{}, clm.Errorf(clm.KindNotFound, "there is no request %q", key)
}

func (tx *memoryTx) PutReplay(r clm.Replay) error {
	if err := tx.write(); err != nil {
		return err
	}
	tx.replays = with(tx.replays, r.Key, r)
	return nil
}

// auditRow is an event with the row before it: states share what they have in
// common of their trails.
type auditRow struct {
	clm.AuditEvent

	previous *auditRow
}

func (tx *memoryTx) AppendAudit(e *clm.AuditEvent) error {
	if err := tx.write(); err != nil {
		return err
	}
	var last clm.AuditEvent
	if tx.trail != nil {
		last = tx.trail.AuditEvent
	}
	sealed := readable(*e)
	sealed.Seal(last)
	tx.trail = &auditRow{sealed, tx.trail}
	*e = sealed
	return nil
}

// readable is the event as a document of it would be read back, in words of its own.
func readable(e clm.AuditEvent) clm.AuditEvent {
	e.At = e.At.UTC()
	for _, text := range []*string{&e.Principal, &e.RequestID, &e.SubjectID, &e.Subject} {
		*text = validUTF8(*text)
	}
	var details map[string]string
	for name, text := range e.Details {
		details = with(details, validUTF8(name), validUTF8(text))
	}
	e.Details = details
	return e
}

func validUTF8(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

func (tx *memoryTx) Audit(afterSequence int64, limit int) (events []clm.AuditEvent, err error) {
	for row := tx.trail; row != nil && row.Sequence > afterSequence; row = row.previous {
		events = append(events, row.AuditEvent)
	}
	slices.Reverse(events)
	if limit > 0 {
		events = events[:min(limit, len(events))]
	}
	return events, nil
}
