package clm

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// CommunicationProfile is what a set of devices uses to talk: where to, whom to
// trust, how often to ask.
type CommunicationProfile struct {
	ID              string        `json:"id"`
	Name            string        `json:"name"`
	ServerURLs      []string      `json:"server_urls,omitempty"`
	RootIDs         []string      `json:"root_ids"`             // sorted
	Additional      [][]byte      `json:"additional,omitempty"` // DER of CA certificates made known early
	CheckInInterval time.Duration `json:"check_in_interval"`
	TrustStore      TrustStore    `json:"trust_store"`
	Epoch           int64         `json:"epoch"`         // of the published bundle
	BundleDigest    string        `json:"bundle_digest"` // of the published bundle
	CreatedAt       time.Time     `json:"created_at"`
	UpdatedAt       time.Time     `json:"updated_at"`
	Revision        int64         `json:"-"`
}

// TrustStore is where a device keeps the bundle.
type TrustStore struct {
	Directory        string `json:"directory"`
	BundleFile       string `json:"bundle_file"`                   // PEM
	JavaKeyStoreFile string `json:"java_key_store_file,omitempty"` // JKS
	PKCS12File       string `json:"pkcs12_file,omitempty"`
}

// TrustStorePassword protects the integrity of JKS and PKCS#12 trust stores. It
// is Java's own default and no secret: a trust store holds public certificates.
const TrustStorePassword = "changeit"

// MinimumCheckIn keeps a fleet from asking in a loop.
const MinimumCheckIn = time.Second

// Check says whether the profile is well formed.
func (p CommunicationProfile) Check() error {
	if err := CheckName(p.Name); err != nil {
		return err
	}
	for _, address := range p.ServerURLs {
		if u, err := url.Parse(address); err != nil || u.Scheme != "https" || u.Host == "" {
			return Invalid("server_urls", "%q is not an https address", address).WithHint("write it such as https://clm.example.com:8443")
		}
	}
	if p.CheckInInterval < MinimumCheckIn {
		return Invalid("check_in_interval", "an interval of %s is shorter than %s", p.CheckInInterval, MinimumCheckIn)
	}
	if len(p.RootIDs)+len(p.Additional) == 0 {
		return Invalid("root_certificate_ids", "profile %q trusts nobody", p.Name).WithHint("name at least one root certificate")
	}
	return p.TrustStore.Check()
}

// Check says whether the files have names that stay below the device's root.
func (s TrustStore) Check() error {
	if err := CheckDirectory("trust_store.directory", strings.TrimPrefix(s.Directory, "/")); err != nil {
		return err
	}
	if s.BundleFile == "" {
		return Invalid("trust_store.bundle_file", "the name of the bundle file is empty")
	}
	seen := map[string]bool{}
	for _, n := range s.named() {
		if err := CheckFileName("trust_store."+n.role, n.file); err != nil {
			return err
		}
		if seen[n.file] {
			return Invalid("trust_store."+n.role, "two files are both %q", n.file).WithHint("give each its own name")
		}
		seen[n.file] = true
	}
	return nil
}

func (s TrustStore) named() []namedFile {
	all := []namedFile{{"bundle_file", s.BundleFile}, {"java_key_store_file", s.JavaKeyStoreFile}, {"pkcs12_file", s.PKCS12File}}
	return slices.DeleteFunc(all, func(n namedFile) bool { return n.file == "" })
}

// FileNames are the names of the trust store's files, within its directory.
func (s TrustStore) FileNames() []string {
	var names []string
	for _, n := range s.named() {
		names = append(names, n.file)
	}
	return names
}

// Bundle is what the profile has to publish, given the roots it names.
func (p CommunicationProfile) Bundle(roots []RootCertificate) Bundle {
	certificates := slices.Clone(p.Additional)
	for _, root := range roots {
		certificates = append(certificates, root.Trusted()...)
	}
	b := NewBundle(certificates)
	b.ProfileID = p.ID
	return b
}

// Publish makes b the published bundle, unless it is that already.
func (p *CommunicationProfile) Publish(b *Bundle, reason string, now time.Time) bool {
	if b.Digest == p.BundleDigest {
		return false
	}
	p.Epoch++
	p.BundleDigest = b.Digest
	b.ProfileID, b.Epoch, b.Reason, b.CreatedAt = p.ID, p.Epoch, reason, now
	return true
}

// Untouched tells whether its owner never changed it since it was made.
func (p CommunicationProfile) Untouched() bool { return p.UpdatedAt.Equal(p.CreatedAt) }
