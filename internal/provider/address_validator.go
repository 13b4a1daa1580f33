package provider

import (
	"context"
	"net"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// addressValidator tells at plan time which address the backend would refuse.
type addressValidator struct{}

func (addressValidator) Description(context.Context) string { return "an address as host:port" }
func (addressValidator) MarkdownDescription(context.Context) string {
	return "an address as `host:port`"
}

func (addressValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	host, port, err := net.SplitHostPort(req.ConfigValue.ValueString())
	number, outside := strconv.ParseUint(port, 10, 16)
	if err != nil || host == "" || outside != nil || number == 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "This is no address", located(req.Path, req.ConfigValue.String()+
			" is not host:port. Write web.example.com:443, 192.0.2.1:443 or, with brackets, [2001:db8::1]:443."))
	}
}
