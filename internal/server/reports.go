package server

import (
	"context"
	"crypto/x509"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// reportAsked narrows a report.
type reportAsked struct {
	CertificateID string `query:"certificate_id" doc:"only on this certificate"`
	DeviceID      string `query:"device_id" doc:"only on this device"`
}

func (s *Server) registerReports(a huma.API) {
	handle(a, s, get("get-push-validation-report", api.PushValidations, "Look at what is served after every push"),
		func(ctx context.Context, in *reportAsked) (api.PushValidationReport, error) {
			looked, blind, err := s.engine.ValidatePushes(ctx, clm.ConnectorFilter{CertificateID: in.CertificateID, DeviceID: in.DeviceID})
			return showValidations(looked, blind), err
		})
	handle(a, s, get("get-topology", api.Certificates+item+api.TopologyPath, "Show a certificate with its issuers, connectors, devices and work orders"),
		func(ctx context.Context, in *byRef) (api.Topology, error) {
			row, observations, err := s.engine.SyncStatus(ctx, in.Ref)
			if err != nil {
				return api.Topology{}, err
			}
			return s.showTopology(row, observations)
		})
}

func showValidations(looked []engine.Validation, blind int) api.PushValidationReport {
	report := api.PushValidationReport{NotVerified: blind, Results: []api.PushValidation{}}
	for _, v := range looked {
		for i, sighting := range v.Connector.Sightings {
			report.Results = append(report.Results, showValidation(v, sighting, v.Reasons[i]))
			if sighting.Status == clm.InSync {
				report.Succeeded++
			}
		}
	}
	report.Total = len(report.Results)
	report.Failed = report.Total - report.Succeeded
	if report.Total > 0 {
		percent := 100 * float64(report.Succeeded) / float64(report.Total)
		report.Percent = &percent
	}
	return report
}

func showValidation(v engine.Validation, s clm.Sighting, reason clm.SyncReason) api.PushValidation {
	return api.PushValidation{
		ConnectorID: v.Connector.ID, Connector: v.Connector.Name, DeviceID: v.Device.ID, Device: v.Device.Name,
		CertificateID: v.Row.Certificate.ID, Certificate: v.Row.Certificate.Name,
		Address: s.Address, Succeeded: s.Status == clm.InSync, Expected: v.Row.Current.FingerprintSHA256, Served: s.FingerprintSHA256,
		Reason: string(reason), Detail: s.Detail, CheckedAt: s.At,
	}
}

func (s *Server) showTopology(row clm.CertificateRow, observations []engine.Observation) (api.Topology, error) {
	out := api.Topology{Certificate: s.showCertificate(row), Chain: []api.TopologyIssuer{}, Connectors: []api.TopologyConnector{}}
	if row.Current != nil {
		for _, der := range row.Current.Chain {
			issuer, err := s.showIssuer(der)
			if err != nil {
				return out, err
			}
			out.Chain = append(out.Chain, issuer)
		}
	}
	for _, o := range observations {
		out.Connectors = append(out.Connectors, api.TopologyConnector{Connector: s.showObservation(o), Device: showDevice(o.Device)})
	}
	return out, nil
}

func (s *Server) showIssuer(der []byte) (api.TopologyIssuer, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return api.TopologyIssuer{}, fmt.Errorf("reading a certificate of a recorded chain: %w", err)
	}
	now := s.engine.Clock.Now()
	status := clm.StatusIssued
	if !now.Before(cert.NotAfter) {
		status = clm.StatusExpired
	}
	return api.TopologyIssuer{
		CommonName: cert.Subject.CommonName, SerialNumber: fmt.Sprintf("%x", cert.SerialNumber.Bytes()), FingerprintSHA256: clm.FingerprintOf(der),
		ValidityEndTime: cert.NotAfter.UTC(), StatusColor: api.StatusColor(string(status), daysLeft(cert.NotAfter, now)),
	}, nil
}
