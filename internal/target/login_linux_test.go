package target

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/sshd"
)

// otherKey is a key that opens nothing.
func otherKey(t *testing.T, passphrase string) (text []byte, public string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	return locked(t, key, passphrase)
}

func locked(t *testing.T, key any, passphrase string) (text []byte, public string) {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(key.(ed25519.PrivateKey), "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key.(ed25519.PrivateKey), "", []byte(passphrase))
	}
	must(t, err)
	signer, err := ssh.NewSignerFromKey(key)
	must(t, err)
	return pem.EncodeToMemory(block), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
}

// rawKey is the user's private key itself.
func rawKey(t *testing.T, u *sshd.User) ed25519.PrivateKey {
	t.Helper()
	key, err := ssh.ParseRawPrivateKey(u.Key)
	must(t, err)
	return *key.(*ed25519.PrivateKey)
}

// Every kind of credential opens the account, also where a better one fails
// first.
func TestLogin(t *testing.T) { // not parallel: the agent is in the environment
	u := theMachine().plain
	server := sshd.Start(t, []*sshd.User{u}, sshd.InternalSFTP)
	asking := sshd.Start(t, []*sshd.User{u}, sshd.InternalSFTP, "UsePAM yes", "PasswordAuthentication no", "KbdInteractiveAuthentication yes", "PubkeyAuthentication no")
	wrong, _ := otherKey(t, "")
	protected, _ := locked(t, rawKey(t, u), "open sesame")
	serveAgent(t, rawKey(t, u))
	for name, c := range map[string]struct {
		server *sshd.Server
		login  clm.Login
	}{
		"private key":                  {server, clm.Login{PrivateKey: u.Key}},
		"private key, protected":       {server, clm.Login{PrivateKey: protected, Passphrase: "open sesame"}},
		"passphrase that is not used":  {server, clm.Login{PrivateKey: u.Key, Passphrase: "x"}},
		"password":                     {server, clm.Login{Password: u.Password}},
		"password, asked for":          {asking, clm.Login{Password: u.Password}},
		"agent":                        {server, clm.Login{Agent: true}},
		"wrong key, then the agent":    {server, clm.Login{PrivateKey: wrong, Agent: true}},
		"wrong key, then the password": {server, clm.Login{PrivateKey: wrong, Password: u.Password}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).behind(c.server, u)
			c.login.Username = u.Name
			w.device.SSH.Login = &c.login
			w.alone(usual)
			w.install(setOf(1))
			w.serves(setOf(1))
		})
	}
}

func serveAgent(t *testing.T, key ed25519.PrivateKey) {
	t.Helper()
	ring := agent.NewKeyring()
	must(t, ring.Add(agent.AddedKey{PrivateKey: key}))
	socket := filepath.Join(t.TempDir(), "agent")
	l, err := net.Listen("unix", socket)
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, conn) }()
		}
	}()
	t.Setenv("SSH_AUTH_SOCK", socket)
}

// A credential that does not open the account: what was tried is named, and
// nothing that is secret.
func TestWrongCredential(t *testing.T) { // not parallel: there is no agent
	t.Setenv("SSH_AUTH_SOCK", "")
	u := theMachine().plain
	wrong, public := otherKey(t, "")
	protected, _ := otherKey(t, "open sesame")
	shown := printOf(parsed(t, public))
	const hint = ` (correct the credential, or the account on the device)`
	for name, c := range map[string]struct {
		login clm.Login
		text  string
	}{
		"key":              {clm.Login{PrivateKey: wrong}, `ADDRESS does not accept the credential of NAME (tried: private key ` + shown + `)` + hint},
		"password":         {clm.Login{Password: "top-secret"}, `ADDRESS does not accept the credential of NAME (tried: password)` + hint},
		"key and password": {clm.Login{PrivateKey: wrong, Password: "top-secret"}, `ADDRESS does not accept the credential of NAME (tried: private key ` + shown + `, password)` + hint},
		"nothing": {clm.Login{}, `the credential of NAME has nothing to log in with` +
			` (give it a private key, a password or an agent that holds keys)`},
		"no passphrase": {clm.Login{PrivateKey: protected}, `the private key of NAME is protected by a passphrase` +
			` (give the credential its passphrase)`},
		"wrong passphrase": {clm.Login{PrivateKey: protected, Passphrase: "top-secret"}, `the private key of NAME does not open with its passphrase` +
			` (correct the passphrase of the credential)`},
		"no key at all": {clm.Login{PrivateKey: []byte("top-secret")}, `the private key of NAME cannot be read` +
			` (it must be an OpenSSH, PKCS#8 or PKCS#1 key in PEM)`},
		"no agent": {clm.Login{Agent: true}, `the credential wants an SSH agent, and SSH_AUTH_SOCK is not set` +
			` (start ssh-agent where this runs, or give a private key)`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).behind(theMachine().server, u)
			c.login.Username = u.Name
			w.device.SSH.Login = &c.login
			text := strings.NewReplacer("ADDRESS", serverAddress(w.device.SSH.Port), "NAME", u.Name).Replace(c.text)
			for act, err := range w.everyAct(setOf(1)) {
				if err == nil || err.Error() != `device "web-1" cannot be used: `+text || clm.KindOf(err) != clm.KindFailed {
					t.Errorf("%s: kind %s\n  %v\nwant\n  %s", act, clm.KindOf(err), err, text)
				}
			}
			if got := w.tree(); got != "" {
				t.Errorf("written:\n%s", got)
			}
		})
	}
}

func parsed(t *testing.T, line string) ssh.PublicKey {
	t.Helper()
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	must(t, err)
	return key
}

// A server with another key is told nothing, whatever kind of key it is.
func TestWrongHostKey(t *testing.T) {
	t.Parallel()
	_, other := otherKey(t, "")
	const ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg="
	for name, pinned := range map[string]string{"same kind": other, "other kind": ecdsa} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSSHWorld(t)
			right := printOf(parsed(t, w.device.SSH.HostKey))
			w.device.SSH.HostKey = pinned
			text := `device "web-1" cannot be used: ` + serverAddress(w.device.SSH.Port) + ` shows another host key: ` + right + `, and ` +
				printOf(parsed(t, pinned)) + ` is expected (somebody may be listening in between, or the device was installed anew: ` +
				"compare with `ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub` on its console, then correct the host key; nothing was sent)"
			for _, err := range w.everyAct(setOf(1)) {
				w.fails(err, clm.KindFailed, text)
			}
			if got := w.tree(); got != "" {
				t.Errorf("written:\n%s", got)
			}
		})
	}
	w := newSSHWorld(t)
	for pinned, text := range map[string]string{
		"":      `no host key is known for ` + serverAddress(w.device.SSH.Port) + ` (a server is never spoken to unless its key is known; name it in ssh.host_key)`,
		"hello": `the host key of ` + serverAddress(w.device.SSH.Port) + ` cannot be read (write type and base64, such as "ssh-ed25519 AAAA…", as ` + "`ssh-keyscan` prints them after the host name)",
	} {
		w.device.SSH.HostKey = pinned
		w.fails(w.targets.Check(context.Background(), w.device), clm.KindInvalid, text)
	}
}

// A server with keys of several kinds shows the one that is pinned.
func TestPinnedKindOfHostKey(t *testing.T) {
	t.Parallel()
	u := theMachine().plain
	server := sshd.Start(t, []*sshd.User{u}, sshd.InternalSFTP)
	for _, kind := range []string{"rsa", "ecdsa"} {
		public, err := server.AddHostKey(kind)
		must(t, err)
		w := newWorld(t).behind(server, u)
		w.device.SSH.HostKey = public
		must(t, w.targets.Check(context.Background(), w.device))
	}
}

// Identify needs no credential, and says what the pinned key must be.
func TestIdentify(t *testing.T) {
	t.Parallel()
	w := newSSHWorld(t)
	want := w.device.SSH.HostKey
	w.device.SSH.HostKey, w.device.SSH.Login = "", nil
	got, err := w.targets.Identify(context.Background(), w.device)
	must(t, err)
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w.alone(hasty)
	newProxy(t, "").before(&w.device)
	if _, err := w.targets.Identify(context.Background(), w.device); clm.KindOf(err) != clm.KindUnreachable {
		t.Errorf("of a server that says nothing: %v", err)
	}
	if _, err := w.targets.Identify(context.Background(), deviceAt(w.root)); clm.KindOf(err) != clm.KindInvalid {
		t.Errorf("of a local device: %v", err)
	}
}

// A jump host carries the connection, and is itself known by its key.
func TestJumpHost(t *testing.T) {
	t.Parallel()
	w := newSSHWorld(t)
	u := theMachine().admin
	jump := sshd.Start(t, []*sshd.User{u}, sshd.InternalSFTP)
	w.device.SSH.JumpHost = &clm.JumpHost{Host: "127.0.0.1", Port: jump.Port, HostKey: jump.HostKey, Login: keyLogin(u)}
	w.install(setOf(1))
	w.serves(setOf(1))
	if !strings.Contains(jump.Log(), "Accepted publickey for "+u.Name) {
		t.Errorf("the jump host was not used:\n%s", jump.Log())
	}
	got, err := w.targets.Identify(context.Background(), w.device)
	if err != nil || got != w.device.SSH.HostKey {
		t.Errorf("through the jump host: %s, %v", got, err)
	}
	w.device.SSH.JumpHost.HostKey = w.device.SSH.HostKey
	if err := w.targets.Check(context.Background(), w.device); clm.KindOf(err) != clm.KindFailed || !strings.Contains(err.Error(), "shows another host key") {
		t.Errorf("a jump host with another key: %v", err)
	}
	w.device.SSH.JumpHost.HostKey = jump.HostKey
	jump.Close()
	if err := w.targets.Check(context.Background(), w.device); clm.KindOf(err) != clm.KindUnreachable {
		t.Errorf("a jump host that is away: %v", err)
	}
}
