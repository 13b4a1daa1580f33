package server_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func tourBackgroundWork(t *testing.T, c *clmtest.Estate) {
	t.Helper()
	all, err := c.BackgroundWork(t.Context())
	must(t, err)
	for _, w := range all {
		if w.Outcome != "never" || w.BegunAt != nil || w.NextAt != nil || w.UnderWay || len(w.Troubles) != 0 {
			t.Errorf("of what no server did is told %+v", w)
		}
	}
	if len(all) != len(clm.RoundKinds()) {
		t.Errorf("%d kinds of work are told of", len(all))
	}
}

// What a round did and could not do is told, in words that hold nothing of what a
// script printed, and leaves no row in the audit trail but those of what it did.
func TestBackgroundWorkIsTold(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	w := populated(t, estate)
	in := connectorInput("shop", w)
	in.Push = &api.PushSettings{Automatic: true, IncludeChain: true, PostScript: &api.Script{Inline: "echo hidden; exit 3"}}
	_, err := estate.UpdateConnector(t.Context(), w.connector.ID, in)
	must(t, err)
	estate.Clock.Advance(1441 * time.Hour) // 2160 less 720, and one
	_, failures, err := estate.Backend.RunRound(t.Context(), clm.Principal{Name: "server:test"}, engine.Turn{Kind: clm.RoundRenewals, Every: time.Minute})
	must(t, err)
	if len(failures) != 1 || strings.Contains(failures[0].Error, "hidden") {
		t.Errorf("the failures are %+v", failures)
	}
	all, err := estate.BackgroundWork(t.Context())
	must(t, err)
	told := all[slices.IndexFunc(all, func(b api.BackgroundWork) bool { return b.Kind == "renew_certificates" })]
	want := api.BackgroundTrouble{Noun: "connector", Name: "shop", Times: 1, Since: *told.EndedAt, RetryAt: told.EndedAt.Add(time.Minute), Error: told.Troubles[0].Error}
	if told.Outcome != "troubled" || told.Done != 1 || told.SucceededAt != nil || !told.NextAt.Equal(told.BegunAt.Add(time.Minute)) || told.Troubles[0] != want ||
		!strings.Contains(want.Error, "exit code 3") || strings.Contains(want.Error, "hidden") {
		t.Errorf("what is told is %+v", told)
	}
	events, err := estate.AuditEvents(t.Context())
	must(t, err)
	if slices.ContainsFunc(events, func(e api.AuditEvent) bool { return strings.Contains(e.Action, "round") }) {
		t.Error("a round is in the audit trail")
	}
}
