package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Inspection is what was found out about a device, check by check.
type Inspection struct {
	Status clm.DeviceStatus
	Detail string // why it failed
	Log    []clm.DeviceCheck
}

// Inspect finds out about a device whatever may be: it speaks to it, asks what it is,
// and looks at what its connectors hold. It changes nothing.
func (e *Engine) Inspect(ctx context.Context, device clm.Device) (Inspection, error) {
	i := inspecting{e: e, device: device}
	if !device.MayRead() {
		i.skip("the device is ignored", clm.CheckCommunication, clm.CheckVersion, clm.CheckInstance, clm.CheckDiscovery)
		return i.result(nil), nil
	}
	if trouble := e.Deployer.Check(ctx, device); trouble != nil {
		i.note(clm.CheckCommunication, trouble.Error(), trouble)
		i.skip("the device does not answer", clm.CheckVersion, clm.CheckInstance, clm.CheckDiscovery)
		return i.result(trouble), nil
	}
	i.note(clm.CheckCommunication, "it answers", nil)
	i.ask(ctx)
	if err := i.discover(ctx); err != nil {
		return Inspection{}, err
	}
	return i.result(nil), nil
}

// inspecting is an inspection under way.
type inspecting struct {
	e      *Engine
	device clm.Device
	log    []clm.DeviceCheck
}

func (i *inspecting) note(check clm.CheckTopic, detail string, trouble error) {
	status := clm.CheckPassed
	if trouble != nil {
		status, detail = clm.CheckFailed, trouble.Error()
	}
	i.log = append(i.log, clm.DeviceCheck{Check: check, Status: status, Detail: detail, At: i.now()})
}

func (i *inspecting) skip(why string, checks ...clm.CheckTopic) {
	for _, check := range checks {
		i.log = append(i.log, clm.DeviceCheck{Check: check, Status: clm.CheckSkipped, Detail: why, At: i.now()})
	}
}

func (i *inspecting) now() time.Time { return i.e.now() }

func (i *inspecting) result(trouble error) Inspection {
	out := Inspection{Status: i.device.StatusAfter(trouble), Log: i.log}
	if trouble != nil {
		out.Detail = trouble.Error()
	}
	return out
}

// ask has the device tell what it is.
func (i *inspecting) ask(ctx context.Context) {
	facts, err := i.e.facts(ctx, i.device)
	version := err
	if err == nil && facts.Version == "" {
		version = clm.Errorf(clm.KindFailed, "no %s was found on device %q", i.device.Vendor, i.device.Name).WithHint("install it, or set another vendor")
	}
	i.note(clm.CheckVersion, facts.Version, version)
	i.note(clm.CheckInstance, facts.Host+", "+facts.System, err)
}

// facts are what a device says about itself.
func (e *Engine) facts(ctx context.Context, device clm.Device) (clm.DeviceFacts, error) {
	result, err := e.Deployer.Run(ctx, device, device.Vendor.FactsScript())
	return clm.ParseFacts(result.Output), err
}

// discover looks at the place of every connector.
func (i *inspecting) discover(ctx context.Context) error {
	places, err := i.e.observeAll(ctx, clm.ConnectorFilter{DeviceID: i.device.ID})
	if err != nil {
		return err
	}
	held := 0
	for _, place := range places {
		if place.Sync.Status == clm.InSync {
			held++
		}
	}
	i.note(clm.CheckDiscovery, fmt.Sprintf("%d of %d connectors in sync", held, len(places)), nil)
	return nil
}
