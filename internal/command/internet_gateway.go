package command

import (
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/gateway"
)

// gatewayCommands run an internet gateway, and refresh the one that runs.
type gatewayCommands struct {
	Run     gatewayRunCommand     `cmd:"" default:"withargs" help:"Relay agents from outside the network to the servers."`
	Refresh gatewayRefreshCommand `cmd:"" help:"Have the gateway that runs on this machine take in the trust that is published."`
}

// gatewayState is where both find the gateway.
type gatewayState struct {
	StateDir string `help:"Folder for the gateway's key and certificate and its copy of the trust." default:"/var/lib/clm-internet-gateway" type:"path" env:"CLM_GATEWAY_STATE_DIR"`
}

type gatewayRunCommand struct {
	Server     []string      `required:"" help:"Address of a server, such as https://clm.example.com:8443; may be repeated: they are tried in turn." placeholder:"URL" env:"CLM_GATEWAY_SERVER"`
	Listen     string        `help:"Address to listen on for agents." default:"0.0.0.0:8443" env:"CLM_GATEWAY_LISTEN"`
	Bound      time.Duration `name:"revocation-bound" help:"How old what the gateway knows of revoked agents may be: when no server was heard of for longer, nothing passes." default:"15m"`
	Grace      time.Duration `help:"How long a stop waits for what is under way." default:"1m"`
	Enrolment  enrolment     `embed:""`
	StateInDir gatewayState  `embed:""`
}

// Run relays until the process is told to stop.
func (c gatewayRunCommand) Run(s surroundings) error {
	ctx, stop := signal.NotifyContext(s.ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	g, err := gateway.Open(ctx, gateway.Config{
		StateDir: c.StateInDir.StateDir, Listen: c.Listen, Servers: c.Server, CAFile: c.Enrolment.CAFile, Token: c.Enrolment.token,
		Version: s.version, Bound: c.Bound, Grace: c.Grace, Log: slog.New(slog.NewJSONHandler(s.errors, nil)),
	})
	if err != nil {
		return err
	}
	return g.Run(ctx)
}

type gatewayRefreshCommand struct {
	StateInDir gatewayState `embed:""`
}

// Run prints what the gateway carries then, which the server knows already.
func (c gatewayRefreshCommand) Run(s surroundings) error {
	done, err := gateway.RequestRefresh(s.ctx, c.StateInDir.StateDir)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "refreshed: the gateway carries epoch %d, digest %s\n", done.Epoch, done.Digest)
	return err
}
