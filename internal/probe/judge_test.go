package probe_test

import (
	"crypto/rand"
	"crypto/x509"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/probe"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	leaf, intermediate, root := s.leaf.Raw, s.intermediate.cert.Raw, s.root.cert.Raw
	cross := crossSign(t, issue(t, authority{}, "ec", "Root"), s.root)
	again := reissue(t, s.root, s.intermediate)
	other := newSite(t, "ec").leaf.Raw
	chain := func(ders ...[]byte) [][]byte { return ders }
	for story, c := range map[string]struct {
		expected, served [][]byte
		status           clm.SyncStatus
		reason           clm.SyncReason
	}{
		"all of it":                             {chain(intermediate), chain(leaf, intermediate), clm.InSync, ""},
		"nothing needed":                        {nil, chain(leaf), clm.InSync, ""},
		"leaf named in the chain":               {chain(leaf, intermediate), chain(leaf, intermediate), clm.InSync, ""},
		"root sent too":                         {chain(intermediate), chain(leaf, intermediate, root), clm.InSync, ""},
		"root expected, not sent":               {chain(intermediate, root), chain(leaf, intermediate), clm.InSync, ""},
		"another order":                         {chain(intermediate, cross), chain(leaf, cross, intermediate), clm.InSync, ""},
		"no intermediate":                       {chain(intermediate), chain(leaf), clm.OutOfSync, clm.ReasonIncompleteChain},
		"no cross-certificate of the same name": {chain(intermediate, cross), chain(leaf, intermediate), clm.OutOfSync, clm.ReasonIncompleteChain},
		"root instead of cross-certificate":     {chain(intermediate, cross), chain(leaf, intermediate, root), clm.OutOfSync, clm.ReasonIncompleteChain},
		"intermediate issued again":             {chain(intermediate), chain(leaf, again), clm.OutOfSync, clm.ReasonIncompleteChain},
		"unreadable in the chain":               {chain(intermediate, []byte("?")), chain(leaf, intermediate), clm.OutOfSync, clm.ReasonIncompleteChain},
		"another certificate":                   {chain(intermediate), chain(other, intermediate), clm.OutOfSync, ""},
		"another certificate, chain and all":    {chain(intermediate), chain(other), clm.OutOfSync, ""},
	} {
		look := probe.Look{Address: "192.0.2.1:443", Served: &probe.Served{Chain: c.served, FingerprintSHA256: fingerprint(c.served[0]), KeyProven: true}}
		expected := probe.Expected{FingerprintSHA256: fingerprint(leaf), Chain: c.expected}
		got := probe.Judge(expected, probe.Result{Looks: []probe.Look{look}})[0]
		if got.Status != c.status || got.Reason != c.reason || got.Address != look.Address || got.FingerprintSHA256 != fingerprint(c.served[0]) {
			t.Errorf("%s: got %+v, want %s %s", story, got, c.status, c.reason)
		}
		if (got.Detail == "") != (got.Status == clm.InSync) {
			t.Errorf("%s: %s with detail %q", story, got.Status, got.Detail)
		}
	}
}

// A signature made with SHA-1 is not verified any more. Such a root is still none
// that must be sent, and such an intermediate is.
func TestJudgeOfSHA1(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	for commonName, want := range map[string]clm.SyncReason{s.root.cert.Subject.CommonName: "", "Old": clm.ReasonIncompleteChain} {
		template := *s.root.cert
		template.Subject.CommonName, template.RawSubject = commonName, nil
		template.SignatureAlgorithm, template.AuthorityKeyId, template.SubjectKeyId = x509.ECDSAWithSHA1, nil, nil
		parent := *s.root.cert
		parent.SubjectKeyId = nil // so that the new one has no authority key identifier
		der, err := x509.CreateCertificate(rand.Reader, &template, &parent, s.root.key.Public(), s.root.key)
		if err != nil {
			t.Fatal(err)
		}
		served := &probe.Served{Chain: [][]byte{s.leaf.Raw}, FingerprintSHA256: s.fingerprint(), KeyProven: true}
		e := probe.Expected{FingerprintSHA256: s.fingerprint(), Chain: [][]byte{der}}
		if got := probe.Judge(e, probe.Result{Looks: []probe.Look{{Served: served}}})[0]; got.Reason != want {
			t.Errorf("%s: got %+v, want %q", commonName, got, want)
		}
	}
}

// A verdict on an incomplete chain says whose certificate is lacking, and how many.
func TestJudgeSaysWhatIsLacking(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	served := &probe.Served{Chain: [][]byte{s.leaf.Raw}, FingerprintSHA256: s.fingerprint(), KeyProven: true}
	e := s.expected()
	e.Chain = append(e.Chain, crossSign(t, issue(t, authority{}, "ec", "Root"), s.root))
	got := probe.Judge(e, probe.Result{Looks: []probe.Look{{Served: served}}})[0]
	if !strings.Contains(got.Detail, "CN=Intermediate") || !strings.Contains(got.Detail, "1 more") {
		t.Errorf("got %q", got.Detail)
	}
}

// A request that is wrong says nothing about a server.
func TestJudgeOfAMalformedRequest(t *testing.T) {
	t.Parallel()
	result := (&probe.Prober{}).Probe(t.Context(), []probe.Request{{Address: "nowhere"}})[0]
	if got := probe.Judge(probe.Expected{}, result)[0]; got.Status != clm.SyncNotObserved || got.Detail == "" {
		t.Errorf("got %+v, want not_observed", got)
	}
}

// crossSign has an old root vouch for a new one of the same name: the certificate
// is self-issued, and not self-signed.
func crossSign(t testing.TB, old, root authority) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, root.cert, old.cert, root.key.Public(), old.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// reissue makes another certificate for the same CA and key.
func reissue(t testing.TB, by, ca authority) []byte {
	t.Helper()
	template := *ca.cert
	template.SerialNumber = serial(t)
	der, err := x509.CreateCertificate(rand.Reader, &template, by.cert, ca.key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
