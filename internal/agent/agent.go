package agent

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/identity"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/target"
)

// Config says where an agent works, and for which server.
type Config struct {
	StateDir      string
	RootDirectory string   // of the device: what the server names is below
	Servers       []string // addresses for the first contact
	CAFile        string   // whom to trust at the first contact; "": what the operating system trusts
	// Token gives an enrolment token when one is needed, "" for none. It is asked again
	// each time, so that a new one can be laid down for a running agent.
	Token   func() (string, error)
	Version string
	Grace   time.Duration // how long a stop waits for the step in hand; 0: a minute
	Log     *slog.Logger
	Clock   identity.Clock // nil: the real one
}

// Deployer is what the agent does on its device; see package target.
type Deployer interface {
	Preflight(ctx context.Context, device clm.Device, set clm.FileSet) error
	Observe(ctx context.Context, device clm.Device, set clm.FileSet) ([]clm.ObservedFile, error)
	Install(ctx context.Context, device clm.Device, set clm.FileSet) error
	Remove(ctx context.Context, device clm.Device, set clm.FileSet) error
	Restore(ctx context.Context, device clm.Device, set clm.FileSet) error
	Settle(ctx context.Context, device clm.Device, set clm.FileSet) error
	Run(ctx context.Context, device clm.Device, script clm.Script) (clm.ScriptResult, error)
}

// Agent is one agent. What is not said to be shared belongs to the goroutine that checks
// in.
type Agent struct {
	config    Config
	inventory api.Inventory
	session   string // shared: of this run

	deployer Deployer                            // shared
	wrap     func(identity.Files) identity.Files // the files that are kept
	files    identity.Files
	contact  *identity.Contact // shared
	record   record
	steps    worker // shared
}

// New makes an agent; Run has it work.
func New(c Config) *Agent {
	c.RootDirectory = cmp.Or(c.RootDirectory, string(filepath.Separator))
	c.Grace = cmp.Or(c.Grace, time.Minute)
	if c.Clock == nil {
		c.Clock = identity.RealClock{}
	}
	return &Agent{config: c, inventory: inventory(c.Version), wrap: func(f identity.Files) identity.Files { return f }}
}

func inventory(version string) api.Inventory {
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "" // it is told for people to recognize; nothing hangs on it
	}
	return api.Inventory{Version: version, OperatingSystem: runtime.GOOS + "/" + runtime.GOARCH, Hostname: hostname}
}

// Run works until ctx ends; then it finishes the step in hand, within the grace. An error
// means that it cannot work as it was set up; servers that are away, or that refuse it for
// now, are waited for.
func (a *Agent) Run(ctx context.Context) (err error) {
	folder, err := identity.OpenFolder(a.config.StateDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	if a.deployer == nil {
		targets := target.New()
		defer targets.Close()
		a.deployer = targets
	}
	a.files, a.session = a.wrap(folder), rand.Text()
	if err := a.prepare(ctx); err != nil {
		return err
	}
	defer a.contact.Close()
	return a.work(ctx)
}

// prepare takes in what is on the disk.
func (a *Agent) prepare(ctx context.Context) (err error) {
	a.contact, err = identity.NewContact(identity.Options{
		Files: a.files, Servers: a.config.Servers, CAFile: a.config.CAFile, Token: a.config.Token, Inventory: a.inventory,
		UserAgent: "terraform-provider-clm/" + a.config.Version + " agent", Log: a.config.Log,
	})
	if err != nil {
		return err
	}
	if a.record, err = readRecord(a.files); err != nil {
		return err
	}
	a.follow(ctx)
	return nil
}

// work checks in for as long as ctx lives, and has steps carried out beside that.
func (a *Agent) work(ctx context.Context) error {
	hands, drop := context.WithCancel(context.WithoutCancel(ctx)) // what is in hand outlives ctx, for the grace
	defer drop()
	visits := identity.Visits{Contact: a.contact, Clock: a.config.Clock, Log: a.config.Log, Who: "agent", Interval: a.interval, CheckIn: a.checkIn}
	if err := visits.Enrol(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	a.steps.agent, a.steps.hands = a, hands
	visits.Forever(ctx)
	return a.steps.finish(a.config.Clock.After(a.config.Grace), drop, a.config.Grace)
}

// device is the one the agent works on.
func (a *Agent) device(id, name string) clm.Device {
	return clm.Device{ID: id, Name: name, Local: &clm.Local{RootDirectory: a.config.RootDirectory}}
}
