package target

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// world is one device that is a temporary folder.
type world struct {
	*testing.T
	root    string
	device  clm.Device
	targets hands
}

// disks are the kinds of devices that stories are told on.
var disks = map[string]func(t *testing.T) *world{"local": newWorld}

// onEachDisk tells a story on every kind of disk.
func onEachDisk(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	for kind, open := range disks {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			story(t, open(t))
		})
	}
}

// onLocalDisk tells a story that is about the root directory, which a device
// behind SSH does not have: links there may lead anywhere.
func onLocalDisk(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	story(t, newWorld(t))
}

// whereItMatters is onLocalDisk for what leads out of the root directory.
func whereItMatters(name string) func(*testing.T, func(*testing.T, *world)) {
	if strings.Contains(name, "link out") || strings.Contains(name, "leads out") || strings.Contains(name, "leads up") {
		return onLocalDisk
	}
	return onEachDisk
}

// It is in memory where this machine has such a place: most tests are about
// what is where, not about disks.
func newWorld(t *testing.T) *world {
	t.Helper()
	root, err := os.MkdirTemp("/dev/shm", "clm-target-")
	if err != nil {
		return newDiskWorld(t)
	}
	must(t, os.Chmod(root, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	return worldAt(t, root)
}

func newDiskWorld(t *testing.T) *world {
	t.Helper()
	return worldAt(t, t.TempDir())
}

// empty takes everything off the device.
func (w *world) empty() {
	w.Helper()
	entries, err := os.ReadDir(w.root)
	must(w, err)
	for _, e := range entries {
		must(w, os.RemoveAll(w.path(e.Name())))
	}
}

func worldAt(t *testing.T, root string) *world {
	return &world{T: t, root: root, device: deviceAt(root), targets: bare()}
}

func deviceAt(root string) clm.Device {
	return clm.Device{Name: "web-1", CertSync: clm.SyncManaged, Local: &clm.Local{RootDirectory: root}}
}

func (w *world) install(set clm.FileSet) {
	w.Helper()
	if err := w.targets.Install(context.Background(), w.device, set); err != nil {
		w.Fatalf("Install: %v", err)
	}
}

func (w *world) remove(set clm.FileSet) {
	w.Helper()
	if err := w.targets.Remove(context.Background(), w.device, set); err != nil {
		w.Fatalf("Remove: %v", err)
	}
}

func (w *world) preflight(set clm.FileSet) {
	w.Helper()
	if err := w.targets.Preflight(context.Background(), w.device, set); err != nil {
		w.Fatalf("Preflight: %v", err)
	}
}

func (w *world) path(name string) string { return filepath.Join(w.root, filepath.FromSlash(name)) }

func (w *world) write(name, content string, mode fs.FileMode) {
	w.Helper()
	must(w, os.MkdirAll(filepath.Dir(w.path(name)), 0o755))
	_ = os.Remove(w.path(name)) // not through a link
	must(w, os.WriteFile(w.path(name), []byte(content), mode))
	must(w, os.Chmod(w.path(name), mode))
}

func must(t interface {
	Helper()
	Fatal(...any)
}, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pair is one version of a certificate, its key and its chain.
type pair struct{ cert, key, chain []byte }

// pairs are three versions; making them once keeps the tests fast.
var pairs = sync.OnceValue(func() []pair {
	var all []pair
	for v := range 4 {
		all = append(all, newPair(int64(v)))
	}
	return all
})

func newPair(version int64) pair {
	caKey, leafKey := newKey(), newKey()
	ca := template(version, "ca")
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	chain := sign(ca, ca, &caKey.PublicKey, caKey)
	issuer, _ := x509.ParseCertificate(chain)
	cert := sign(template(version, "leaf"), issuer, &leafKey.PublicKey, caKey)
	der, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		panic(err)
	}
	return pair{encode("CERTIFICATE", cert), encode("PRIVATE KEY", der), encode("CERTIFICATE", chain)}
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func template(version int64, name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(version + 1), Subject: pkix.Name{CommonName: fmt.Sprintf("%s %d", name, version)},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
}

func sign(cert, parent *x509.Certificate, pub *ecdsa.PublicKey, key *ecdsa.PrivateKey) []byte {
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, pub, key)
	if err != nil {
		panic(err)
	}
	return der
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

const (
	owner = "0190a1b2-0000-7000-8000-000000000001"
	dir   = "etc/tls"
)

// setOf is the full set of version v: certificate, key and chain.
func setOf(v int) clm.FileSet {
	p := pairs()[v]
	return clm.FileSet{Owner: owner, Directory: dir, Files: []clm.File{
		{Name: "cert.pem", Content: p.cert},
		{Name: "key.pem", Content: p.key, Secret: true},
		{Name: "chain.pem", Content: p.chain},
	}}
}

func withoutChain(set clm.FileSet) clm.FileSet {
	set.Files = set.Files[:2]
	return set
}

func claiming(set clm.FileSet) clm.FileSet {
	set.Claimed = []string{"cert.pem", "key.pem", "chain.pem"}
	return set
}

func in(directory string, set clm.FileSet) clm.FileSet {
	set.Directory = directory
	return set
}

// served is what the names of a set show from outside, through the links, by
// plain system calls. A name that shows nothing is not in it.
func (w *world) served() map[string]string {
	got := map[string]string{}
	for _, name := range []string{"cert.pem", "key.pem", "chain.pem", "crt.pem"} {
		content, err := os.ReadFile(w.path(dir + "/" + name))
		if err == nil {
			got[name] = string(content)
		}
	}
	return got
}

// matching says why what is served is not of one version, by parsing it.
func matching(got map[string]string) error {
	cert, err := parseCert(got["cert.pem"])
	if err != nil || cert == nil {
		return err
	}
	if got["key.pem"] != "" {
		if err := matchKey(cert, got["key.pem"]); err != nil {
			return err
		}
	}
	chain, err := parseCert(got["chain.pem"])
	if err != nil || chain == nil {
		return err
	}
	return cert.CheckSignatureFrom(chain)
}

func parseCert(text string) (*x509.Certificate, error) {
	if text == "" {
		return nil, nil
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("no PEM in %d bytes", len(text))
	}
	return x509.ParseCertificate(block.Bytes)
}

func matchKey(cert *x509.Certificate, text string) error {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return fmt.Errorf("no PEM in a key of %d bytes", len(text))
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return err
	}
	if !key.(*ecdsa.PrivateKey).PublicKey.Equal(cert.PublicKey) {
		return errors.New("the key of one version beside the certificate of another")
	}
	return nil
}

// serves fails the test unless exactly the files of set are served.
func (w *world) serves(set clm.FileSet) {
	w.Helper()
	want := map[string]string{}
	for _, f := range set.Files {
		want[f.Name] = string(f.Content)
	}
	if got := w.served(); !equal(got, want) {
		w.Fatalf("served: %s, want %s", names(got), names(want))
	}
}

func equal(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if other, ok := b[k]; !ok || other != v {
			return false
		}
	}
	return true
}

// names renders files by name and a little of their digest.
func names(files map[string]string) string {
	var all []string
	for name, content := range files {
		all = append(all, fmt.Sprintf("%s %x", name, sha256.Sum256([]byte(content)))[:len(name)+9])
	}
	return strings.Join(all, ", ")
}

var (
	randomName = regexp.MustCompile(`v-[0-9a-f]{16}`)
	nextName   = regexp.MustCompile(`next-[0-9a-f]{16}`)
)

// tree is everything below the root: paths, modes, link targets and digests. The
// random names of versions are made equal, but for those that previous keeps.
func (w *world) tree() string {
	w.Helper()
	paths, lines := []string{}, map[string]string{}
	kept := strings.NewReplacer(w.kept()...)
	err := filepath.WalkDir(w.root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == w.root {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(w.root, path)
		known := randomName.ReplaceAllString(kept.Replace(name), "v-*")
		for lines[known] != "" { // of two alike
			known += "'"
		}
		paths = append(paths, known)
		lines[known] = randomName.ReplaceAllString(kept.Replace(fmt.Sprintf("%s %s%s\n", info.Mode(), name, detail(path, info))), "v-*")
		return nil
	})
	must(w, err)
	slices.SortFunc(paths, func(a, b string) int { return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/")) })
	var b strings.Builder
	for _, path := range paths {
		b.WriteString(lines[path])
	}
	return b.String()
}

// kept are the names of versions that previous keeps, each with one that says so.
func (w *world) kept() (names []string) {
	links, _ := filepath.Glob(filepath.Join(w.root, dir, ".clm", "*", "previous"))
	for _, link := range links {
		if version, err := os.Readlink(link); err == nil && randomName.MatchString(version) {
			names = append(names, version, "v-kept")
		}
	}
	return names
}

func detail(path string, info fs.FileInfo) string {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		target, _ := os.Readlink(path)
		return " -> " + target
	case info.Mode().IsRegular():
		content, _ := os.ReadFile(path)
		return fmt.Sprintf(" %x", sha256.Sum256(content))[:8]
	}
	return ""
}

// fails runs act and asserts the kind and the whole text of its error; ROOT
// stands for the root directory.
func (w *world) fails(err error, kind clm.Kind, text string) {
	w.Helper()
	if err == nil {
		w.Fatal("no error")
	}
	if clm.KindOf(err) != kind {
		w.Errorf("kind %s, want %s", clm.KindOf(err), kind)
	}
	got := strings.ReplaceAll(err.Error(), w.root, "ROOT")
	if w.device.SSH != nil {
		text = strings.ReplaceAll(text, "let the user this process runs as write there", "let the account write there, or set ssh.sudo = true")
	}
	got = strings.ReplaceAll(got, "inside the root directory / ", "inside the root directory ROOT ")
	if randomName.ReplaceAllString(got, "v-*") != text {
		w.Errorf("error\n  %s\nwant\n  %s", got, text)
	}
}
