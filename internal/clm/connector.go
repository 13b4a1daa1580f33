package clm

import (
	"maps"
	"path"
	"slices"
	"time"
)

// PushState is what is recorded of the last push to a connector. What the
// device really has is Sync's to say.
type PushState string

const (
	// NeverPushed: nothing was put there yet. A push begins from here.
	NeverPushed PushState = "never_pushed"
	// Pushing: a push has begun. Found at rest, it is a push that died; beginning
	// again is safe because installing a file set is atomic and repeatable.
	Pushing PushState = "pushing"
	// Pushed: the last push was verified.
	Pushed PushState = "pushed"
	// PushFailed: the last push failed; the device kept what it had.
	PushFailed PushState = "push_failed"
)

var pushTable = table[PushState]{
	"begin_push":    {from: []PushState{NeverPushed, Pushed, PushFailed, Pushing}, to: Pushing},
	"complete_push": {from: []PushState{Pushing}, to: Pushed},
	"fail_push":     {from: []PushState{Pushing}, to: PushFailed},
}

// Connector is where one certificate lives on one device.
type Connector struct {
	ID              string     `json:"id"`
	Name            string     `json:"name"`
	CertificateID   string     `json:"certificate_id"`
	DeviceID        string     `json:"device_id"`
	FileSystem      FileSystem `json:"file_system"`
	RemoveOnDestroy bool       `json:"remove_on_destroy"`
	// RequireDistribution holds a push back until every device of the device's
	// communication profile trusts what vouches for the certificate.
	RequireDistribution bool         `json:"require_distribution,omitempty"`
	State               PushState    `json:"state"`
	LastPush            *Push        `json:"last_push,omitempty"` // the last that succeeded
	Leftover            []FileSystem `json:"leftover,omitempty"`  // earlier places whose files are still to be removed
	Failure             string       `json:"failure,omitempty"`   // why the last push failed
	CreatedAt           time.Time    `json:"created_at"`
	UpdatedAt           time.Time    `json:"updated_at"`
	Revision            int64        `json:"-"`
}

// FileSystem is a location for files on a device.
type FileSystem struct {
	Format          string `json:"format"` // pem
	Directory       string `json:"directory"`
	CertificateFile string `json:"certificate_file"`
	KeyFile         string `json:"key_file,omitempty"`
	ChainFile       string `json:"chain_file,omitempty"`
}

// Push records what a push put on the device.
type Push struct {
	Version           int64             `json:"version"`
	Directory         string            `json:"directory"`
	FingerprintSHA256 string            `json:"fingerprint_sha256"`
	Files             map[string]string `json:"files"` // name to lower-case hex SHA-256
	At                time.Time         `json:"at"`
}

// FormatPEM is a certificate, a key and a chain in PEM files.
const FormatPEM = "pem"

// Check says whether the connector is well formed.
func (c Connector) Check() error {
	if err := CheckName(c.Name); err != nil {
		return err
	}
	return c.FileSystem.Check()
}

// Check says whether the location is well formed and stays below its root.
func (f FileSystem) Check() error {
	if f.Format != FormatPEM {
		return Invalid("file_system.format", "%q is not a format", f.Format).WithHint("use pem")
	}
	if err := CheckDirectory("file_system.directory", f.Directory); err != nil {
		return err
	}
	if f.CertificateFile == "" {
		return Invalid("file_system.certificate_file", "the name of the certificate file is empty")
	}
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
	all := []namedFile{{"certificate_file", f.CertificateFile}, {"key_file", f.KeyFile}, {"chain_file", f.ChainFile}}
	return slices.DeleteFunc(all, func(n namedFile) bool { return n.file == "" })
}

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
		paths = append(paths, path.Join(f.Directory, name))
	}
	return paths
}

// FileTaken is the error for a file that another connector of the device keeps.
func (c Connector) FileTaken(path, device, other string) *Error {
	e := Errorf(KindExists, "file %q on device %q belongs to connector %q already", path, device, other)
	e.Field = "file_system"
	return e.WithHint("give connector %q another directory or other file names", c.Name)
}

// BeginPush is recorded before the device is touched.
func (c *Connector) BeginPush() error { return c.apply("begin_push") }

// CompletePush records a verified push.
func (c *Connector) CompletePush(p Push) error {
	if err := c.apply("complete_push"); err != nil {
		return err
	}
	c.LastPush, c.Failure = &p, ""
	return nil
}

// FailPush records a failed push; the device kept what it had.
func (c *Connector) FailPush(reason string) error {
	if err := c.apply("fail_push"); err != nil {
		return err
	}
	c.Failure = reason
	return nil
}

// MoveTo changes the place. Files at the old one are removed once the new one
// is served; until then the connector remembers them.
func (c *Connector) MoveTo(place FileSystem) {
	left := slices.Clone(c.Leftover)
	if c.State != NeverPushed {
		left = append(left, c.FileSystem) // a push that failed may have put files there all the same
	}
	c.Leftover = slices.DeleteFunc(left, func(f FileSystem) bool { return sameDirectory(f.Directory, place.Directory) })
	c.FileSystem = place
}

func sameDirectory(a, b string) bool { return path.Join(".", a) == path.Join(".", b) }

// WantsPush tells whether pushing would put something right, going by the last
// look at the place.
func (c Connector) WantsPush(seen Sync) bool {
	return seen.Repairable() || seen.answers() && c.unfinished()
}

// unfinished tells whether a push was begun and not brought to its end: what the
// place holds may look right while a file at an earlier one, or one no longer
// wanted, is still there.
func (c Connector) unfinished() bool {
	return len(c.Leftover) > 0 || c.State == Pushing || c.State == PushFailed || c.keepsMore()
}

// keepsMore tells whether the last push put a file in the place that is not
// wanted any more.
func (c Connector) keepsMore() bool {
	wanted := c.FileSystem.FileNames()
	return slices.ContainsFunc(c.Ours(c.FileSystem), func(name string) bool { return !slices.Contains(wanted, name) })
}

// Ours names the files the last push put in a place: they may be overwritten
// even when somebody replaced them by hand.
func (c Connector) Ours(place FileSystem) []string {
	if c.LastPush == nil || !sameDirectory(c.LastPush.Directory, place.Directory) {
		return nil
	}
	return slices.Sorted(maps.Keys(c.LastPush.Files))
}

func (c *Connector) apply(verb string) error {
	next, err := pushTable.next(NounConnector, c.Name, verb, c.State)
	if err != nil {
		return err
	}
	c.State = next
	return nil
}

// Untouched tells whether its owner never changed it since it was made.
func (c Connector) Untouched() bool { return c.UpdatedAt.Equal(c.CreatedAt) }
