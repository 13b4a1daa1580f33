package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Dovecot offers STARTTLS over IMAP, which is its Address, and over POP3.
type Dovecot struct {
	*Process
	POP3  string
	IMAPS string
}

// StartDovecot runs Dovecot with a certificate. It needs root.
func StartDovecot(t testing.TB, certificate, key string) *Dovecot {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("Dovecot changes users, so that it needs root: run this test as root")
	}
	dir, at := folder(t), addresses(t, 3)
	host, imap := split(t, at[0])
	_, pop3 := split(t, at[1])
	_, imaps := split(t, at[2])
	conf := filepath.Join(dir, "dovecot.conf")
	write(t, conf, fmt.Sprintf(dovecotConf, dir, host, imap, pop3, imaps, certificate, key))
	p := start(t, "dovecot-imapd dovecot-pop3d", "dovecot", "-F", "-c", conf)
	p.log = filepath.Join(dir, "log")
	p.listens(t, at...)
	Await(t, "PID of Dovecot on file", func() bool {
		_, err := os.Stat(filepath.Join(dir, "run", "master.pid"))
		return err == nil
	})
	p.ReloadCommand = []string{"dovecot", "-c", conf, "reload"}
	return &Dovecot{p, at[1], at[2]}
}

const dovecotConf = `
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols = imap pop3
listen = %[2]s
ssl = yes
ssl_cert = <%[6]s
ssl_key = <%[7]s
service imap-login {
  inet_listener imap {
    port = %[3]s
  }
  inet_listener imaps {
    port = %[5]s
  }
}
service pop3-login {
  inet_listener pop3 {
    port = %[4]s
  }
  inet_listener pop3s {
    port = 0
  }
}
passdb {
  driver = static
}
`
