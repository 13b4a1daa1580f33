package server_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/server"
)

// Every operation has a cell, and every cell an operation.
func TestEveryOperationHasACell(t *testing.T) {
	t.Parallel()
	cells := server.NeededRoles()
	for path, operations := range described(t).Paths {
		for method, op := range operations {
			if role := cells[op.OperationID]; role.Check() != nil && !role.OfMachine() {
				t.Errorf("%s (%s %s) needs the role %q", op.OperationID, method, path, cells[op.OperationID])
			}
			delete(cells, op.OperationID)
		}
	}
	left := slices.Sorted(maps.Keys(cells))
	if want := []string{"decide-work-order approve", "decide-work-order cancel", "decide-work-order implement", "decide-work-order reject"}; !slices.Equal(left, want) {
		t.Errorf("cells of no operation: %v, want %v", left, want)
	}
}
