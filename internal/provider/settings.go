package provider

import (
	"cmp"
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

// Settings are the provider block and its environment variables, resolved.
type Settings struct {
	DataDir     string // folder of the estate, "" where it is in a database or with a server
	DatabaseURL string
	KeyFile     string
	Passphrase  string
	Principal   string

	// Server is a server to work with, instead of an estate in a folder; without an
	// endpoint there is none.
	Server client.Remote
}

type settingsModel struct {
	DataDir     types.String `tfsdk:"data_dir"`
	DatabaseURL types.String `tfsdk:"database_url"`
	KeyFile     types.String `tfsdk:"key_file"`
	Passphrase  types.String `tfsdk:"passphrase"`
	Principal   types.String `tfsdk:"principal"`

	Endpoint              types.String `tfsdk:"endpoint"`
	Token                 types.String `tfsdk:"token"`
	CAFile                types.String `tfsdk:"ca_file"`
	CAPEM                 types.String `tfsdk:"ca_pem"`
	ClientCertificateFile types.String `tfsdk:"client_certificate_file"`
	ClientKeyFile         types.String `tfsdk:"client_key_file"`
}

func settingsSchema() map[string]schema.Attribute {
	all := embeddedSchema()
	maps.Copy(all, serverSchema())
	return all
}

func embeddedSchema() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"data_dir": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Folder of the embedded backend: the SQLite database, its backups and, unless a key is given, the key file. " +
				"Made when it is missing. Default: `.clm` in the working directory. Environment variable: `CLM_DATA_DIR`.",
		},
		"database_url": schema.StringAttribute{
			Optional: true, Sensitive: true,
			MarkdownDescription: "PostgreSQL database of the embedded backend, in place of `data_dir`, so that several machines share an estate: " +
				"`postgres://user:password@host:5432/database?sslmode=verify-full&search_path=clm`. Each schema of a database, by default `public`, is an estate of its own, " +
				"made when it is missing. Needs `key_file` or `passphrase`. Prefer the environment variable `CLM_DATABASE_URL`, or an ephemeral variable: " +
				"plan files record the values of ordinary variables.",
		},
		"key_file": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "File with the key that seals private keys at rest: 32 random bytes in base64, readable by its owner alone. " +
				"Default: `estate.key` in the data folder, made for a new estate. Environment variable: `CLM_KEY_FILE`.",
		},
		"passphrase": schema.StringAttribute{
			Optional: true, Sensitive: true,
			MarkdownDescription: "Passphrase that seals private keys at rest, in place of a key file. Prefer the environment variable `CLM_PASSPHRASE`, " +
				"or an ephemeral variable: plan files record the values of ordinary variables.",
		},
		"principal": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Who is recorded as the one who asks, in the audit trail and on work orders: tells people apart who share an account, such as a pipeline's. " +
				"An embedded estate trusts everybody who can open it. Default: the user of the operating system. Environment variable: `CLM_PRINCIPAL`.",
		},
	}
}

// defaultDataDir lies beside the configuration: the CLI runs the provider there.
const defaultDataDir = ".clm"

func readSettings(ctx context.Context, req provider.ConfigureRequest) (Settings, diag.Diagnostics) {
	var m settingsModel
	diags := req.Config.Get(ctx, &m)
	s := Settings{
		DataDir:     setting(&diags, "data_dir", m.DataDir, "CLM_DATA_DIR"),
		DatabaseURL: setting(&diags, "database_url", m.DatabaseURL, "CLM_DATABASE_URL"),
		KeyFile:     setting(&diags, "key_file", m.KeyFile, "CLM_KEY_FILE"),
		Passphrase:  setting(&diags, "passphrase", m.Passphrase, "CLM_PASSPHRASE"),
		Principal:   setting(&diags, "principal", m.Principal, "CLM_PRINCIPAL"),
		Server:      m.server(&diags),
	}
	if s.isRemote() {
		s.checkRemote(&diags)
		return s, diags
	}
	if s.DatabaseURL == "" {
		s.DataDir = cmp.Or(s.DataDir, defaultDataDir)
	}
	s.contradictions(&diags)
	return s, diags
}

// contradictions are refused before anything is opened.
func (s Settings) contradictions(diags *diag.Diagnostics) {
	if s.DatabaseURL != "" && s.DataDir != "" {
		diags.AddAttributeError(path.Root("database_url"), "Two places for one estate",
			"Both a data folder and a database are given, here or by CLM_DATA_DIR and CLM_DATABASE_URL. Give one of them.")
	}
	if s.DatabaseURL != "" && s.KeyFile == "" && s.Passphrase == "" {
		diags.AddAttributeError(path.Root("database_url"), "No key for an estate on PostgreSQL",
			"There is no data folder to keep a key in. Set key_file or passphrase, or CLM_KEY_FILE or CLM_PASSPHRASE, to the same wherever this database is used.")
	}
	if s.KeyFile != "" && s.Passphrase != "" {
		diags.AddAttributeError(path.Root("key_file"), "Two keys for one estate",
			"Both a key file and a passphrase are given, here or by CLM_KEY_FILE and CLM_PASSPHRASE. Give one of them.")
	}
}

// setting is the configured value, else the environment's.
func setting(diags *diag.Diagnostics, name string, value types.String, variable string) string {
	if value.IsUnknown() {
		diags.AddAttributeError(path.Root(name), "Setting not known yet",
			"The provider's "+name+" depends on something that is only known after apply. Use a value that is known when planning.")
		return ""
	}
	if !value.IsNull() {
		return value.ValueString()
	}
	return os.Getenv(variable)
}

// scope sets apart configurations that share an estate: the folder the CLI runs
// in and its workspace.
func (s Settings) scope() string {
	folder, err := os.Getwd()
	if err != nil {
		folder = "unknown"
	}
	return folder + "\n" + workspace()
}

// workspace is the one the CLI works in: what the environment says, else what
// "workspace select" has written down.
func workspace() string {
	if name := os.Getenv("TF_WORKSPACE"); name != "" {
		return name
	}
	selected, err := os.ReadFile(filepath.Join(cmp.Or(os.Getenv("TF_DATA_DIR"), ".terraform"), "environment"))
	if err != nil {
		return "default" // nothing was ever selected
	}
	return strings.TrimSpace(string(selected))
}
