package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newRevokeAction() action.Action { return &revokeAction{} }

// revokeAction withdraws a certificate.
type revokeAction struct{ configuredAction }

type revokeActionModel struct {
	CertificateID types.String `tfsdk:"certificate_id"`
	Reason        types.String `tfsdk:"reason"`
}

func (a *revokeAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = "clm_revoke"
}

func (a *revokeAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Revokes the current version of a certificate. It is on the next revocation list, which is signed at once for whoever reads it. " +
			"The next apply of the certificate enrols another version with a new key. " +
			"With the reason `certificate_hold` it is withdrawn only until `clm_release`, or until it is revoked for another reason; meanwhile it is neither renewed nor pushed.",
		Attributes: map[string]schema.Attribute{
			"certificate_id": actionReference("certificate"),
			"reason":         reasonAttribute("certificate_hold"),
		},
	}
}

func (a *revokeAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m revokeActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ref := m.CertificateID.ValueString()
	certificate, err := a.RevokeCertificate(ctx, ref, m.Reason.ValueString())
	if err != nil {
		addErrorAt(&resp.Diagnostics, path.Root("certificate_id"), "Cannot revoke certificate "+ref, err)
		return
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: "certificate " + certificate.Spec.Name + " is " + certificateState(certificate)})
}

// certificateState is the status with the reason for it.
func certificateState(c api.Certificate) string {
	if c.RevokedReason == "" {
		return c.Status
	}
	return c.Status + " (" + c.RevokedReason + "), serial number " + c.SerialNumber
}
