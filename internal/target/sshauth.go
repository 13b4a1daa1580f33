package target

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// proof is what an account is shown: the private key and the keys of the agent
// (which are one method of SSH), then the password, in both forms in which
// servers ask for it.
type proof struct {
	methods []ssh.AuthMethod
	tried   []string // for messages; no secret
	agent   net.Conn
}

func (p *proof) close() {
	if p.agent != nil {
		p.agent.Close()
	}
}

func prove(login clm.Login) (*proof, error) {
	p := &proof{}
	signers, err := p.signers(login)
	if err != nil {
		p.close()
		return nil, err
	}
	if len(signers) > 0 {
		p.methods = append(p.methods, ssh.PublicKeys(signers...))
	}
	if login.Password != "" {
		p.methods = append(p.methods, ssh.Password(login.Password), ssh.KeyboardInteractive(answering(login.Password)))
		p.tried = append(p.tried, "password")
	}
	if len(p.methods) == 0 {
		p.close()
		return nil, clm.Errorf(clm.KindFailed, "the credential of %s has nothing to log in with", login.Username).
			WithHint("give it a private key, a password or an agent that holds keys")
	}
	return p, nil
}

func (p *proof) signers(login clm.Login) ([]ssh.Signer, error) {
	var signers []ssh.Signer
	if len(login.PrivateKey) > 0 {
		signer, err := signerOf(login)
		if err != nil {
			return nil, err
		}
		signers = append(signers, signer)
		p.tried = append(p.tried, "private key "+printOf(signer.PublicKey()))
	}
	if !login.Agent {
		return signers, nil
	}
	held, err := p.agentSigners()
	if err != nil {
		return nil, err
	}
	p.tried = append(p.tried, fmt.Sprintf("agent with %d keys", len(held)))
	return append(signers, held...), nil
}

// signerOf opens the private key. The errors of the parser may quote it, so they
// are not told.
func signerOf(login clm.Login) (ssh.Signer, error) {
	signer, err := ssh.ParsePrivateKey(login.PrivateKey)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) && login.Passphrase != "" {
		signer, err = ssh.ParsePrivateKeyWithPassphrase(login.PrivateKey, []byte(login.Passphrase))
		if err != nil {
			return nil, clm.Errorf(clm.KindFailed, "the private key of %s does not open with its passphrase", login.Username).
				WithHint("correct the passphrase of the credential")
		}
	}
	switch {
	case errors.As(err, &locked):
		return nil, clm.Errorf(clm.KindFailed, "the private key of %s is protected by a passphrase", login.Username).
			WithHint("give the credential its passphrase")
	case err != nil:
		return nil, clm.Errorf(clm.KindFailed, "the private key of %s cannot be read", login.Username).
			WithHint("it must be an OpenSSH, PKCS#8 or PKCS#1 key in PEM")
	}
	return signer, nil
}

func (p *proof) agentSigners() ([]ssh.Signer, error) {
	socket := os.Getenv("SSH_AUTH_SOCK")
	if socket == "" {
		return nil, clm.Errorf(clm.KindFailed, "the credential wants an SSH agent, and SSH_AUTH_SOCK is not set").
			WithHint("start ssh-agent where this runs, or give a private key")
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return nil, clm.Errorf(clm.KindFailed, "asking the SSH agent at %s", socket).Because(err).WithHint("start ssh-agent, or give a private key")
	}
	p.agent = conn
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		return nil, clm.Errorf(clm.KindFailed, "asking the SSH agent at %s", socket).Because(err).WithHint("see to the agent")
	}
	return signers, nil
}

// answering gives the password to every question whose answer is not shown.
func answering(password string) ssh.KeyboardInteractiveChallenge {
	return func(_, _ string, questions []string, shown []bool) ([]string, error) {
		answers := make([]string, len(questions))
		for i := range questions {
			if !shown[i] {
				answers[i] = password
			}
		}
		return answers, nil
	}
}
