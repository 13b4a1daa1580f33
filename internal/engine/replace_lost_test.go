package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// imported is a wish for one root, made once, that may be wished for again: together
// with the active one it is the same bundle each time.
func (f *fleet) imported(subject string) func(change ...func(*clm.ReplacementPolicy)) engine.RootWish {
	f.t.Helper()
	spec := pki.KeySpec{Algorithm: "ECDSA", Curve: "P256"}
	key := must2(pki.GenerateKey(spec))
	certificate := must2(pki.CreateRoot(pki.RootRequest{
		Subject: pki.Subject{CommonName: subject}, Key: spec, NotBefore: f.clock.Now(), Validity: 8760 * time.Hour,
	}, key))
	input := engine.RootInput{
		Name: "corp", Source: clm.RootSource{Kind: clm.SourcePEM},
		CertificatePEM: pemOf(certificate.Raw), PrivateKeyPEM: string(must2(pki.EncodePrivateKey(key))),
	}
	return func(change ...func(*clm.ReplacementPolicy)) engine.RootWish {
		w := wish(subject, change...)
		w.RootInput = input
		return w
	}
}

// afterwards lets something happen after a device was looked at, or has got its
// files, for the n-th time.
type afterwards struct {
	engine.Deployer
	n  int
	do func()
}

func (a *afterwards) count() {
	if a.n--; a.n == 0 {
		a.do()
	}
}

func (a *afterwards) Install(ctx context.Context, d clm.Device, set clm.FileSet) error {
	err := a.Deployer.Install(ctx, d, set)
	a.count()
	return err
}

func (a *afterwards) Observe(ctx context.Context, d clm.Device, set clm.FileSet) ([]clm.ObservedFile, error) {
	found, err := a.Deployer.Observe(ctx, d, set)
	a.count()
	return found, err
}

// A root is given up, and a device loses it with nobody to see that. When the same
// root is distributed again, what the device stated before does not count.
func TestTrustLostUnseenDoesNotCount(t *testing.T) {
	t.Parallel()
	for name, strikes := range map[string]func(f *fleet){
		"the process dies": func(f *fleet) {
			f.deployer.Deployer = &afterwards{f.deployer.Deployer, 2, func() { f.store.failNext(1, false, true) }}
		},
		"it fails, though it was done": func(f *fleet) {
			f.deployer.Fail("install", clmtest.Fault{Err: clm.Errorf(clm.KindFailed, trouble), Applied: true, Device: "agent-0"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, 2, 1)
			next := f.imported("corp 2027")
			f.want(next(held))
			must2(f.UpdateRoot(t.Context(), alice, "corp", wish("corp")))
			strikes(f)
			_, _ = f.Advance(t.Context(), alice, "corp", true)
			f = reopened(f, f.clock)
			f.away("agent-0")
			f.want(next())
			f.is(clm.RootDistributing)
			if c := f.rollout().Standing.Census; c.Received != 1 || c.Expected != 2 {
				t.Errorf("%d of %d received", c.Received, c.Expected)
			}
			f.back("agent-0")
			f.advance()
			f.is(clm.RootActive)
			f.published()
		})
	}
}

// Two tell the same device: what the first has seen is not the last word, when the
// second has told it something else meanwhile.
func TestToldByTwo(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 0)
	other := reopened(f, f.clock)
	f.deployer.Deployer = &afterwards{f.deployer.Deployer, 3, func() { // look, install, look
		f.clock.Advance(time.Second)
		must2(other.UpdateRoot(t.Context(), alice, "corp", wish("corp")))
		must(t, other.told("agent-0"))
	}}
	must2(f.UpdateRoot(t.Context(), alice, "corp", wish("corp 2027", held)))
	must2(f.Advance(t.Context(), alice, "corp", true))
	f.is(clm.RootActive)
	f.published()
}
