package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/provider"
)

// opening serves a provider whose estates open does.
func opening(open provider.Embedded) map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){"clm": providerserver.NewProtocol6WithError(provider.New("test", open)())}
}

// configure gives the provider a block, null where a setting is left out, and
// returns what it made of it.
func configure(t *testing.T, block map[string]tftypes.Value) (got provider.Settings, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	server := must2(opening(func(_ context.Context, s provider.Settings) (http.RoundTripper, error) {
		got = s
		return http.DefaultTransport, nil
	})["clm"]())(t)
	types := map[string]tftypes.Type{}
	for _, name := range []string{"data_dir", "database_url", "key_file", "passphrase", "principal", "endpoint", "token", "ca_file", "ca_pem", "client_certificate_file", "client_key_file"} {
		types[name] = tftypes.String
		if _, given := block[name]; !given {
			block[name] = tftypes.NewValue(tftypes.String, nil)
		}
	}
	object := tftypes.Object{AttributeTypes: types}
	config := must2(tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, block)))(t)
	resp := must2(server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: &config}))(t)
	return got, resp.Diagnostics
}

func given(settings map[string]string) map[string]tftypes.Value {
	block := map[string]tftypes.Value{}
	for name, value := range settings {
		block[name] = tftypes.NewValue(tftypes.String, value)
	}
	return block
}

// Not parallel: it changes the environment. A setting is the block's, else the environment's, else the default.
func TestSettings(t *testing.T) {
	for name, c := range map[string]struct {
		block, environment map[string]string
		want               provider.Settings
	}{
		"nothing": {nil, nil, provider.Settings{DataDir: ".clm"}},
		"block": {map[string]string{"data_dir": "/estate", "key_file": "/key"}, nil,
			provider.Settings{DataDir: "/estate", KeyFile: "/key"}},
		"environment": {nil, map[string]string{"CLM_DATA_DIR": "/env", "CLM_PASSPHRASE": "words"},
			provider.Settings{DataDir: "/env", Passphrase: "words"}},
		"key in the environment": {nil, map[string]string{"CLM_KEY_FILE": "/env/key"},
			provider.Settings{DataDir: ".clm", KeyFile: "/env/key"}},
		"block over environment": {map[string]string{"data_dir": "/estate", "passphrase": "block"}, map[string]string{"CLM_DATA_DIR": "/env", "CLM_PASSPHRASE": "words"},
			provider.Settings{DataDir: "/estate", Passphrase: "block"}},
		"key over passphrase": {map[string]string{"key_file": "/key", "passphrase": ""}, map[string]string{"CLM_PASSPHRASE": "words"},
			provider.Settings{DataDir: ".clm", KeyFile: "/key"}},
		"principal":                    {map[string]string{"principal": "ann"}, map[string]string{"CLM_PRINCIPAL": "ci"}, provider.Settings{DataDir: ".clm", Principal: "ann"}},
		"principal in the environment": {nil, map[string]string{"CLM_PRINCIPAL": "ci"}, provider.Settings{DataDir: ".clm", Principal: "ci"}},
		"database": {map[string]string{"database_url": "postgres://db/clm", "key_file": "/key"}, nil,
			provider.Settings{DatabaseURL: "postgres://db/clm", KeyFile: "/key"}},
		"database in the environment": {nil, map[string]string{"CLM_DATABASE_URL": "postgres://db/clm", "CLM_PASSPHRASE": "words"},
			provider.Settings{DatabaseURL: "postgres://db/clm", Passphrase: "words"}},
		"folder over database": {map[string]string{"data_dir": "/estate", "database_url": ""}, map[string]string{"CLM_DATABASE_URL": "postgres://db/clm"},
			provider.Settings{DataDir: "/estate"}},
		"empty": {map[string]string{"data_dir": ""}, map[string]string{"CLM_DATA_DIR": "/env"}, provider.Settings{DataDir: ".clm"}},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range c.environment {
				t.Setenv(variable, value)
			}
			got, diagnostics := configure(t, given(c.block))
			if len(diagnostics) > 0 || got != c.want {
				t.Errorf("got %+v %v, want %+v", got, diagnostics, c.want)
			}
		})
	}
}

// Not parallel either. A block that contradicts itself, or the environment, or is not known yet, is
// refused at the setting; the estate is not opened and no value is repeated.
func TestSettingsRefuse(t *testing.T) {
	const server = "https://clm.example.com:8443"
	unknown := map[string]tftypes.Value{"data_dir": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)}
	for name, c := range map[string]struct {
		block       map[string]tftypes.Value
		environment map[string]string
		attribute   string
		summary     string
	}{
		"two keys":               {given(map[string]string{"key_file": "/key", "passphrase": password}), nil, "key_file", "Two keys for one estate"},
		"key and environment":    {given(map[string]string{"key_file": "/key"}), map[string]string{"CLM_PASSPHRASE": password}, "key_file", "Two keys for one estate"},
		"two in the environment": {given(nil), map[string]string{"CLM_KEY_FILE": "/key", "CLM_PASSPHRASE": password}, "key_file", "Two keys for one estate"},
		"two places": {given(map[string]string{"database_url": "postgres://u:" + password + "@db/clm", "data_dir": "/estate", "key_file": "/key"}), nil,
			"database_url", "Two places for one estate"},
		"place and environment": {given(map[string]string{"data_dir": "/estate", "key_file": "/key"}), map[string]string{"CLM_DATABASE_URL": "postgres://u:" + password + "@db/clm"},
			"database_url", "Two places for one estate"},
		"database without a key": {given(map[string]string{"database_url": "postgres://u:" + password + "@db/clm"}), nil,
			"database_url", "No key for an estate on PostgreSQL"},
		"not known when planning": {unknown, nil, "data_dir", "Setting not known yet"},
		"a server and a folder":   {given(map[string]string{"endpoint": server, "token": password, "data_dir": "/estate"}), nil, "data_dir", "An embedded backend and a server"},
		"a server and a key":      {given(map[string]string{"endpoint": server, "token": password}), map[string]string{"CLM_PASSPHRASE": password}, "passphrase", "An embedded backend and a server"},
		"a token and no server":   {given(nil), map[string]string{"CLM_TOKEN": password}, "endpoint", "A server without an address"},
		"nobody asks":             {given(map[string]string{"endpoint": server}), nil, "token", "Cannot use these settings of a server"},
		"two authorities":         {given(map[string]string{"endpoint": server, "token": password, "ca_pem": "x"}), map[string]string{"CLM_CA_FILE": "y"}, "ca_file", "Cannot use these settings of a server"},
		"no TLS":                  {given(map[string]string{"endpoint": "http://clm.example.com", "token": password}), nil, "endpoint", "Cannot use these settings of a server"},
		"no such authority":       {given(map[string]string{"endpoint": server, "token": password, "ca_file": "/none"}), nil, "ca_file", "Cannot work with the server at " + server},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range c.environment {
				t.Setenv(variable, value)
			}
			got, diagnostics := configure(t, c.block)
			if len(diagnostics) != 1 || got != (provider.Settings{}) {
				t.Fatalf("got %v and settings %+v, want one error", diagnostics, got)
			}
			d := diagnostics[0]
			if d.Severity != tfprotov6.DiagnosticSeverityError || d.Summary != c.summary || !d.Attribute.Equal(tftypes.NewAttributePath().WithAttributeName(c.attribute)) {
				t.Errorf("got %s at %s, want %s at %s", d.Summary, d.Attribute, c.summary, c.attribute)
			}
			if strings.Contains(d.Detail, password) {
				t.Errorf("a secret is in %q", d.Detail)
			}
		})
	}
}

// The block opens the estate it names, with the key it gives; a wrong key and a
// folder that is none are one clear error each.
func TestProviderBlock(t *testing.T) {
	t.Parallel()
	registry := &backend.Registry{}
	t.Cleanup(func() { must(t, registry.Close()) })
	open := func(ctx context.Context, s provider.Settings) (http.RoundTripper, error) {
		b, err := registry.Open(ctx, backend.Config{DataDir: s.DataDir, KeyFile: s.KeyFile, Passphrase: s.Passphrase, Version: "test"})
		if err != nil {
			return nil, err
		}
		return b.Transport(clm.Principal{Name: "test:block"}), nil
	}
	dir := filepath.Join(t.TempDir(), "estate")
	block := func(dir, passphrase string) string {
		return fmt.Sprintf("variable \"passphrase\" {\n  default   = %q\n  sensitive = true\n}\nprovider \"clm\" {\n  data_dir   = %q\n  passphrase = var.passphrase\n}\n", passphrase, dir) +
			strings.Replace(rootBlock("  self_signed = {\n    subject = { common_name = \"Lab\" }\n    validity_period_hours = 24\n  }"), `variable "secret"`, `variable "unused"`, 1)
	}
	made := does(block(dir, password), creates(corp))
	made.PostApplyFunc = func() {
		if _, err := os.Stat(filepath.Join(dir, backend.DefaultKeyFile)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a key file was made beside a passphrase: %v", err)
		}
	}
	file := newFile(t, "file", nil)
	tellWith(t, opening(open),
		made,
		refuses(block(dir, "another passphrase"), refusal{summary: "Cannot open the estate in " + dir, detail: "key"}),
		refuses(block(file, password), refusal{summary: "Cannot open the estate in " + file, detail: "not a directory"}),
		does(block(dir, password), nothing()),
	)
}
