package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// patience is how long an update waits for devices unless timeouts say otherwise.
const patience = time.Minute

// pause is how long to wait before an open replacement is driven on again.
const pause = 500 * time.Millisecond

// Update sends the whole wish for the slot, then drives what is open as far as it
// goes. What was recorded is in state before anything is waited for.
func (r *rootResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan rootModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout, diags := plan.Timeouts.Update(ctx, patience)
	resp.Diagnostics.Append(diags...)
	material := readMaterial(ctx, config, &resp.Diagnostics)
	if !plan.sameFile(material) {
		resp.Diagnostics.AddAttributeError(path.Root("pfx_file"), "The PFX file changed after the plan was made", "Plan again.")
	}
	plan.PFXFileSHA256 = optional(fileDigest(config, material))
	in := plan.request(ctx, material, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	root, err := r.UpdateRootCertificate(ctx, plan.ID.ValueString(), in)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot change root certificate "+in.Name, err, rootAttributes...)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.state(ctx, root, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(root.ID)})...)
	result, err := r.drive(ctx, root, timeout)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot go on with the replacement of root certificate "+in.Name, err, rootAttributes...)
	}
	root, err = r.ObserveRootCertificate(context.WithoutCancel(ctx), root.ID)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read root certificate "+in.Name, err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.state(ctx, root, &resp.Diagnostics))...)
	report(root, result, &resp.Diagnostics)
}

// drive drives a replacement on until it has ended, waits for somebody to decide,
// or time is up. Running out of time is no error: what is recorded goes on with the
// next run.
func (r *rootResource) drive(ctx context.Context, root api.RootCertificate, timeout time.Duration) (result api.AdvanceResult, err error) {
	deadline := time.Now().Add(timeout)
	ctx, cancel := context.WithDeadline(ctx, deadline.Add(grace))
	defer cancel()
	for again := true; ; again = false {
		if result, err = r.AdvanceRootCertificate(ctx, root.ID, api.Advance{Again: again}); err != nil {
			return result, err
		}
		tflog.Info(ctx, "replacing root certificate "+root.Name, map[string]any{"phase": result.Rollout.Phase, "progress": result.Rollout.Message})
		if rests(result, deadline) || !time.Now().Before(deadline) {
			return result, nil
		}
		select {
		case <-ctx.Done():
			return result, nil
		case <-time.After(pause):
		}
	}
}

// grace lets a round that has begun come to its end after time is up.
const grace = 30 * time.Second

// rests tells whether waiting would change nothing: it has ended, or it is for
// somebody to decide, or for a time that comes later.
func rests(result api.AdvanceResult, deadline time.Time) bool {
	rollout := result.Rollout
	if rollout.Phase == "active" || rollout.Halted {
		return true
	}
	passes := slices.ContainsFunc(rollout.Violations, func(v api.Violation) bool { return v.Until != nil && v.Until.Before(deadline) })
	return !passes && !awaitsDevices(result)
}

// awaitsDevices tells whether devices are behind that may come back.
func awaitsDevices(result api.AdvanceResult) bool {
	switch rollout := result.Rollout; rollout.Phase {
	case "distributing":
		return len(rollout.Laggards) > 0
	case "retiring":
		return len(rollout.WouldCutOff) > 0
	}
	return slices.ContainsFunc(result.Trouble, func(t api.DeviceTrouble) bool { return t.Connector != "" })
}

// report says what an update that has not brought a replacement to its end leaves.
func report(root api.RootCertificate, result api.AdvanceResult, diags *diag.Diagnostics) {
	rollout := result.Rollout
	switch {
	case rollout.Halted:
		diags.AddError("The replacement of root certificate "+root.Name+" has stopped at a failure", failures(rollout)+
			"\n\nEvery device keeps what it has, and both roots stay trusted. Remove the cause and apply again; or name what to go on without in replacement.override_children; "+
			"or set the old certificate back to roll back.")
	case root.Replacement != nil && root.Replacement.Failure != "" && slices.Contains(result.Done, "restore"):
		diags.AddError("The replacement of root certificate "+root.Name+" was rolled back", sentence(root.Replacement.Failure)+
			"\n\nThe old certificate is in use everywhere, as before. To try again, set the old source back and apply, then bring the new one.")
	case rollout.Phase != "" && rollout.Phase != "active":
		diags.AddWarning("The replacement of root certificate "+root.Name+" is not finished: "+rollout.Message, standing(rollout, result.Trouble)+
			"\n\nThe next plan shows an update as soon as it can go on.")
	case len(result.Trouble) > 0:
		diags.AddWarning("Not every device is up to date after the replacement of root certificate "+root.Name, troubles(result.Trouble))
	}
}

func failures(r api.Rollout) string {
	var lines []string
	for _, f := range r.Failures {
		what := "certificate " + f.Child
		if f.Connector != "" {
			what = "connector " + f.Connector + " (certificate " + f.Child + ")"
		}
		lines = append(lines, "- "+f.Step+" of "+what+": "+f.Error)
	}
	return strings.Join(lines, "\n")
}

// standing lists what is unmet, and who is behind, by name.
func standing(r api.Rollout, trouble []api.DeviceTrouble) string {
	lines := []string{"It is " + r.Phase + "."}
	for _, v := range r.Violations {
		line := "- " + v.Message
		if len(v.Devices) > 0 {
			line += ": " + someOf(v.Devices)
		}
		lines = append(lines, line+". To go on: "+v.Mitigation+".")
	}
	if len(r.Laggards) > 0 {
		lines = append(lines, "Without the new certificate: "+laggards(r)+".")
	}
	if r.Phase == "distributing" && len(r.Violations) == 0 {
		lines = append(lines, "The gate is open. Set replacement.finalize = true, or invoke the action clm_finalize, to go on.")
	}
	if len(r.Failures) > 0 {
		lines = append(lines, "", "What failed:", failures(r))
	}
	if len(trouble) > 0 {
		lines = append(lines, "", "Who does not answer:", troubles(trouble))
	}
	return strings.Join(lines, "\n")
}

func laggards(r api.Rollout) string {
	names := make([]string, 0, len(r.Laggards))
	for _, l := range r.Laggards {
		names = append(names, l.Name+" ("+l.Class+")")
	}
	return someOf(names)
}

func troubles(trouble []api.DeviceTrouble) string {
	lines := make([]string, 0, len(trouble))
	for _, t := range trouble {
		line := "- " + t.Device
		if t.Connector != "" {
			line += " (connector " + t.Connector + ")"
		}
		lines = append(lines, line+": "+t.Detail)
	}
	return strings.Join(lines, "\n")
}

// someOf lists the first names of many.
func someOf(names []string) string {
	const shown = 10
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}
