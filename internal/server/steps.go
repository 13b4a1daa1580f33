package server

import (
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func showStep(s engine.TakenStep) *api.AgentStep {
	out := &api.AgentStep{ID: s.ID, Kind: string(s.Kind), CertSync: string(s.Task.Sync)}
	if s.Kind == clm.StepRun {
		script := s.Task.Script
		out.Script = &api.StepScript{
			Inline: script.Inline, DevicePath: script.DevicePath, TimeoutSeconds: inSeconds(script.Timeout), Env: s.Task.Env,
		}
		return out
	}
	set := s.Task.Set
	out.Set = &api.StepFileSet{
		Owner: set.Owner, Directory: set.Directory, Claimed: set.Claimed, Overwrite: set.Overwrite, Restorable: set.Restorable,
		User: set.User, Group: set.Group, SecretMode: set.SecretMode, Files: make([]api.StepFile, 0, len(set.Files)),
	}
	for _, f := range set.Files {
		out.Set.Files = append(out.Set.Files, api.StepFile{Name: f.Name, Content: f.Content, Secret: f.Secret})
	}
	return out
}

// stepKind keeps what an agent says to what a device can be in trouble with.
func stepKind(code api.Code) clm.Kind {
	switch kind := clm.Kind(code); kind {
	case clm.KindInvalid, clm.KindExists, clm.KindRefused, clm.KindUnreachable, clm.KindFailed:
		return kind
	}
	return clm.KindFailed
}

func stepOutcome(in api.StepResult) (out engine.StepOutcome) {
	if f := in.Failure; f != nil {
		out.Failure = &engine.StepFailure{Kind: stepKind(f.Code), Field: f.Field, Message: f.Detail, Hint: f.Hint, Unknown: f.Unknown}
	}
	for _, f := range in.Observed {
		out.Observed = append(out.Observed, clm.ObservedFile{Name: f.Name, Present: f.Present, SHA256: f.SHA256, Content: f.Content, Exposed: f.Exposed})
	}
	out.Result = clm.ScriptResult{ExitCode: in.ExitCode, Output: in.Output}
	return out
}
