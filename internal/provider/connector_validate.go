package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ValidateConfig refuses two files of one name.
func (r *connectorResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var place types.Object
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("file_system"), &place)...)
	files, ok := known[fileSystemModel](ctx, place, &resp.Diagnostics)
	if !ok {
		return
	}
	seen := map[string]string{}
	for _, f := range files.named() {
		if f.file.ValueString() == "" {
			continue // absent, or not known yet
		}
		if other, taken := seen[f.file.ValueString()]; taken {
			at := path.Root("file_system").AtName(f.attribute)
			resp.Diagnostics.AddAttributeError(at, "Two files have one name",
				located(at, fmt.Sprintf("%s is the name of %s already. Give each its own file.", f.file, other)))
		}
		seen[f.file.ValueString()] = f.attribute
	}
}

type namedFile struct {
	attribute string
	file      types.String
}

func (m fileSystemModel) named() []namedFile {
	return []namedFile{{"certificate_file", m.CertificateFile}, {"key_file", m.KeyFile}, {"chain_file", m.ChainFile}}
}
