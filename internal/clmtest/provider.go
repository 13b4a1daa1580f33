package clmtest

import (
	"context"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/provider"
)

// Provider serves the provider on this estate, in the test's process, to the CLI
// that the test harness starts. Whatever the provider block says, it is this
// estate that is used, with the estate's clock.
func (e *Estate) Provider() map[string]func() (tfprotov6.ProviderServer, error) {
	embedded := func(context.Context, provider.Settings) (http.RoundTripper, error) {
		return e.Transport("test:terraform"), nil
	}
	return map[string]func() (tfprotov6.ProviderServer, error){
		"clm": providerserver.NewProtocol6WithError(provider.New("test", embedded)()),
	}
}
