package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

type fileSystemModel struct {
	Format          types.String `tfsdk:"format"`
	Directory       types.String `tfsdk:"directory"`
	CertificateFile types.String `tfsdk:"certificate_file"`
	KeyFile         types.String `tfsdk:"key_file"`
	ChainFile       types.String `tfsdk:"chain_file"`

	StoreFile                   types.String `tfsdk:"store_file"`
	PasswordWO                  types.String `tfsdk:"password_wo"`
	PasswordWOVersion           types.Int64  `tfsdk:"password_wo_version"`
	PrivateKeyPasswordWO        types.String `tfsdk:"private_key_password_wo"`
	PrivateKeyPasswordWOVersion types.Int64  `tfsdk:"private_key_password_wo_version"`
	Alias                       types.String `tfsdk:"alias"`
	RootAlias                   types.String `tfsdk:"root_alias"`
	IntermediateAliases         types.List   `tfsdk:"intermediate_aliases"`
	PKCS12Profile               types.String `tfsdk:"pkcs12_profile"`

	Owner types.String `tfsdk:"owner"`
	Group types.String `tfsdk:"group"`
	Mode  types.String `tfsdk:"mode"`
}

var fileSystemTypes = map[string]attr.Type{
	"format": types.StringType, "directory": types.StringType,
	"certificate_file": types.StringType, "key_file": types.StringType, "chain_file": types.StringType,
	"store_file": types.StringType, "password_wo": types.StringType, "password_wo_version": types.Int64Type,
	"private_key_password_wo": types.StringType, "private_key_password_wo_version": types.Int64Type,
	"alias": types.StringType, "root_alias": types.StringType, "intermediate_aliases": types.ListType{ElemType: types.StringType}, "pkcs12_profile": types.StringType,
	"owner": types.StringType, "group": types.StringType, "mode": types.StringType,
}

func (m fileSystemModel) request(ctx context.Context, diags *diag.Diagnostics) api.FileSystem {
	return api.FileSystem{
		Format: m.Format.ValueString(), Directory: m.Directory.ValueString(), CertificateFile: m.CertificateFile.ValueString(),
		KeyFile: m.KeyFile.ValueString(), ChainFile: m.ChainFile.ValueString(), StoreFile: m.StoreFile.ValueString(),
		Alias: m.Alias.ValueString(), RootAlias: m.RootAlias.ValueString(), IntermediateAliases: textsOf(ctx, m.IntermediateAliases, diags),
		PKCS12Profile: m.PKCS12Profile.ValueString(), PasswordVersion: m.PasswordWOVersion.ValueInt64(),
		KeyPasswordVersion: m.PrivateKeyPasswordWOVersion.ValueInt64(), Owner: m.Owner.ValueString(), Group: m.Group.ValueString(), Mode: m.Mode.ValueString(),
	}
}

// secrets are the passwords whose version differs from the one in state: the others
// stay what they are.
func (m fileSystemModel) secrets(state fileSystemModel) *api.StoreSecrets {
	var out api.StoreSecrets
	if !m.PasswordWOVersion.Equal(state.PasswordWOVersion) {
		password := m.PasswordWO.ValueString()
		out.Password = &password
	}
	if !m.PrivateKeyPasswordWOVersion.Equal(state.PrivateKeyPasswordWOVersion) {
		password := m.PrivateKeyPasswordWO.ValueString()
		out.PrivateKeyPassword = &password
	}
	if out == (api.StoreSecrets{}) {
		return nil
	}
	return &out
}

func fileSystemState(ctx context.Context, f api.FileSystem, diags *diag.Diagnostics) types.Object {
	aliases, d := types.ListValueFrom(ctx, types.StringType, orEmpty(f.IntermediateAliases))
	diags.Append(d...)
	place, d := types.ObjectValueFrom(ctx, fileSystemTypes, fileSystemModel{
		Format: types.StringValue(f.Format), Directory: types.StringValue(f.Directory), CertificateFile: optional(f.CertificateFile),
		KeyFile: optional(f.KeyFile), ChainFile: optional(f.ChainFile), StoreFile: optional(f.StoreFile),
		PasswordWOVersion: number(f.PasswordVersion), PrivateKeyPasswordWOVersion: number(f.KeyPasswordVersion),
		Alias: optional(f.Alias), RootAlias: optional(f.RootAlias), IntermediateAliases: aliases, PKCS12Profile: optional(f.PKCS12Profile),
		Owner: optional(f.Owner), Group: optional(f.Group), Mode: optional(f.Mode),
	})
	diags.Append(d...)
	return place
}

// textsOf are the texts of a list that is known.
func textsOf(ctx context.Context, list types.List, diags *diag.Diagnostics) (values []string) {
	if !list.IsNull() && !list.IsUnknown() {
		diags.Append(list.ElementsAs(ctx, &values, false)...)
	}
	return values
}
