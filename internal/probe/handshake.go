package probe

import (
	"crypto/tls"
	"net"
)

// shake does a TLS handshake and describes what was shown. Certificates are
// reported even when the handshake fails later, if it is we who cannot go on, or
// the server wants a certificate of ours: neither is a fault of what is served.
func shake(conn net.Conn, serverName string, maxVersion uint16) (*Served, error) {
	var seen sighting
	plain := &tap{Conn: conn}
	client := tls.Client(plain, config(serverName, maxVersion, &seen))
	err := client.Handshake()
	if err == nil {
		defer client.Close() // says good-bye; nobody waits for the answer
	}
	switch {
	case seen.state == nil && plain.chain() != nil:
		return unread(plain.chain(), serverName), nil
	case seen.state == nil, err != nil && !seen.asked && causeOf(err) != CauseHandshake:
		return nil, during("shaking hands", err)
	}
	served := shown(*seen.state, serverName)
	served.KeyProven = err == nil || seen.asked && signs(seen.state.CipherSuite)
	served.ClientCertificateRequested = seen.asked
	return served, nil
}

// sighting is what the callbacks of a handshake have seen.
type sighting struct {
	state *tls.ConnectionState // when the server's certificates had been parsed
	asked bool                 // for a client certificate, when its key exchange had been verified
}

// config talks to old devices too: TLS 1.0, and every suite Go has. That would be
// reckless for a client, and is safe here: the probe sends nothing over the
// connection that anybody could read or change, and believes nothing it hears.
// It is never used for anything else.
func config(serverName string, maxVersion uint16, seen *sighting) *tls.Config {
	return &tls.Config{
		ServerName:         serverName,
		InsecureSkipVerify: true, //nolint:gosec // the probe reports; it does not trust
		MinVersion:         tls.VersionTLS10,
		MaxVersion:         maxVersion,
		CipherSuites:       everySuite(),
		// A key share for post-quantum exchange makes the first message larger than
		// one packet, which devices exist that cannot read.
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
		VerifyConnection: func(state tls.ConnectionState) error {
			seen.state = &state
			return nil
		},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			seen.asked = true
			return &tls.Certificate{}, nil
		},
	}
}

func everySuite() []uint16 {
	var all []uint16
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		all = append(all, suite.ID)
	}
	return all
}

// signs tells whether the server signs its key exchange, which it does before it
// asks for a client certificate. With RSA key exchange only the end of the
// handshake proves that it has the key.
func signs(suite uint16) bool {
	switch suite {
	case tls.TLS_RSA_WITH_RC4_128_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA,
		tls.TLS_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA256,
		tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384:
		return false
	}
	return true
}
