package clm_test

import (
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// A replacement neither pushes to a connector that somebody rolled back, nor waits for it.
func TestChildIsKeptAtAnEarlierVersion(t *testing.T) {
	t.Parallel()
	kept := clm.Connector{
		ID: "c", Name: "shop", State: clm.Pushed, LastPush: &clm.Push{Version: 2, FingerprintSHA256: "two"}, RolledBack: &clm.Reversal{From: 3, Taken: 3, To: 2},
	}
	nobody := func(string) bool { return false }
	for number, want := range map[int64]int{3: 0, 4: 1} {
		child := clm.Child{
			Row:        clm.CertificateRow{Current: &clm.Version{Number: number, State: clm.VersionIssued, FingerprintSHA256: "new"}},
			Connectors: []clm.Connector{kept}, Served: map[string]bool{"c": true},
		}
		if behind := child.Behind(nobody); len(behind) != want {
			t.Errorf("behind version %d are %d connectors, want %d", number, len(behind), want)
		}
	}
}
