package probe

import (
	"net"
)

// tap keeps what a server sends in the clear, so that certificates can be shown
// which the handshake's own parser refuses: negative serial numbers, keys on
// curves that Go does not have. It keeps a bounded amount.
type tap struct {
	net.Conn
	heard []byte
}

// Large enough for the largest handshake message crypto/tls reads.
const tapLimit = 512 << 10

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.heard = append(t.heard, p[:min(n, tapLimit-len(t.heard))]...)
	return n, err
}

// chain returns the certificates of the server's Certificate message up to TLS 1.2
// (RFC 5246, section 7.4.2), or nil when no such message was heard as a whole.
func (t *tap) chain() [][]byte {
	const certificate = 11
	messages := handshakeBytes(t.heard)
	for len(messages) >= 4 {
		kind := messages[0]
		body, rest, whole := vector(messages[1:])
		if !whole {
			return nil
		}
		if kind == certificate {
			return certificates(body)
		}
		messages = rest
	}
	return nil
}

// handshakeBytes joins the contents of the leading handshake records (RFC 5246,
// section 6.2.1): a message may span records, and a record hold several messages.
func handshakeBytes(heard []byte) []byte {
	const handshake, header = 22, 5
	var joined []byte
	for len(heard) >= header && heard[0] == handshake {
		length := int(heard[3])<<8 | int(heard[4])
		if len(heard) < header+length {
			break
		}
		joined = append(joined, heard[header:header+length]...)
		heard = heard[header+length:]
	}
	return joined
}

// certificates takes a certificate_list apart; anything that is not quite one is
// none: a TLS 1.3 message never passes here, because it is encrypted.
func certificates(body []byte) [][]byte {
	list, rest, whole := vector(body)
	if !whole || len(rest) > 0 {
		return nil
	}
	var chain [][]byte
	for len(list) > 0 {
		der, others, whole := vector(list)
		if !whole || len(der) == 0 {
			return nil
		}
		chain, list = append(chain, der), others
	}
	return chain
}

// vector takes opaque<0..2^24-1> off the front of data.
func vector(data []byte) (content, rest []byte, whole bool) {
	if len(data) < 3 {
		return nil, nil, false
	}
	length := int(data[0])<<16 | int(data[1])<<8 | int(data[2])
	if len(data) < 3+length {
		return nil, nil, false
	}
	return data[3 : 3+length], data[3+length:], true
}

// unread describes a chain that the handshake's parser refused: who shows it did
// not get so far as to prove anything, and no name was read from it.
func unread(chain [][]byte, serverName string) *Served {
	return &Served{ServerName: serverName, Chain: chain, FingerprintSHA256: fingerprint(chain[0])}
}
