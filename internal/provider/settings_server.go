package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

func serverSchema() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"endpoint": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Address of a server to work with instead of an embedded backend, such as `https://clm.example.com:8443`. " +
				"What it shows is always verified. Conflicts with `data_dir`, `key_file`, `passphrase` and `principal`. Environment variable: `CLM_ENDPOINT`.",
		},
		"token": schema.StringAttribute{
			Optional: true, Sensitive: true,
			MarkdownDescription: "Access token for the server, as `terraform-provider-clm token create` prints it. Prefer the environment variable `CLM_TOKEN`, " +
				"or an ephemeral variable: plan files record the values of ordinary variables.",
		},
		"ca_file": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "File with the CA certificate of the server, in PEM: a server writes it to `server-ca.pem` in its data folder. " +
				"Default: what the operating system trusts. Environment variable: `CLM_CA_FILE`.",
		},
		"ca_pem": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The same as text, in place of a file. Environment variable: `CLM_CA_PEM`.",
		},
		"client_certificate_file": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "File with a client certificate, in PEM, for a server that takes them: in place of a token. " +
				"Environment variable: `CLM_CLIENT_CERTIFICATE_FILE`.",
		},
		"client_key_file": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "File with the private key of `client_certificate_file`, in PEM. Environment variable: `CLM_CLIENT_KEY_FILE`.",
		},
	}
}

func (m settingsModel) server(diags *diag.Diagnostics) client.Remote {
	return client.Remote{
		Endpoint:              setting(diags, "endpoint", m.Endpoint, "CLM_ENDPOINT"),
		Token:                 setting(diags, "token", m.Token, "CLM_TOKEN"),
		CAFile:                setting(diags, "ca_file", m.CAFile, "CLM_CA_FILE"),
		CAPEM:                 setting(diags, "ca_pem", m.CAPEM, "CLM_CA_PEM"),
		ClientCertificateFile: setting(diags, "client_certificate_file", m.ClientCertificateFile, "CLM_CLIENT_CERTIFICATE_FILE"),
		ClientKeyFile:         setting(diags, "client_key_file", m.ClientKeyFile, "CLM_CLIENT_KEY_FILE"),
	}
}

// isRemote tells whether any setting is about a server. A token without an endpoint is a
// mistake, not a wish for an estate in a folder.
func (s Settings) isRemote() bool { return s.Server != client.Remote{} }

func (s Settings) checkRemote(diags *diag.Diagnostics) {
	if diags.HasError() {
		return
	}
	if s.Server.Endpoint == "" {
		diags.AddAttributeError(path.Root("endpoint"), "A server without an address",
			"There are settings for a server, here or by CLM_TOKEN and the like, and no endpoint. Set endpoint (CLM_ENDPOINT), or leave them out.")
		return
	}
	for name, local := range map[string]string{"data_dir": s.DataDir, "database_url": s.DatabaseURL, "key_file": s.KeyFile, "passphrase": s.Passphrase, "principal": s.Principal} {
		if local != "" {
			diags.AddAttributeError(path.Root(name), "An embedded backend and a server",
				"Both endpoint and "+name+" are given, here or by the environment variables. With a server, it has the estate and its keys, and the token says who asks. Give one of them.")
		}
	}
	if err := s.Server.Check(); err != nil && !diags.HasError() {
		addError(diags, "Cannot use these settings of a server", err, serverSettings()...)
	}
}

func serverSettings() (names []string) {
	for name := range serverSchema() {
		names = append(names, name)
	}
	return names
}

// reach asks the server who it takes us for: what stands in the way is told once, and not
// by every resource.
func (s Settings) reach(ctx context.Context, options client.Options, diags *diag.Diagnostics) *client.Client {
	tried := "Cannot work with the server at " + s.Server.Endpoint
	var err error
	if options.Transport, err = s.Server.Transport(); err != nil {
		addError(diags, tried, err, serverSettings()...)
		return nil
	}
	options.Endpoint = s.Server.Endpoint
	c := client.New(options)
	if _, err := c.Principal(ctx); err != nil {
		addError(diags, tried, err)
		return nil
	}
	return c
}
