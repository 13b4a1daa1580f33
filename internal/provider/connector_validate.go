package provider

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ValidateConfig refuses two files of one name, and pushes that wait for nobody.
func (r *connectorResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var settings types.Object
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("push"), &settings)...)
	if push, ok := known[pushModel](ctx, settings, &resp.Diagnostics); ok {
		push.checkWaiting(&resp.Diagnostics)
	}
	var place types.Object
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("file_system"), &place)...)
	files, ok := known[fileSystemModel](ctx, place, &resp.Diagnostics)
	if !ok {
		return
	}
	files.checkForm(&resp.Diagnostics)
	seen := map[string]string{}
	for _, f := range files.named() {
		if f.file.ValueString() == "" || (f.attribute == "key_file" && files.oneFile()) {
			continue // absent, not known yet, or the certificate's on purpose
		}
		if other, taken := seen[f.file.ValueString()]; taken {
			at := path.Root("file_system").AtName(f.attribute)
			resp.Diagnostics.AddAttributeError(at, "Two files have one name",
				located(at, fmt.Sprintf("%s is the name of %s already. Give each its own file.", f.file, other)))
		}
		seen[f.file.ValueString()] = f.attribute
	}
}

// oneFile tells whether certificate and key share a file, which PEM allows.
func (m fileSystemModel) oneFile() bool {
	pem := m.Format.IsUnknown() || cmp.Or(m.Format.ValueString(), "pem") == "pem"
	return pem && m.KeyFile.Equal(m.CertificateFile)
}

type namedFile struct {
	attribute string
	file      types.String
}

func (m fileSystemModel) named() []namedFile {
	return []namedFile{{"certificate_file", m.CertificateFile}, {"key_file", m.KeyFile}, {"chain_file", m.ChainFile}, {"store_file", m.StoreFile}}
}

// checkForm holds a location to what its format needs, and to what it has no use for.
func (m fileSystemModel) checkForm(diags *diag.Diagnostics) {
	if m.Format.IsUnknown() {
		return
	}
	format := cmp.Or(m.Format.ValueString(), "pem")
	store := format == "pkcs12" || format == "jks"
	for _, a := range []struct {
		name          string
		value         attr.Value
		needed, taken bool
	}{
		{"certificate_file", m.CertificateFile, !store, !store},
		{"key_file", m.KeyFile, false, !store},
		{"chain_file", m.ChainFile, false, format == "pem"},
		{"store_file", m.StoreFile, store, store},
		{"password_wo_version", m.PasswordWOVersion, store, store},
		{"private_key_password_wo_version", m.PrivateKeyPasswordWOVersion, false, format == "jks"},
		{"alias", m.Alias, false, store},
		{"root_alias", m.RootAlias, false, store},
		{"pkcs12_profile", m.PKCS12Profile, false, format == "pkcs12"},
	} {
		at := path.Root("file_system").AtName(a.name)
		switch {
		case a.needed && a.value.IsNull():
			diags.AddAttributeError(at, "Something is missing", located(at, "Format "+format+" needs it."))
		case !a.taken && !a.value.IsNull():
			diags.AddAttributeError(at, "There is more than the format has", located(at, "Format "+format+" has no use for it. Leave it out, or choose another format."))
		}
	}
}

// checkWaiting holds a push to one thing to wait for, and to somebody who has to agree.
func (m pushModel) checkWaiting(diags *diag.Diagnostics) {
	hour, hand := !m.ScheduledAt.IsNull(), m.ManualImplementation.ValueBool()
	at := path.Root("push").AtName("scheduled_at")
	if !hour {
		at = path.Root("push").AtName("manual_implementation")
	}
	switch {
	case hour && hand:
		diags.AddAttributeError(at, "A push cannot wait for both", located(at, "Leave scheduled_at out, or set manual_implementation to false."))
	case (hour || hand) && m.ApprovalPolicyID.IsNull():
		diags.AddAttributeError(at, "There is nothing to wait for", located(at, "Only what people have to agree to waits. Set approval_policy_id; or set automatic to false, and push by clm_push."))
	}
}
