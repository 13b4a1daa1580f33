package command

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/agent"
)

type agentCommand struct {
	Server             []string      `required:"" help:"Address of a server for the first contact, such as https://clm.example.com:8443; may be repeated. The device's communication profile names others later." placeholder:"URL" env:"CLM_AGENT_SERVER"`
	EnrolmentToken     string        `help:"Token that lets this device enrol, once. Use the environment variable or a file: arguments can be seen by others." env:"CLM_ENROLMENT_TOKEN" xor:"token"`
	EnrolmentTokenFile string        `help:"File with the enrolment token. It is read when one is needed: a new token can be laid down while the agent runs." type:"path" xor:"token"`
	CAFile             string        `name:"ca-file" help:"File with the server's CA certificate for the first contact; default: what the operating system trusts." type:"path" env:"CLM_CA_FILE"`
	StateDir           string        `help:"Folder for the agent's key and certificate and what it was told last." default:"/var/lib/clm-agent" type:"path" env:"CLM_AGENT_STATE_DIR"`
	RootDirectory      string        `help:"Folder that stands for the device's file system." default:"/" type:"path"`
	Grace              time.Duration `help:"How long a stop waits for the step in hand." default:"1m"`
}

// Run works until the process is told to stop.
func (c agentCommand) Run(s surroundings) error {
	ctx, stop := signal.NotifyContext(s.ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	return agent.New(agent.Config{
		StateDir: c.StateDir, RootDirectory: c.RootDirectory, Servers: c.Server, CAFile: c.CAFile, Token: c.token,
		Version: s.version, Grace: c.Grace, Log: slog.New(slog.NewJSONHandler(s.errors, nil)),
	}).Run(ctx)
}

// token is "" where there is none, or none yet.
func (c agentCommand) token() (string, error) {
	if c.EnrolmentTokenFile == "" {
		return strings.TrimSpace(c.EnrolmentToken), nil
	}
	content, err := os.ReadFile(c.EnrolmentTokenFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading --enrolment-token-file: %w", err)
	}
	return strings.TrimSpace(string(content)), nil
}
