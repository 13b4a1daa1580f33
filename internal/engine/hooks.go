package engine

import (
	"context"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// runBefore runs the script that comes before anything is touched. That it may have
// begun is on record since the push has.
func (e *Engine) runBefore(ctx context.Context, d *delivery) error {
	script := d.connector.Settings().PreScript
	if script == nil {
		return nil
	}
	return e.run(ctx, d, "pre_script", *script)
}

// reload has the device take the new files in. That it begins is recorded first: a
// push that dies in the middle of it is not simply repeated.
func (e *Engine) reload(ctx context.Context, by clm.Principal, d *delivery) error {
	script := d.connector.Reload(d.device)
	if script == nil {
		return nil
	}
	err := e.update(ctx, by, func(c change) error {
		next := d.connector
		next.Running = clm.StepPostScript
		return c.save(&next, d, "begin_post_script", nil)
	})
	if err != nil {
		return err
	}
	return e.run(ctx, d, "post_script", *script)
}

// run runs a hook of a push, which has to end well.
func (e *Engine) run(ctx context.Context, d *delivery, name string, script clm.Script) error {
	script.Env = d.environment(name)
	result, err := e.Deployer.Run(ctx, d.device, script)
	switch {
	case err != nil:
		return err
	case result.ExitCode != 0:
		failed := clm.Errorf(clm.KindFailed, "the %s of connector %q ended on device %q with exit code %d%s",
			name, d.connector.Name, d.device.Name, result.ExitCode, quoted(result.Output))
		if name == "pre_script" {
			return failed.WithHint("the files were not touched; see to what the script complains about, then push again")
		}
		return failed
	}
	return nil
}

// quoted is the end of what a script printed.
func quoted(output string) string {
	const most = 1024
	output = strings.TrimSpace(output)
	if len(output) > most {
		output = "… " + strings.ToValidUTF8(output[len(output)-most:], "")
	}
	if output == "" {
		return " and printed nothing"
	}
	return " and printed:\n" + output
}

// environment is what a hook may want to know. No secret is in it.
func (d *delivery) environment(step string) map[string]string {
	place := d.connector.FileSystem
	directory := place.Directory
	if d.device.SSH != nil {
		directory = "/" + strings.TrimPrefix(directory, "/")
	}
	return map[string]string{
		"CLM_STEP": step, "CLM_CONNECTOR": d.connector.Name, "CLM_DEVICE": d.device.Name, "CLM_CERTIFICATE": d.row.Certificate.Name,
		"CLM_FINGERPRINT_SHA256": d.row.Current.FingerprintSHA256, "CLM_DIRECTORY": directory,
		"CLM_CERTIFICATE_FILE": place.CertificateFile, "CLM_KEY_FILE": place.KeyFile, "CLM_CHAIN_FILE": place.ChainFile,
	}
}
