package backend_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

var alice = clm.Principal{Name: "test:alice"}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func opened(t *testing.T, c backend.Config) *backend.Backend {
	t.Helper()
	b, err := backend.Open(t.Context(), c)
	must(t, err)
	t.Cleanup(func() { b.Close() })
	return b
}

func clientOf(b *backend.Backend) *client.Client {
	return client.New(client.Options{Endpoint: "http://embedded", Transport: b.Transport(alice)})
}

// lived makes an estate with two keys in it, the root's and a leaf's, and closes
// it.
func lived(t *testing.T, c backend.Config) {
	t.Helper()
	b := opened(t, c)
	root, err := clientOf(b).CreateRootCertificate(t.Context(), api.WriteRootCertificate{Name: "lab", Source: api.RootSource{
		Kind: "self_signed", SelfSigned: &api.SelfSigned{Subject: api.Subject{CommonName: "Lab"}, ValidityPeriodHours: 8760},
	}})
	must(t, err)
	_, err = enrol(t, b, "shop", root.ID)
	must(t, err)
	must(t, b.Close())
}

func enrol(t *testing.T, b *backend.Backend, name, issuerID string) (api.CertificateResult, error) {
	t.Helper()
	return clientOf(b).CreateCertificate(t.Context(), api.CertificateSpec{
		Name: name, IssuerID: issuerID, Subject: api.Subject{CommonName: name + ".example.com"}, ValidityPeriodHours: 720,
	})
}

// opensAll holds that a configuration opens the estate and every key in it.
func opensAll(t *testing.T, c backend.Config) {
	t.Helper()
	b := opened(t, c)
	_, err := clientOf(b).ExportPrivateKey(t.Context(), "shop")
	must(t, err)
	root, err := clientOf(b).RootCertificate(t.Context(), "lab")
	must(t, err)
	_, err = enrol(t, b, "shop "+clm.NewID()[24:], root.ID)
	must(t, err)
	must(t, b.Close())
}

func refuses(t *testing.T, c backend.Config, text string) {
	t.Helper()
	b, err := backend.Open(t.Context(), c)
	if err == nil {
		b.Close()
		t.Fatalf("the estate opens; want: %s", text)
	}
	if err.Error() != text {
		t.Errorf("got  %v\nwant %s", err, text)
	}
}

// keyFile writes a key of its own kind to a new file.
func keyFile(t *testing.T, letter string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	must(t, os.WriteFile(path, []byte(strings.Repeat(letter, 43)+"=\n"), 0o600))
	return path
}

const wrongKey = ` does not open this estate: its secrets were sealed with another key (set key_file (or CLM_KEY_FILE), or passphrase (or CLM_PASSPHRASE), to what it was when the estate was made)`

// A new estate makes a key file for itself alone; without it the estate does not
// open, and no second one is made.
func TestOwnKeyFile(t *testing.T) {
	t.Parallel()
	c := backend.Config{DataDir: filepath.Join(t.TempDir(), "estate")}
	lived(t, c)
	path := filepath.Join(c.DataDir, backend.DefaultKeyFile)
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the key file has the mode %o", info.Mode().Perm())
	}
	opensAll(t, c)
	moved := filepath.Join(t.TempDir(), "moved.key")
	must(t, os.Rename(path, moved))
	refuses(t, c, "the key file "+path+" cannot be read: no such file or directory "+
		"(put the key the estate was made with there, or set key_file (or CLM_KEY_FILE) to where it is)")
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("another key was made in its place")
	}
	opensAll(t, backend.Config{DataDir: c.DataDir, KeyFile: moved})
	wrong := keyFile(t, "B")
	refuses(t, backend.Config{DataDir: c.DataDir, KeyFile: wrong}, "the key in "+wrong+wrongKey)
	refuses(t, backend.Config{DataDir: c.DataDir, Passphrase: "hunter2"}, "the key from the passphrase"+wrongKey)
}

func TestGivenKeyFile(t *testing.T) {
	t.Parallel()
	c := backend.Config{DataDir: t.TempDir(), KeyFile: keyFile(t, "A")}
	lived(t, c)
	if _, err := os.Stat(filepath.Join(c.DataDir, backend.DefaultKeyFile)); !errors.Is(err, os.ErrNotExist) {
		t.Error("a key file was made although one was given")
	}
	opensAll(t, c)
	missing := filepath.Join(t.TempDir(), "none")
	refuses(t, backend.Config{DataDir: t.TempDir(), KeyFile: missing}, "the key file "+missing+" cannot be read: no such file or directory "+
		"(put the key the estate was made with there, or set key_file (or CLM_KEY_FILE) to where it is)")
}

func TestPassphrase(t *testing.T) {
	t.Parallel()
	c := backend.Config{DataDir: t.TempDir(), Passphrase: "correct horse"}
	lived(t, c)
	opensAll(t, c)
	refuses(t, backend.Config{DataDir: c.DataDir, Passphrase: "hunter2"}, "the key from the passphrase"+wrongKey)
	refuses(t, backend.Config{DataDir: c.DataDir}, "the estate in "+c.DataDir+" is opened by a passphrase, and none is given (set passphrase (or CLM_PASSPHRASE))")
	refuses(t, backend.Config{DataDir: c.DataDir, Passphrase: "correct horse", KeyFile: "x"}, "both a passphrase and a key file are given (give one of them)")
	if _, err := os.Stat(filepath.Join(c.DataDir, backend.DefaultKeyFile)); !errors.Is(err, os.ErrNotExist) {
		t.Error("a key file was made although there is a passphrase")
	}
}

// Several processes make the same estate at once: all end with one key.
func TestEstateMadeByManyAtOnce(t *testing.T) {
	t.Parallel()
	for name, passphrase := range map[string]string{"key file": "", "passphrase": "correct horse"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := backend.Config{DataDir: filepath.Join(t.TempDir(), "estate"), Passphrase: passphrase}
			crowd := 6
			if passphrase != "" {
				crowd = 3 // deriving keys takes its time
			}
			backends := make([]*backend.Backend, crowd)
			var wg sync.WaitGroup
			for i := range backends {
				wg.Go(func() {
					b, err := backend.Open(context.WithoutCancel(t.Context()), c)
					if err != nil {
						t.Errorf("opening: %v", err)
						return
					}
					backends[i] = b
				})
			}
			wg.Wait()
			if t.Failed() {
				return
			}
			root, err := clientOf(backends[0]).CreateRootCertificate(t.Context(), api.WriteRootCertificate{Name: "lab", Source: api.RootSource{
				Kind: "self_signed", SelfSigned: &api.SelfSigned{Subject: api.Subject{CommonName: "Lab"}, ValidityPeriodHours: 8760},
			}})
			must(t, err)
			_, err = enrol(t, backends[1], "shop", root.ID) // opens the root's key, seals one of its own
			must(t, err)
			_, err = clientOf(backends[len(backends)-1]).ExportPrivateKey(t.Context(), "shop")
			must(t, err)
			for _, b := range backends {
				must(t, b.Close())
			}
			opensAll(t, c)
		})
	}
}

// After a rewrap the new key opens everything and the old one nothing.
func TestRewrap(t *testing.T) {
	t.Parallel()
	oldFile, newFile := keyFile(t, "A"), filepath.Join(t.TempDir(), "new.key")
	dir := t.TempDir()
	c := backend.Config{DataDir: dir, KeyFile: oldFile}
	lived(t, c)

	b := opened(t, c)
	count, err := b.Rewrap(t.Context(), alice, backend.NewKey{Passphrase: "correct horse"})
	must(t, err)
	must(t, b.Close())
	if count != 2 {
		t.Errorf("%d keys were rewrapped", count)
	}
	refuses(t, c, "the key in "+oldFile+wrongKey)
	opensAll(t, backend.Config{DataDir: dir, Passphrase: "correct horse"}) // which adds a key

	b = opened(t, backend.Config{DataDir: dir, Passphrase: "correct horse"})
	count, err = b.Rewrap(t.Context(), alice, backend.NewKey{File: newFile})
	must(t, err)
	must(t, b.Close())
	if count != 3 {
		t.Errorf("%d keys were rewrapped", count)
	}
	refuses(t, backend.Config{DataDir: dir, Passphrase: "correct horse"}, "the key from the passphrase"+wrongKey)
	opensAll(t, backend.Config{DataDir: dir, KeyFile: newFile})

	b = opened(t, backend.Config{DataDir: dir, KeyFile: newFile})
	rows, last, err := b.VerifyAudit(t.Context())
	must(t, err)
	events, err := clientOf(b).AuditEvents(t.Context())
	must(t, err)
	if rows != int64(len(events)) || last != events[len(events)-1].Hash {
		t.Errorf("verified %d rows up to %s; there are %d", rows, last, len(events))
	}
	var rewraps []string
	for _, e := range events {
		if e.Action == "estate.rewrap" {
			rewraps = append(rewraps, e.Principal+" "+e.Details["private_keys"])
		}
	}
	if strings.Join(rewraps, ", ") != "test:alice 2, test:alice 3" {
		t.Errorf("the trail tells of %v", rewraps)
	}
}

// A rewrap that fails at any key, or whose process dies before the commit, has
// changed nothing.
func TestRewrapIsAllOrNothing(t *testing.T) {
	t.Parallel()
	c := backend.Config{DataDir: t.TempDir(), KeyFile: keyFile(t, "A")}
	lived(t, c)
	db, err := store.Open(t.Context(), c.DataDir, store.Options{})
	must(t, err)
	defer db.Close()
	var sound clm.PrivateKey
	must(t, db.Update(t.Context(), func(tx *store.Tx) error { // the last key is damaged
		keys, err := tx.Keys(clm.Page{})
		must(t, err)
		sound = keys[len(keys)-1]
		damaged := sound
		damaged.Sealed = bytes.Repeat([]byte{1}, len(sound.Sealed))
		return tx.ReplaceKey(damaged)
	}))
	b := opened(t, c)
	_, err = b.Rewrap(t.Context(), alice, backend.NewKey{Passphrase: "correct horse"})
	if want := "the key in " + c.KeyFile + " does not open the sealed " + sound.ID + " (it was sealed with another key, or for another id, or is damaged)"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	must(t, b.Close())
	must(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.ReplaceKey(sound) }))

	done, cancel := context.WithCancel(t.Context())
	cancel()
	b = opened(t, c)
	if _, err := b.Rewrap(done, alice, backend.NewKey{Passphrase: "correct horse"}); err == nil {
		t.Error("a cancelled rewrap went on")
	}
	must(t, b.Close())
	opensAll(t, c)
}

// Whoever has the estate open while somebody else rewraps it seals nothing more
// with the old key: nothing would ever open that again.
func TestRewrappedWhileOpen(t *testing.T) {
	t.Parallel()
	c := backend.Config{DataDir: t.TempDir(), KeyFile: keyFile(t, "A")}
	lived(t, c)
	busy, operator := opened(t, c), opened(t, c)
	root, err := clientOf(busy).RootCertificate(t.Context(), "lab")
	must(t, err)
	_, err = enrol(t, busy, "before", root.ID) // the root's key is open in this process now
	must(t, err)
	_, err = operator.Rewrap(t.Context(), alice, backend.NewKey{Passphrase: "correct horse"})
	must(t, err)
	before, err := clientOf(operator).AuditEvents(t.Context())
	must(t, err)
	for _, b := range []*backend.Backend{busy, operator} {
		_, err = withoutPatience(b, func(c *client.Client) (any, error) {
			return c.CreateCertificate(t.Context(), api.CertificateSpec{
				Name: "after", IssuerID: root.ID, Subject: api.Subject{CommonName: "after"}, ValidityPeriodHours: 720,
			})
		})
		if !api.Is(err, api.CodeUnavailable) {
			t.Errorf("sealed with the old key: %v", err)
		}
	}
	after, err := clientOf(operator).AuditEvents(t.Context())
	must(t, err)
	if len(after) != len(before) {
		t.Error("something was recorded")
	}
	if _, err := operator.Rewrap(t.Context(), alice, backend.NewKey{File: keyFile(t, "C")}); err == nil {
		t.Error("rewrapped with a key that opens nothing")
	}
	opensAll(t, backend.Config{DataDir: c.DataDir, Passphrase: "correct horse"})
}

// withoutPatience asks once: 503 is not asked again.
func withoutPatience(b *backend.Backend, ask func(*client.Client) (any, error)) (any, error) {
	return ask(client.New(client.Options{Endpoint: "http://embedded", Transport: once{b.Transport(alice)}}))
}

type once struct{ http.RoundTripper }

// RoundTrip turns 503 into a status that is not asked again; the document stays.
func (o once) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := o.RoundTripper.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusServiceUnavailable {
		resp.StatusCode = http.StatusLocked
	}
	return resp, err
}

// One process shares one estate, whatever way its folder is written; another
// folder, and another key, are other estates.
func TestRegistry(t *testing.T) {
	t.Parallel()
	var r backend.Registry
	dir := t.TempDir()
	first, err := r.Open(t.Context(), backend.Config{DataDir: dir})
	must(t, err)
	same, err := r.Open(t.Context(), backend.Config{DataDir: dir + "/./x/.."})
	must(t, err)
	other, err := r.Open(t.Context(), backend.Config{DataDir: t.TempDir()})
	must(t, err)
	if first != same || first == other {
		t.Error("the same folder is not shared, or another is")
	}
	if _, err := r.Open(t.Context(), backend.Config{DataDir: dir, KeyFile: keyFile(t, "B")}); err == nil {
		t.Error("a wrong key is let in by the door that a right one opened")
	}
	must(t, r.Close())
	again, err := r.Open(t.Context(), backend.Config{DataDir: dir})
	must(t, err)
	if again == first {
		t.Error("a closed estate is handed out")
	}
	var wg sync.WaitGroup
	shared := make([]*backend.Backend, 8)
	fresh := t.TempDir()
	for i := range shared {
		wg.Go(func() { shared[i], _ = r.Open(context.WithoutCancel(t.Context()), backend.Config{DataDir: fresh}) })
	}
	wg.Wait()
	for _, b := range shared {
		if b == nil || b != shared[0] {
			t.Error("one folder was opened more than once")
		}
	}
	must(t, r.Close())
}

func TestLocalPrincipal(t *testing.T) {
	t.Parallel()
	name := backend.LocalPrincipal("").Name
	if !strings.HasPrefix(name, "local:") || !strings.Contains(name, "@") {
		t.Errorf("this user is %q", name)
	}
}

// The transport hands the handler what a network would, and hands back all of
// the answer; whatever the caller put into the request's context, the principal
// is the transport's.
func TestTransport(t *testing.T) {
	t.Parallel()
	b := opened(t, backend.Config{DataDir: t.TempDir(), KeyFile: keyFile(t, "A")})
	way := b.Transport(alice)
	mallory := clm.WithPrincipal(t.Context(), clm.Principal{Name: "mallory"})
	body := &closing{Reader: strings.NewReader(`{"name":"web-1","cert_sync":"ignored","local":{"root_directory":"/srv"}}`)}
	req, err := http.NewRequestWithContext(mallory, http.MethodPost, "http://embedded"+api.Devices, body)
	must(t, err)
	resp, err := way.RoundTrip(req)
	must(t, err)
	content, err := io.ReadAll(resp.Body)
	must(t, err)
	if resp.Status != "201 Created" || resp.StatusCode != 201 || int64(len(content)) != resp.ContentLength || resp.Request != req || resp.Proto != "HTTP/1.1" {
		t.Errorf("answered %+v", resp)
	}
	if !body.closed {
		t.Error("the body was not closed")
	}
	req, err = http.NewRequestWithContext(t.Context(), http.MethodDelete, "http://embedded"+api.Devices+"/web-1", nil)
	must(t, err)
	resp, err = way.RoundTrip(req)
	must(t, err)
	if resp.Status != "204 No Content" || resp.ContentLength != 0 {
		t.Errorf("answered %+v", resp)
	}
	events, err := clientOf(b).AuditEvents(t.Context())
	must(t, err)
	for _, e := range events {
		if e.Principal != "test:alice" {
			t.Errorf("%s was done by %s", e.Action, e.Principal)
		}
	}
	if len(events) != 2 {
		t.Errorf("%d rows", len(events))
	}
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}
