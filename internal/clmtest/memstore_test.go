package clmtest_test

import (
	"sync"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine/enginetest"
)

// The store in memory holds to the contract that the databases hold to.
func TestMemoryStore(t *testing.T) {
	t.Parallel()
	var folders sync.Map // of estates: opening a folder again finds what was written
	enginetest.Exercise(t, func(t *testing.T, folder string) engine.Store {
		estate, _ := folders.LoadOrStore(folder, &clmtest.MemoryEstate{})
		store := estate.(*clmtest.MemoryEstate).Open()
		t.Cleanup(func() { store.Close() })
		return store
	})
}
