package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
)

// The key algorithms and curves that are generated here.
const (
	RSA     = "RSA"
	ECDSA   = "ECDSA"
	Ed25519 = "ED25519"

	P256 = "P256"
	P384 = "P384"
	P521 = "P521"
)

const (
	minRSABits     = 2048
	maxRSABits     = 8192
	defaultRSABits = 2048
)

var curves = map[string]elliptic.Curve{P256: elliptic.P256(), P384: elliptic.P384(), P521: elliptic.P521()}

// KeySpec says what key to generate. The zero value means ECDSA on P-256.
type KeySpec struct {
	Algorithm string // RSA, ECDSA or ED25519; default ECDSA
	RSABits   int    // 2048 to 8192 in steps of 8, only for RSA; default 2048
	Curve     string // P256, P384 or P521, only for ECDSA; default P256
}

// WithDefaults fills in what the spec leaves open.
func (s KeySpec) WithDefaults() KeySpec {
	if s.Algorithm == "" {
		s.Algorithm = ECDSA
	}
	if s.Algorithm == RSA && s.RSABits == 0 {
		s.RSABits = defaultRSABits
	}
	if s.Algorithm == ECDSA && s.Curve == "" {
		s.Curve = P256
	}
	return s
}

// Check refuses a spec that GenerateKey could not follow, with field key_algorithm, rsa_bits or ecdsa_curve. A size given
// for a curve, or a curve for RSA, is refused rather than ignored: somebody expects it to have an effect.
func (s KeySpec) Check() error {
	s = s.WithDefaults()
	if s.Algorithm != RSA && s.Algorithm != ECDSA && s.Algorithm != Ed25519 {
		return refuse(InvalidKeySpec, "key_algorithm", "use RSA, ECDSA or ED25519", "key algorithm %q is not known", s.Algorithm)
	}
	if s.RSABits != 0 && s.Algorithm != RSA {
		return refuse(InvalidKeySpec, "rsa_bits", "leave it out, or set key_algorithm to RSA", "rsa_bits has no meaning for %s", s.Algorithm)
	}
	if s.Curve != "" && s.Algorithm != ECDSA {
		return refuse(InvalidKeySpec, "ecdsa_curve", "leave it out, or set key_algorithm to ECDSA", "ecdsa_curve has no meaning for %s", s.Algorithm)
	}
	if s.Algorithm == RSA && (s.RSABits < minRSABits || s.RSABits > maxRSABits || s.RSABits%8 != 0) {
		return refuse(InvalidKeySpec, "rsa_bits", "use 2048, 3072 or 4096", "%d is not an RSA key size from %d to %d", s.RSABits, minRSABits, maxRSABits)
	}
	if s.Algorithm == ECDSA && curves[s.Curve] == nil {
		return refuse(InvalidKeySpec, "ecdsa_curve", "use P256, P384 or P521", "curve %q is not known", s.Curve)
	}
	return nil
}

// GenerateKey makes a new private key. RSA takes from a tenth of a second (2048 bits) to a minute (8192 bits).
func GenerateKey(spec KeySpec) (crypto.Signer, error) {
	if err := spec.Check(); err != nil {
		return nil, err
	}
	spec = spec.WithDefaults()
	switch spec.Algorithm {
	case RSA:
		return rsa.GenerateKey(rand.Reader, spec.RSABits)
	case Ed25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return ecdsa.GenerateKey(curves[spec.Curve], rand.Reader)
}

// KeySpecOf returns the spec that pub was, or could have been, generated from; the zero value for other kinds of key.
func KeySpecOf(pub crypto.PublicKey) KeySpec {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		return KeySpec{Algorithm: RSA, RSABits: pub.N.BitLen()}
	case *ecdsa.PublicKey:
		return KeySpec{Algorithm: ECDSA, Curve: curveName(pub.Curve)}
	case ed25519.PublicKey:
		return KeySpec{Algorithm: Ed25519}
	}
	return KeySpec{}
}

// curveName writes P-256 as P256.
func curveName(curve elliptic.Curve) string {
	name := curve.Params().Name
	if len(name) > 2 && name[:2] == "P-" {
		return "P" + name[2:]
	}
	return name
}

// SameKey reports whether a and b are the same public key. Keys of unknown kinds, and nil, equal nothing.
func SameKey(a, b crypto.PublicKey) bool {
	left, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && b != nil && left.Equal(b)
}

// CheckKeyStrength refuses RSA below 2048 bits and P-224 ("weak_key"), and keys other than RSA, ECDSA and Ed25519
// ("unsupported").
func CheckKeyStrength(pub crypto.PublicKey) error {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		if bits := pub.N.BitLen(); bits < minRSABits {
			return refuse(WeakKey, "", "use at least 2048 bits", "the RSA key has only %d bits", bits)
		}
		return nil
	case *ecdsa.PublicKey:
		if curves[curveName(pub.Curve)] == nil {
			return refuse(WeakKey, "", "use P-256, P-384 or P-521", "the ECDSA key is on the curve %s", pub.Params().Name)
		}
		return nil
	case ed25519.PublicKey:
		return nil
	}
	return refuse(Unsupported, "", "use RSA, ECDSA (P-256, P-384, P-521) or Ed25519", "the public key's algorithm is not supported")
}

// signatureAlgorithm picks the hash by the signing key's strength (NIST SP 800-57 part 1, table 2), so that the hash is
// never what breaks first.
func signatureAlgorithm(pub crypto.PublicKey) x509.SignatureAlgorithm {
	switch spec := KeySpecOf(pub); {
	case spec.Algorithm == RSA && spec.RSABits > 3072:
		return x509.SHA384WithRSA
	case spec.Algorithm == RSA:
		return x509.SHA256WithRSA
	case spec.Curve == P384:
		return x509.ECDSAWithSHA384
	case spec.Curve == P521:
		return x509.ECDSAWithSHA512
	case spec.Algorithm == ECDSA:
		return x509.ECDSAWithSHA256
	}
	return x509.PureEd25519
}
