package server

import (
	"cmp"
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

func (s *Server) registerDevices(a huma.API) {
	handle(a, s, post("create-device", api.Devices, "Add a device"),
		func(ctx context.Context, in *body[api.WriteDevice]) (api.Device, error) {
			device, err := s.engine.CreateDevice(ctx, principal(ctx), deviceInput(in.Body))
			return showDevice(device), err
		})
	handle(a, s, get("list-devices", api.Devices, "List devices by name"),
		func(ctx context.Context, in *paged) (*api.List[api.Device], error) {
			devices, err := s.engine.Devices(ctx, in.page())
			return list(*in, devices, func(d clm.Device) string { return d.Name }, showDevice), err
		})
	handle(a, s, get("get-device", api.Devices+item, "Read a device"), s.getDevice)
	handle(a, s, put("update-device", api.Devices+item, "Change how a device is named, treated or reached"),
		func(ctx context.Context, in *bodyByRef[api.WriteDevice]) (api.Device, error) {
			device, err := s.engine.UpdateDevice(ctx, principal(ctx), in.Ref, deviceInput(in.Body))
			return showDevice(device), err
		})
	s.registerTrust(a)
	remove(a, s, huma.Operation{OperationID: "delete-device", Path: api.Devices + item, Summary: "Forget a device that has no connectors"},
		func(ctx context.Context, in *byRef) error {
			return s.engine.DeleteDevice(ctx, principal(ctx), in.Ref)
		})
}

// deviceAsked is how closely a device is looked at.
type deviceAsked struct {
	Ref     string `path:"ref" doc:"id or name"`
	Observe bool   `query:"observe" doc:"also ask whether it answers"`
	Inspect bool   `query:"inspect" doc:"whether to find out about it whatever may be, as its status log"`
}

func (s *Server) getDevice(ctx context.Context, in *deviceAsked) (api.Device, error) {
	device, err := s.engine.Device(ctx, in.Ref)
	out := showDevice(device)
	if err != nil || !in.Observe && !in.Inspect {
		return out, err
	}
	if device.ProfileID != "" {
		trust, err := s.engine.Trust(ctx, device)
		if err != nil {
			return out, err
		}
		out.Trust = &api.DeviceTrust{Wanted: trust.Wanted, Pending: trust.Pending, Receipt: showReceipt(trust.Receipt)}
	}
	if in.Inspect {
		found, err := s.engine.Inspect(ctx, device)
		out.Status, out.StatusDetail, out.StatusLog = string(found.Status), found.Detail, showChecks(found.Log)
		return out, err
	}
	trouble := s.engine.Ask(ctx, device)
	out.Status = string(device.StatusAfter(trouble))
	if trouble != nil {
		out.StatusDetail = trouble.Error()
	}
	return out, nil
}

func showChecks(log []clm.DeviceCheck) []api.DeviceCheck {
	checks := make([]api.DeviceCheck, 0, len(log))
	for _, c := range log {
		checks = append(checks, api.DeviceCheck{Check: string(c.Check), Status: string(c.Status), Detail: c.Detail, CheckedAt: c.At})
	}
	return checks
}

func deviceInput(in api.WriteDevice) clm.Device {
	device := clm.Device{
		Name: in.Name, DataCenter: in.DataCenter, Group: in.Group, Vendor: clm.Vendor(in.Vendor), CertSync: clm.CertSync(in.CertSync),
		SSH: sshInput(in.SSH), ProfileID: in.CommunicationProfileID, Critical: in.Critical,
	}
	if in.Agent {
		device.Agent = &clm.ByAgent{}
	}
	if in.Local != nil {
		device.Local = &clm.Local{RootDirectory: in.Local.RootDirectory}
	}
	return device
}

func showDevice(d clm.Device) api.Device {
	out := api.Device{
		ID: d.ID, Name: d.Name, DataCenter: d.DataCenter, Group: d.Group, Vendor: cmp.Or(string(d.Vendor), "generic"), CertSync: string(d.CertSync),
		SSH: showSSH(d.SSH), Agent: d.Agent != nil, CommunicationProfileID: d.ProfileID, Critical: d.Critical,
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt,
	}
	if d.Local != nil {
		out.Local = &api.Local{RootDirectory: d.Local.RootDirectory}
	}
	return out
}
