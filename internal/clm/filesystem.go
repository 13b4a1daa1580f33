package clm

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// FileSystem is a location for files on a device, and the form they have there.
type FileSystem struct {
	Format Format `json:"format"`
	// Directory is below the device's root; that it may begin with a slash makes no
	// difference.
	Directory       string `json:"directory"`
	CertificateFile string `json:"certificate_file,omitempty"`
	KeyFile         string `json:"key_file,omitempty"` // with FormatPEM it may be the certificate file
	ChainFile       string `json:"chain_file,omitempty"`

	// Of a key store, which is one file.
	StoreFile           string   `json:"store_file,omitempty"`
	Alias               string   `json:"alias,omitempty"`                // "": the certificate's name
	RootAlias           string   `json:"root_alias,omitempty"`           // "": the root is not put in
	IntermediateAliases []string `json:"intermediate_aliases,omitempty"` // of those that are to be entries of their own, the issuer first
	PKCS12Profile       string   `json:"pkcs12_profile,omitempty"`       // modern, legacy, or auto: what the device says that it can read

	// What the owner calls the passwords that are sealed; 0 when there is none.
	PasswordVersion    int64 `json:"password_version,omitempty"`
	KeyPasswordVersion int64 `json:"key_password_version,omitempty"`

	Owner string `json:"owner,omitempty"` // user on the device, "": whoever writes the files
	Group string `json:"group,omitempty"`
	Mode  string `json:"mode,omitempty"` // of files with a private key, octal; "": 0600
}

// StoreSecrets are the passwords of a key store. One that is nil stays what it is.
type StoreSecrets struct {
	Password    *string
	KeyPassword *string
}

// StorePasswords are those of a key store as they are sealed.
type StorePasswords struct {
	Password    string `json:"password"`
	KeyPassword string `json:"key_password,omitempty"` // "": the same
}

// Format is the form in which a certificate lies on a device.
type Format string

const (
	// FormatPEM is a certificate, a key and a chain in text files (RFC 7468).
	FormatPEM Format = "pem"
	// FormatDER is a certificate and a key, each in a binary file (X.690).
	FormatDER Format = "der"
	// FormatPKCS7 is a certificate with its chain in one file (RFC 2315), and a key
	// beside it in PEM.
	FormatPKCS7 Format = "pkcs7"
	// FormatPKCS12 is a key store in one file (RFC 7292).
	FormatPKCS12 Format = "pkcs12"
	// FormatJKS is a key store of Java in one file.
	FormatJKS Format = "jks"
)

// OneFile tells whether certificate and key share a file, as HAProxy wants it.
func (f FileSystem) OneFile() bool {
	return f.Format == FormatPEM && f.KeyFile != "" && f.KeyFile == f.CertificateFile
}

// IsStore tells whether everything is in one file under a password.
func (f Format) IsStore() bool { return f == FormatPKCS12 || f == FormatJKS }

// Check says whether the location is well formed and stays below its root.
func (f FileSystem) Check() error {
	if err := CheckDirectory("file_system.directory", f.Place()); err != nil {
		return err
	}
	if err := f.checkForm(); err != nil {
		return err
	}
	if err := f.checkAccess(); err != nil {
		return err
	}
	return f.checkNames()
}

func (f FileSystem) checkForm() error {
	switch f.Format {
	case FormatPEM, FormatDER, FormatPKCS7:
		if f.CertificateFile == "" {
			return Invalid("file_system.certificate_file", "the name of the certificate file is empty")
		}
		if f.ChainFile != "" && f.Format != FormatPEM {
			return Invalid("file_system.chain_file", "format %s has no chain file", f.Format).
				WithHint("leave it out: pkcs7 holds the chain in the certificate file, and a file in der holds one certificate")
		}
		if f.StoreFile != "" || f.Alias != "" || f.RootAlias != "" || len(f.IntermediateAliases) > 0 {
			return Invalid("file_system.store_file", "format %s has no key store", f.Format).WithHint("use pkcs12 or jks, or leave store_file and the aliases out")
		}
	case FormatPKCS12, FormatJKS:
		if f.StoreFile == "" {
			return Invalid("file_system.store_file", "the name of the key store is empty")
		}
		if f.CertificateFile != "" || f.KeyFile != "" || f.ChainFile != "" {
			return Invalid("file_system.store_file", "format %s is one file", f.Format).WithHint("leave certificate_file, key_file and chain_file out")
		}
	default:
		return Invalid("file_system.format", "%q is not a format", f.Format).WithHint("use pem, der, pkcs7, pkcs12 or jks")
	}
	switch f.PKCS12Profile {
	case "", "modern", "legacy", "auto":
		return nil
	}
	return Invalid("file_system.pkcs12_profile", "%q is not a profile", f.PKCS12Profile).WithHint("use modern, legacy or auto")
}

// checkAccess holds that nobody else than owner and group reads a private key.
func (f FileSystem) checkAccess() error {
	mode, err := f.SecretMode()
	if err != nil {
		return err
	}
	if mode&0o7 != 0 {
		return Invalid("file_system.mode", "%s lets everybody at the private key", f.Mode).WithHint("use 0600, or 0640 with a group that is to read it")
	}
	if mode != 0 && mode&0o400 == 0 {
		return Invalid("file_system.mode", "%s keeps the owner from reading the private key", f.Mode)
	}
	for field, name := range map[string]string{"file_system.owner": f.Owner, "file_system.group": f.Group} {
		if strings.ContainsAny(name, " :/\x00\n") || strings.HasPrefix(name, "-") {
			return Invalid(field, "%q is not a name", name)
		}
	}
	return nil
}

// SecretMode is the mode of files with a private key, 0 when nothing is said.
func (f FileSystem) SecretMode() (uint32, error) {
	if f.Mode == "" {
		return 0, nil
	}
	mode, err := strconv.ParseUint(f.Mode, 8, 32)
	if err != nil || mode > 0o777 {
		return 0, Invalid("file_system.mode", "%q is not a mode", f.Mode).WithHint("write permission bits in octal, such as 0640")
	}
	return uint32(mode), nil
}

func (f FileSystem) checkNames() error {
	seen := map[string]string{}
	for _, n := range f.named() {
		if err := CheckFileName("file_system."+n.role, n.file); err != nil {
			return err
		}
		if other, taken := seen[n.file]; taken {
			return Invalid("file_system."+n.role, "%s and %s are both %q", other, n.role, n.file).WithHint("give each its own file")
		}
		seen[n.file] = n.role
	}
	return nil
}

type namedFile struct{ role, file string }

func (f FileSystem) named() []namedFile {
	all := []namedFile{{"certificate_file", f.CertificateFile}, {"key_file", f.KeyFile}, {"chain_file", f.ChainFile}, {"store_file", f.StoreFile}}
	return slices.DeleteFunc(all, func(n namedFile) bool { return n.file == "" || (f.OneFile() && n.role == "key_file") })
}

// HoldsKey tells whether a private key is put there.
func (f FileSystem) HoldsKey() bool { return f.KeyFile != "" || f.Format.IsStore() }

// FileNames are the names of the location's files, within its directory.
func (f FileSystem) FileNames() []string {
	var names []string
	for _, n := range f.named() {
		names = append(names, n.file)
	}
	return names
}

// Paths are the location's files relative to the device's root; each belongs to
// at most one connector of a device.
func (f FileSystem) Paths() []string {
	var paths []string
	for _, name := range f.FileNames() {
		paths = append(paths, path.Join(belowRoot(f.Directory), name))
	}
	return paths
}

// Place is the directory as a target takes it.
func (f FileSystem) Place() string { return strings.TrimPrefix(f.Directory, "/") }

func belowRoot(directory string) string { return path.Join(".", strings.TrimPrefix(directory, "/")) }
