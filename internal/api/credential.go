package api

import "time"

// Credential opens devices. Its secrets are never returned.
type Credential struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	SSH       *SSHAccount `json:"ssh,omitempty"`
	CreatedAt time.Time   `json:"created_at"`
	UpdatedAt time.Time   `json:"updated_at"`
}

// SSHAccount is an account of OpenSSH servers.
type SSHAccount struct {
	Username    string `json:"username"`
	PublicKey   string `json:"public_key,omitempty" doc:"of the private key, as in authorized_keys; empty when there is none"`
	HasPassword bool   `json:"has_password"`
	Agent       bool   `json:"agent" doc:"whether the keys of the SSH agent are tried"`

	PrivateKeyVersion int64 `json:"private_key_version,omitempty" doc:"what its owner calls the private key that is there"`
	PasswordVersion   int64 `json:"password_version,omitempty" doc:"what its owner calls the password that is there"`
}

// WriteCredential creates or changes a credential.
type WriteCredential struct {
	Name string           `json:"name"`
	SSH  *WriteSSHAccount `json:"ssh,omitempty"`
}

// WriteSSHAccount is an account with its secrets. One that is absent stays what it
// is, and an empty one goes.
type WriteSSHAccount struct {
	Username             string  `json:"username"`
	PrivateKey           *string `json:"private_key,omitempty" doc:"PEM, as ssh-keygen writes it"`
	PrivateKeyPassphrase *string `json:"private_key_passphrase,omitempty" doc:"of the private key"`
	PrivateKeyVersion    int64   `json:"private_key_version,omitempty" doc:"what its owner calls the private key, to know it again"`
	Password             *string `json:"password,omitempty" doc:"of the user"`
	PasswordVersion      int64   `json:"password_version,omitempty" doc:"what its owner calls the password, to know it again"`
	Agent                bool    `json:"agent,omitempty" doc:"whether the keys of the SSH agent at SSH_AUTH_SOCK are tried"`
}

// SSH reaches a device through an account of its OpenSSH server.
type SSH struct {
	Host          string    `json:"host" doc:"name or address"`
	Port          int64     `json:"port" doc:"of its SSH server"`
	CredentialID  string    `json:"credential_id"`
	HostKey       string    `json:"host_key,omitempty" doc:"type and base64, as in authorized_keys"`
	HostKeyPolicy string    `json:"host_key_policy" doc:"pinned or trust_on_first_use"`
	Sudo          bool      `json:"sudo,omitempty" doc:"whether everything is done as root, through sudo"`
	JumpHost      *JumpHost `json:"jump_host,omitempty" doc:"an SSH server that the connection goes through"`
}

// JumpHost is an SSH server that connections go through.
type JumpHost struct {
	Host         string `json:"host" doc:"name or address"`
	Port         int64  `json:"port" doc:"of its SSH server"`
	CredentialID string `json:"credential_id"`
	HostKey      string `json:"host_key" doc:"type and base64, as in authorized_keys"`
}
