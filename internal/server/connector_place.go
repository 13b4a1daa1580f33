package server

import (
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

func placeInput(in api.FileSystem) clm.FileSystem {
	return clm.FileSystem{
		Format: clm.Format(in.Format), Directory: in.Directory, CertificateFile: in.CertificateFile, KeyFile: in.KeyFile, ChainFile: in.ChainFile,
		StoreFile: in.StoreFile, Alias: in.Alias, RootAlias: in.RootAlias, IntermediateAliases: in.IntermediateAliases, PKCS12Profile: in.PKCS12Profile,
		PasswordVersion: in.PasswordVersion, KeyPasswordVersion: in.KeyPasswordVersion, Owner: in.Owner, Group: in.Group, Mode: in.Mode,
	}
}

func showPlace(f clm.FileSystem) api.FileSystem {
	return api.FileSystem{
		Format: string(f.Format), Directory: f.Directory, CertificateFile: f.CertificateFile, KeyFile: f.KeyFile, ChainFile: f.ChainFile,
		StoreFile: f.StoreFile, Alias: f.Alias, RootAlias: f.RootAlias, IntermediateAliases: f.IntermediateAliases, PKCS12Profile: f.PKCS12Profile,
		PasswordVersion: f.PasswordVersion, KeyPasswordVersion: f.KeyPasswordVersion, Owner: f.Owner, Group: f.Group, Mode: f.Mode,
	}
}

func pushInput(in *api.PushSettings) *clm.PushSettings {
	if in == nil {
		return nil
	}
	return &clm.PushSettings{
		Automatic: in.Automatic, Overwrite: in.Overwrite, IncludeChain: in.IncludeChain,
		PreScript: scriptInput(in.PreScript), PostScript: scriptInput(in.PostScript), Comments: in.Comments,
		ApprovalPolicyID: in.ApprovalPolicyID, Manual: in.ManualImplementation, ScheduledAt: in.ScheduledAt,
	}
}

func showPushSettings(p *clm.PushSettings) *api.PushSettings {
	if p == nil {
		return nil
	}
	return &api.PushSettings{
		Automatic: p.Automatic, Overwrite: p.Overwrite, IncludeChain: p.IncludeChain,
		PreScript: showScript(p.PreScript), PostScript: showScript(p.PostScript), Comments: p.Comments,
		ApprovalPolicyID: p.ApprovalPolicyID, ManualImplementation: p.Manual, ScheduledAt: p.ScheduledAt,
	}
}

func scriptInput(in *api.Script) *clm.Script {
	if in == nil {
		return nil
	}
	return &clm.Script{
		Inline: in.Inline, DevicePath: in.DevicePath, Timeout: time.Duration(in.TimeoutSeconds) * time.Second, Repeatable: in.Repeatable,
	}
}

func showScript(s *clm.Script) *api.Script {
	if s == nil {
		return nil
	}
	return &api.Script{Inline: s.Inline, DevicePath: s.DevicePath, TimeoutSeconds: int64(s.Timeout / time.Second), Repeatable: s.Repeatable}
}

func verificationInput(in *api.Verification) *clm.Verification {
	if in == nil {
		return nil
	}
	v := clm.Verification(*in)
	return &v
}

func showVerification(v *clm.Verification) *api.Verification {
	if v == nil {
		return nil
	}
	out := api.Verification(*v)
	return &out
}

func secretsInput(in *api.StoreSecrets) *clm.StoreSecrets {
	if in == nil {
		return nil
	}
	return &clm.StoreSecrets{Password: in.Password, KeyPassword: in.PrivateKeyPassword}
}

func showSightings(all []clm.Sighting) (out []api.Sighting) {
	for _, s := range all {
		out = append(out, api.Sighting{
			Address: s.Address, Status: string(s.Status), Reason: string(s.Reason), FingerprintSHA256: s.FingerprintSHA256, Detail: s.Detail, At: s.At,
		})
	}
	return out
}
