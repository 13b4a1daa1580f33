package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// CreateEnrolmentToken makes one. Its secret is in the answer, and nowhere else.
func (c *Client) CreateEnrolmentToken(ctx context.Context, in api.CreateEnrolmentToken) (api.EnrolmentToken, error) {
	return call[api.EnrolmentToken](ctx, c, http.MethodPost, api.EnrolmentTokens, in, nil)
}

// Agent reads one, by its id or the name of its device or internet gateway.
func (c *Client) Agent(ctx context.Context, ref string) (api.Agent, error) {
	return call[api.Agent](ctx, c, http.MethodGet, itemOf(api.Agents, ref), nil, nil)
}

// Agents reads all, by name.
func (c *Client) Agents(ctx context.Context) ([]api.Agent, error) {
	return all[api.Agent](ctx, c, api.Agents, url.Values{})
}

// RevokeAgent withdraws the certificate of one.
func (c *Client) RevokeAgent(ctx context.Context, ref, reason string) (api.Agent, error) {
	return call[api.Agent](ctx, c, http.MethodPost, itemOf(api.Agents, ref)+api.Revoke, api.RevokeAgent{Reason: reason}, nil)
}

// RenewAgents has agents renew their certificates.
func (c *Client) RenewAgents(ctx context.Context, in api.RenewAgents) (api.RenewedAgents, error) {
	return call[api.RenewedAgents](ctx, c, http.MethodPost, api.Agents+api.RenewPath, in, nil)
}

// EnrolAgent is the first thing an agent asks: the token says who it is.
func (c *Client) EnrolAgent(ctx context.Context, in api.EnrolAgent) (api.AgentCertificate, error) {
	return call[api.AgentCertificate](ctx, c, http.MethodPost, api.AgentEnrolment, in, nil)
}

// CheckIn states what the agent's device has. The configuration is nil when the one the
// agent has is still right.
func (c *Client) CheckIn(ctx context.Context, in api.CheckIn) (*api.AgentConfiguration, error) {
	return call[*api.AgentConfiguration](ctx, c, http.MethodPost, api.AgentCheckIn, in, nil)
}

// RenewAgentCertificate asks for the agent's next certificate.
func (c *Client) RenewAgentCertificate(ctx context.Context, request string) (api.AgentCertificate, error) {
	return call[api.AgentCertificate](ctx, c, http.MethodPost, api.AgentCertificates, api.RenewAgentCertificate{CertificateRequestPEM: request}, nil)
}

// WaitForStep waits for something to do; nil when nothing came in time.
func (c *Client) WaitForStep(ctx context.Context, in api.WaitForStep) (*api.AgentStep, error) {
	return call[*api.AgentStep](ctx, c, http.MethodPost, api.AgentSteps, in, nil)
}

// ReportStep tells what came of a step. It is api.CodeNotFound when nobody waits for it
// any more.
func (c *Client) ReportStep(ctx context.Context, id string, result api.StepResult) error {
	_, err := call[struct{}](ctx, c, http.MethodPut, itemOf(api.AgentSteps, id), result, nil)
	return err
}

// CheckInGateway states what an internet gateway carries. The configuration is nil when
// the one the gateway has is still right.
func (c *Client) CheckInGateway(ctx context.Context, in api.CheckInGateway) (*api.GatewayConfiguration, error) {
	return call[*api.GatewayConfiguration](ctx, c, http.MethodPost, api.GatewayCheckIn, in, nil)
}

// RenewGatewayCertificate asks for an internet gateway's next certificate.
func (c *Client) RenewGatewayCertificate(ctx context.Context, request string) (api.AgentCertificate, error) {
	return call[api.AgentCertificate](ctx, c, http.MethodPost, api.GatewayCertificates, api.RenewAgentCertificate{CertificateRequestPEM: request}, nil)
}
