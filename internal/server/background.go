package server

import (
	"cmp"
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

func (s *Server) registerBackgroundWork(a huma.API) {
	handle(a, s, get("list-background-work", api.BackgroundWorkPath, "List what servers do by themselves, and what is in trouble there"),
		func(ctx context.Context, _ *none) (*api.List[api.BackgroundWork], error) {
			rounds, err := s.engine.Rounds(ctx)
			return list(paged{}, rounds, func(r clm.Round) string { return string(r.Kind) }, showRound), err
		})
}

func showRound(r clm.Round) api.BackgroundWork {
	out := api.BackgroundWork{
		Kind: string(r.Kind), Outcome: cmp.Or(string(r.Outcome), "never"), Error: r.Error, Done: r.Done, UnderWay: r.UnderWay(),
		BegunAt: moment(r.BegunAt), EndedAt: moment(r.EndedAt), SucceededAt: moment(r.SucceededAt), NextAt: moment(r.NextAt),
		Troubles: []api.BackgroundTrouble{},
	}
	for _, t := range r.Troubles {
		out.Troubles = append(out.Troubles, api.BackgroundTrouble{
			Noun: string(t.Noun), Name: t.Name, Error: t.Error, Since: t.Since, Times: t.Times, RetryAt: t.RetryAt,
		})
	}
	return out
}
