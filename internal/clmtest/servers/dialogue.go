package servers

import (
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
)

// dialogue is what a client says before TLS, and a word to be answered after it.
type dialogue struct {
	upgrade func(net.Conn) error
	word    string
}

var dialogues = map[string]dialogue{
	"tls":        {func(net.Conn) error { return nil }, "HEAD / HTTP/1.0\r\n\r\n"},
	"smtp":       {upgradeSMTP, "EHLO client.test\r\n"},
	"imap":       {upgradeIMAP, "a NOOP\r\n"},
	"postgresql": {upgradePostgreSQL, startupMessage},
}

// upgradeSMTP is RFC 3207, section 4.
func upgradeSMTP(conn net.Conn) error {
	c := textproto.NewConn(conn)
	if _, _, err := c.ReadResponse(220); err != nil {
		return err
	}
	for _, exchange := range []struct {
		command string
		code    int
	}{{"EHLO client.test", 250}, {"STARTTLS", 220}} {
		if err := c.PrintfLine("%s", exchange.command); err != nil {
			return err
		}
		if _, _, err := c.ReadResponse(exchange.code); err != nil {
			return err
		}
	}
	return nil
}

// upgradeIMAP is RFC 9051, section 6.2.1.
func upgradeIMAP(conn net.Conn) error {
	c := textproto.NewConn(conn)
	if _, err := c.ReadLine(); err != nil {
		return err
	}
	if err := c.PrintfLine("a STARTTLS"); err != nil {
		return err
	}
	line, err := c.ReadLine()
	if err == nil && !strings.HasPrefix(line, "a OK") {
		err = fmt.Errorf("the server said %q", line)
	}
	return err
}

// upgradePostgreSQL sends an SSLRequest (PostgreSQL manual, "Message Formats").
func upgradePostgreSQL(conn net.Conn) error {
	if _, err := io.WriteString(conn, "\x00\x00\x00\x08\x04\xd2\x16\x2f"); err != nil {
		return err
	}
	var answer [1]byte
	_, err := io.ReadFull(conn, answer[:])
	if err == nil && answer[0] != 'S' {
		err = fmt.Errorf("the server answered %q", answer)
	}
	return err
}

// startupMessage asks for protocol 3.0, as the user that StartPostgreSQL makes.
const startupMessage = "\x00\x00\x00\x24\x00\x03\x00\x00user\x00clm\x00database\x00postgres\x00\x00"
