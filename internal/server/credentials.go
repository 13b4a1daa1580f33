package server

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func (s *Server) registerCredentials(a huma.API) {
	handle(a, s, post("create-credential", api.Credentials, "Add a credential"),
		func(ctx context.Context, in *body[api.WriteCredential]) (api.Credential, error) {
			credential, err := s.engine.CreateCredential(ctx, principal(ctx), credentialInput(in.Body))
			return showCredential(credential), err
		})
	handle(a, s, get("list-credentials", api.Credentials, "List credentials by name"),
		func(ctx context.Context, in *paged) (*api.List[api.Credential], error) {
			credentials, err := s.engine.Credentials(ctx, in.page())
			return list(*in, credentials, func(c clm.Credential) string { return c.Name }, showCredential), err
		})
	handle(a, s, get("get-credential", api.Credentials+item, "Read a credential, without its secrets"),
		func(ctx context.Context, in *byRef) (api.Credential, error) {
			credential, err := s.engine.Credential(ctx, in.Ref)
			return showCredential(credential), err
		})
	handle(a, s, put("update-credential", api.Credentials+item, "Change a credential"),
		func(ctx context.Context, in *bodyByRef[api.WriteCredential]) (api.Credential, error) {
			credential, err := s.engine.UpdateCredential(ctx, principal(ctx), in.Ref, credentialInput(in.Body))
			return showCredential(credential), err
		})
	remove(a, s, huma.Operation{OperationID: "delete-credential", Path: api.Credentials + item, Summary: "Forget a credential that opens no device"},
		func(ctx context.Context, in *byRef) error {
			return s.engine.DeleteCredential(ctx, principal(ctx), in.Ref)
		})
}

func credentialInput(in api.WriteCredential) engine.CredentialInput {
	out := engine.CredentialInput{Name: in.Name}
	if in.SSH != nil {
		out.Username, out.Agent = in.SSH.Username, in.SSH.Agent
		out.PrivateKey, out.Passphrase, out.Password = in.SSH.PrivateKey, in.SSH.PrivateKeyPassphrase, in.SSH.Password
		out.PrivateKeyVersion, out.PasswordVersion = in.SSH.PrivateKeyVersion, in.SSH.PasswordVersion
	}
	return out
}

func showCredential(c clm.Credential) api.Credential {
	out := api.Credential{ID: c.ID, Name: c.Name, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
	if c.SSH != nil {
		out.SSH = &api.SSHAccount{
			Username: c.SSH.Username, PublicKey: c.SSH.PublicKey, HasPassword: c.SSH.HasPassword, Agent: c.SSH.Agent,
			PrivateKeyVersion: c.SSH.PrivateKeyVersion, PasswordVersion: c.SSH.PasswordVersion,
		}
	}
	return out
}

func sshInput(in *api.SSH) *clm.SSH {
	if in == nil {
		return nil
	}
	out := &clm.SSH{
		Host: in.Host, Port: in.Port, CredentialID: in.CredentialID, HostKey: in.HostKey,
		HostKeyPolicy: clm.HostKeyPolicy(in.HostKeyPolicy), Sudo: in.Sudo,
	}
	if jump := in.JumpHost; jump != nil {
		out.JumpHost = &clm.JumpHost{Host: jump.Host, Port: jump.Port, CredentialID: jump.CredentialID, HostKey: jump.HostKey}
	}
	return out
}

func showSSH(s *clm.SSH) *api.SSH {
	if s == nil {
		return nil
	}
	out := &api.SSH{
		Host: s.Host, Port: s.Port, CredentialID: s.CredentialID, HostKey: s.HostKey,
		HostKeyPolicy: string(s.HostKeyPolicy), Sudo: s.Sudo,
	}
	if jump := s.JumpHost; jump != nil {
		out.JumpHost = &api.JumpHost{Host: jump.Host, Port: jump.Port, CredentialID: jump.CredentialID, HostKey: jump.HostKey}
	}
	return out
}
