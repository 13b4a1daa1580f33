package engine_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

const storePassword, keyPassword = "correct horse", "battery staple"

// seen is the serial number another program finds in a place.
type seen func(t *testing.T, folder string) string

func byOpenSSL(args ...string) seen {
	return func(t *testing.T, folder string) string {
		t.Helper()
		content := clmtest.OpenSSL(t, folder, args...)
		must(t, os.WriteFile(folder+"/seen.pem", []byte(content), 0o600))
		defer func() { must(t, os.Remove(folder+"/seen.pem")) }()
		return strings.TrimSpace(clmtest.OpenSSL(t, folder, "x509", "-in", "seen.pem", "-noout", "-serial"))
	}
}

// byKeytool lists the entry of an alias.
func byKeytool(alias string, args ...string) seen {
	return func(t *testing.T, folder string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "keytool", append([]string{
			"-J-XX:TieredStopAtLevel=1", "-list", "-rfc", "-alias", alias, "-storepass", storePassword,
		}, args...)...)
		cmd.Dir = folder
		out, err := cmd.Output()
		if err != nil || !bytes.Contains(out, []byte("PrivateKeyEntry")) {
			t.Fatalf("keytool: %v\n%s", err, out)
		}
		must(t, os.WriteFile(folder+"/listed.pem", out, 0o600))
		defer func() { must(t, os.Remove(folder+"/listed.pem")) }()
		return byOpenSSL("x509", "-in", "listed.pem")(t, folder)
	}
}

// Other programs read a certificate and its key in every format, the new ones after a
// renewal, and what is there is known to be right.
func TestFormats(t *testing.T) {
	t.Parallel()
	password := said(storePassword)
	for name, tt := range map[string]struct {
		place   clm.FileSystem
		secrets *clm.StoreSecrets
		looks   []seen
	}{
		"pem": {clm.FileSystem{Format: clm.FormatPEM, CertificateFile: "tls.crt", KeyFile: "tls.key"}, nil,
			[]seen{byOpenSSL("x509", "-in", "tls.crt")}},
		"pem in one file": {clm.FileSystem{Format: clm.FormatPEM, CertificateFile: "tls.pem", KeyFile: "tls.pem"}, nil,
			[]seen{byOpenSSL("x509", "-in", "tls.pem")}},
		"der": {clm.FileSystem{Format: clm.FormatDER, CertificateFile: "tls.der", KeyFile: "tls.key"}, nil,
			[]seen{byOpenSSL("x509", "-inform", "der", "-in", "tls.der")}},
		"pkcs7": {clm.FileSystem{Format: clm.FormatPKCS7, CertificateFile: "tls.p7b", KeyFile: "tls.key"}, nil,
			[]seen{byOpenSSL("pkcs7", "-in", "tls.p7b", "-print_certs")}},
		"pkcs12": {clm.FileSystem{Format: clm.FormatPKCS12, StoreFile: "tls.p12", Alias: "web", RootAlias: "root"}, &clm.StoreSecrets{Password: password},
			[]seen{
				byOpenSSL("pkcs12", "-in", "tls.p12", "-nokeys", "-clcerts", "-passin", "pass:"+storePassword),
				byKeytool("web", "-keystore", "tls.p12", "-storetype", "PKCS12"),
			}},
		"legacy pkcs12": {clm.FileSystem{Format: clm.FormatPKCS12, StoreFile: "tls.p12", PKCS12Profile: "legacy"}, &clm.StoreSecrets{Password: password},
			[]seen{byOpenSSL("pkcs12", "-legacy", "-in", "tls.p12", "-nokeys", "-clcerts", "-passin", "pass:"+storePassword)}},
		"jks": {clm.FileSystem{Format: clm.FormatJKS, StoreFile: "tls.jks"}, &clm.StoreSecrets{Password: password, KeyPassword: said(keyPassword)},
			[]seen{byKeytool("shop", "-keystore", "tls.jks", "-storetype", "JKS")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			in := connectorInput("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
			tt.place.Directory = "/etc/shop"
			in.FileSystem, in.Secrets = tt.place, tt.secrets
			must(t, must2(s.CreateConnector(t.Context(), alice, in)).Push.Err)
			s.readBy(tt.looks...)
			must2(s.renew("shop", "2"))
			s.readBy(tt.looks...)
			s.holdsNowhere(storePassword, keyPassword)
			must(t, s.DeleteConnector(t.Context(), alice, "shop"))
			if found := s.files(); len(found) != 0 {
				t.Errorf("left are %v", found)
			}
			if n := len(s.keys()); n != 2 { // of the root and of both versions
				t.Errorf("the estate holds %d secrets", n)
			}
		})
	}
}

func (s *stage) readBy(looks ...seen) {
	s.t.Helper()
	want := "serial=" + strings.ToUpper(s.row("shop").Current.SerialNumber)
	for i, look := range looks {
		if got := look(s.t.(*testing.T), s.path("web-1", "etc", "shop")); got != want {
			s.t.Errorf("program %d finds %q, not %q", i, got, want)
		}
	}
	if sync := s.sync("shop"); sync.Status != clm.InSync {
		s.t.Errorf("it is %s: %s %s", sync.Status, sync.Reason, sync.Detail)
	}
}

// The private key of a key store opens under its own password, and in DER it is the
// key of the certificate.
func TestFormatKeys(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	shop, device := s.certificate("shop", s.root("lab")), s.device("web-1")
	jks := connectorInput("jks", shop, device)
	jks.FileSystem = clm.FileSystem{Format: clm.FormatJKS, Directory: "etc", StoreFile: "tls.jks"}
	jks.Secrets = &clm.StoreSecrets{Password: said(storePassword), KeyPassword: said(keyPassword)}
	must(t, must2(s.CreateConnector(t.Context(), alice, jks)).Push.Err)
	der := connectorInput("der", shop, device)
	der.FileSystem = clm.FileSystem{Format: clm.FormatDER, Directory: "etc", CertificateFile: "tls.der", KeyFile: "tls.key"}
	must(t, must2(s.CreateConnector(t.Context(), alice, der)).Push.Err)
	folder := s.path("web-1", "etc")
	for password, opens := range map[string]bool{keyPassword: true, storePassword: false} {
		cmd := exec.CommandContext(t.Context(), "keytool", "-J-XX:TieredStopAtLevel=1", "-certreq", "-alias", "shop", "-keystore", "tls.jks", "-storepass", storePassword, "-keypass", password)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); (err == nil) != opens {
			t.Errorf("with the password %q: %v\n%s", password, err, out)
		}
	}
	ofKey := clmtest.OpenSSL(t, folder, "pkey", "-inform", "der", "-in", "tls.key", "-pubout")
	ofCertificate := clmtest.OpenSSL(t, folder, "x509", "-inform", "der", "-in", "tls.der", "-noout", "-pubkey")
	if ofKey != ofCertificate {
		t.Errorf("the key is another: %s", hex.Dump([]byte(ofKey)))
	}
}

// A key store that somebody exchanged is noticed and put right; another password
// makes another store.
func TestKeyStoreIsPutRight(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	in := connectorInput("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	in.FileSystem = clm.FileSystem{Format: clm.FormatPKCS12, Directory: "etc/shop", StoreFile: "tls.p12"}
	in.Secrets = &clm.StoreSecrets{Password: said("another one")}
	must(t, must2(s.CreateConnector(t.Context(), alice, in)).Push.Err)
	store := s.path("web-1", "etc", "shop", "tls.p12")
	must(t, os.Remove(store))
	must(t, os.WriteFile(store, []byte("not ours"), 0o600))
	if sync := s.sync("shop"); sync.Reason != clm.ReasonUnknownCertificate || !sync.Repairable() {
		t.Errorf("it is %+v", sync)
	}
	in.Secrets = &clm.StoreSecrets{Password: said(storePassword)}
	must(t, must2(s.UpdateConnector(t.Context(), alice, "shop", in)).Push.Err)
	s.readBy(byOpenSSL("pkcs12", "-in", "tls.p12", "-nokeys", "-clcerts", "-passin", "pass:"+storePassword))
	in.Secrets, in.RemoveOnDestroy = nil, false
	must(t, must2(s.UpdateConnector(t.Context(), alice, "shop", in)).Push.Err)
	s.readBy(byOpenSSL("pkcs12", "-in", "tls.p12", "-nokeys", "-clcerts", "-passin", "pass:"+storePassword))
	if n := len(s.keys()); n != 3 {
		t.Errorf("the estate holds %d secrets", n)
	}
}

func TestKeyStoreRefusals(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	in := connectorInput("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	for name, tt := range map[string]struct {
		format  clm.Format
		secrets clm.StoreSecrets
		alias   string
		field   string
	}{
		"no password":       {clm.FormatJKS, clm.StoreSecrets{}, "", "file_system.password"},
		"short password":    {clm.FormatJKS, clm.StoreSecrets{Password: said("short")}, "", "file_system.password"},
		"password for Java": {clm.FormatPKCS12, clm.StoreSecrets{Password: said("größer")}, "", "file_system.password"},
		"two passwords":     {clm.FormatPKCS12, clm.StoreSecrets{Password: said(storePassword), KeyPassword: said(keyPassword)}, "", "file_system.private_key_password"},
		"key password":      {clm.FormatJKS, clm.StoreSecrets{Password: said(storePassword), KeyPassword: said("x")}, "", "file_system.private_key_password"},
	} {
		in.FileSystem = clm.FileSystem{Format: tt.format, Directory: "etc", StoreFile: "store", Alias: tt.alias}
		in.Secrets = &tt.secrets
		_, err := s.CreateConnector(t.Context(), alice, in)
		var refusal *clm.Error
		if !errors.As(err, &refusal) || refusal.Field != tt.field || strings.Contains(err.Error(), storePassword) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if found := s.files(); len(found) != 0 || len(s.keys()) != 2 {
		t.Errorf("left are %v and %d keys", found, len(s.keys()))
	}
}

// oldJava is a device that says that its Java is an old one.
type oldJava struct{ engine.Deployer }

func (oldJava) Run(context.Context, clm.Device, clm.Script) (clm.ScriptResult, error) {
	return clm.ScriptResult{Output: "host=web-1\nversion=openjdk version \"1.8.0_292\"\n"}, nil
}

// With auto the device is asked what it can read, at each push.
func TestPKCS12Auto(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	in := connectorInput("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	in.FileSystem = clm.FileSystem{Format: clm.FormatPKCS12, Directory: "/etc/shop", StoreFile: "tls.p12", PKCS12Profile: "auto"}
	in.Secrets = &clm.StoreSecrets{Password: said(storePassword)}
	must(t, must2(s.CreateConnector(t.Context(), alice, in)).Push.Err)
	s.isEncryptedBy("PBES2, PBKDF2, AES-256-CBC")

	s.Engine.Deployer = oldJava{s.Engine.Deployer}
	must2(s.renew("shop", "2"))
	s.isEncryptedBy("pbeWithSHA1And3-KeyTripleDES-CBC")
	if sync := s.sync("shop"); sync.Status != clm.InSync {
		t.Errorf("it is %+v", sync)
	}
}

func (s *stage) isEncryptedBy(cipher string) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), "openssl", "pkcs12", "-in", s.path("web-1/etc/shop/tls.p12"), "-info", "-noout", "-passin", "pass:"+storePassword)
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte(cipher)) {
		s.t.Errorf("it is not encrypted by %s: %v\n%s", cipher, err, out)
	}
}

// trials notes for whom places are tried.
type trials struct {
	engine.Deployer
	owners map[string]bool
}

func (d trials) Preflight(ctx context.Context, device clm.Device, set clm.FileSet) error {
	d.owners[set.Owner] = true
	return d.Deployer.Preflight(ctx, device, set)
}

// Two key stores in one folder are two places, before they are recorded, too: trying
// one takes nothing of the other away.
func TestStoresInOneFolder(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	tried := trials{s.Engine.Deployer, map[string]bool{}}
	s.Engine.Deployer = tried
	certificate, device := s.certificate("shop", s.root("lab")), s.device("web-1")
	for _, name := range []string{"one", "two"} {
		in := connectorInput(name, certificate, device)
		in.FileSystem = clm.FileSystem{Format: clm.FormatPKCS12, Directory: "/etc/shop", StoreFile: name + ".p12"}
		in.Secrets = &clm.StoreSecrets{Password: said(storePassword)}
		must(t, must2(s.CreateConnector(t.Context(), alice, in)).Push.Err)
	}
	if len(tried.owners) != 4 { // each once on trial, and once under its id
		t.Errorf("places were tried for %v", tried.owners)
	}
}
