package probe

import (
	"io"
	"net"
)

// sslRequest is the message of that name: its length and the code 80877103.
var sslRequest = []byte{0, 0, 0, 8, 4, 210, 22, 47}

// upgradePostgreSQL sends an SSLRequest (PostgreSQL manual, "SSL Session
// Encryption"). The answer is one byte, and no more is read: what follows it must
// pass through TLS.
func upgradePostgreSQL(conn net.Conn) error {
	const doing = "sending an SSLRequest"
	if _, err := conn.Write(sslRequest); err != nil {
		return during(doing, err)
	}
	var answer [1]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return during(doing, err)
	}
	switch answer[0] {
	case 'S':
		return nil
	case 'N':
		return during(doing, found(CauseNoUpgrade, "the server does not offer TLS"))
	}
	return during(doing, found(CauseNotSpoken, "the server answered %q, which is neither yes nor no", answer[:]))
}
