package command

import (
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/agent"
)

type agentCommand struct {
	Server        []string      `required:"" help:"Address of a server for the first contact, such as https://clm.example.com:8443; may be repeated. The device's communication profile names others later." placeholder:"URL" env:"CLM_AGENT_SERVER"`
	Enrolment     enrolment     `embed:""`
	StateDir      string        `help:"Folder for the agent's key and certificate and what it was told last." default:"/var/lib/clm-agent" type:"path" env:"CLM_AGENT_STATE_DIR"`
	RootDirectory string        `help:"Folder that stands for the device's file system." default:"/" type:"path"`
	Grace         time.Duration `help:"How long a stop waits for the step in hand." default:"1m"`
}

// Run works until the process is told to stop.
func (c agentCommand) Run(s surroundings) error {
	ctx, stop := signal.NotifyContext(s.ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	return agent.New(agent.Config{
		StateDir: c.StateDir, RootDirectory: c.RootDirectory, Servers: c.Server, CAFile: c.Enrolment.CAFile, Token: c.Enrolment.token,
		Version: s.version, Grace: c.Grace, Log: slog.New(slog.NewJSONHandler(s.errors, nil)),
	}).Run(ctx)
}
