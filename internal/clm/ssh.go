package clm

import (
	"fmt"
	"log/slog"
	"strings"
)

// SSH reaches a device through an account of its OpenSSH server, as root of its
// whole file system.
type SSH struct {
	Host         string `json:"host"` // name or address
	Port         int64  `json:"port"`
	CredentialID string `json:"credential_id"`
	// HostKey is what the server proves itself by, as in authorized_keys(5): type and
	// base64. A server with another is never spoken to.
	HostKey       string        `json:"host_key,omitempty"`
	HostKeyPolicy HostKeyPolicy `json:"host_key_policy"`
	// Sudo runs everything on the device as root, through sudo without a password.
	Sudo     bool      `json:"sudo,omitempty"`
	JumpHost *JumpHost `json:"jump_host,omitempty"`

	// Login is there while the device is being reached, and at no other time.
	Login *Login `json:"-"`
}

// JumpHost is an SSH server that connections go through.
type JumpHost struct {
	Host         string `json:"host"`
	Port         int64  `json:"port"`
	CredentialID string `json:"credential_id"`
	HostKey      string `json:"host_key"`
	Login        *Login `json:"-"`
}

// HostKeyPolicy says where the knowledge of a host key comes from.
type HostKeyPolicy string

const (
	// HostKeyPinned: the configuration names the key.
	HostKeyPinned HostKeyPolicy = "pinned"
	// HostKeyOnFirstUse: the key that is seen first is the right one from then on.
	HostKeyOnFirstUse HostKeyPolicy = "trust_on_first_use"
)

// Login is a credential that was opened: it lives for one use, and never prints.
type Login struct {
	Username   string
	PrivateKey []byte // PEM, "" when there is none
	Passphrase string // of the private key
	Password   string
	Agent      bool // keys of the SSH agent at SSH_AUTH_SOCK
}

// String implements [fmt.Stringer] and says no secret.
func (l Login) String() string { return "login of " + l.Username }

// GoString implements [fmt.GoStringer] and says no secret.
func (l Login) GoString() string { return l.String() }

// LogValue implements [slog.LogValuer] and says no secret.
func (l Login) LogValue() slog.Value { return slog.StringValue(l.String()) }

// Address is the host and port, for messages.
func (s SSH) Address() string { return fmt.Sprintf("%s:%d", s.Host, s.Port) }

// Check says whether the way is well formed.
func (s SSH) Check() error {
	if err := checkHost("ssh", s.Host, s.Port, s.CredentialID); err != nil {
		return err
	}
	switch s.HostKeyPolicy {
	case HostKeyPinned:
		if s.HostKey == "" {
			return Invalid("ssh.host_key", "no host key is given for %s", s.Address()).
				WithHint("name the key of the server, as `ssh-keyscan` prints it without the host name, or set host_key_policy = %q", HostKeyOnFirstUse)
		}
	case HostKeyOnFirstUse:
	default:
		return Invalid("ssh.host_key_policy", "%q is not a policy", s.HostKeyPolicy).WithHint("use %s or %s", HostKeyPinned, HostKeyOnFirstUse)
	}
	if s.JumpHost == nil {
		return nil
	}
	if err := checkHost("ssh.jump_host", s.JumpHost.Host, s.JumpHost.Port, s.JumpHost.CredentialID); err != nil {
		return err
	}
	if s.JumpHost.HostKey == "" {
		return Invalid("ssh.jump_host.host_key", "no host key is given for jump host %s", s.JumpHost.Host)
	}
	return nil
}

func checkHost(field, host string, port int64, credential string) error {
	switch {
	case host == "" || strings.ContainsAny(host, " /@\x00"):
		return Invalid(field+".host", "%q is not a host name or address", host)
	case port < 1 || port > 65535:
		return Invalid(field+".port", "%d is not a port", port).WithHint("use 1 to 65535")
	case credential == "":
		return Invalid(field+".credential_id", "no credential is given for %s", host)
	}
	return nil
}
