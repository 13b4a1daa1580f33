package server

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

type connectorQuery struct {
	paged
	CertificateID string `query:"certificate_id" doc:"only those of this certificate"`
	DeviceID      string `query:"device_id" doc:"only those on this device"`
}

func (s *Server) registerConnectors(a huma.API) {
	handle(a, s, post("create-connector", api.Connectors, "Say where a certificate lives on a device, and push it there"),
		func(ctx context.Context, in *body[api.WriteConnector]) (api.ConnectorResult, error) {
			out, err := s.engine.CreateConnector(ctx, principal(ctx), connectorInput(in.Body))
			return s.showConnectorWrite(ctx, out), err
		})
	handle(a, s, get("list-connectors", api.Connectors, "List connectors by name"),
		func(ctx context.Context, in *connectorQuery) (*api.List[api.Connector], error) {
			connectors, err := s.engine.Connectors(ctx, clm.ConnectorFilter{CertificateID: in.CertificateID, DeviceID: in.DeviceID}, in.page())
			return list(in.paged, connectors, func(c clm.Connector) string { return c.Name }, showConnector), err
		})
	handle(a, s, get("get-connector", api.Connectors+item, "Read a connector"), s.getConnector)
	handle(a, s, put("update-connector", api.Connectors+item, "Change a connector and push again"),
		func(ctx context.Context, in *bodyByRef[api.WriteConnector]) (api.ConnectorResult, error) {
			out, err := s.engine.UpdateConnector(ctx, principal(ctx), in.Ref, connectorInput(in.Body))
			return s.showConnectorWrite(ctx, out), err
		})
	handle(a, s, act("push-connector", api.Connectors+item+api.Push, "Push the current version again"),
		func(ctx context.Context, in *byRef) (api.PushResult, error) {
			return s.showAsked(ctx, s.engine.PushAgain(ctx, principal(ctx), in.Ref))
		})
	handle(a, s, act("roll-back-push", api.Connectors+item+api.RollBackPath, "Put back what the last push replaced"),
		func(ctx context.Context, in *byRef) (api.PushResult, error) {
			return s.showAsked(ctx, s.engine.RollBackPush(ctx, principal(ctx), in.Ref))
		})
	remove(a, s, huma.Operation{OperationID: "delete-connector", Path: api.Connectors + item, Summary: "Forget a connector, removing its files where it asks for that"},
		func(ctx context.Context, in *byRef) error {
			return s.engine.DeleteConnector(ctx, principal(ctx), in.Ref)
		})
}

func (s *Server) getConnector(ctx context.Context, in *observed) (api.Connector, error) {
	if !in.Observe {
		connector, err := s.engine.Connector(ctx, in.Ref)
		return showConnector(connector), err
	}
	seen, err := s.engine.ObserveConnector(ctx, in.Ref)
	return s.showObservation(seen), err
}

func (s *Server) showObservation(seen engine.Observation) api.Connector {
	out := showConnector(seen.Connector)
	out.DeviceName = seen.Device.Name
	sync := s.showSync(seen)
	out.Sync = &sync
	if seen.Order != nil {
		order := s.showWorkOrder(*seen.Order)
		out.WorkOrder = &order
	}
	return out
}

func connectorInput(in api.WriteConnector) clm.Connector {
	return clm.Connector{
		Name: in.Name, CertificateID: in.CertificateID, DeviceID: in.DeviceID,
		FileSystem: placeInput(in.FileSystem), RemoveOnDestroy: in.RemoveOnDestroy, RequireDistribution: in.RequireDistribution,
		PushSettings: pushInput(in.Push), Verify: verificationInput(in.Verify), Secrets: secretsInput(in.StoreSecrets),
	}
}

func showConnector(c clm.Connector) api.Connector {
	out := api.Connector{
		ID: c.ID, Name: c.Name, CertificateID: c.CertificateID, DeviceID: c.DeviceID,
		FileSystem: showPlace(c.FileSystem), RemoveOnDestroy: c.RemoveOnDestroy, RequireDistribution: c.RequireDistribution,
		Push: showPushSettings(c.PushSettings), Verify: showVerification(c.Verify), Sightings: showSightings(c.Sightings),
		PushState: string(c.State), PushFailure: c.Failure, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
	}
	if c.LastPush != nil {
		out.PushedFingerprint, out.LastPushAt = c.LastPush.FingerprintSHA256, &c.LastPush.At
	}
	return out
}

// showConnectorWrite reports the push apart from the connector: the connector is
// recorded whatever became of the push.
func (s *Server) showConnectorWrite(ctx context.Context, out engine.ConnectorWrite) api.ConnectorResult {
	result := api.ConnectorResult{Connector: showConnector(out.Connector)}
	result.Connector.DeviceName = out.Push.Device.Name
	if out.Push.Err != nil {
		push := s.showPush(ctx, out.Push)
		result.Push = &push
	}
	return result
}

// showAsked shows a push that was asked for by itself. Where there is nothing to push,
// that is a problem, rather than a push that failed.
func (s *Server) showAsked(ctx context.Context, out engine.PushOutcome) (api.PushResult, error) {
	if out.Connector.ID == "" {
		return api.PushResult{}, out.Err
	}
	return s.showPush(ctx, out), nil
}

func (s *Server) showPush(ctx context.Context, out engine.PushOutcome) api.PushResult {
	result := api.PushResult{ConnectorID: out.Connector.ID, Connector: out.Connector.Name, Device: out.Device.Name}
	if out.Err == nil {
		return result
	}
	result.Code, result.Detail = api.Code(clm.KindOf(out.Err)), out.Err.Error()
	if result.Code == api.CodeInternal {
		result.Detail = s.problem(ctx, out.Err).Error()
	}
	return result
}

func (s *Server) showSync(o engine.Observation) api.Sync {
	return api.Sync{
		Status: string(o.Sync.Status), Reason: string(o.Sync.Reason), Detail: o.Sync.Detail,
		Repairable:  o.Connector.WantsPush(o.Sync) && o.Device.MayPush() == nil && !o.Current.Withdrawn() && o.Held == nil,
		StatusColor: s.color(o), ObservedAt: o.Sync.ObservedAt,
	}
}

func (s *Server) color(o engine.Observation) string {
	now := s.engine.Clock.Now()
	status := string(o.Current.Status(now))
	switch {
	case o.Connector.State == clm.PushFailed:
		status = "push_failed"
	case o.Sync.Reason == clm.ReasonNotFound:
		status = "removed"
	}
	return api.StatusColor(status, daysLeft(o.Current.NotAfter, now))
}

func (s *Server) showReport(row clm.CertificateRow, observations []engine.Observation) api.SyncReport {
	report := api.SyncReport{CertificateID: row.Certificate.ID, Total: len(observations), Connectors: []api.ConnectorSync{}}
	for _, o := range observations {
		switch o.Sync.Status {
		case clm.InSync:
			report.InSync++
		case clm.OutOfSync:
			report.OutOfSync++
		default:
			report.NotObserved++
		}
		report.Connectors = append(report.Connectors, api.ConnectorSync{
			ConnectorID: o.Connector.ID, Connector: o.Connector.Name, DeviceID: o.Device.ID, Device: o.Device.Name, Sync: s.showSync(o),
		})
	}
	return report
}
