package store

import (
	"database/sql"
	"errors"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// table keeps the entities of one noun.
type table[T any] struct {
	noun    clm.Noun
	name    string
	columns []string                               // besides id, name, revision and document
	header  func(*T) (id, name string, rev *int64) // what every entity has
	values  func(*T) []any                         // of columns, in their order
	refers  func(*T) []reference                   // what the entity's foreign keys point at
}

// reference is what a foreign key points at.
type reference struct {
	noun  clm.Noun
	table string
	id    string
	field string // of the input that names it
}

func (t *table[T]) get(tx *Tx, ref string) (T, error) {
	var entity T
	_, _, revision := t.header(&entity)
	var document []byte
	found, err := tx.first([]any{revision, &document},
		"SELECT revision, document FROM "+t.name+" WHERE "+refColumn(ref)+" = ?", ref)
	switch {
	case err != nil:
		return entity, err
	case !found:
		return entity, t.noun.NotFound(ref)
	}
	return entity, decode(document, &entity)
}

// refColumn tells what a reference is: a name never has the form of an id.
func refColumn(ref string) string {
	if clm.IsID(ref) {
		return "id"
	}
	return "name"
}

func (t *table[T]) list(tx *Tx, w where, page clm.Page) ([]T, error) {
	w.and("name > ?", page.After)
	var all []T
	err := tx.each(func(rows *sql.Rows) error {
		var entity T
		_, _, revision := t.header(&entity)
		var document []byte
		if err := rows.Scan(revision, &document); err != nil {
			return err
		}
		if err := decode(document, &entity); err != nil {
			return err
		}
		all = append(all, entity)
		return nil
	}, "SELECT revision, document FROM "+t.name+w.sql+" ORDER BY name LIMIT ?", append(w.args, limit(page.Limit))...)
	return all, err
}

func (t *table[T]) insert(tx *Tx, entity *T) error {
	id, name, revision := t.header(entity)
	document, err := encode(entity)
	if err != nil {
		return err
	}
	args := append([]any{id, name, document}, t.values(entity)...)
	_, err = tx.exec("INSERT INTO "+t.name+" (id, name, revision, document"+list(", ", t.columns)+
		") VALUES (?, ?, 1, ?"+strings.Repeat(", ?", len(t.columns))+")", args...)
	if err != nil {
		return t.broken(tx, entity, err)
	}
	*revision = 1
	return nil
}

// update compares and swaps: the stored revision must be the entity's.
func (t *table[T]) update(tx *Tx, entity *T) error {
	id, name, revision := t.header(entity)
	document, err := encode(entity)
	if err != nil {
		return err
	}
	args := append([]any{name, document}, t.values(entity)...)
	n, err := tx.exec("UPDATE "+t.name+" SET revision = revision + 1, name = ?, document = ?"+list(" = ?, ", t.columns)+
		" WHERE id = ? AND revision = ?", append(args, id, *revision)...)
	if err != nil {
		return t.broken(tx, entity, err)
	}
	if n == 0 {
		return t.lost(tx, id)
	}
	*revision++
	return nil
}

func (t *table[T]) remove(tx *Tx, entity *T) error {
	id, _, revision := t.header(entity)
	n, err := tx.exec("DELETE FROM "+t.name+" WHERE id = ? AND revision = ?", id, *revision)
	if err != nil {
		return t.broken(tx, entity, err)
	}
	if n == 0 {
		return t.lost(tx, id)
	}
	return nil
}

// lost says why a compare-and-swap touched nothing.
func (t *table[T]) lost(tx *Tx, id string) error {
	n, err := tx.count("SELECT COUNT(*) FROM "+t.name+" WHERE id = ?", id)
	switch {
	case err != nil:
		return err
	case n == 0:
		return t.noun.NotFound(id)
	}
	return t.noun.Changed(id)
}

// current refuses an entity whose revision is not the stored one, before a
// write that takes several statements begins.
func (t *table[T]) current(tx *Tx, entity *T) error {
	id, _, revision := t.header(entity)
	n, err := tx.count("SELECT COUNT(*) FROM "+t.name+" WHERE id = ? AND revision = ?", id, *revision)
	if err != nil || n == 1 {
		return err
	}
	return t.lost(tx, id)
}

// broken puts a broken constraint in the words of the noun.
func (t *table[T]) broken(tx *Tx, entity *T, err error) error {
	_, name, _ := t.header(entity)
	var v *violation
	switch {
	case !errors.As(err, &v):
		return err
	case v.constraint == t.name+".name":
		return t.noun.NameTaken(name)
	case v.foreignKey:
		return missing(tx, t.refers, entity, err)
	}
	return err
}

// missing names the reference that points at nothing.
func missing[T any](tx *Tx, refers func(*T) []reference, entity *T, cause error) error {
	if err := absent(tx, refers(entity)); err != nil {
		return err
	}
	return clm.Errorf(clm.KindRefused, "something else still refers to it").Because(cause)
}

// absent is the error for the first of the references that points at nothing.
func absent(tx *Tx, references []reference) error {
	for _, r := range references {
		if r.id == "" {
			continue
		}
		n, err := tx.count("SELECT COUNT(*) FROM "+r.table+" WHERE id = ?", r.id)
		if err != nil {
			return err
		}
		if n == 0 {
			refusal := r.noun.NotFound(r.id)
			refusal.Field = r.field
			return refusal
		}
	}
	return nil
}

// list writes columns behind others: each after a comma, joined by the text
// that follows a column.
func list(between string, columns []string) string {
	if len(columns) == 0 {
		return ""
	}
	return ", " + strings.Join(columns, between) + strings.TrimSuffix(between, ", ")
}

// still says how many of what stand in the way of a deletion.
func still(noun clm.Noun, name, verb string, n int64, word string) *clm.Error {
	word = plural(n, word)
	return clm.Errorf(clm.KindRefused, "%s %q still %s %d %s", noun.Words(), name, verb, n, word).
		WithHint("delete the %s first", word)
}

func plural(n int64, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
