package agent

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// carryOut does what a step says on the device.
func carryOut(ctx context.Context, on Deployer, device clm.Device, step api.AgentStep) (result api.StepResult) {
	device.CertSync = clm.CertSync(step.CertSync)
	if step.Kind == "run" {
		return run(ctx, on, device, step.Script)
	}
	result.Observed, result.Failure = onFiles(ctx, on, device, step)
	return result
}

func onFiles(ctx context.Context, on Deployer, device clm.Device, step api.AgentStep) ([]api.ObservedFile, *api.StepFailure) {
	if step.Set == nil {
		return nil, failureOf(clm.Invalid("set", "the step %s names no files", step.Kind))
	}
	set := setOf(*step.Set)
	if step.Kind == "observe" {
		found, err := on.Observe(ctx, device, set)
		return observed(found), failureOf(err)
	}
	act := map[string]func(context.Context, clm.Device, clm.FileSet) error{
		"preflight": on.Preflight, "install": on.Install, "remove": on.Remove, "restore": on.Restore, "settle": on.Settle,
	}[step.Kind]
	if act == nil {
		return nil, failureOf(clm.Invalid("kind", "this agent does not know the step %q", step.Kind).WithHint("install the server's version of the agent"))
	}
	return nil, failureOf(act(ctx, device, set))
}

func run(ctx context.Context, on Deployer, device clm.Device, script *api.StepScript) api.StepResult {
	if script == nil {
		return api.StepResult{Failure: failureOf(clm.Invalid("script", "the step run names no script"))}
	}
	ran, err := on.Run(ctx, device, clm.Script{
		Inline: script.Inline, DevicePath: script.DevicePath, Timeout: time.Duration(script.TimeoutSeconds) * time.Second, Env: script.Env,
	})
	return api.StepResult{ExitCode: ran.ExitCode, Output: clip(ran.Output, 16384), Failure: failureOf(err)}
}

func setOf(s api.StepFileSet) clm.FileSet {
	set := clm.FileSet{
		Owner: s.Owner, Directory: s.Directory, Claimed: s.Claimed, Overwrite: s.Overwrite, Restorable: s.Restorable,
		User: s.User, Group: s.Group, SecretMode: s.SecretMode,
	}
	for _, f := range s.Files {
		set.Files = append(set.Files, clm.File{Name: f.Name, Content: f.Content, Secret: f.Secret})
	}
	return set
}

func observed(found []clm.ObservedFile) (files []api.ObservedFile) {
	for _, f := range found {
		files = append(files, api.ObservedFile{Name: f.Name, Present: f.Present, SHA256: f.SHA256, Content: f.Content, Exposed: f.Exposed})
	}
	return files
}

// failureOf is an error as it travels: a kind and its code have the same name.
func failureOf(err error) *api.StepFailure {
	if err == nil {
		return nil
	}
	f := &api.StepFailure{Code: api.CodeInternal, Detail: clip(err.Error(), 8192), Unknown: clm.IsUnknown(err)}
	var known *clm.Error
	if errors.As(err, &known) {
		f.Code, f.Field, f.Detail, f.Hint = api.Code(known.Kind), known.Field, clip(known.WithoutHint(), 8192), clip(known.Hint, 4096)
	}
	return f
}
