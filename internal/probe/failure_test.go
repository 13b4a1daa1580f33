package probe_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/probe"
)

// impatient does not wait long for servers that never answer.
var impatient = &probe.Prober{Timeout: 300 * time.Millisecond}

// Whatever a server does instead of serving a certificate, the look ends, and says
// what happened.
func TestBadServers(t *testing.T) {
	t.Parallel()
	const (
		greeting = "220 mx.example.com ESMTP\r\n"
		offer    = "250-mx.example.com\r\n250-SIZE 100\r\n250-starttls\r\n250 HELP\r\n"
		goAhead  = "220 go ahead\r\n"
	)
	for story, c := range map[string]struct {
		protocol probe.Protocol
		script   servers.Script
		cause    probe.Cause
		says     string
	}{
		"says nothing":                     {probe.TLS, servers.Hang, probe.CauseTimedOut, "no answer within 300ms"},
		"closes at once":                   {probe.TLS, servers.Close, probe.CauseClosed, "closed the connection"},
		"closes after the hello":           {probe.TLS, servers.Say("", ""), probe.CauseClosed, "shaking hands"},
		"closes in the middle of a record": {probe.TLS, servers.Say("", "\x16\x03\x03\x01\x00only the beginning"), probe.CauseClosed, "closed the connection"},
		"speaks HTTP":                      {probe.TLS, servers.Say("", "HTTP/1.1 400 Bad Request\r\n\r\n"), probe.CauseNotTLS, `begins with "HTTP/"`},
		"speaks SMTP where TLS is":         {probe.TLS, servers.Then(servers.Say(greeting), servers.Hang), probe.CauseNotTLS, "smtp"},
		"never stops, where TLS is":        {probe.TLS, servers.Endless("spam "), probe.CauseNotTLS, "not TLS"},
		"sends an alert":                   {probe.TLS, servers.Then(servers.Say("", "\x15\x03\x03\x00\x02\x02\x50"), servers.Hang), probe.CauseAlert, "internal error"},

		"SMTP: says nothing":               {probe.SMTP, servers.Hang, probe.CauseTimedOut, "set the protocol to tls"},
		"SMTP: closes at once":             {probe.SMTP, servers.Close, probe.CauseClosed, "reading the greeting"},
		"SMTP: is busy":                    {probe.SMTP, servers.Say("554 no service\r\n"), probe.CauseNotSpoken, `"554 no service"`},
		"SMTP: is SSH":                     {probe.SMTP, servers.Say("SSH-2.0-OpenSSH_9.2\r\n"), probe.CauseNotSpoken, "SSH-2.0"},
		"SMTP: greets for ever":            {probe.SMTP, servers.Endless("220-welcome\r\n"), probe.CauseEndless, "65536 bytes"},
		"SMTP: never ends its line":        {probe.SMTP, servers.Endless("220-welcome "), probe.CauseEndless, "a line of more than"},
		"SMTP: greets byte by byte":        {probe.SMTP, servers.Then(servers.Say("2"), servers.Hang), probe.CauseTimedOut, "reading the greeting"},
		"SMTP: does not know EHLO":         {probe.SMTP, servers.Say(greeting, "502 what?\r\n"), probe.CauseNotSpoken, "502"},
		"SMTP: offers no STARTTLS":         {probe.SMTP, servers.Say(greeting, "250 mx\r\n"), probe.CauseNoUpgrade, "does not offer STARTTLS"},
		"SMTP: refuses STARTTLS":           {probe.SMTP, servers.Say(greeting, offer, "454 not now\r\n"), probe.CauseNoUpgrade, "454"},
		"SMTP: closes after STARTTLS":      {probe.SMTP, servers.Say(greeting, offer, ""), probe.CauseClosed, "saying STARTTLS"},
		"SMTP: goes on in plaintext":       {probe.SMTP, servers.Then(servers.Say(greeting, offer, goAhead+"250 hello\r\n"), servers.Hang), probe.CauseNotSpoken, "plaintext where TLS begins"},
		"SMTP: hangs where TLS begins":     {probe.SMTP, servers.Then(servers.Say(greeting, offer, goAhead), servers.Hang), probe.CauseTimedOut, "shaking hands"},
		"SMTP: closes where TLS begins":    {probe.SMTP, servers.Say(greeting, offer, goAhead, ""), probe.CauseClosed, "shaking hands"},
		"IMAP: has logged us in":           {probe.IMAP, servers.Say("* PREAUTH hello\r\n"), probe.CauseNotSpoken, "PREAUTH"},
		"IMAP: refuses STARTTLS":           {probe.IMAP, servers.Say("* OK hello\r\n", "* CAPABILITY IMAP4\r\na1 BAD what?\r\n"), probe.CauseNoUpgrade, "a1 BAD"},
		"IMAP: never answers the question": {probe.IMAP, servers.Then(servers.Say("* OK hello\r\n"), servers.Endless("* 1 EXISTS\r\n")), probe.CauseEndless, "65536"},
		"POP3: is IMAP":                    {probe.POP3, servers.Say("* OK hello\r\n"), probe.CauseNotSpoken, "* OK hello"},
		"POP3: refuses STLS":               {probe.POP3, servers.Say("+OK hello\r\n", "-ERR what?\r\n"), probe.CauseNoUpgrade, "-ERR"},
		"PostgreSQL: is something else":    {probe.PostgreSQL, servers.Say("HTTP/1.1 400"), probe.CauseNotSpoken, `"H"`},
		"PostgreSQL: closes at once":       {probe.PostgreSQL, servers.Close, probe.CauseClosed, "sending an SSLRequest"},
		"PostgreSQL: says nothing":         {probe.PostgreSQL, servers.Hang, probe.CauseTimedOut, "sending an SSLRequest"},
	} {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			address := servers.StartScripted(t, c.script)
			got := failure(t, impatient, probe.Request{Address: address, Protocol: c.protocol})
			tells(t, got, address, c.cause, c.says)
		})
	}
}

// tells checks a failure: its cause, and that its text names what was tried.
func tells(t *testing.T, got *probe.Failure, address string, cause probe.Cause, says string) {
	t.Helper()
	if got.Cause != cause {
		t.Errorf("got %s: %v; want %s", got.Cause, got, cause)
	}
	for _, part := range []string{address, name, says} {
		if !strings.Contains(got.Error(), part) {
			t.Errorf("%q does not say %q", got.Error(), part)
		}
	}
	if got.Reason() != clm.ReasonConnectionFailed || clm.KindOf(got) != clm.KindUnreachable || got.Err.Hint == "" {
		t.Errorf("%v: got reason %s, kind %s, hint %q; want connection_failed, unreachable, a hint", got, got.Reason(), clm.KindOf(got), got.Err.Hint)
	}
}

// Nothing listens.
func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", net.JoinHostPort(servers.Loopback(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	tells(t, failure(t, &probe.Prober{}, probe.Request{Address: address}), address, probe.CauseUnreachable, "connecting: connection refused")
}

// A connection that does not come about in time is not called refused.
func TestConnectingTimesOut(t *testing.T) {
	t.Parallel()
	address := servers.StartScripted(t, servers.Hang)
	hasty := &probe.Prober{Timeout: time.Nanosecond}
	tells(t, failure(t, hasty, probe.Request{Address: address}), address, probe.CauseTimedOut, "connecting: no answer within 1ns")
}

// The server has no certificate for the name, and says so by an alert.
func TestUnrecognizedName(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	server := servers.StartOpenSSL(t, "127.0.0.1:0", s.Certificate, s.Key,
		"-servername", "other.example.com", "-servername_fatal", "-cert2", s.Certificate, "-key2", s.Key)
	got := failure(t, &probe.Prober{}, probe.Request{Address: server.Address})
	tells(t, got, server.Address, probe.CauseAlert, "unrecognized name")
	if !strings.Contains(got.Err.Hint, name) {
		t.Errorf("the hint %q does not name what was asked for", got.Err.Hint)
	}
}

// A real PostgreSQL without TLS says so.
func TestPostgreSQLWithoutTLS(t *testing.T) {
	t.Parallel()
	server := servers.StartPostgreSQL(t, "", "")
	got := failure(t, &probe.Prober{}, probe.Request{Address: server.Address, Protocol: probe.PostgreSQL})
	tells(t, got, server.Address, probe.CauseNoUpgrade, "does not offer TLS")
}

// What a server says comes into an error short, and on one line.
func TestServerTextIsTamed(t *testing.T) {
	t.Parallel()
	address := servers.StartScripted(t, servers.Say("\x1b[31m\x00\xff"+strings.Repeat("x", 3000)+"\r\n"))
	got := failure(t, &probe.Prober{}, probe.Request{Address: address, Protocol: probe.SMTP}).Error()
	if len(got) > 500 || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) || !utf8.ValidString(got) {
		t.Errorf("got %d bytes: %q", len(got), got)
	}
}

// What the probe says in plaintext is what the protocol needs, and nothing else:
// no name of ours, and no farewell.
func TestNothingElseIsSent(t *testing.T) {
	t.Parallel()
	heard := make(chan string, 1)
	address := servers.StartScripted(t, func(conn net.Conn) {
		all := &strings.Builder{}
		servers.Say("220 mx\r\n", "250-mx\r\n250 STARTTLS\r\n", "454 no\r\n")(&overheard{conn, all})
		_, _ = io.Copy(all, conn)
		heard <- all.String()
	})
	tells(t, failure(t, &probe.Prober{}, probe.Request{Address: address, Protocol: probe.SMTP}), address, probe.CauseNoUpgrade, "454 no")
	if got, want := <-heard, "EHLO [127.0.0.1]\r\nSTARTTLS\r\n"; got != want {
		t.Errorf("the server heard %q, want %q", got, want)
	}
}

// overheard is a connection of which all that is read is kept.
type overheard struct {
	net.Conn
	all *strings.Builder
}

func (o *overheard) Read(p []byte) (int, error) {
	n, err := o.Conn.Read(p)
	o.all.Write(p[:n])
	return n, err
}
