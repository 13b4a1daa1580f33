package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Postfix receives mail by SMTP, and offers STARTTLS.
type Postfix struct{ *Process }

const postfixDaemons = "/usr/lib/postfix/sbin"

// StartPostfix runs Postfix with a certificate. It needs root.
func StartPostfix(t testing.TB, certificate, key string) *Postfix {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("Postfix changes users, so that it needs root: run this test as root")
	}
	dir, address := folder(t), addresses(t, 1)[0]
	conf := filepath.Join(dir, "conf")
	spool(t, dir, conf)
	write(t, filepath.Join(conf, "main.cf"), fmt.Sprintf(postfixMain, dir, certificate, key, postfixDaemons))
	write(t, filepath.Join(conf, "master.cf"), fmt.Sprintf(postfixMaster, address))
	// postfix(1) insists on a line in /etc; master(8) is what it runs.
	p := start(t, "postfix", filepath.Join(postfixDaemons, "master"), "-c", conf, "-d")
	p.log = filepath.Join(dir, "log")
	p.listens(t, address)
	p.says(t, "daemon started", 1) // before that, a signal ends it
	p.reloadsOn("HUP")
	return &Postfix{p}
}

// spool makes the folders that postfix(1) would make.
func spool(t testing.TB, dir, conf string) {
	t.Helper()
	folders := []string{conf}
	for _, name := range []string{"data", "queue/active", "queue/bounce", "queue/corrupt", "queue/defer", "queue/deferred", "queue/flush",
		"queue/hold", "queue/incoming", "queue/private", "queue/saved", "queue/trace", "queue/public", "queue/maildrop"} {
		folders = append(folders, filepath.Join(dir, name))
	}
	for _, path := range append(folders, filepath.Join(dir, "queue", "pid")) {
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range folders[1:] {
		give(t, "postfix", path)
	}
}

// What master(8) listens on is in postfixMaster; inet_interfaces would refuse
// loopback addresses that no interface names.
const postfixMain = `
compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
command_directory = /usr/sbin
daemon_directory = %[4]s
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.test
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = all
mynetworks = 127.0.0.0/8
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
smtpd_tls_security_level = may
smtpd_tls_cert_file = %[2]s
smtpd_tls_key_file = %[3]s
`

const postfixMaster = `
%[1]s    inet       n - n - - smtpd
tlsmgr   unix       - - n 1000? 1 tlsmgr
postlog  unix-dgram n - n - 1 postlogd
anvil    unix       - - n - 1 anvil
rewrite  unix       - - n - - trivial-rewrite
proxymap unix       - - n - - proxymap
`
