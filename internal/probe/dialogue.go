package probe

import (
	"net"
	"slices"
	"strings"
)

// upgradeSMTP follows RFC 3207: greeting, EHLO, STARTTLS.
func upgradeSMTP(l *lines) error {
	if _, err := l.reply("reading the greeting", "220", CauseNotSpoken); err != nil {
		return err
	}
	if err := l.say("EHLO " + addressLiteral(l.conn)); err != nil {
		return err
	}
	offered, err := l.reply("saying EHLO", "250", CauseNotSpoken)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(offered, isStartTLS) {
		return during("saying EHLO", found(CauseNoUpgrade, "the server does not offer STARTTLS"))
	}
	if err := l.say("STARTTLS"); err != nil {
		return err
	}
	_, err = l.reply("saying STARTTLS", "220", CauseNoUpgrade)
	return err
}

// reply reads a whole SMTP reply (RFC 5321, section 4.2.1): code-text lines, and a
// last line with a space, or nothing, behind the code. Another code than the one
// wanted is otherwise.
func (l *lines) reply(doing, code string, otherwise Cause) (texts []string, err error) {
	for {
		line, err := l.hear()
		switch {
		case err != nil:
			return nil, during(doing, err)
		case !strings.HasPrefix(line, code):
			return nil, during(doing, found(otherwise, "the server said %s", quoted(line)))
		case len(line) <= len(code):
			return texts, nil
		}
		texts = append(texts, line[len(code)+1:])
		if line[len(code)] != '-' {
			return texts, nil
		}
	}
}

func isStartTLS(text string) bool { return strings.EqualFold(strings.TrimSpace(text), "STARTTLS") }

// addressLiteral is how a client without a name says who it is: RFC 5321, section
// 4.1.3.
func addressLiteral(conn net.Conn) string {
	local, is := conn.LocalAddr().(*net.TCPAddr)
	switch {
	case !is:
		return "[127.0.0.1]"
	case local.IP.To4() == nil:
		return "[IPv6:" + local.IP.String() + "]"
	}
	return "[" + local.IP.String() + "]"
}

// upgradeIMAP follows RFC 9051, section 6.2.1. A server that has logged us in
// already (PREAUTH) can no longer upgrade.
func upgradeIMAP(l *lines) error {
	const tag = "a1 "
	if err := l.expect("reading the greeting", "* OK", CauseNotSpoken); err != nil {
		return err
	}
	if err := l.say(tag + "STARTTLS"); err != nil {
		return err
	}
	for {
		line, err := l.hear()
		switch {
		case err != nil:
			return during("saying STARTTLS", err)
		case strings.HasPrefix(line, "* "): // untagged: not the answer yet
		case begins(line, tag+"OK"):
			return nil
		default:
			return during("saying STARTTLS", found(CauseNoUpgrade, "the server said %s", quoted(line)))
		}
	}
}

// upgradePOP3 follows RFC 2595, section 4.
func upgradePOP3(l *lines) error {
	if err := l.expect("reading the greeting", "+OK", CauseNotSpoken); err != nil {
		return err
	}
	if err := l.say("STLS"); err != nil {
		return err
	}
	return l.expect("saying STLS", "+OK", CauseNoUpgrade)
}

// expect reads a line that begins with a word. Another is otherwise.
func (l *lines) expect(doing, word string, otherwise Cause) error {
	line, err := l.hear()
	if err != nil {
		return during(doing, err)
	}
	if !begins(line, word) {
		return during(doing, found(otherwise, "the server said %s", quoted(line)))
	}
	return nil
}

func begins(line, word string) bool {
	return len(line) >= len(word) && strings.EqualFold(line[:len(word)], word)
}
