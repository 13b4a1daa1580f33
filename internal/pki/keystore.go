package pki

import (
	"crypto"
	"crypto/x509"
	"slices"
	"strings"
)

// KeyEntry is a private key with its certificates under an alias: what a server that serves TLS wants to find in its key store.
type KeyEntry struct {
	Alias       string
	Key         crypto.Signer // nil when read back: nobody needs it to tell what a device holds
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // the issuers, from the bottom up, with or without the root
	Trusted     []TrustedEntry      // written beside the key; nil when read back, where KeyStore has them
}

// TrustedEntry is a certificate that whoever reads the key store takes for a trust anchor.
type TrustedEntry struct {
	Alias       string
	Certificate *x509.Certificate
}

// KeyStore is what a key store holds, each kind in the order of the file.
type KeyStore struct {
	Keys    []KeyEntry
	Trusted []TrustedEntry
}

const (
	storePasswordField = "password"
	keyPasswordField   = "private_key_password"
	aliasField         = "alias"
	rootAliasField     = "root_alias"
	middleAliasesField = "intermediate_aliases"

	minJavaPassword = 6
)

// CheckPasswordPKCS12 refuses a password that Java could not open a PKCS#12 file with ("unsupported"). The empty one passes:
// some appliances want it.
func CheckPasswordPKCS12(field, password string) error {
	return withField(checkWritable(password), field)
}

// CheckPasswordJKS refuses a password that Java would not take for a JKS key store or a key in it ("unsupported"). The message
// does not say how long the password is.
func CheckPasswordJKS(field, password string) error {
	if password == "" {
		return refuse(Unsupported, field, "give one of 6 characters or more", "the password is empty")
	}
	if err := CheckPasswordPKCS12(field, password); err != nil {
		return err
	}
	if len(password) < minJavaPassword {
		return refuse(Unsupported, field, "give a longer one", "the password has fewer than the %d characters that Java demands", minJavaPassword)
	}
	return nil
}

// TrustChain names the certificates of a chain that are to be entries of their own: the self-signed root by rootAlias, the
// intermediates from the bottom up by intermediateAliases. A certificate with the alias "", or beyond the last alias, is none.
// An alias for which the chain has no certificate is "no_certificate": somebody expects it to have an effect.
func TrustChain(chain []*x509.Certificate, rootAlias string, intermediateAliases []string) ([]TrustedEntry, error) {
	intermediates, root := splitRoot(chain)
	if len(intermediateAliases) > len(intermediates) {
		return nil, refuse(NoCertificate, middleAliasesField, "give at most one for each",
			"there are %d aliases for %d intermediate certificates", len(intermediateAliases), len(intermediates))
	}
	if rootAlias != "" && root == nil {
		return nil, refuse(NoCertificate, rootAliasField, "leave the alias out, or have the root included", "the chain has no root certificate for the alias %q", rootAlias)
	}
	var out []TrustedEntry
	for i, alias := range intermediateAliases {
		if alias != "" {
			out = append(out, TrustedEntry{alias, intermediates[i]})
		}
	}
	if rootAlias != "" {
		out = append(out, TrustedEntry{rootAlias, root})
	}
	return out, nil
}

func splitRoot(chain []*x509.Certificate) (intermediates []*x509.Certificate, root *x509.Certificate) {
	if last := len(chain) - 1; last >= 0 && isSelfSigned(chain[last]) {
		return chain[:last], chain[last]
	}
	return chain, nil
}

// check holds an entry to what every format asks of it.
func (e KeyEntry) check() error {
	if e.Certificate == nil {
		return refuse(NoCertificate, pemField, "", "there is no certificate to write")
	}
	if err := CheckKeyPair(e.Certificate, e.Key); err != nil {
		return err
	}
	if i := slices.Index(e.Chain, nil); i >= 0 {
		return refuse(NoCertificate, pemField, "", "certificate %d of %d in the chain is missing", i+1, len(e.Chain))
	}
	return e.checkAliases()
}

// checkAliases keeps the aliases apart. Java takes two that differ in case alone for the same, and the later entry for both.
func (e KeyEntry) checkAliases() error {
	seen := map[string]bool{}
	for _, entry := range append([]TrustedEntry{{e.Alias, e.Certificate}}, e.Trusted...) {
		if entry.Certificate == nil {
			return refuse(NoCertificate, pemField, "", "the certificate for the alias %q is missing", entry.Alias)
		}
		if err := checkAlias(entry.Alias); err != nil {
			return err
		}
		folded := strings.ToLower(entry.Alias)
		if seen[folded] {
			return refuse(Ambiguous, aliasField, "give each another one; upper and lower case are the same to Java", "two entries have the alias %q", folded)
		}
		seen[folded] = true
	}
	return nil
}

func checkAlias(alias string) error {
	if alias == "" {
		return refuse(InvalidName, aliasField, "give one, such as the certificate's name", "an entry of the key store has no alias")
	}
	return checkText(aliasField, alias, maxAlias)
}

// fullChain is the certificate and its chain, each once.
func (e KeyEntry) fullChain() []*x509.Certificate {
	return distinct(append([]*x509.Certificate{e.Certificate}, e.Chain...))
}
