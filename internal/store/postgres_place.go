package store

import (
	"crypto/sha256"
	"encoding/binary"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// postgres is where an estate lives on PostgreSQL.
type postgres struct {
	config   *pgx.ConnConfig
	schema   string
	patience time.Duration
	wire     func(net.Conn) net.Conn
}

// connectTimeout bounds how long a server may take to answer, where the URL does
// not say.
const connectTimeout = 10 * time.Second

// parsePostgres reads a URL. No error repeats any of it, nor says what is wrong
// with it in the parser's words: where a password has characters that have to be
// encoded, a part of it is taken for something else, and would be told.
func parsePostgres(databaseURL string) (*postgres, error) {
	u, err := url.Parse(databaseURL)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || misread(u, databaseURL) {
		return nil, notAURL()
	}
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return nil, notAURL()
	}
	schema, err := oneSchema(config.RuntimeParams["search_path"])
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["search_path"] = pgx.Identifier{schema}.Sanitize()
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "terraform-provider-clm"
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	return &postgres{config: config, schema: schema}, nil
}

// misread tells whether a part of a password may have been taken for a host, a
// path or a parameter.
func misread(u *url.URL, text string) bool {
	at := strings.Count(text, "@")
	return at > 1 || (at == 1 && u.User == nil) || u.Fragment != ""
}

func notAURL() error {
	return clm.Invalid("database_url", "the URL of the database cannot be read").
		WithHint("write postgres://user:password@host:5432/database?search_path=schema, with special characters of the password percent-encoded")
}

// oneSchema is the schema that a search_path names. As everywhere in PostgreSQL, a
// name that is not quoted is in lower case.
func oneSchema(searchPath string) (string, error) {
	name := strings.TrimSpace(searchPath)
	quoted := len(name) > 1 && strings.HasPrefix(name, `"`) && strings.HasSuffix(name, `"`)
	switch {
	case name == "":
		return defaultSchema, nil
	case quoted:
		name = strings.ReplaceAll(name[1:len(name)-1], `""`, `"`)
	default:
		name = strings.ToLower(name)
	}
	if name == "" || len(name) > 63 || (!quoted && strings.ContainsAny(name, `, "$`)) {
		return "", clm.Invalid("database_url", "search_path has to name one schema").WithHint("an estate lives in one schema of its own, as in ?search_path=clm")
	}
	return name, nil
}

// defaultSchema is where an estate lives whose URL has no search_path.
const defaultSchema = "public"

// name is how messages call the estate: its URL without the password.
func (p *postgres) name() string {
	u := url.URL{Scheme: "postgres", Host: p.config.Host, Path: "/" + p.config.Database}
	if strings.HasPrefix(p.config.Host, "/") { // a folder of sockets
		u.Host, u.RawQuery = "", "host="+p.config.Host+"&"
	} else {
		u.Host = net.JoinHostPort(p.config.Host, strconv.Itoa(int(p.config.Port)))
	}
	u.RawQuery += "search_path=" + url.QueryEscape(p.schema)
	return u.String()
}

// lockKey is the number of the lock that writers and migrations of this estate
// take. Locks are a database's own; the schema tells its estates apart.
func (p *postgres) lockKey() int64 {
	sum := sha256.Sum256([]byte("terraform-provider-clm estate " + p.schema))
	return int64(binary.BigEndian.Uint64(sum[:8])) //nolint:gosec // any number will do
}
