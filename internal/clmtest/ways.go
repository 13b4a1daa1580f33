package clmtest

import (
	"crypto/rand"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// Way is one way of running an estate. A story is the same in each: what differs is
// the environment of those who work with it.
type Way struct {
	Name  string
	begin func(testing.TB, *Workspace) *Place
}

// Ways are embedded on SQLite, embedded on PostgreSQL, and a server on PostgreSQL.
func Ways() []Way {
	return []Way{{"sqlite", inFolder}, {"postgres", inDatabase}, {"server", onServer}}
}

// Place is where an estate is.
type Place struct {
	Secrets []string // that open it; they belong into no file of a workspace

	server    *servers.CLM // nil until one is wanted, where the way has none
	workspace *Workspace
	as        func(name, role string) []string
	own       []string // the environment of who works on the estate itself
}

// Begin makes the place of an estate, and lets a workspace work with it as ci, an
// administrator.
func (way Way) Begin(t testing.TB, w *Workspace) *Place {
	t.Helper()
	p := way.begin(t, w)
	p.workspace = w
	w.Env = append(w.Env, p.As("ci", "administrator")...)
	return p
}

// As is the environment of somebody who works with the estate. An embedded one takes
// their word for it, and knows no roles; at a server everybody keeps the first.
func (p *Place) As(name, role string) []string { return p.as(name, role) }

// Keep runs a command that works on the estate itself, such as verify-audit.
func (p *Place) Keep(args ...string) string {
	p.workspace.t.Helper()
	keeper := *p.workspace
	keeper.Env = p.own
	return keeper.Provider(args...)
}

// Server serves the estate to agents: it is the way's own, or another process beside those
// that have the estate embedded.
func (p *Place) Server(t testing.TB) *servers.CLM {
	t.Helper()
	if p.server == nil {
		p.server = servers.StartCLMOn(t, Binary(t), p.workspace.Dir, p.own, filepath.Join(t.TempDir(), "server-ca.pem"))
	}
	return p.server
}

func inFolder(_ testing.TB, w *Workspace) *Place {
	return embedded("CLM_DATA_DIR=" + filepath.Join(w.Dir, ".clm"))
}

func inDatabase(t testing.TB, _ *Workspace) *Place {
	t.Helper()
	environment, _, secrets := OnPostgres(t)
	p := embedded(environment...)
	p.Secrets = secrets
	return p
}

func embedded(estate ...string) *Place {
	return &Place{own: estate, as: func(name, _ string) []string { return append([]string{"CLM_PRINCIPAL=" + name}, estate...) }}
}

// onServer starts a server in the workspace: from there it counts the folders of local
// devices.
func onServer(t testing.TB, w *Workspace) *Place {
	t.Helper()
	environment, _, secrets := OnPostgres(t)
	server := servers.StartCLMOn(t, Binary(t), w.Dir, environment, filepath.Join(t.TempDir(), "server-ca.pem"), "--allow-local-devices")
	p, tokens := &Place{own: environment, Secrets: secrets, server: server}, map[string]string{}
	p.as = func(name, role string) []string {
		if tokens[name] == "" {
			tokens[name] = server.Token(t, name, role)
			p.Secrets = append(p.Secrets, tokens[name])
		}
		return append(server.Reach(), "CLM_TOKEN="+tokens[name])
	}
	return p
}

// OnPostgres is the environment of an estate on PostgreSQL that is not there yet, and
// the secrets in it: the password of the database and the passphrase.
func OnPostgres(t testing.TB) (environment []string, databaseURL string, secrets []string) {
	t.Helper()
	u, err := url.Parse(postgres.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	password, passphrase := rand.Text(), rand.Text()
	u.User = url.UserPassword("clm", password)
	return []string{"CLM_DATABASE_URL=" + u.String(), "CLM_PASSPHRASE=" + passphrase}, u.String(), []string{password, passphrase}
}
