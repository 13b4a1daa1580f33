package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// all joins groups of checks.
func all(groups ...[]plancheck.PlanCheck) []plancheck.PlanCheck {
	var checks []plancheck.PlanCheck
	for _, group := range groups {
		checks = append(checks, group...)
	}
	return checks
}

func plans(action plancheck.ResourceActionType, addresses ...string) []plancheck.PlanCheck {
	var checks []plancheck.PlanCheck
	for _, address := range addresses {
		checks = append(checks, plancheck.ExpectResourceAction(address, action))
	}
	return checks
}

func creates(addresses ...string) []plancheck.PlanCheck {
	return plans(plancheck.ResourceActionCreate, addresses...)
}

func updates(addresses ...string) []plancheck.PlanCheck {
	return plans(plancheck.ResourceActionUpdate, addresses...)
}

func keeps(addresses ...string) []plancheck.PlanCheck {
	return plans(plancheck.ResourceActionNoop, addresses...)
}

func replaces(addresses ...string) []plancheck.PlanCheck {
	return plans(plancheck.ResourceActionDestroyBeforeCreate, addresses...)
}

func destroys(addresses ...string) []plancheck.PlanCheck {
	return plans(plancheck.ResourceActionDestroy, addresses...)
}

// nothing is the check of a plan with nothing to do.
func nothing() []plancheck.PlanCheck { return []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()} }

func unknown(address string, attributes ...string) []plancheck.PlanCheck {
	var checks []plancheck.PlanCheck
	for _, attribute := range attributes {
		checks = append(checks, plancheck.ExpectUnknownValue(address, tfjsonpath.New(attribute)))
	}
	return checks
}

// found checks what the refresh before the plan found.
type found struct{ address, attribute, value string }

// CheckPlan implements plancheck.PlanCheck.
func (f found) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if change.Address != f.address {
			continue
		}
		before, _ := change.Change.Before.(map[string]any)
		if got := fmt.Sprint(before[f.attribute]); got != f.value {
			resp.Error = fmt.Errorf("%s: the refresh found %s = %s, expected %s", f.address, f.attribute, got, f.value)
		}
		return
	}
	resp.Error = fmt.Errorf("%s is not in the plan", f.address)
}

func finds(address, attribute, value string) []plancheck.PlanCheck {
	return []plancheck.PlanCheck{found{address, attribute, value}}
}

// certificate asks the backend, past Terraform.
func (w *world) certificate(name string) api.Certificate {
	w.t.Helper()
	certificate, err := w.Certificate(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return certificate
}

// sync is what the backend finds on the device of a connector.
func (w *world) sync(connector string) api.Sync {
	w.t.Helper()
	seen, err := w.ObserveConnector(w.t.Context(), connector)
	if err != nil {
		w.t.Fatal(err)
	}
	return *seen.Sync
}

// path is a place below the devices' folder.
func (w *world) path(elem ...string) string {
	return filepath.Join(append([]string{w.folder}, elem...)...)
}

// read reads a file of a device as a server there would.
func (w *world) read(elem ...string) string {
	w.t.Helper()
	content, err := os.ReadFile(w.path(elem...))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(content)
}

// write puts a file in the place of whatever is there.
func (w *world) write(content string, elem ...string) {
	w.t.Helper()
	path := w.path(elem...)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) rename(from, to string) {
	w.t.Helper()
	if err := os.Rename(w.path(from), w.path(to)); err != nil {
		w.t.Fatal(err)
	}
}

// bare wants nothing of ours, not even a folder, in a device.
func (w *world) bare(elem ...string) {
	w.t.Helper()
	err := filepath.WalkDir(w.path(elem...), func(path string, e fs.DirEntry, err error) error {
		if err == nil && path != w.path(elem...) {
			w.t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		w.t.Error(err)
	}
}

// holds checks with openssl that a place on a device serves a certificate: the
// chain verifies under the root, the key is the certificate's and secret.
func (w *world) holds(name string, place ...string) {
	w.t.Helper()
	w.holdsAt(name, name, place...)
}

func (w *world) holdsAt(name, connector string, place ...string) {
	w.t.Helper()
	leaf, key, chain := w.path(append(place, "tls.crt")...), w.path(append(place, "tls.key")...), w.path(append(place, "chain.crt")...)
	if got, want := w.read(append(place, "tls.crt")...), w.certificate(name).CertificatePEM; got != want {
		w.t.Errorf("%s is not the current certificate of %s", leaf, name)
	}
	at := strconv.FormatInt(w.Clock.Now().Unix(), 10)
	clmtest.OpenSSL(w.t, w.folder, "verify", "-attime", at, "-CAfile", chain, leaf)
	if clmtest.OpenSSL(w.t, w.folder, "pkey", "-in", key, "-pubout") != clmtest.OpenSSL(w.t, w.folder, "x509", "-in", leaf, "-noout", "-pubkey") {
		w.t.Errorf("%s is not the key of %s", key, leaf)
	}
	w.mode(0o600, append(place, "tls.key")...)
	if sync := w.sync(connector); sync.Status != "in_sync" {
		w.t.Errorf("connector %s is %s: %s %s", connector, sync.Status, sync.Reason, sync.Detail)
	}
}

func (w *world) mode(want fs.FileMode, elem ...string) {
	w.t.Helper()
	info, err := os.Stat(w.path(elem...))
	if err != nil {
		w.t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want {
		w.t.Errorf("%s has mode %o, expected %o", w.path(elem...), got, want)
	}
}

// pemFile keeps a text where openssl can read it.
func pemFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.pem")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// publicKey is a certificate's public key, as openssl reads it.
func publicKey(t *testing.T, certificate string) string {
	t.Helper()
	return clmtest.OpenSSL(t, t.TempDir(), "x509", "-in", pemFile(t, certificate), "-noout", "-pubkey")
}

// revoked tells whether the audit trail has a revocation of the shop's
// certificate with a detail.
func (w *world) revoked(detail, value string) bool {
	w.t.Helper()
	events, err := w.AuditEvents(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range events {
		if e.Action == "certificate.revoke" && e.Subject == "shop" && e.Details[detail] == value {
			return true
		}
	}
	return false
}

// hides fails when a document holds a private key of the estate, or any key.
func (w *world) hides(document any, names ...string) error {
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	if strings.Contains(string(text), "PRIVATE KEY") {
		return fmt.Errorf("there is a private key in it")
	}
	for _, name := range names {
		key, err := w.ExportPrivateKey(w.t.Context(), name)
		if err != nil {
			return err
		}
		if body := strings.Split(key.PrivateKeyPEM, "\n")[1]; strings.Contains(string(text), body) {
			return fmt.Errorf("the private key of %s is in it", name)
		}
	}
	return nil
}

// witness knows what a certificate was, to tell later what became of it.
type witness struct {
	w    *world
	name string
	was  api.Certificate
}

func newWitness(w *world, name string) *witness { return &witness{w: w, name: name} }

// remember takes the certificate as it is now.
func (s *witness) remember() { s.w.t.Helper(); s.was = s.w.certificate(s.name) }

// same: nothing was issued.
func (s *witness) same() {
	s.w.t.Helper()
	if now := s.w.certificate(s.name); now.FingerprintSHA256 != s.was.FingerprintSHA256 || now.Version != s.was.Version {
		s.w.t.Errorf("%s was issued anew: version %d, was %d", s.name, now.Version, s.was.Version)
	}
}

// renewed: the next version, with the same key.
func (s *witness) renewed() { s.w.t.Helper(); s.next(true) }

// rekeyed: the next version, with another key.
func (s *witness) rekeyed() { s.w.t.Helper(); s.next(false) }

func (s *witness) next(sameKey bool) {
	s.w.t.Helper()
	now := s.w.certificate(s.name)
	if now.ID != s.was.ID || now.Version != s.was.Version+1 || now.SerialNumber == s.was.SerialNumber {
		s.w.t.Errorf("%s: %s version %d serial %s after %s version %d serial %s", s.name, now.ID, now.Version, now.SerialNumber, s.was.ID, s.was.Version, s.was.SerialNumber)
	}
	if got := publicKey(s.w.t, now.CertificatePEM) == publicKey(s.w.t, s.was.CertificatePEM); got != sameKey {
		s.w.t.Errorf("%s: same key is %t, expected %t", s.name, got, sameKey)
	}
	s.was = now
}

// certificateOf is a root certificate given as PEM; without a key it only has
// to be trusted.
func certificateOf(certificates, key string) api.WriteRootCertificate {
	return api.WriteRootCertificate{Name: "given", Source: api.RootSource{Kind: "pem"}, CertificatePEM: certificates, PrivateKeyPEM: key}
}
