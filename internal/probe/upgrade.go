package probe

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
)

const (
	// No server has more to say before TLS.
	plaintextLimit = 64 << 10
	// RFC 5321, section 4.5.3.1.5, allows 512 bytes; some servers say more.
	lineLimit = 4 << 10
)

// upgrade brings a fresh connection to the point where TLS begins.
func upgrade(conn net.Conn, protocol Protocol) error {
	switch protocol {
	case SMTP:
		return converse(conn, upgradeSMTP)
	case IMAP:
		return converse(conn, upgradeIMAP)
	case POP3:
		return converse(conn, upgradePOP3)
	case PostgreSQL:
		return upgradePostgreSQL(conn)
	}
	return nil
}

// converse runs a dialogue of lines. Whatever arrives behind the line that lets
// TLS begin was not protected by it: RFC 3207, section 4.2, and its like.
func converse(conn net.Conn, dialogue func(*lines) error) error {
	l := &lines{conn: conn, in: bufio.NewReaderSize(io.LimitReader(conn, plaintextLimit), lineLimit)}
	if err := dialogue(l); err != nil {
		return err
	}
	if l.in.Buffered() > 0 {
		return during("waiting for TLS", found(CauseNotSpoken, "the server sent plaintext where TLS begins"))
	}
	return nil
}

// lines are a conversation in lines that end in CR LF.
type lines struct {
	conn net.Conn
	in   *bufio.Reader
	read int
}

// say sends one line.
func (l *lines) say(line string) error {
	_, err := io.WriteString(l.conn, line+"\r\n")
	return during("saying "+line, err)
}

// hear reads one line, without its end.
func (l *lines) hear() (string, error) {
	line, err := l.in.ReadSlice('\n')
	l.read += len(line)
	switch {
	case err == nil:
		return strings.TrimRight(string(line), "\r\n"), nil
	case errors.Is(err, bufio.ErrBufferFull):
		return "", found(CauseEndless, "the server sent a line of more than %d bytes", lineLimit)
	case errors.Is(err, io.EOF) && l.read >= plaintextLimit:
		return "", found(CauseEndless, "the server sent more than %d bytes before TLS", plaintextLimit)
	}
	return "", err
}

// quoted is what a server said, fit for an error: short, and printable.
func quoted(line string) string {
	const most = 100
	if len(line) > most {
		return strconv.Quote(line[:most]) + "…"
	}
	return strconv.Quote(line)
}
