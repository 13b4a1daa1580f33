package gateway

import (
	"crypto/tls"
	"errors"
)

// secured is the TLS that agents are spoken to by. Each handshake shows the certificate of
// the moment. What an agent shows is verified here and not by the standard library, whose
// roots would be those of the connection's beginning.
func (g *Gateway) secured() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, Time: g.config.Clock.Now, ClientAuth: tls.RequestClientCert,
		GetCertificate:   func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return g.contact.Shown(), nil },
		VerifyConnection: g.handshake,
	}
}

// handshake is also asked when a session is resumed. Who is not known to be revoked has a
// handshake, to be told in an answer what is the matter.
func (g *Gateway) handshake(c tls.ConnectionState) error {
	if len(c.PeerCertificates) == 0 {
		return nil // what passes without is for the handler to say
	}
	err := g.admission.passes(c.PeerCertificates)
	if u := (unknown{}); errors.As(err, &u) {
		return nil
	}
	return err
}
