package target

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// The layout is a promise: an upgrade of the provider finds it on devices.
func TestLayout(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		w.install(withoutChain(setOf(1)))
		want := `drwxr-xr-x .clm
drwxr-xr-x .clm/.made
-rw------- .clm/.made/etc e3b0c44
drwxr-xr-x etc
drwxr-xr-x etc/.clm
drwxr-xr-x etc/.clm/.made
-rw------- etc/.clm/.made/tls e3b0c44
drwxr-xr-x etc/tls
drwxr-xr-x etc/tls/.clm
drwxr-xr-x etc/tls/.clm/OWNER
Lrwxrwxrwx etc/tls/.clm/OWNER/current -> v-*
-rw------- etc/tls/.clm/OWNER/lock e3b0c44
drwxr-xr-x etc/tls/.clm/OWNER/v-*
-rw-r--r-- etc/tls/.clm/OWNER/v-*/cert.pem CERT
-rw------- etc/tls/.clm/OWNER/v-*/key.pem KEY
Lrwxrwxrwx etc/tls/cert.pem -> .clm/OWNER/current/cert.pem
Lrwxrwxrwx etc/tls/key.pem -> .clm/OWNER/current/key.pem
`
		got := strings.NewReplacer(owner, "OWNER", short(pairs()[1].cert), "CERT", short(pairs()[1].key), "KEY").Replace(w.tree())
		if got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	})
}

func short(content []byte) string { return fmt.Sprintf("%x", sha256.Sum256(content))[:7] }

// A push replaces all three files; pushing the same again touches nothing.
func TestInstallChangeAndNothing(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		for v := range 3 {
			w.preflight(setOf(v))
			w.install(setOf(v))
			w.serves(setOf(v))
		}
		before := w.identity()
		w.install(setOf(2))
		if after := w.identity(); after != before {
			t.Errorf("installing the same again changed\n%s\nto\n%s", before, after)
		}
		if got := w.versions(); got != 1 {
			t.Errorf("%d versions are kept, want 1", got)
		}
	})
}

// identity is what a no-op must not change: the version's name, its inodes'
// times, the folders' times.
func (w *world) identity() string {
	w.Helper()
	var b strings.Builder
	target, err := os.Readlink(w.path(dir + "/.clm/" + owner + "/current"))
	must(w, err)
	fmt.Fprintln(&b, target)
	for _, name := range []string{"", "/cert.pem", "/key.pem", "/.clm", "/.clm/" + owner, "/.clm/" + owner + "/current/cert.pem"} {
		info, err := os.Lstat(w.path(dir + name))
		must(w, err)
		fmt.Fprintln(&b, name, info.ModTime(), info.Mode())
	}
	return b.String()
}

func (w *world) versions() int {
	w.Helper()
	entries, err := os.ReadDir(w.path(dir + "/.clm/" + owner))
	must(w, err)
	return len(slices.DeleteFunc(entries, func(e os.DirEntry) bool { return !strings.HasPrefix(e.Name(), "v-") }))
}

// Whatever somebody did to the files, the next push puts them right and leaves
// exactly what a push to a fresh device leaves.
func TestRepair(t *testing.T) {
	t.Parallel()
	home := dir + "/.clm/" + owner
	outside := map[string]func(w *world){
		"nothing":              func(*world) {},
		"link deleted":         func(w *world) { must(w, os.Remove(w.path(dir+"/key.pem"))) },
		"all links deleted":    func(w *world) { w.removeAll("cert.pem", "key.pem", "chain.pem") },
		"link became a file":   func(w *world) { w.write(dir+"/key.pem", string(pairs()[3].key), 0o644) },
		"all became files":     func(w *world) { w.replaceAll() },
		"link became a link":   func(w *world) { w.relink("key.pem", "/nowhere") },
		"link to a neighbour":  func(w *world) { w.write(dir+"/own.pem", "x", 0o600); w.relink("key.pem", "own.pem") },
		"content edited":       func(w *world) { must(w, os.WriteFile(w.path(dir+"/cert.pem"), []byte("x"), 0o644)) },
		"same length edited":   func(w *world) { w.flip("key.pem") },
		"private folder gone":  func(w *world) { must(w, os.RemoveAll(w.path(dir+"/.clm"))) },
		"private and links":    func(w *world) { must(w, os.RemoveAll(w.path(dir+"/.clm"))); w.replaceAll() },
		"directory gone":       func(w *world) { must(w, os.RemoveAll(w.path(dir))) },
		"current gone":         func(w *world) { must(w, os.Remove(w.path(home+"/current"))) },
		"current leads out":    func(w *world) { w.relink(".clm/"+owner+"/current", "/etc") },
		"current leads beside": func(w *world) { w.renameVersion("x") },
		"current is a folder":  func(w *world) { w.folderAt(home + "/current") },
		"version gone":         func(w *world) { w.removeVersion() },
		"version is a file":    func(w *world) { w.write(home+"/"+w.removeVersion(), "x", 0o644) },
		"version emptied":      func(w *world) { must(w, os.Remove(w.path(home+"/current/key.pem"))) },
		"version has more":     func(w *world) { must(w, os.WriteFile(w.path(home+"/current/x"), nil, 0o644)) },
		"key readable by all":  func(w *world) { must(w, os.Chmod(w.path(dir+"/key.pem"), 0o644)) },
		"certificate private":  func(w *world) { must(w, os.Chmod(w.path(dir+"/cert.pem"), 0o600)) },
		"folder private":       func(w *world) { must(w, os.Chmod(w.path(home), 0o700)) },
		"lock gone":            func(w *world) { must(w, os.Remove(w.path(home+"/lock"))) },
		"leftovers of a crash": func(w *world) { w.leftovers() },
	}
	for name, act := range outside {
		for next, set := range map[string]clm.FileSet{"same": setOf(1), "next": setOf(2)} {
			t.Run(name+"/"+next, func(t *testing.T) {
				t.Parallel()
				onEachDisk(t, func(t *testing.T, w *world) {
					undisturbed := newWorld(t)
					w.install(setOf(1))
					act(w)
					w.preflight(claiming(set))
					w.install(claiming(set))
					w.serves(set)
					_ = os.Remove(w.path(dir + "/own.pem"))
					undisturbed.install(set)
					if got, want := w.tree(), undisturbed.tree(); got != want {
						t.Errorf("got\n%swant\n%s", got, want)
					}
				})
			})
		}
	}
}

func (w *world) removeAll(names ...string) {
	w.Helper()
	for _, name := range names {
		must(w, os.Remove(w.path(dir+"/"+name)))
	}
}

func (w *world) replaceAll() {
	w.Helper()
	w.write(dir+"/cert.pem", string(pairs()[3].cert), 0o644)
	w.write(dir+"/key.pem", string(pairs()[3].key), 0o640)
	w.write(dir+"/chain.pem", string(pairs()[3].chain), 0o644)
}

func (w *world) relink(name, target string) {
	w.Helper()
	w.removeAll(name)
	must(w, os.Symlink(target, w.path(dir+"/"+name)))
}

func (w *world) folderAt(name string) {
	w.Helper()
	must(w, os.Remove(w.path(name)))
	must(w, os.MkdirAll(w.path(name+"/deep"), 0o755))
}

// renameVersion gives the version that is served a name we would not give.
func (w *world) renameVersion(name string) {
	w.Helper()
	home := w.path(dir + "/.clm/" + owner)
	version, err := os.Readlink(home + "/current")
	must(w, err)
	must(w, os.Rename(home+"/"+version, home+"/"+name))
	must(w, os.Remove(home+"/current"))
	must(w, os.Symlink(name, home+"/current"))
}

func (w *world) removeVersion() string {
	w.Helper()
	version, err := os.Readlink(w.path(dir + "/.clm/" + owner + "/current"))
	must(w, err)
	must(w, os.RemoveAll(w.path(dir+"/.clm/"+owner+"/"+version)))
	return version
}

func (w *world) flip(name string) {
	w.Helper()
	content, err := os.ReadFile(w.path(dir + "/" + name))
	must(w, err)
	content[len(content)/2] ^= 1
	must(w, os.WriteFile(w.path(dir+"/"+name), content, 0o600))
}

func (w *world) leftovers() {
	w.Helper()
	home := dir + "/.clm/" + owner
	w.write(home+"/v-0123456789abcdef/key.pem", "old", 0o600)
	must(w, os.Symlink("v-0123456789abcdef", w.path(home+"/next-0123456789abcdef")))
	must(w, os.Symlink("current", w.path(dir+"/.clm-try-0123456789abcdef")))
}

// A set that loses its chain takes the chain's name away.
func TestShrinkAndGrow(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		w.install(setOf(1))
		w.install(withoutChain(setOf(2)))
		w.serves(withoutChain(setOf(2)))
		if _, err := os.Lstat(w.path(dir + "/chain.pem")); !os.IsNotExist(err) {
			t.Errorf("the link of the dropped chain is still there: %v", err)
		}
		w.install(setOf(2))
		w.serves(setOf(2))
	})
}

// Modes do not depend on what the user wrote into the files' neighbours, and a
// set may sit in the root itself.
func TestRootAsDirectory(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		w.install(in("", setOf(1)))
		if got, err := os.ReadFile(w.path("cert.pem")); err != nil || string(got) != string(pairs()[1].cert) {
			t.Errorf("the certificate is not in the root: %v", err)
		}
		w.remove(in("", setOf(1)))
		if got := w.tree(); got != "" {
			t.Errorf("left behind:\n%s", got)
		}
	})
}

// Two connectors share a directory, and neither disturbs the other.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		other := setOf(2)
		other.Owner = "0190a1b2-0000-7000-8000-000000000002"
		other.Files = []clm.File{{Name: "crt.pem", Content: []byte("other")}}
		w.install(setOf(1))
		w.install(other)
		w.remove(setOf(1))
		if got := w.served(); len(got) != 1 || got["crt.pem"] != "other" {
			t.Errorf("served after the neighbour left: %s", names(got))
		}
		w.remove(other) // did not make the directory, but is the last to leave it
		if got := w.tree(); got != "" {
			t.Errorf("left behind:\n%s", got)
		}
	})
}

// Preflight says yes and leaves no trace, on a fresh device and on a used one.
func TestPreflightLeavesNothing(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		w.preflight(setOf(1))
		if got := w.tree(); got != "" {
			t.Errorf("left behind:\n%s", got)
		}
		w.install(setOf(1))
		before := w.tree()
		w.preflight(setOf(2))
		w.preflight(withoutChain(setOf(2)))
		if got := w.tree(); got != before {
			t.Errorf("got\n%swant\n%s", got, before)
		}
	})
}

// What a preflight that died in the middle left goes with the next one.
func TestPreflightTidiesUpAfterADeadOne(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		dead := &place{set: setOf(1)}
		for _, name := range []string{dead.home(newName(nextPrefix)), dead.home(lockFile), dead.public(newName(tryPrefix))} {
			must(t, os.MkdirAll(filepath.Dir(w.path(name)), 0o755))
			if strings.Contains(name, tryPrefix) {
				must(t, os.Symlink(currentLink, w.path(name)))
			} else {
				must(t, os.WriteFile(w.path(name), nil, 0o600))
			}
		}
		w.preflight(setOf(1))
		if got := w.tree(); strings.Contains(got, privateFolder) {
			t.Errorf("left behind:\n%s", got)
		}
	})
}

func TestObserve(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		w.install(setOf(1))
		must(t, os.Chmod(w.path(dir+"/key.pem"), 0o640))
		w.removeAll("chain.pem")
		got, err := w.targets.Observe(context.Background(), w.device, names3())
		must(t, err)
		want := []clm.ObservedFile{
			{Name: "cert.pem", Present: true, SHA256: digest(pairs()[1].cert), Content: pairs()[1].cert},
			{Name: "key.pem", Present: true, SHA256: digest(pairs()[1].key), Exposed: true},
			{Name: "chain.pem"},
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	})
}

// names3 is a set as the engine hands it to Observe: names, no content.
func names3() clm.FileSet {
	set := setOf(0)
	for i := range set.Files {
		set.Files[i].Content = nil
	}
	return set
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// What Observe finds where no file of ours is.
func TestObserveOther(t *testing.T) {
	t.Parallel()
	secret := t.TempDir() + "/outside.pem"
	must(t, os.WriteFile(secret, []byte("outside"), 0o644))
	for name, c := range map[string]struct {
		before func(w *world)
		want   clm.ObservedFile
	}{
		"nothing":            {func(*world) {}, clm.ObservedFile{}},
		"directory missing":  {func(w *world) { must(w, os.RemoveAll(w.path("etc"))) }, clm.ObservedFile{}},
		"dangling link":      {func(w *world) { w.linkKey("nowhere") }, clm.ObservedFile{}},
		"file":               {func(w *world) { w.write(dir+"/key.pem", "x", 0o600) }, clm.ObservedFile{Present: true, SHA256: digest([]byte("x"))}},
		"exposed file":       {func(w *world) { w.write(dir+"/key.pem", "x", 0o604) }, clm.ObservedFile{Present: true, SHA256: digest([]byte("x")), Exposed: true}},
		"link to a file":     {func(w *world) { w.write("etc/k", "x", 0o600); w.linkKey("../k") }, clm.ObservedFile{Present: true, SHA256: digest([]byte("x"))}},
		"link out":           {func(w *world) { w.linkKey(secret) }, clm.ObservedFile{Present: true}},
		"relative link out":  {func(w *world) { w.linkKey("../../../outside.pem") }, clm.ObservedFile{Present: true}},
		"circle":             {func(w *world) { w.linkKey("key.pem") }, clm.ObservedFile{Present: true}},
		"folder":             {func(w *world) { must(w, os.Mkdir(w.path(dir+"/key.pem"), 0o755)) }, clm.ObservedFile{Present: true}},
		"too large":          {func(w *world) { w.write(dir+"/key.pem", strings.Repeat("x", maxSize+1), 0o600) }, clm.ObservedFile{Present: true}},
		"as large as can be": {func(w *world) { w.write(dir+"/key.pem", strings.Repeat("x", maxSize), 0o600) }, clm.ObservedFile{Present: true, SHA256: digest([]byte(strings.Repeat("x", maxSize)))}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whereItMatters(name)(t, func(t *testing.T, w *world) {
				must(t, os.MkdirAll(w.path(dir), 0o755))
				c.before(w)
				set := names3()
				set.Files = set.Files[1:2]
				got, err := w.targets.Observe(context.Background(), w.device, set)
				must(t, err)
				c.want.Name = "key.pem"
				if fmt.Sprint(got[0]) != fmt.Sprint(c.want) {
					t.Errorf("got %+v, want %+v", got[0], c.want)
				}
			})
		})
	}
}

func (w *world) linkKey(target string) {
	w.Helper()
	must(w, os.Symlink(target, w.path(dir+"/key.pem")))
}
