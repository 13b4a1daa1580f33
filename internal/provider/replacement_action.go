package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// replacementAction carries out one verb of a replacement and drives on what
// follows. It leaves no drift: what the configuration asks for is answered by it.
type replacementAction struct {
	configuredAction
	verb  string
	tried string
	text  string
}

func newFinalizeAction() action.Action {
	return &replacementAction{
		verb: "finalize", tried: "Cannot finalize the replacement",
		text: "Finalizes the replacement of a root certificate: the new one signs from now on, and every certificate of the root is issued again and put in place. " +
			"It is refused, with names, while the distribution gate is closed.",
	}
}

func newCancelAction() action.Action {
	return &replacementAction{
		verb: "cancel", tried: "Cannot cancel the replacement",
		text: "Cancels the replacement of a root certificate that is being distributed. Nothing was signed by the new one. The configuration may go on naming the new certificate: " +
			"it is not staged again until the old one was set back and applied.",
	}
}

func newRollBackAction() action.Action {
	return &replacementAction{
		verb: "roll_back", tried: "Cannot roll the replacement back",
		text: "Rolls the replacement of a root certificate back after it was finalized: the old one signs again, and every certificate is issued again under it while both stay trusted.",
	}
}

func newRetryAction() action.Action {
	return &replacementAction{
		verb: "retry", tried: "Cannot try again",
		text: "Goes on with an activation that stopped at a failure, beginning with what failed.",
	}
}

func newOverrideAction() action.Action {
	return &replacementAction{
		verb: "override", tried: "Cannot go on without them",
		text: "Goes on with an activation without the connectors named; they keep what they have. The name of a certificate releases it.",
	}
}

// actionReference names what an action is about.
func actionReference(noun string) schema.StringAttribute {
	return schema.StringAttribute{
		Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "Id or name of the " + noun + ".",
	}
}

type replacementActionModel struct {
	RootCertificateID types.String `tfsdk:"root_certificate_id"`
}

type overrideActionModel struct {
	RootCertificateID types.String `tfsdk:"root_certificate_id"`
	Children          []string     `tfsdk:"children"`
}

func (a *replacementAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = "clm_" + a.verb
}

func (a *replacementAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"root_certificate_id": actionReference("root certificate"),
	}
	if a.verb == "override" {
		attributes["children"] = schema.ListAttribute{Required: true, ElementType: types.StringType, MarkdownDescription: "Names of connectors or certificates."}
	}
	resp.Schema = schema.Schema{MarkdownDescription: a.text, Attributes: attributes}
}

func (a *replacementAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	m := overrideActionModel{}
	if a.verb == "override" {
		resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	} else {
		var plain replacementActionModel
		resp.Diagnostics.Append(req.Config.Get(ctx, &plain)...)
		m.RootCertificateID = plain.RootCertificateID
	}
	if resp.Diagnostics.HasError() {
		return
	}
	ref := m.RootCertificateID.ValueString()
	root, err := a.TransitRootCertificate(ctx, ref, api.Transition{Verb: a.verb, Children: m.Children})
	if err != nil {
		addErrorAt(&resp.Diagnostics, path.Root("root_certificate_id"), a.tried+" of root certificate "+ref, err)
		return
	}
	a.follow(ctx, root, resp)
}

// follow drives on what the verb has begun, and tells how it goes.
func (a *replacementAction) follow(ctx context.Context, root api.RootCertificate, resp *action.InvokeResponse) {
	deadline := time.Now().Add(patience)
	said := ""
	say := func(text string) {
		if text != said {
			said = text
			resp.SendProgress(action.InvokeProgressEvent{Message: text})
		}
	}
	say("root certificate " + root.Name + " is " + root.State)
	for {
		result, err := a.AdvanceRootCertificate(ctx, root.ID, api.Advance{})
		if err != nil {
			addErrorAt(&resp.Diagnostics, path.Root("root_certificate_id"), "Cannot go on with the replacement of root certificate "+root.Name, err)
			return
		}
		say("root certificate " + root.Name + " is " + result.Rollout.Phase + ": " + result.Rollout.Message)
		if rests(result, deadline) || !time.Now().Before(deadline) {
			report(result.RootCertificate, result, &resp.Diagnostics)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}
