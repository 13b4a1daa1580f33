package target

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// printOf names a key: its type and fingerprint, as ssh-keygen -l prints it.
func printOf(key ssh.PublicKey) string { return key.Type() + " " + ssh.FingerprintSHA256(key) }

// hostKey reads a pinned key.
func hostKey(field, address, line string) (ssh.PublicKey, error) {
	if line == "" {
		return nil, clm.Invalid(field, "no host key is known for %s", address).
			WithHint("a server is never spoken to unless its key is known; name it in %s", field)
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return nil, clm.Invalid(field, "the host key of %s cannot be read", address).
			WithHint("write type and base64, such as \"ssh-ed25519 AAAA…\", as `ssh-keyscan` prints them after the host name")
	}
	return key, nil
}

// strictly accepts that key alone.
func strictly(want ssh.PublicKey, address string) ssh.HostKeyCallback {
	return func(_ string, _ net.Addr, shown ssh.PublicKey) error {
		if bytes.Equal(shown.Marshal(), want.Marshal()) {
			return nil
		}
		return clm.Errorf(clm.KindFailed, "%s shows another host key: %s, and %s is expected", address, printOf(shown), printOf(want)).
			WithHint("somebody may be listening in between, or the device was installed anew: " +
				"compare with `ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub` on its console, then correct the host key; nothing was sent")
	}
}

// modern are the kinds of host keys we ask for, best first.
var modern = []string{
	ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
}

// preferring asks first for a key of the pinned kind, so that a server with
// several shows that one. The others follow, so that a server without it shows
// what it has, and can be told about.
func preferring(kind string) []string {
	first := []string{kind}
	if kind == ssh.KeyAlgoRSA {
		first = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	rest := slices.DeleteFunc(slices.Clone(modern), func(a string) bool { return slices.Contains(first, a) })
	return append(first, rest...)
}

// errSeen ends a connection that was only made to see the key.
var errSeen = errors.New("the host key was seen")

// peeking notes the key that is shown, and goes no further.
func peeking(seen *string) ssh.HostKeyCallback {
	return func(_ string, _ net.Addr, shown ssh.PublicKey) error {
		*seen = strings.TrimSpace(string(ssh.MarshalAuthorizedKey(shown)))
		return errSeen
	}
}
