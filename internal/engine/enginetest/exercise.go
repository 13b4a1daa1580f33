// Package enginetest is the contract of engine.Store as tests. Every store
// runs the same ones; what a store does besides is its own tests' to show.
package enginetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// Open opens the estate in a folder, making it where there is none, and closes
// it when the test ends. Opening the folder again finds what was written.
type Open func(t *testing.T, folder string) engine.Store

// Exercise runs the contract, in parallel, each story on an estate of its own.
func Exercise(t *testing.T, open Open) {
	for name, stories := range map[string]func(*testing.T, Open){
		"Roots":        roots.exercise,
		"Devices":      devices.exercise,
		"Certificates": certificates.exercise,
		"Connectors":   connectors.exercise,
		"Profiles":     profiles.exercise,
		"Gateways":     gateways.exercise,
		"Credentials":  exerciseCredentials,
		"Policies":     policies.exercise,
		"WorkOrders":   exerciseWorkOrders,
		"AccessTokens": exerciseAccessTokens,
		"Agents":       exerciseAgents,
		"Trust":        exerciseTrust,
		"Bundles":      exerciseBundles,
		"Receipts":     exerciseReceipts,
		"Tallies":      exerciseTallies,
		"Versions":     exerciseVersions,
		"Revocations":  exerciseRevocations,
		"Lists":        exerciseLists,
		"Places":       exercisePlaces,
		"References":   exerciseReferences,
		"Keys":         exerciseKeys,
		"Settings":     exerciseSettings,
		"Replays":      exerciseReplays,
		"Audit":        exerciseAudit,
		"Transactions": exerciseTransactions,
		"Crowds":       exerciseCrowds,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stories(t, open)
		})
	}
}

// estate is an open store in a story.
type estate struct {
	t     *testing.T
	store engine.Store
}

// story runs one parallel subtest on a fresh estate.
func story(t *testing.T, open Open, name string, tell func(t *testing.T, e estate)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		tell(t, estate{t, open(t, t.TempDir())})
	})
}

// write runs an update that must succeed.
func (e estate) write(fn func(tx engine.Tx) error) {
	e.t.Helper()
	if err := e.store.Update(context.Background(), fn); err != nil {
		e.t.Fatalf("updating: %v", err)
	}
}

// read runs a view that must succeed.
func (e estate) read(fn func(tx engine.Tx) error) {
	e.t.Helper()
	if err := e.store.View(context.Background(), fn); err != nil {
		e.t.Fatalf("viewing: %v", err)
	}
}

// refused runs one write that must fail with that kind, inside an update that
// commits all the same: a refused write leaves no trace.
func (e estate) refused(kind clm.Kind, write func(tx engine.Tx) error) *clm.Error {
	e.t.Helper()
	var refusal error
	e.write(func(tx engine.Tx) error {
		refusal = write(tx)
		return nil
	})
	return mustBe(e.t, kind, refusal)
}

func mustBe(t *testing.T, kind clm.Kind, err error) *clm.Error {
	t.Helper()
	var ours *clm.Error
	if !errors.As(err, &ours) || ours.Kind != kind {
		t.Fatalf("error is %v, want one of kind %s", err, kind)
	}
	return ours
}

func mustEqual[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}
