package probe

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
)

// Result is what was seen for one request. Looks is never empty: where nothing
// could be looked at, its only element says why.
type Result struct {
	Request Request
	Looks   []Look
}

// Look is what was seen at one address: either Served or Err is nil.
type Look struct {
	Address string // IP:port; the request's address where it has no IP
	Served  *Served
	Err     error // a *Failure, or a *clm.Error of KindInvalid
}

// Served is what a server showed.
type Served struct {
	Address           string   // IP:port
	ServerName        string   // what was asked for
	Chain             [][]byte // DER as sent: the server's own certificate first
	FingerprintSHA256 string   // of Chain[0]; lower-case hex
	TLSVersion        string   // such as "TLS 1.3"
	CipherSuite       string
	// NameMatches: Chain[0] is valid for ServerName, or for the IP address.
	NameMatches bool
	// KeyProven: the server showed that it has the private key of Chain[0]. Where
	// it is false, somebody may be showing a certificate that is not theirs.
	KeyProven bool
	// ClientCertificateRequested: who has none may be turned away.
	ClientCertificateRequested bool
}

// shown describes a chain that came through the handshake's own parser.
func shown(state tls.ConnectionState, serverName string) *Served {
	s := &Served{
		ServerName:  serverName,
		TLSVersion:  tls.VersionName(state.Version),
		CipherSuite: tls.CipherSuiteName(state.CipherSuite),
	}
	for _, cert := range state.PeerCertificates {
		s.Chain = append(s.Chain, cert.Raw)
	}
	s.FingerprintSHA256 = fingerprint(s.Chain[0])
	s.NameMatches = state.PeerCertificates[0].VerifyHostname(serverName) == nil
	return s
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
