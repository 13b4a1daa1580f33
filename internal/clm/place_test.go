package clm_test

import (
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "7", "corp root", "alice@example.com", "web-1_b.example", strings.Repeat("x", 128)} {
		if err := clm.CheckName(name); err != nil {
			t.Errorf("%q is refused: %v", name, err)
		}
	}
	for _, name := range []string{"", " a", "a ", ".a", "a.", "-", "a/b", `a\b`, "a\nb", "a\x00b", "ä", "..", strings.Repeat("x", 129)} {
		err := clm.CheckName(name)
		if clm.KindOf(err) != clm.KindInvalid || !strings.Contains(err.Error(), "is not a valid name (use 1 to 128 letters, digits, spaces or . _ @ -, ") {
			t.Errorf("%q: %v", name, err)
		}
	}
	id := clm.NewID()
	mustRefuse(t, clm.CheckName(id), clm.KindInvalid, "name", `"`+id+`" looks like an id (a name must not have the form of a UUID)`)
}

// A reference is an id or a name, never both; ids sort by age.
func TestIDs(t *testing.T) {
	t.Parallel()
	earlier, later := clm.NewID(), clm.NewID()
	if !clm.IsID(earlier) || earlier >= later {
		t.Errorf("%s, then %s", earlier, later)
	}
	for _, ref := range []string{"", "shop", "{" + earlier + "}", "urn:uuid:" + earlier, strings.ReplaceAll(earlier, "-", "")} {
		if clm.IsID(ref) {
			t.Errorf("%q is taken for an id", ref)
		}
	}
}

var hostilePaths = []string{
	"", ".", "..", "/", "etc/tls", "../etc", "etc/../..", "etc/..", "./etc", "etc//tls", "etc/", "/etc", `etc\tls`, `..\..`,
	"a/../../b", "a/b/../../../c", "...", ".../x", "..x", "x..", ".clm", ".clm/x", ".clm-try-1", ".made", "etc/.clm/current", "a\x00b",
	"\x00", "\n", "…", "a\u202eb", "C:", "C:/x", "nul", strings.Repeat("x", 255), strings.Repeat("x", 256), strings.Repeat("a/", 300),
}

// No directory and no file name that is accepted leads out of the root, or into
// what a target keeps for itself.
func FuzzPlaces(f *testing.F) {
	for _, dir := range hostilePaths {
		for _, name := range hostilePaths {
			f.Add(dir, name)
		}
	}
	f.Fuzz(func(t *testing.T, dir, name string) {
		place := clm.FileSystem{Format: clm.FormatPEM, Directory: dir, CertificateFile: name}
		if place.Check() != nil {
			return
		}
		const root = "/root of the device"
		folder := path.Join(root, dir)
		if folder != root && !strings.HasPrefix(folder, root+"/") {
			t.Fatalf("directory %q leads to %q", dir, folder)
		}
		file := path.Join(folder, name)
		if path.Dir(file) != folder || path.Base(file) != name {
			t.Fatalf("file %q in %q is %q", name, dir, file)
		}
		if strings.ContainsAny(dir+name, "\\\x00") || strings.HasPrefix(name, ".clm") {
			t.Fatalf("accepted: %q in %q", name, dir)
		}
		if paths := place.Paths(); len(paths) != 1 || path.Join(root, paths[0]) != file {
			t.Fatalf("the claimed path of %q in %q is %q", name, dir, paths)
		}
	})
}

func TestFileSystemCheck(t *testing.T) {
	t.Parallel()
	sound := clm.FileSystem{Format: "pem", Directory: "etc/tls", CertificateFile: "a.crt", KeyFile: "a.key", ChainFile: "a.chain"}
	const (
		notClean = ` is not a clean path below the device's root directory (write it relative to the root, with forward slashes and without . or .. parts, such as "etc/tls")`
		notFile  = ` is not a file name (a file name has no slashes, is not . or .., and does not begin with .clm)`
	)
	for _, tt := range []struct {
		name        string
		spoil       func(*clm.FileSystem)
		field, text string
	}{
		{"sound", func(*clm.FileSystem) {}, "", ""},
		{"the root itself", func(f *clm.FileSystem) { f.Directory = "" }, "", ""},
		{"certificate alone", func(f *clm.FileSystem) { f.KeyFile, f.ChainFile = "", "" }, "", ""},
		{"format", func(f *clm.FileSystem) { f.Format = "p7" }, "file_system.format", `"p7" is not a format (use pem, der, pkcs7, pkcs12 or jks)`},
		{"a store of many files", func(f *clm.FileSystem) { f.Format, f.StoreFile = clm.FormatJKS, "a.jks" }, "file_system.store_file",
			`format jks is one file (leave certificate_file, key_file and chain_file out)`},
		{"a store without a file", func(f *clm.FileSystem) { *f = clm.FileSystem{Format: clm.FormatPKCS12, Directory: "etc"} }, "file_system.store_file",
			`the name of the key store is empty`},
		{"a chain in DER", func(f *clm.FileSystem) { f.Format = clm.FormatDER }, "file_system.chain_file",
			`format der has no chain file (leave it out: pkcs7 holds the chain in the certificate file, and a file in der holds one certificate)`},
		{"a file for a store", func(f *clm.FileSystem) { f.Alias = "shop" }, "file_system.store_file",
			`format pem has no key store (use pkcs12 or jks, or leave store_file and the aliases out)`},
		{"profile", func(f *clm.FileSystem) { f.PKCS12Profile = "rc2" }, "file_system.pkcs12_profile", `"rc2" is not a profile (use modern, legacy or auto)`},
		{"no mode", func(f *clm.FileSystem) { f.Mode = "rw" }, "file_system.mode", `"rw" is not a mode (write permission bits in octal, such as 0640)`},
		{"an open key", func(f *clm.FileSystem) { f.Mode = "0644" }, "file_system.mode",
			`0644 lets everybody at the private key (use 0600, or 0640 with a group that is to read it)`},
		{"a closed key", func(f *clm.FileSystem) { f.Mode = "0040" }, "file_system.mode", `0040 keeps the owner from reading the private key`},
		{"an option for a user", func(f *clm.FileSystem) { f.Owner = "-R" }, "file_system.owner", `"-R" is not a name`},
		{"a path for a group", func(f *clm.FileSystem) { f.Group = "a/b" }, "file_system.group", `"a/b" is not a name`},
		{"up", func(f *clm.FileSystem) { f.Directory = "../etc" }, "file_system.directory", `directory "../etc"` + notClean},
		{"from the root", func(f *clm.FileSystem) { f.Directory = "/etc" }, "", ""},
		{"from above the root", func(f *clm.FileSystem) { f.Directory = "/../etc" }, "file_system.directory", `directory "../etc"` + notClean},
		{"from nowhere", func(f *clm.FileSystem) { f.Directory = "//etc" }, "file_system.directory", `directory "/etc"` + notClean},
		{"trailing slash", func(f *clm.FileSystem) { f.Directory = "etc/" }, "file_system.directory", `directory "etc/"` + notClean},
		{"no certificate", func(f *clm.FileSystem) { f.CertificateFile = "" }, "file_system.certificate_file", "the name of the certificate file is empty"},
		{"path as file", func(f *clm.FileSystem) { f.KeyFile = "../a.key" }, "file_system.key_file", `"../a.key"` + notFile},
		{"ours", func(f *clm.FileSystem) { f.ChainFile = ".clm" }, "file_system.chain_file", `".clm"` + notFile},
		{"long", func(f *clm.FileSystem) { f.ChainFile = strings.Repeat("x", 256) }, "file_system.chain_file", "the file name of 256 bytes is longer than 255"},
		{"one file", func(f *clm.FileSystem) { f.KeyFile = "a.crt" }, "", ""},
		{"one file in PKCS#7", func(f *clm.FileSystem) { f.Format, f.KeyFile, f.ChainFile = clm.FormatPKCS7, "a.crt", "" }, "file_system.key_file",
			`certificate_file and key_file are both "a.crt" (give each its own file)`},
		{"twice", func(f *clm.FileSystem) { f.ChainFile = "a.key" }, "file_system.chain_file",
			`key_file and chain_file are both "a.key" (give each its own file)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			place := sound
			tt.spoil(&place)
			err := clm.Connector{Name: "shop", FileSystem: place}.Check()
			if tt.text == "" {
				must(t, err)
				return
			}
			mustRefuse(t, err, clm.KindInvalid, tt.field, tt.text)
		})
	}
}

// A connector on the move remembers where files may lie, never the place it is
// at, whatever way it came there.
func TestMoveRemembersLeftovers(t *testing.T) {
	t.Parallel()
	at := func(dir string) clm.FileSystem { return clm.FileSystem{Directory: dir} }
	for _, tt := range []struct {
		name  string
		state clm.PushState
		moves []string
		want  []string
	}{
		{"nothing was put there", clm.NeverPushed, []string{"b"}, nil},
		{"moved", clm.Pushed, []string{"b"}, []string{"a"}},
		{"a failed push may have left something", clm.PushFailed, []string{"b"}, []string{"a"}},
		{"a push that died too", clm.Pushing, []string{"b"}, []string{"a"}},
		{"stayed", clm.Pushed, []string{"a"}, nil},
		{"there and back", clm.Pushed, []string{"b", "a"}, []string{"b"}},
		{"round", clm.Pushed, []string{"b", "c", "a"}, []string{"b", "c"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := clm.Connector{State: tt.state, FileSystem: at("a")}
			for _, dir := range tt.moves {
				c.MoveTo(at(dir))
			}
			var got []string
			for _, place := range c.Leftover {
				got = append(got, place.Directory)
			}
			if !cmp.Equal(got, tt.want) {
				t.Errorf("left behind: %v, want %v", got, tt.want)
			}
		})
	}
	root := clm.Connector{State: clm.Pushed, FileSystem: at("")}
	if root.MoveTo(at(".")); len(root.Leftover) != 0 {
		t.Errorf("the root directory was left for itself: %v", root.Leftover)
	}
}

// Only what the last push put in a place may be overwritten there: a file of
// the same name elsewhere is somebody's.
func TestOurs(t *testing.T) {
	t.Parallel()
	c := clm.Connector{LastPush: &clm.Push{Directory: "a", Files: map[string]string{"y": "1", "x": "2"}}}
	if got := c.Ours(clm.FileSystem{Directory: "a"}); !cmp.Equal(got, []string{"x", "y"}) {
		t.Errorf("ours: %v", got)
	}
	if got := c.Ours(clm.FileSystem{Directory: "b"}); got != nil {
		t.Errorf("ours elsewhere: %v", got)
	}
	if got := (clm.Connector{}).Ours(clm.FileSystem{}); got != nil {
		t.Errorf("ours before the first push: %v", got)
	}
}
