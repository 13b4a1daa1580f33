package clmtest

import (
	"context"
	"net/http"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/provider"
)

// Provider serves the provider on this estate, in the test's process, to the CLI
// that the test harness starts. Whatever the provider block says, it is this
// estate that is used, with the estate's clock.
func (e *Estate) Provider() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"clm": func() (tfprotov6.ProviderServer, error) { return provider.NewServer("test", e.Embedded) },
	}
}

// Embedded is the way to this estate for a provider made by hand.
func (e *Estate) Embedded(context.Context, provider.Settings) (http.RoundTripper, error) {
	return e.Transport("test:terraform"), nil
}
