package identity_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/agentserver"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/identity"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is a folder, and a server that knows nobody yet.
type world struct {
	*testing.T
	server *agentserver.Server
	dir    string
	files  identity.Files
	token  string
	log    bytes.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, server: agentserver.New(t), dir: filepath.Join(t.TempDir(), "state")}
	folder, err := identity.OpenFolder(w.dir)
	must(t, err)
	t.Cleanup(func() { must(t, folder.Close()) })
	w.files, w.token = folder, w.server.Token("sesame")
	return w
}

// contact is what a process has that has just started.
func (w *world) contact() *identity.Contact {
	w.Helper()
	c, err := identity.NewContact(identity.Options{
		Files: w.files, Servers: []string{w.server.URL}, CAFile: w.server.CAFile, Token: func() (string, error) { return w.token, nil },
		Inventory: api.Inventory{Hostname: strings.Repeat("long", 40)}, Log: slog.New(slog.NewJSONHandler(&w.log, nil)),
	})
	must(w, err)
	w.Cleanup(c.Close)
	return c
}

func checkIn(ctx context.Context, c *identity.Contact) error {
	return c.Ask(ctx, func(ctx context.Context, server *client.Client) error {
		_, err := server.CheckIn(ctx, api.CheckIn{})
		return err
	})
}

func (w *world) read(name string) string {
	w.Helper()
	content, err := w.files.Read(name)
	must(w, err)
	return string(content)
}

// Who enrols is known from then on, also to the next process; nobody hears the key, and
// no log the token.
func TestEnrol(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.contact()
	if err := checkIn(t.Context(), c); !identity.Refused(err) {
		t.Errorf("before the enrolment: %v", err)
	}
	must(t, c.Enrol(t.Context()))
	must(t, checkIn(t.Context(), c))
	must(t, checkIn(t.Context(), w.contact()))
	said := clmtest.OpenSSL(t, w.dir, "x509", "-in", "identity.pem", "-noout", "-subject")
	if !strings.Contains(said, "web-1") || w.read("pending.key") != "" || strings.Contains(w.log.String(), "sesame") {
		t.Errorf("subject %s; log %s", said, &w.log)
	}
	if err := c.Enrol(t.Context()); !errors.Is(err, identity.ErrNoToken) {
		t.Errorf("a token that was used is tried again: %v", err)
	}
}

// dying is a disk that takes no more than so many changes.
type dying struct {
	identity.Files
	left int
}

var errDead = errors.New("dead")

func (d *dying) Replace(name string, content []byte) error {
	if d.left--; d.left < 0 {
		return errDead
	}
	return d.Files.Replace(name, content)
}

func (d *dying) Remove(name string) error {
	if d.left--; d.left < 0 {
		return errDead
	}
	return d.Files.Remove(name)
}

// Enrolling and renewing break off before each change of the disk. The next process gets
// there with the one token there is, and with a key that was never a certificate's before.
func TestBreakingOff(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(*identity.Contact) error{
		"enrol": func(c *identity.Contact) error { return c.Enrol(t.Context()) },
		"renew": func(c *identity.Contact) error { return c.Renew(t.Context()) },
	} {
		for left := 0; ; left++ {
			w := newWorld(t)
			if name == "renew" {
				must(t, w.contact().Enrol(t.Context()))
			}
			before, folder := w.read("identity.pem"), w.files
			w.files = &dying{folder, left}
			err := act(w.contact())
			w.files = folder
			if err == nil {
				break
			}
			if !errors.Is(err, errDead) {
				t.Fatalf("%s, %d changes: %v", name, left, err)
			}
			c := w.contact()
			if c.Certificate() == nil || name == "renew" && w.read("identity.pem") == before {
				must(t, act(c))
			}
			must(t, checkIn(t.Context(), c))
			if w.read("identity.pem") == before || w.read("pending.key") != "" {
				t.Errorf("%s, %d changes: the identity is that of before, or a key is pending", name, left)
			}
		}
	}
}

// Renewing changes the key, and what new connections show.
func TestRenew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.contact()
	must(t, c.Enrol(t.Context()))
	must(t, checkIn(t.Context(), c))
	before := w.read("identity.pem")
	must(t, c.Renew(t.Context()))
	must(t, checkIn(t.Context(), c))
	key, _, _ := strings.Cut(before, "-----END")
	if shown := w.server.Shown(); len(shown) != 2 || strings.HasPrefix(w.read("identity.pem"), key) {
		t.Errorf("certificates shown: %v", shown)
	}
}

// What is to be trusted is looked at before it takes the place of what is.
func TestTrust(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.contact()
	must(t, c.Enrol(t.Context()))
	before := w.read("server-ca.pem")
	if err := c.Trust("-----BEGIN CERTIFICATE-----\nhalf"); err == nil || w.read("server-ca.pem") != before {
		t.Errorf("half a certificate is trusted: %v", err)
	}
	must(t, c.Trust(""))
	must(t, c.Trust(agentserver.New(t).Bundle()))
	if err := checkIn(t.Context(), c); !identity.Distrusted(err) || identity.Refused(err) {
		t.Errorf("a server that is not trusted any more: %v", err)
	}
	must(t, c.Trust(before))
	must(t, checkIn(t.Context(), c))
}

// The folder is for one process, and lets nobody else in.
func TestFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "state")
	must(t, os.MkdirAll(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, ".partial-1"), []byte("half"), 0o600))
	folder, err := identity.OpenFolder(dir)
	must(t, err)
	info, err := os.Stat(dir)
	must(t, err)
	if _, left := os.Stat(filepath.Join(dir, ".partial-1")); info.Mode().Perm() != 0o700 || left == nil {
		t.Errorf("the folder has mode %v, and what is left of a death: %v", info.Mode(), left)
	}
	if _, err := identity.OpenFolder(dir); err == nil || !strings.Contains(err.Error(), "another process works with it") {
		t.Errorf("two have it: %v", err)
	}
	must(t, folder.Close())
	folder, err = identity.OpenFolder(dir)
	must(t, err)
	must(t, folder.Close())
}
