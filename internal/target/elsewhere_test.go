package target

import (
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// For whom no device is this machine, nothing is: neither a folder nor an SSH server at an
// address that only this machine answers at, by whatever name, and as little a jump host.
func TestNoDeviceIsThisMachine(t *testing.T) {
	t.Parallel()
	elsewhere := NewElsewhere()
	t.Cleanup(elsewhere.Close)
	login := &clm.Login{Username: "clm", Password: "secret"}
	host := func(name string) clm.Device {
		return clm.Device{Name: "web-1", SSH: &clm.SSH{Host: name, Port: 22, HostKey: aHostKey, Login: login}}
	}
	jump := host("192.0.2.1")
	jump.SSH.JumpHost = &clm.JumpHost{Host: "127.0.0.2", Port: 22, HostKey: aHostKey, Login: login}
	for name, device := range map[string]clm.Device{
		"a folder": {Name: "web-1", Local: &clm.Local{RootDirectory: t.TempDir()}}, "an address": host("127.0.0.1"), "another address": host("127.1.2.3"),
		"a name": host("localhost"), "IPv6": host("::1"), "IPv4 in IPv6": host("::ffff:127.0.0.1"), "no address": host("0.0.0.0"), "a jump host": jump,
	} {
		err := elsewhere.Check(t.Context(), device)
		if clm.KindOf(err) != clm.KindRefused || !strings.Contains(err.Error(), "the server's own machine") || !strings.Contains(err.Error(), "--allow-local-devices") {
			t.Errorf("%s: %v", name, err)
		}
		if device.Local != nil {
			continue
		}
		if key, err := elsewhere.Identify(t.Context(), device); key != "" || clm.KindOf(err) != clm.KindRefused {
			t.Errorf("%s is asked for its host key: %q, %v", name, key, err)
		}
	}
}

// aHostKey is one of nobody.
const aHostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
