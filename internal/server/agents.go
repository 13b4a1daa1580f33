package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func (s *Server) registerAgents(a huma.API) {
	create := post("create-enrolment-token", api.EnrolmentTokens, "Make a token by which one agent enrols, once; its secret is shown this once")
	create.Parameters = nil // the answer to the same request again could not hold the secret
	handle(a, s, create, s.createEnrolmentToken)
	handle(a, s, get("list-agents", api.Agents, "List agents: those of devices by name, then those of internet gateways"),
		func(ctx context.Context, in *paged) (*api.List[api.Agent], error) {
			rows, err := s.engine.Agents(ctx, in.page())
			return list(*in, rows, func(r engine.AgentRow) string { return r.Title() }, s.showAgent), err
		})
	handle(a, s, get("get-agent", api.Agents+item, "Read the agent of a device or internet gateway"),
		func(ctx context.Context, in *byRef) (api.Agent, error) {
			row, err := s.engine.Agent(ctx, in.Ref)
			return s.showAgent(row), err
		})
	handle(a, s, act("revoke-agent", api.Agents+item+api.Revoke, "Withdraw the certificate of an agent for good"),
		func(ctx context.Context, in *bodyByRef[api.RevokeAgent]) (api.Agent, error) {
			agent, err := s.engine.RevokeAgent(ctx, principal(ctx), in.Ref, clm.RevocationReason(in.Body.Reason))
			return s.showAgent(engine.AgentRow{Agent: agent, LastSeen: agent.LastSeen}), err
		})
	handle(a, s, act("renew-agents", api.Agents+api.RenewPath, "Have agents renew their certificates"),
		func(ctx context.Context, in *body[api.RenewAgents]) (api.RenewedAgents, error) {
			n, err := s.engine.RenewAgents(ctx, principal(ctx), in.Body.Agents, seconds(in.Body.SpreadSeconds))
			return api.RenewedAgents{Requested: n}, err
		})
	s.registerAgent(a)
}

func (s *Server) createEnrolmentToken(ctx context.Context, in *body[api.CreateEnrolmentToken]) (out api.EnrolmentToken, err error) {
	noun, ref := clm.NounDevice, in.Body.DeviceID
	if in.Body.InternetGatewayID != "" {
		noun, ref = clm.NounGateway, in.Body.InternetGatewayID
	}
	if (in.Body.DeviceID == "") == (in.Body.InternetGatewayID == "") {
		return out, clm.Invalid("device_id", "an enrolment token is for one device or one internet gateway").WithHint("give device_id or internet_gateway_id")
	}
	token, name, secret, err := s.engine.CreateEnrolmentToken(ctx, principal(ctx), noun, ref, seconds(in.Body.ExpiresSeconds))
	return api.EnrolmentToken{ID: token.ID, Subject: name, ExpiresAt: token.ExpiresAt, Secret: secret}, err
}

// registerAgent is what agents ask, each for itself.
func (s *Server) registerAgent(a huma.API) {
	handle(a, s, act("enrol-agent", api.AgentEnrolment, "Enrol as an agent, by an enrolment token"),
		func(ctx context.Context, in *body[api.EnrolAgent]) (api.AgentCertificate, error) {
			agent, err := s.engine.Enrol(ctx, principal(ctx), in.Body.Token, []byte(in.Body.CertificateRequestPEM), clm.Inventory(in.Body.Inventory))
			if err != nil {
				return api.AgentCertificate{}, err
			}
			return s.showAgentCertificate(ctx, agent)
		})
	handle(a, s, act("renew-agent-certificate", api.AgentCertificates, "Have the agent that asks its next certificate"),
		func(ctx context.Context, in *body[api.RenewAgentCertificate]) (api.AgentCertificate, error) {
			return s.renewAgent(ctx, in.Body)
		})
	unlessNone(a, s, act("check-in-agent", api.AgentCheckIn, "State what the device of the agent that asks has, and have what is new"), s.checkInAgent)
	unlessNone(a, s, act("wait-for-step", api.AgentSteps, "Wait for something to do on the device of the agent that asks"), s.waitForStep)
	reported := put("report-step", api.AgentSteps+item, "Report what came of a step")
	reported.DefaultStatus = http.StatusNoContent
	huma.Register(a, limited(reported), func(ctx context.Context, in *bodyByRef[api.StepResult]) (*none, error) {
		return nil, s.problem(ctx, s.engine.ReportStep(ctx, principal(ctx), in.Ref, stepOutcome(in.Body)))
	})
}

func (s *Server) renewAgent(ctx context.Context, in api.RenewAgentCertificate) (api.AgentCertificate, error) {
	agent, err := s.engine.RenewAgentCertificate(ctx, principal(ctx), []byte(in.CertificateRequestPEM))
	if err != nil {
		return api.AgentCertificate{}, err
	}
	return s.showAgentCertificate(ctx, agent)
}

func (s *Server) checkInAgent(ctx context.Context, in *body[api.CheckIn]) (*api.AgentConfiguration, error) {
	c, err := s.engine.AgentCheckIn(ctx, principal(ctx), engine.Statement{
		Tag: in.Body.Tag, Digest: in.Body.Digest, Failure: in.Body.Failure, Inventory: clm.Inventory(in.Body.Inventory),
	})
	if err != nil || c == nil {
		return nil, err
	}
	return showConfiguration(*c), nil
}

func showConfiguration(c engine.AgentConfiguration) *api.AgentConfiguration {
	out := &api.AgentConfiguration{
		Tag: c.Tag, DeviceID: c.Device.ID, Name: c.Device.Name, ServerURLs: c.Profile.ServerURLs, CheckInIntervalSeconds: inSeconds(c.Profile.CheckInInterval),
		ServerCAPEM: string(c.ServerCA.PEM()), Steps: c.Steps, RenewAt: moment(c.RenewAt),
	}
	if c.Device.MayRead() {
		out.Trust = &api.TrustSet{
			Epoch: c.Profile.Epoch, Digest: c.Profile.BundleDigest, ReadOnly: c.Device.MayPush() != nil,
			Directory: c.Trust.Directory, BundleFile: c.Profile.TrustStore.BundleFile,
		}
		for _, f := range c.Trust.Files {
			out.Trust.Files = append(out.Trust.Files, api.TrustFile{Name: f.Name, Content: f.Content})
		}
	}
	return out
}

func (s *Server) showAgent(r engine.AgentRow) api.Agent {
	latest := r.Latest()
	out := api.Agent{
		ID: r.ID, Name: r.Name, Status: string(r.Status(s.engine.Clock.Now())), CertificatePEM: pemOf(latest.Certificate),
		SerialNumber: latest.SerialNumber, FingerprintSHA256: latest.FingerprintSHA256,
		ValidityStartTime: latest.NotBefore, ValidityEndTime: latest.NotAfter, EnrolledAt: r.EnrolledAt, RenewedAt: r.RenewedAt,
		RenewalRequested: r.RenewAt != nil, RevokedAt: r.RevokedAt, RevokedReason: string(r.RevocationReason), LastSeen: moment(r.LastSeen),
		Version: r.Inventory.Version, OperatingSystem: r.Inventory.OperatingSystem, Hostname: r.Inventory.Hostname,
	}
	if r.Noun == clm.NounGateway {
		out.InternetGatewayID = r.ID
	} else {
		out.DeviceID = r.ID
	}
	return out
}

func (s *Server) showAgentCertificate(ctx context.Context, agent clm.Agent) (api.AgentCertificate, error) {
	root, err := s.engine.Root(ctx, clm.ServerRoot)
	latest := agent.Latest()
	return api.AgentCertificate{
		Name: agent.Name, CertificatePEM: pemOf(append([][]byte{latest.Certificate}, latest.Chain...)...),
		ServerCAPEM: string(clm.NewBundle(root.Trusted()).PEM()),
	}, err
}

func (s *Server) waitForStep(ctx context.Context, in *body[api.WaitForStep]) (*api.AgentStep, error) {
	taken, err := s.engine.WaitForStep(ctx, principal(ctx), in.Body.Session, time.Duration(in.Body.WaitSeconds)*time.Second)
	if err != nil || taken == nil {
		return nil, err
	}
	return showStep(*taken), nil
}
