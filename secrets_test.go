package main_test

import (
	"archive/zip"
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
	_ "modernc.org/sqlite" // reads the estate behind its back

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/seal"
)

// everySecret adds to the quickstart every other way a secret goes in or out.
const everySecret = `
variable "inline_pfx" {
  type      = string
  ephemeral = true
}

variable "inline_password" {
  type      = string
  ephemeral = true
}

variable "pem_key" {
  type      = string
  ephemeral = true
}

variable "bundle_password" {
  type      = string
  ephemeral = true
}

variable "ssh_key" {
  type      = string
  ephemeral = true
}

variable "ssh_password" {
  type      = string
  ephemeral = true
}

variable "store_password" {
  type      = string
  ephemeral = true
}

variable "store_key_password" {
  type      = string
  ephemeral = true
}

resource "clm_connector" "stores" {
  for_each       = { jks = "jks", p12 = "pkcs12" }
  name           = each.key
  certificate_id = clm_certificate.mail.id
  device_id      = clm_device.web["web-1"].id
  file_system = {
    format                          = each.value
    directory                       = "etc/stores"
    store_file                      = "mail.${each.key}"
    password_wo                     = var.store_password
    password_wo_version             = 1
    private_key_password_wo         = each.key == "jks" ? var.store_key_password : null
    private_key_password_wo_version = each.key == "jks" ? 1 : null
  }
}

resource "clm_credential" "deploy" {
  name = "deploy"
  ssh = {
    username               = "deploy"
    private_key_wo         = var.ssh_key
    private_key_wo_version = 1
    password_wo            = var.ssh_password
    password_wo_version    = 1
  }
}

resource "clm_root_certificate" "inline" {
  name                    = "inline"
  pfx_base64_wo           = var.inline_pfx
  pfx_wo_version          = 1
  pfx_password_wo         = var.inline_password
  pfx_password_wo_version = 1
  deletion_protection     = false
}

resource "clm_root_certificate" "pem" {
  name                       = "pem"
  certificate_pem            = file("pem-root.crt")
  private_key_pem_wo         = var.pem_key
  private_key_pem_wo_version = 1
  deletion_protection        = false
}

resource "clm_certificate" "mail" {
  name                  = "mail"
  issuer_id             = clm_root_certificate.inline.id
  dns_names             = ["mail.example.com"]
  key_algorithm         = "RSA"
  validity_period_hours = 2160
}

resource "clm_certificate" "vpn" {
  name                  = "vpn"
  issuer_id             = clm_root_certificate.pem.id
  dns_names             = ["vpn.example.com"]
  key_algorithm         = "ED25519"
  validity_period_hours = 2160
}

resource "clm_connector" "more" {
  for_each       = { mail = clm_certificate.mail.id, vpn = clm_certificate.vpn.id }
  name           = each.key
  certificate_id = each.value
  device_id      = clm_device.web["web-1"].id
  file_system = {
    directory        = "etc/more"
    certificate_file = "${each.key}.crt"
    key_file         = "${each.key}.key"
  }
}

ephemeral "clm_private_key" "shop" {
  certificate_id = clm_certificate.shop.id
}

ephemeral "clm_certificate_bundle" "pem" {
  certificate_id = clm_certificate.mail.id
  format         = "pem"
}

ephemeral "clm_certificate_bundle" "pkcs12" {
  certificate_id = clm_certificate.vpn.id
  format         = "pkcs12"
  password       = var.bundle_password
}

# What agents prove themselves by; on a server it is there.
resource "clm_root_certificate" "server" {
  name                = "clm-server"
  self_signed         = { subject = { common_name = "clm-server" }, validity_period_hours = 87600 }
  deletion_protection = false
}

resource "clm_communication_profile" "laptops" {
  name                 = "laptops"
  root_certificate_ids = [clm_root_certificate.server.id]
  trust_store          = { directory = "etc/trust" }
}

resource "clm_device" "laptop" {
  name                     = "laptop"
  communication_profile_id = clm_communication_profile.laptops.id
  agent                    = {}
}

ephemeral "clm_enrolment_token" "laptop" {
  device_id = clm_device.laptop.id
}

# Hands them to somebody who is entitled to them.
resource "terraform_data" "handed_out" {
  provisioner "local-exec" {
    command = <<-END
      umask 077
      mkdir -p handed-out
      printf %s "$KEY" >handed-out/shop.pem
      printf %s "$PEM" >handed-out/mail.pem
      printf %s "$PFX" | openssl base64 -d -A >handed-out/vpn.p12
      printf %s "$TOKEN" >handed-out/laptop.token
    END
    environment = {
      KEY = ephemeral.clm_private_key.shop.private_key_pem
      PEM = ephemeral.clm_certificate_bundle.pem.pem
      PFX = ephemeral.clm_certificate_bundle.pkcs12.content_base64

      TOKEN = ephemeral.clm_enrolment_token.laptop.secret
    }
  }
}
`

// vault is a quickstart with every secret there can be, and the knowledge of all
// of them.
type vault struct {
	*quickstart
	passphrase      string // "": a key file
	inlinePassword  string
	sshPassword     string
	sshKey          string
	bundlePassword  string
	storePassword   string
	keyPassword     string // of the private key in a JKS
	inline, pemRoot string // folders with root.pem and root.key
	nextRoot        string // likewise, of the root that is to replace the one in PEM
	printed         bytes.Buffer
}

func newVault(t *testing.T, cli, passphrase string) *vault {
	t.Helper()
	v := &vault{
		quickstart: newQuickstart(t, cli), passphrase: passphrase, inlinePassword: randomText(), bundlePassword: randomText(),
		sshPassword: randomText(), sshKey: sshKey(t), storePassword: randomText(), keyPassword: randomText(),
	}
	v.Write("more.tf", everySecret)
	v.inline, v.pemRoot, v.nextRoot = t.TempDir(), t.TempDir(), t.TempDir()
	openRoot(t, v.inline, "rsa:2048")
	openRoot(t, v.pemRoot, "ed25519")
	openRoot(t, v.nextRoot, "rsa:3072")
	clmtest.OpenSSL(t, v.inline, "pkcs12", "-export", "-inkey", "root.key", "-in", "root.pem", "-out", "root.pfx", "-passout", "pass:"+v.inlinePassword)
	v.Write("pem-root.crt", read(t, filepath.Join(v.pemRoot, "root.pem")))
	v.Env = append(v.Env,
		"TF_VAR_inline_pfx="+base64.StdEncoding.EncodeToString([]byte(read(t, filepath.Join(v.inline, "root.pfx")))),
		"TF_VAR_inline_password="+v.inlinePassword, "TF_VAR_bundle_password="+v.bundlePassword,
		"TF_VAR_ssh_key="+v.sshKey, "TF_VAR_ssh_password="+v.sshPassword,
		"TF_VAR_store_password="+v.storePassword, "TF_VAR_store_key_password="+v.keyPassword,
		"TF_VAR_pem_key="+read(t, filepath.Join(v.pemRoot, "root.key")),
		"TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(v.Dir, "trace.log"), "CLM_PASSPHRASE="+passphrase)
	return v
}

func openRoot(t *testing.T, dir, key string) {
	t.Helper()
	clmtest.OpenSSL(t, dir, "req", "-x509", "-newkey", key, "-nodes", "-days", "3650", "-keyout", "root.key", "-out", "root.pem",
		"-subj", "/CN="+key, "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
}

// lives goes through what leaves traces: plans that are kept, applies, a change,
// failures in the middle of a secret, a backup.
func (v *vault) lives() {
	v.t.Helper()
	v.says("init", "-no-color", "-input=false")
	v.says("plan", "-no-color", "-input=false", "-out=first.tfplan")
	v.says("apply", "-no-color", "-input=false", "first.tfplan")
	v.printed.WriteString(v.Provider("revoke", "mail"))
	v.printed.WriteString(v.Provider("backup", filepath.Join(v.Dir, "backup.db")))
	v.says("plan", "-no-color", "-input=false", "-out=second.tfplan")
	v.says("show", "-json", "second.tfplan")
	v.says("apply", "-no-color", "-input=false", "second.tfplan")
	v.replacesARoot()
	half, _, _ := strings.Cut(read(v.t, filepath.Join(v.nextRoot, "root.key")), "\n-----END")
	v.fails("inline_password", v.bundlePassword)
	v.fails("inline_pfx", v.password)
	v.fails("pem_key", half)
	v.raisesTheVersion()
	v.fails("ssh_key", v.sshKey[:len(v.sshKey)/2])
}

// replacesARoot stages the replacement of a root and holds it, so that the keys of
// both are in the estate.
func (v *vault) replacesARoot() {
	v.t.Helper()
	v.Write("pem-root.crt", read(v.t, filepath.Join(v.nextRoot, "root.pem")))
	v.Write("more.tf", strings.Replace(everySecret, "private_key_pem_wo_version = 1", "private_key_pem_wo_version = 2\n  replacement = { finalize = false }", 1))
	v.Env = append(v.Env, "TF_VAR_pem_key="+read(v.t, filepath.Join(v.nextRoot, "root.key")))
	v.says("plan", "-no-color", "-input=false", "-out=third.tfplan")
	v.says("apply", "-no-color", "-input=false", "third.tfplan")
}

// raisesTheVersion has the credential's secrets read again.
func (v *vault) raisesTheVersion() {
	v.t.Helper()
	v.Write("more.tf", strings.Replace(v.Read("more.tf"), "private_key_wo_version = 1", "private_key_wo_version = 2", 1))
}

// fails plans with a wrong secret. It is no argument: the CLIs log those.
func (v *vault) fails(variable, value string) {
	v.t.Helper()
	right := v.Env
	v.Env = append(slices.Clone(right), "TF_VAR_"+variable+"="+value)
	out, err := v.Try("plan", "-no-color", "-input=false")
	if err == nil || !strings.Contains(out, "Error: ") {
		v.t.Errorf("a plan with a wrong %s does not fail as it should: %v\n%s", variable, err, out)
	}
	v.printed.WriteString(out)
	v.Env = right
}

func (v *vault) says(args ...string) {
	v.t.Helper()
	v.printed.WriteString(v.Run(args...))
}

// secrets are all there are, from where each one may be: the devices, openssl's
// files, the estate itself.
func (v *vault) secrets(keysInEstate int) []secret {
	v.t.Helper()
	var all []secret
	for name, text := range map[string]string{"PFX password": v.password, "inline password": v.inlinePassword, "bundle password": v.bundlePassword, "SSH password": v.sshPassword,
		"store password": v.storePassword, "password of a key in a store": v.keyPassword, "enrolment token": read(v.t, filepath.Join(v.Dir, "handed-out/laptop.token"))} {
		all = append(all, textSecret(name, text)...)
	}
	keys := map[string]string{
		"shop": "devices/web-2/etc/tls/shop.key", "mail": "devices/web-1/etc/more/mail.key", "vpn": "devices/web-1/etc/more/vpn.key",
		"handed-out shop": "handed-out/shop.pem", "handed-out mail": "handed-out/mail.pem",
	}
	for name, path := range keys {
		all = append(all, keySecrets(v.t, name, v.pkcs8(filepath.Join(v.Dir, path)))...)
	}
	for name, folder := range map[string]string{"corp": v.root, "inline": v.inline, "pem": v.pemRoot, "next": v.nextRoot} {
		all = append(all, keySecrets(v.t, name, v.pkcs8(filepath.Join(folder, "root.key")))...)
	}
	all = append(all, sshKeySecrets(v.t, v.sshKey)...)
	estate := v.sealed()
	if len(estate) != keysInEstate {
		v.t.Errorf("the estate holds %d private keys, want %d", len(estate), keysInEstate)
	}
	for id, key := range estate {
		if json.Valid(key) { // a credential's secrets: known already, one by one
			continue
		}
		all = append(all, keySecrets(v.t, "sealed key "+id, key)...)
	}
	return append(all, v.estateKey()...)
}

func (v *vault) pkcs8(path string) []byte {
	v.t.Helper()
	block, _ := pem.Decode([]byte(read(v.t, path)))
	if block == nil || block.Type != "PRIVATE KEY" {
		v.t.Fatalf("%s does not begin with a private key in PKCS#8", path)
	}
	return block.Bytes
}

// sealed opens every private key in the database: the lab root's, and those of
// versions that are no longer on any device.
func (v *vault) sealed() map[string][]byte {
	v.t.Helper()
	sealer, err := seal.FromKeyFile(v.keyFile())
	if err != nil {
		v.t.Fatal(err)
	}
	keys := map[string][]byte{}
	for id, blob := range pairs(v.t, openCopy(v.t, v.data("clm.db")), "SELECT id, sealed FROM private_keys") {
		if keys[id], err = sealer.Open(id, []byte(blob)); err != nil {
			v.t.Fatal(err)
		}
	}
	return keys
}

func (v *vault) data(name string) string { return filepath.Join(v.Dir, ".clm", name) }

// keyFile holds the estate's key. With a passphrase there is none, so the key is
// derived once more (RFC 9106) and written to one; the estate's own proof then
// tells whether that was done right.
func (v *vault) keyFile() string {
	v.t.Helper()
	if v.passphrase == "" {
		return v.data("estate.key")
	}
	settings := pairs(v.t, openCopy(v.t, v.data("clm.db")), "SELECT name, value FROM settings")
	salt, err := base64.StdEncoding.DecodeString(settings["seal.salt"])
	if err != nil {
		v.t.Fatal(err)
	}
	derived := argon2.IDKey([]byte(v.passphrase), salt, 3, 64*1024, 4, 32)
	path := filepath.Join(v.t.TempDir(), "derived.key")
	if err := os.WriteFile(path, []byte(base64.StdEncoding.EncodeToString(derived)), 0o600); err != nil {
		v.t.Fatal(err)
	}
	sealer, err := seal.FromKeyFile(path)
	if err == nil {
		err = sealer.Check(settings["seal.proof"])
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return path
}

func (v *vault) estateKey() []secret {
	v.t.Helper()
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(read(v.t, v.keyFile())))
	if err != nil {
		v.t.Fatal(err)
	}
	all := []secret{{"estate key", raw}}
	if v.passphrase != "" {
		all = append(all, textSecret("passphrase", v.passphrase)...)
	}
	return all
}

// artefacts is everything the runs left behind and printed, by name, but for the
// places where a secret belongs.
func (v *vault) artefacts() map[string][]byte {
	v.t.Helper()
	all := map[string][]byte{"output": v.printed.Bytes()}
	err := filepath.WalkDir(v.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(filepath.ToSlash(path), filepath.ToSlash(v.Dir)+"/")
		switch {
		case name == "terraform.d", name == ".terraform", name == "handed-out":
			return fs.SkipDir
		case !entry.Type().IsRegular(), filepath.Ext(name) == ".key" && entry.Type().IsRegular():
			return nil
		}
		maps.Copy(all, artefactsOf(v.t, name, path))
		return nil
	})
	if err != nil {
		v.t.Fatal(err)
	}
	return all
}

// artefactsOf is a file, with what is inside of it where that is packed.
func artefactsOf(t *testing.T, name, path string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{name: []byte(read(t, path))}
	switch filepath.Ext(name) {
	case ".tfplan":
		archive, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		defer archive.Close()
		for _, file := range archive.File {
			inner, err := file.Open()
			if err != nil {
				t.Fatal(err)
			}
			if all[name+"/"+file.Name], err = io.ReadAll(inner); err != nil {
				t.Fatal(err)
			}
		}
	case ".db":
		maps.Copy(all, rows(t, name, openCopy(t, path)))
	}
	return all
}

// openCopy opens a copy of a database, so that what is scanned stays as it is.
func openCopy(t *testing.T, path string) *sql.DB {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if os.IsNotExist(err) && suffix != "" {
			continue
		}
		if err == nil {
			err = os.WriteFile(to+suffix, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return openDatabase(t, to)
}

func openDatabase(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// pairs reads two columns of text.
func pairs(t *testing.T, db *sql.DB, query string) map[string]string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			t.Fatal(err)
		}
		all[name] = value
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// rows dumps every table: in the file a long value is torn apart by pages.
func rows(t *testing.T, name string, db *sql.DB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for table := range pairs(t, db, "SELECT name, type FROM sqlite_master WHERE type = 'table'") {
		found, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := found.Columns()
		if err != nil {
			t.Fatal(err)
		}
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new([]byte)
		}
		var dump bytes.Buffer
		for found.Next() {
			if err := found.Scan(cells...); err != nil {
				t.Fatal(err)
			}
			for _, cell := range cells {
				dump.Write(*cell.(*[]byte))
				dump.WriteByte('\n')
			}
		}
		if err := found.Err(); err != nil {
			t.Fatal(err)
		}
		all[name+" "+table] = dump.Bytes()
	}
	return all
}

func TestNothingSecretIsFound(t *testing.T) {
	t.Parallel()
	passphrases := []string{"", randomText()} // the last CLI's estate is sealed with a passphrase
	clis := clmtest.CLIs(t)
	for i, cli := range clis {
		t.Run(cliName(cli), func(t *testing.T) {
			t.Parallel()
			v := newVault(t, cli, passphrases[min(i/max(len(clis)-1, 1), 1)])
			v.lives()
			v.handsOutWhatItShould()
			scan := newScanner(t, v.secrets(13)) // of five roots, one of which is being replaced, three certificates, one of which was issued twice, a credential, and two key stores
			artefacts := v.artefacts()
			wantArtefacts(t, artefacts)
			for name, content := range artefacts {
				for _, found := range scan.find(content) {
					t.Errorf("%s shows the %s", name, found)
				}
				if token := anyToken.Find(content); token != nil { // every plan makes one
					t.Errorf("%s shows the token %s", name, token)
				}
			}
		})
	}
}

// anyToken is how the secret of a token looks.
var anyToken = regexp.MustCompile(`clm_[0-9A-Za-z]{36}`)

// handsOutWhatItShould makes sure that the secrets have been through the CLI.
func (v *vault) handsOutWhatItShould() {
	v.t.Helper()
	folder := filepath.Join(v.Dir, "handed-out")
	public := func(args ...string) string { return clmtest.OpenSSL(v.t, folder, args...) }
	if public("pkey", "-in", "shop.pem", "-pubout") != public("x509", "-in", "../devices/web-1/etc/tls/shop.crt", "-noout", "-pubkey") {
		v.t.Error("clm_private_key handed out another key than the one on the devices")
	}
	if public("pkey", "-in", "mail.pem", "-pubout") != public("x509", "-in", "mail.pem", "-noout", "-pubkey") {
		v.t.Error("clm_certificate_bundle handed out a key and a certificate that do not match")
	}
	public("pkcs12", "-in", "vpn.p12", "-passin", "pass:"+v.bundlePassword, "-nodes", "-out", "vpn.pem")
	if public("pkey", "-in", "vpn.pem", "-pubout") != public("x509", "-in", "../devices/web-1/etc/more/vpn.crt", "-noout", "-pubkey") {
		v.t.Error("clm_certificate_bundle handed out another key than the one on the devices")
	}
	if token := read(v.t, filepath.Join(folder, "laptop.token")); anyToken.FindString(token) != token {
		v.t.Errorf("clm_enrolment_token handed out %d characters that are no token", len(token))
	}
}

// wantArtefacts fails when something that should have been scanned was not.
func wantArtefacts(t *testing.T, artefacts map[string][]byte) {
	t.Helper()
	wanted := []string{
		"output", "trace.log", "terraform.tfstate", "terraform.tfstate.backup", "first.tfplan/tfplan", "second.tfplan/tfstate",
		".clm/clm.db", ".clm/clm.db audit_events", ".clm/clm.db private_keys", ".clm/clm.db settings", "backup.db", "backup.db audit_events",
		"devices/web-1/etc/hostname",
	}
	for _, name := range wanted {
		if len(artefacts[name]) == 0 {
			t.Errorf("%s was not scanned; there are %v", name, slices.Sorted(maps.Keys(artefacts)))
		}
	}
	for name, word := range map[string]string{
		"trace.log": "PlanResourceChange", "terraform.tfstate": "clm_root_certificate", ".clm/clm.db audit_events": "certificate.export_private_key",
	} {
		if !bytes.Contains(artefacts[name], []byte(word)) {
			t.Errorf("%s does not mention %q: it is not what it should be", name, word)
		}
	}
}

// The test above is worth something only as long as this one passes: every kind
// of secret, in every form, is found in every kind of artefact.
func TestPlantedSecretsAreFound(t *testing.T) {
	t.Parallel()
	v := newVault(t, clmtest.NewestCLI(t), randomText())
	v.says("init", "-no-color", "-input=false")
	v.says("apply", "-no-color", "-input=false", "-auto-approve")
	v.says("plan", "-no-color", "-input=false", "-out=first.tfplan")
	secrets := v.secrets(11)
	scan := newScanner(t, secrets)
	clean := v.plantable()
	planted := 0
	for _, kind := range kindsOf(secrets) {
		for _, form := range append(kind.forms(), form{"it is", kind.raw}) {
			for name, plant := range clean {
				found := scan.find(plant(form.content))
				if !slices.ContainsFunc(found, func(what string) bool { return strings.HasPrefix(what, kind.name) }) {
					t.Errorf("the %s, as %s, was put into %s and not found", kind.name, form.kind, name)
				}
				planted++
			}
		}
	}
	for name, plant := range clean {
		if found := scan.find(plant(nil)); len(found) > 0 {
			t.Errorf("%s shows %v before anything was planted", name, found)
		}
	}
	if planted < 1000 {
		t.Errorf("only %d secrets were planted: the list of kinds or of artefacts is not what it was", planted)
	}
}

// kindsOf leaves one secret of each kind and each algorithm.
func kindsOf(secrets []secret) []secret {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(secrets), func(s secret) bool {
		kind := s.name
		if words := strings.Fields(kind); words[0] == "sealed" || words[0] == "handed-out" {
			return true // the same kinds again
		} else if len(words) > 2 && words[len(words)-2] == "line" {
			kind = strings.Join(words[:len(words)-1], " ")
		}
		defer func() { seen[kind] = true }()
		return seen[kind]
	})
}

// plantable returns, for each kind of artefact, a copy with something in it as it
// would be read by the scan above.
func (v *vault) plantable() map[string]func(content []byte) []byte {
	v.t.Helper()
	const enough = 64 << 10
	into := func(text []byte) func([]byte) []byte {
		half := len(text) / 2
		return func(content []byte) []byte { return slices.Concat(text[:half], content, text[half:]) }
	}
	artefacts := v.artefacts()
	tail := func(name string) []byte {
		text := artefacts[name]
		return text[max(0, len(text)-enough):]
	}
	plan := filepath.Join(v.t.TempDir(), "planted.tfplan")
	db := openCopy(v.t, v.data("clm.db"))
	return map[string]func([]byte) []byte{
		"state":  into(artefacts["terraform.tfstate"]),
		"log":    into(tail("trace.log")),
		"output": into(tail("output")),
		"plan": func(content []byte) []byte {
			writePlan(v.t, plan, artefacts["first.tfplan/tfplan"], content)
			return artefactsOf(v.t, "planted.tfplan", plan)["planted.tfplan/tfplan"]
		},
		"audit row": func(content []byte) []byte {
			plantRow(v.t, db, slices.Concat(bytes.Repeat([]byte("x"), 4000), content)) // across pages
			return rows(v.t, "clm.db", db)["clm.db audit_events"]
		},
	}
}

// writePlan makes a plan file as the CLIs do: a zip with compressed parts.
func writePlan(t *testing.T, path string, parts ...[]byte) {
	t.Helper()
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	inner, err := archive.Create("tfplan")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		if _, err := inner.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// plantRow puts content into the audit trail as its only row.
func plantRow(t *testing.T, db *sql.DB, content []byte) {
	t.Helper()
	for _, statement := range []string{"DELETE FROM audit_events", "INSERT INTO audit_events (sequence, hash, document) VALUES (1, 'planted', ?)"} {
		args := []any{content}[:strings.Count(statement, "?")]
		if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatal(fmt.Errorf("planting a row: %w", err))
		}
	}
}
