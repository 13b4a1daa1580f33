// Package command is the command line of an estate: what an operator
// does beside Terraform, such as backing up, changing the key or revoking.
//
// Each command is one file. Commands that concern certificates go through the
// API like everybody else; only those about the estate's own files open them.
package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

// Estate are the settings every command shares with the provider block.
type Estate struct {
	DataDir     string `help:"Folder of the estate; default: .clm." env:"CLM_DATA_DIR" type:"path"`
	DatabaseURL string `help:"URL of the PostgreSQL database of the estate, in place of a folder. Use the environment variable where it holds a password: arguments can be seen by others." env:"CLM_DATABASE_URL" name:"database-url"`
	KeyFile     string `help:"File with the key that opens the estate; default: estate.key in the data folder." env:"CLM_KEY_FILE"`
	Passphrase  string `help:"Passphrase that opens the estate, in place of a key file. Use the environment variable: arguments can be seen by others." env:"CLM_PASSPHRASE"`
	Principal   string `help:"Who is recorded as the one who asks; default: the user of the operating system." env:"CLM_PRINCIPAL"`

	Server connection `embed:""`
}

// connection are the settings for a server, in place of an estate's folder.
type connection struct {
	Endpoint              string `help:"Address of a server to ask, instead of opening the estate." env:"CLM_ENDPOINT"`
	Token                 string `help:"Access token for the server. Use the environment variable: arguments can be seen by others." env:"CLM_TOKEN"`
	TrustedCA             string `name:"ca" help:"File with the server's CA certificate." env:"CLM_CA_FILE" type:"path"`
	ClientCertificateFile string `help:"File with a client certificate for the server." env:"CLM_CLIENT_CERTIFICATE_FILE" type:"path"`
	ClientKeyFile         string `help:"File with the key of the client certificate." env:"CLM_CLIENT_KEY_FILE" type:"path"`
}

type commands struct {
	Estate

	Agent           agentCommand           `cmd:"" help:"Work on this device for a server: install the trust bundle it publishes and the certificates it pushes."`
	Backup          backupCommand          `cmd:"" help:"Write a copy of the estate's database to a new file."`
	EnrolmentToken  enrolmentTokenCommands `cmd:"" help:"Manage enrolment tokens, which let agents enrol at a server."`
	InternetGateway gatewayCommands        `cmd:"" help:"Run an internet gateway, or refresh the one that runs."`
	Migrate         migrateCommand         `cmd:"" help:"Copy the estate in a folder to a PostgreSQL database."`
	Push            pushCommand            `cmd:"" help:"Push to a connector again, whatever became of its last push."`
	RenewAgents     renewAgentsCommand     `cmd:"" help:"Have agents take new keys and certificates."`
	RollBackPush    rollBackPushCommand    `cmd:"" help:"Put back what the last push by a connector replaced, and keep that."`
	Rewrap          rewrapCommand          `cmd:"" help:"Seal the estate's secrets with another key."`
	Revoke          revokeCommand          `cmd:"" help:"Revoke a certificate."`
	RevokeAgent     revokeAgentCommand     `cmd:"" help:"Revoke the certificate of an agent, which shuts it out."`
	Server          serverCommand          `cmd:"" help:"Serve an estate on the network, making it where there is none."`
	Token           tokenCommands          `cmd:"" help:"Manage access tokens, which let programs in at a server."`
	VerifyAudit     verifyAuditCommand     `cmd:"" help:"Check that no row of the audit trail was altered, removed or inserted."`
	Version         versionCommand         `cmd:"" help:"Print the version."`
}

// surroundings are what a command works with.
type surroundings struct {
	ctx     context.Context
	estate  Estate
	version string
	out     io.Writer
	errors  io.Writer // where a server logs
}

// Run carries out the command args name.
func Run(ctx context.Context, version string, args []string, out io.Writer) error {
	var c commands
	parser, err := kong.New(&c,
		kong.Name("terraform-provider-clm"), kong.Writers(out, os.Stderr),
		kong.Description("Without a command this program is a Terraform provider: Terraform starts it. The commands below work on the estate in a folder, or through a server."))
	if err != nil {
		return fmt.Errorf("describing the commands: %w", err)
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return err
	}
	return chosen.Run(surroundings{ctx: ctx, estate: c.Estate, version: version, out: out, errors: os.Stderr})
}

// open opens an estate that exists: a command never makes one by mistake.
func (s surroundings) open() (*backend.Backend, error) {
	if s.estate.Server.Endpoint != "" {
		return nil, errors.New("this works on the estate's own files: run it where they are, without --endpoint (CLM_ENDPOINT)")
	}
	c := backend.Config{
		DataDir: s.estate.DataDir, DatabaseURL: s.estate.DatabaseURL, MustExist: true,
		KeyFile: s.estate.KeyFile, Passphrase: s.estate.Passphrase, Version: s.version,
	}
	if c.DatabaseURL == "" {
		c.DataDir = cmp.Or(c.DataDir, defaultDataDir)
		if err := backend.Exists(c.DataDir); err != nil {
			return nil, fmt.Errorf("there is no estate in %s: %w (name its folder with --data-dir)", c.DataDir, err)
		}
	}
	return backend.Open(s.ctx, c)
}

// defaultDataDir is the provider's own default.
const defaultDataDir = ".clm"

// asking has a client of the estate do something: of the server where one is named, else
// of the folder, as an administrator.
func (s surroundings) asking(ask func(*client.Client) error) (err error) {
	o := client.Options{Endpoint: "http://embedded", UserAgent: "terraform-provider-clm/" + s.version}
	if server := s.estate.Server; server.Endpoint != "" {
		o.Endpoint = server.Endpoint
		if o.Transport, err = server.remote().Transport(); err != nil {
			return err
		}
		return ask(client.New(o))
	}
	b, err := s.open()
	if err != nil {
		return err
	}
	defer closing(b, &err)
	o.Transport = b.Transport(backend.LocalPrincipal(s.estate.Principal))
	return ask(client.New(o))
}

func (c connection) remote() client.Remote {
	return client.Remote{
		Endpoint: c.Endpoint, Token: c.Token, CAFile: c.TrustedCA, ClientCertificateFile: c.ClientCertificateFile, ClientKeyFile: c.ClientKeyFile,
	}
}

type versionCommand struct{}

func (versionCommand) Run(s surroundings) error {
	_, err := fmt.Fprintln(s.out, s.version)
	return err
}
