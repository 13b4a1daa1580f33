package server

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// registerTrust is what devices state about whom they trust.
func (s *Server) registerTrust(a huma.API) {
	handle(a, s, act("check-in-device", api.Devices+item+api.CheckInPath, "Tell a device what its profile publishes, and record what it then states"),
		func(ctx context.Context, in *byRef) (api.DeviceTrouble, error) {
			out, err := s.engine.CheckInDevice(ctx, principal(ctx), in.Ref)
			return s.showTrouble(ctx, out), err
		})
	handle(a, s, put("put-receipt", api.Devices+item+api.ReceiptPath, "State what a device has installed"),
		func(ctx context.Context, in *bodyByRef[api.WriteReceipt]) (api.Receipt, error) {
			receipt, err := s.engine.Attest(ctx, principal(ctx), in.Ref, in.Body.Digest, in.Body.Failure)
			return showReceipt(receipt), err
		})
}

// showTrouble is empty but for the device's name when there is none.
func (s *Server) showTrouble(ctx context.Context, c engine.CheckIn) api.DeviceTrouble {
	push := s.showPush(ctx, engine.PushOutcome{Device: c.Device, Err: c.Err})
	return api.DeviceTrouble{Device: push.Device, Code: push.Code, Detail: push.Detail}
}

func (s *Server) showTroubles(ctx context.Context, all []engine.CheckIn) []api.DeviceTrouble {
	var out []api.DeviceTrouble
	for _, c := range all {
		out = append(out, s.showTrouble(ctx, c))
	}
	return out
}

func showReceipt(r clm.Receipt) api.Receipt {
	return api.Receipt{Digest: r.Digest, ReceivedAt: moment(r.ReceivedAt), LastSeen: moment(r.LastSeen), Failure: r.Failure}
}

// moment is nil for a time that never was.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

func inSeconds(d time.Duration) int64 { return int64(d / time.Second) }
