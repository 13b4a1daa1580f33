package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func newReleaseAction() action.Action { return &releaseAction{} }

// releaseAction takes a hold back.
type releaseAction struct{ configuredAction }

type releaseActionModel struct {
	CertificateID types.String `tfsdk:"certificate_id"`
}

func (a *releaseAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = "clm_release"
}

func (a *releaseAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Takes back that a certificate was put on hold by `clm_revoke` with the reason `certificate_hold`: it is what it was before, and no later list has it. " +
			"What was due meanwhile is done by the next apply. A certificate that is revoked for any other reason stays revoked.",
		Attributes: map[string]schema.Attribute{"certificate_id": actionReference("certificate")},
	}
}

func (a *releaseAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m releaseActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ref := m.CertificateID.ValueString()
	certificate, err := a.ReleaseCertificate(ctx, ref)
	if err != nil {
		addErrorAt(&resp.Diagnostics, path.Root("certificate_id"), "Cannot release certificate "+ref, err)
		return
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: "certificate " + certificate.Spec.Name + " is " + certificateState(certificate)})
}
