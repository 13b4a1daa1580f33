package clm

import "time"

// Credential opens devices. Its secrets are sealed in a row of their own; what is
// here may be shown.
type Credential struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	SSH       *SSHAccount `json:"ssh,omitempty"`
	SecretID  string      `json:"secret_id,omitempty"` // of the sealed secrets, "" when there are none
	CreatedAt time.Time   `json:"created_at"`
	UpdatedAt time.Time   `json:"updated_at"`
	Revision  int64       `json:"-"`
}

// SSHAccount is an account of OpenSSH servers and the ways to prove to be its user.
type SSHAccount struct {
	Username    string `json:"username"`
	PublicKey   string `json:"public_key,omitempty"` // of the private key, as in authorized_keys(5)
	HasPassword bool   `json:"has_password,omitempty"`
	Agent       bool   `json:"agent,omitempty"` // the keys of the agent at SSH_AUTH_SOCK

	// What the owner calls the secrets that are there; 0 when there is none.
	PrivateKeyVersion int64 `json:"private_key_version,omitempty"`
	PasswordVersion   int64 `json:"password_version,omitempty"`
}

// CredentialSecrets are what a credential keeps sealed.
type CredentialSecrets struct {
	PrivateKey string `json:"private_key,omitempty"` // PEM, as OpenSSH or PKCS#8 has it
	Passphrase string `json:"passphrase,omitempty"`  // of the private key
	Password   string `json:"password,omitempty"`
}

// Check says whether the credential is well formed.
func (c Credential) Check() error {
	if err := CheckName(c.Name); err != nil {
		return err
	}
	switch {
	case c.SSH == nil:
		return Invalid("ssh", "credential %q opens nothing", c.Name).WithHint("set ssh = { username = … }")
	case c.SSH.Username == "":
		return Invalid("ssh.username", "credential %q names no user", c.Name)
	case c.SSH.PublicKey == "" && !c.SSH.HasPassword && !c.SSH.Agent:
		return Invalid("ssh", "credential %q has nothing to prove itself by", c.Name).
			WithHint("give private_key_wo or password_wo, each with its version, or set agent = true")
	}
	return nil
}

// Login is the credential with its secrets.
func (c Credential) Login(s CredentialSecrets) *Login {
	return &Login{
		Username: c.SSH.Username, PrivateKey: []byte(s.PrivateKey), Passphrase: s.Passphrase, Password: s.Password, Agent: c.SSH.Agent,
	}
}

// Untouched tells whether its owner never changed it since it was made.
func (c Credential) Untouched() bool { return c.UpdatedAt.Equal(c.CreatedAt) }
