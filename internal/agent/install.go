package agent

import (
	"context"
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// take takes a configuration in; the order is that of the package's comment. Files that
// cannot be installed are stated as that; the configuration is taken in all the same, and
// the next check-in tries again.
func (a *Agent) take(ctx context.Context, c api.AgentConfiguration, stated statement) error {
	if err := a.contact.Trust(c.ServerCAPEM); err != nil {
		return err
	}
	if mayWrite(c) {
		if err := a.install(ctx, c, stated); err != nil {
			return err
		}
	} else {
		a.record.Failure = ""
	}
	a.record.Configuration = &c
	if err := a.record.write(a.files); err != nil {
		return err
	}
	a.follow(ctx)
	a.steps.direct(ctx, c)
	return nil
}

// mayWrite tells whether the bundle is to be installed, rather than looked at or left
// alone.
func mayWrite(c api.AgentConfiguration) bool { return c.Trust != nil && !c.Trust.ReadOnly }

// repair puts right what is not as the configuration says, which the server has just
// confirmed. It tells whether there is something new to state.
func (a *Agent) repair(ctx context.Context, stated statement) (bool, error) {
	c := a.record.Configuration
	if c == nil {
		return false, nil
	}
	a.steps.direct(ctx, *c)
	if !mayWrite(*c) || a.settled(*c, stated) {
		return false, nil
	}
	if err := a.install(ctx, *c, stated); err != nil {
		return false, err
	}
	return a.look(ctx) != stated, a.record.write(a.files)
}

// install puts the bundle in its place and leaves all others. An error is one of the state
// folder; what happens on the device is a failure, on record.
func (a *Agent) install(ctx context.Context, c api.AgentConfiguration, stated statement) error {
	wanted := a.record.wanted(c)
	if a.record.note(wanted) {
		if err := a.record.write(a.files); err != nil {
			return err
		}
	}
	err := a.deployer.Install(ctx, a.device(c.DeviceID, c.Name), a.record.set(c))
	if ctx.Err() != nil {
		return ctx.Err() // a stop is no failure of the device
	}
	if err != nil {
		a.fail(ctx, c, err)
		return nil
	}
	a.record.Failure = ""
	if stated.digest != c.Trust.Digest {
		a.config.Log.InfoContext(ctx, "installed trust bundle", "epoch", c.Trust.Epoch, "digest", c.Trust.Digest, "directory", c.Trust.Directory)
	}
	a.leave(ctx, c, wanted)
	return nil
}

// fail keeps what went wrong for the next statement, and logs it when it is another
// failure than before.
func (a *Agent) fail(ctx context.Context, c api.AgentConfiguration, err error) {
	if failure := clip(err.Error(), longestFailure); failure != a.record.Failure {
		a.record.Failure = failure
		a.config.Log.ErrorContext(ctx, "the trust bundle cannot be installed", "epoch", c.Trust.Epoch, "digest", c.Trust.Digest, "error", failure)
	}
}

// leave takes the bundle away from where it does not belong any more. A place that cannot
// be left yet stays on record.
func (a *Agent) leave(ctx context.Context, c api.AgentConfiguration, wanted place) {
	a.record.Places = slices.DeleteFunc(a.record.Places, func(p place) bool {
		if p.Directory == wanted.Directory {
			return true
		}
		err := a.deployer.Remove(ctx, a.device(c.DeviceID, c.Name), p.names())
		if err != nil {
			a.config.Log.WarnContext(ctx, "the trust bundle cannot be taken away from where it was before: it is tried again", "directory", p.Directory, "error", err.Error())
		}
		return err == nil
	})
	wanted.Installed = wanted.Files
	a.record.Places = append(a.record.Places, wanted)
}

// longestFailure is what the API takes.
const longestFailure = 4096

// clip keeps a text to so many characters.
func clip(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
