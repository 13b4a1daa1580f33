package server

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

func (s *Server) registerGateways(a huma.API) {
	handle(a, s, post("create-internet-gateway", api.Gateways, "Add an internet gateway"),
		func(ctx context.Context, in *body[api.WriteInternetGateway]) (api.InternetGateway, error) {
			gateway, err := s.engine.CreateGateway(ctx, principal(ctx), gatewayInput(in.Body))
			return showGateway(gateway), err
		})
	handle(a, s, get("list-internet-gateways", api.Gateways, "List internet gateways by name"),
		func(ctx context.Context, in *paged) (*api.List[api.InternetGateway], error) {
			gateways, err := s.engine.Gateways(ctx, in.page())
			return list(*in, gateways, func(g clm.InternetGateway) string { return g.Name }, showGateway), err
		})
	handle(a, s, get("get-internet-gateway", api.Gateways+item, "Read an internet gateway"),
		func(ctx context.Context, in *byRef) (api.InternetGateway, error) {
			gateway, err := s.engine.Gateway(ctx, in.Ref)
			return showGateway(gateway), err
		})
	handle(a, s, put("update-internet-gateway", api.Gateways+item, "Change an internet gateway, or record a refresh by hand"),
		func(ctx context.Context, in *bodyByRef[api.WriteInternetGateway]) (api.InternetGateway, error) {
			gateway, err := s.engine.UpdateGateway(ctx, principal(ctx), in.Ref, gatewayInput(in.Body))
			return showGateway(gateway), err
		})
	handle(a, s, act("refresh-internet-gateway", api.Gateways+item+api.RefreshPath, "Record a refresh by hand"),
		func(ctx context.Context, in *byRef) (api.InternetGateway, error) {
			gateway, err := s.engine.RefreshGateway(ctx, principal(ctx), in.Ref)
			return showGateway(gateway), err
		})
	remove(a, s, huma.Operation{OperationID: "delete-internet-gateway", Path: api.Gateways + item, Summary: "Forget an internet gateway"},
		func(ctx context.Context, in *byRef) error {
			return s.engine.DeleteGateway(ctx, principal(ctx), in.Ref)
		})
}

func gatewayInput(in api.WriteInternetGateway) clm.InternetGateway {
	return clm.InternetGateway{Name: in.Name, ProfileID: in.CommunicationProfileID, Addresses: in.Addresses, AutoRefresh: in.AutoRefresh, RefreshEpoch: in.RefreshEpoch}
}

func showGateway(g clm.InternetGateway) api.InternetGateway {
	return api.InternetGateway{
		ID: g.ID, Name: g.Name, CommunicationProfileID: g.ProfileID, Addresses: g.Addresses, AutoRefresh: g.AutoRefresh, RefreshEpoch: g.RefreshEpoch,
		RefreshedAt: g.RefreshedAt, RefreshedBy: g.RefreshedBy, CreatedAt: g.CreatedAt, UpdatedAt: g.UpdatedAt,
	}
}
