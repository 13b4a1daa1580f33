package clmtest

import (
	"slices"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// memoryTable is what all entities of a noun have in common.
type memoryTable[T any] struct {
	noun   clm.Noun
	header func(*T) (id, name string, revision *int64)
	rows   func(*memoryState) *[]*T // by name
	clone  func(T) T
	refers func(*memoryTx, *T) error // refuses what points at nothing, or takes what is another's
}

func (t *memoryTable[T]) find(tx *memoryTx, ref string) *T {
	for _, row := range *t.rows(&tx.memoryState) {
		if id, name, _ := t.header(row); clm.IsID(ref) && id == ref || !clm.IsID(ref) && name == ref {
			return row
		}
	}
	return nil
}

func (t *memoryTable[T]) get(tx *memoryTx, ref string) (found T, err error) {
	row := t.find(tx, ref)
	if row == nil {
		return found, t.noun.NotFound(ref)
	}
	return t.clone(*row), nil
}

// list lists what keep lets through, nil for all.
func (t *memoryTable[T]) list(tx *memoryTx, keep func(*T) bool, page clm.Page) []T {
	var all []T
	for _, row := range *t.rows(&tx.memoryState) {
		if page.Limit > 0 && len(all) == page.Limit {
			break
		}
		if _, name, _ := t.header(row); name > page.After && (keep == nil || keep(row)) {
			all = append(all, t.clone(*row))
		}
	}
	return all
}

func (t *memoryTable[T]) count(tx *memoryTx, keep func(*T) bool) (n int) {
	for _, row := range *t.rows(&tx.memoryState) {
		if keep(row) {
			n++
		}
	}
	return n
}

func (t *memoryTable[T]) insert(tx *memoryTx, entity *T) error {
	if err := t.acceptable(tx, entity); err != nil {
		return err
	}
	_, _, revision := t.header(entity)
	*revision = 1
	t.put(tx, entity, nil)
	return nil
}

// update compares and swaps.
func (t *memoryTable[T]) update(tx *memoryTx, entity *T) error {
	old, err := t.current(tx, *entity)
	if err != nil {
		return err
	}
	if err := t.acceptable(tx, entity); err != nil {
		return err
	}
	_, _, revision := t.header(entity)
	*revision++
	t.put(tx, entity, old)
	return nil
}

func (t *memoryTable[T]) remove(tx *memoryTx, entity T) error {
	old, err := t.current(tx, entity)
	if err != nil {
		return err
	}
	if err := tx.write(); err != nil {
		return err
	}
	t.put(tx, nil, old)
	return nil
}

// current is the stored entity, of the same revision.
func (t *memoryTable[T]) current(tx *memoryTx, entity T) (*T, error) {
	id, _, revision := t.header(&entity)
	row := t.find(tx, id)
	if row == nil {
		return nil, t.noun.NotFound(id)
	}
	if _, _, stored := t.header(row); *stored != *revision {
		return nil, t.noun.Changed(id)
	}
	return row, nil
}

// acceptable holds that names are unique and references lead somewhere.
func (t *memoryTable[T]) acceptable(tx *memoryTx, entity *T) error {
	id, name, _ := t.header(entity)
	for _, row := range *t.rows(&tx.memoryState) {
		if otherID, other, _ := t.header(row); other == name && otherID != id {
			return t.noun.NameTaken(name)
		}
	}
	if err := t.refers(tx, entity); err != nil {
		return err
	}
	return tx.write()
}

// put puts an entity in the place of another; either may be nil.
func (t *memoryTable[T]) put(tx *memoryTx, entity, old *T) {
	rows := t.rows(&tx.memoryState)
	next := slices.DeleteFunc(slices.Clone(*rows), func(row *T) bool { return row == old })
	if entity != nil {
		row := t.clone(*entity)
		_, name, _ := t.header(&row)
		at, _ := slices.BinarySearchFunc(next, name, func(row *T, name string) int {
			_, other, _ := t.header(row)
			return strings.Compare(other, name)
		})
		next = slices.Insert(next, at, &row)
	}
	*rows = next
}

// absent is the error for a reference of a field that leads nowhere.
func absent(noun clm.Noun, id, field string) error {
	e := noun.NotFound(id)
	e.Field = field
	return e
}

// inTheWay says how many of what stand in the way of a deletion, if any.
func inTheWay(noun clm.Noun, name, verb string, n int, word string) error {
	if n == 0 {
		return nil
	}
	if n > 1 {
		word += "s"
	}
	return clm.Errorf(clm.KindRefused, "%s %q %s %d %s", noun.Words(), name, verb, n, word).WithHint("delete the %s first", word)
}
