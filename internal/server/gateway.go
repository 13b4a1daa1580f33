package server

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// registerGateway is what internet gateways ask, each for itself.
func (s *Server) registerGateway(a huma.API) {
	unlessNone(a, s, act("check-in-internet-gateway", api.GatewayCheckIn, "State what trust the gateway that asks carries, and have what is new"), s.checkInGateway)
	handle(a, s, act("renew-internet-gateway-certificate", api.GatewayCertificates, "Have the gateway that asks its next certificate"),
		func(ctx context.Context, in *body[api.RenewAgentCertificate]) (api.AgentCertificate, error) {
			return s.renewAgent(ctx, in.Body)
		})
}

func (s *Server) checkInGateway(ctx context.Context, in *body[api.CheckInGateway]) (*api.GatewayConfiguration, error) {
	c, err := s.engine.GatewayCheckIn(ctx, principal(ctx), engine.GatewayStatement{
		Tag: in.Body.Tag, Digest: in.Body.Digest, Refresh: in.Body.Refresh, Inventory: clm.Inventory(in.Body.Inventory),
	})
	if err != nil || c == nil {
		return nil, err
	}
	out := &api.GatewayConfiguration{
		Tag: c.Tag, Name: c.Gateway.Name, Addresses: c.Gateway.Addresses, CheckInIntervalSeconds: inSeconds(c.Profile.CheckInInterval),
		AutoRefresh: c.Gateway.AutoRefresh, Trust: api.GatewayTrust{Epoch: c.Profile.Epoch, Digest: c.Bundle.Digest, PEM: string(c.Bundle.PEM())},
		ServerCAPEM: string(c.ServerCA.PEM()), RenewAt: moment(c.RenewAt),
	}
	for _, list := range c.Lists {
		out.RevocationLists = append(out.RevocationLists, list.Complete)
	}
	return out, nil
}
