package provider

import (
	"context"
	"path"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// fileNameValidator and directoryValidator tell at plan time what the backend
// would refuse at apply: nothing may leave its folder.
var (
	fileNameValidator  validator.String = pathCheck{"a file name without slashes, not . or .., not beginning with .clm", isFileName}
	directoryValidator validator.String = pathCheck{"a folder below the device's root directory, with forward slashes, without . or .. parts or parts that begin with .clm, such as etc/tls or /etc/tls", isBelowRoot}
)

type pathCheck struct {
	wanted string
	holds  func(string) bool
}

func (c pathCheck) Description(context.Context) string { return "must be " + c.wanted }

func (c pathCheck) MarkdownDescription(ctx context.Context) string { return c.Description(ctx) }

func (c pathCheck) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || c.holds(req.ConfigValue.ValueString()) {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "This path could leave its folder", located(req.Path, req.ConfigValue.String()+" is not "+c.wanted+"."))
}

func isFileName(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) <= 255 &&
		!strings.ContainsAny(name, "/\\\x00") && !strings.HasPrefix(name, ".clm")
}

func isBelowRoot(dir string) bool {
	if dir == "." {
		return true
	}
	dir = strings.TrimPrefix(dir, "/")
	return dir != "" && !strings.HasPrefix(dir, "/") && path.Clean(dir) == dir && dir != ".." &&
		!strings.HasPrefix(dir, "../") && !strings.ContainsAny(dir, "\\\x00") && !strings.Contains("/"+dir, "/.clm")
}
