package pki

import (
	"crypto/x509"
	"errors"
	"strings"

	"golang.org/x/crypto/ssh"
)

// SSHPublicKey is the public half of a private key that OpenSSH would take, in PEM,
// as authorized_keys(5) has it. passphrase is "" for a key without one.
func SSHPublicKey(privateKey, passphrase string) (string, error) {
	signer, err := parseSSHKey(privateKey, passphrase)
	var missing *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &missing):
		return "", refuse(IncorrectPassword, "private_key", "give its passphrase too", "the SSH private key is encrypted")
	case errors.Is(err, x509.IncorrectPasswordError):
		return "", refuse(IncorrectPassword, "private_key_passphrase", "", "the passphrase does not open the SSH private key")
	case err != nil: // its text might quote the input
		return "", refuse(Malformed, "private_key", "give it in PEM, as ssh-keygen writes it", "this is no SSH private key")
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey()))), nil
}

func parseSSHKey(privateKey, passphrase string) (ssh.Signer, error) {
	if passphrase == "" {
		return ssh.ParsePrivateKey([]byte(privateKey))
	}
	return ssh.ParsePrivateKeyWithPassphrase([]byte(privateKey), []byte(passphrase))
}

// SSHHostKey reads a host key as authorized_keys(5) has it and drops the comment.
func SSHHostKey(line string) (string, error) {
	key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil || len(options) > 0 || len(strings.TrimSpace(string(rest))) > 0 {
		return "", refuse(Malformed, "host_key", "write it as ssh-keyscan prints it, without the host name",
			"the host key is not a type and a base64 text, such as \"ssh-ed25519 AAAA…\"")
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))), nil
}
