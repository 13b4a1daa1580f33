package backend_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/sshd"
)

// fault is one row of the table. A device holds a certificate, the fault comes, and
// another certificate is pushed.
type fault struct {
	name   string
	with   func(*site)        // what is special of the site
	first  func(*site) string // how the first certificate comes there; nil: by a push
	comes  func(*site)
	push   func(*site) string // how the second is pushed; nil: it is renewed
	says   []string           // what the error tells; none: the push ends well
	leaves outcome
	ends   func(*site) // the fault is over
}

// outcome is what a device's files are after a fault.
type outcome string

const (
	identical outcome = "identical"
	whollyNew outcome = "wholly new"
	eitherWay outcome = "identical, or wholly new"
	unseen    outcome = "identical, but for what nobody is served"
)

// allows are the outcomes that are as good.
func (o outcome) allows() []outcome {
	switch o {
	case unseen:
		return []outcome{unseen, identical}
	case eitherWay:
		return []outcome{unseen, identical, whollyNew}
	}
	return []outcome{o}
}

// TestPushFaults is the table of faults: whatever happens to a push, the device's
// files are after it what they were before, or wholly the new ones, and once the
// fault is over the next push ends as if it had never been.
func TestPushFaults(t *testing.T) {
	t.Parallel()
	user, err := sshd.NewUser("faults")
	must(t, err)
	t.Cleanup(user.Remove)
	for _, f := range faultTable(t, user) {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.play(newSite(t, user))
		})
	}
}

func (f fault) play(s *site) {
	s.t.Helper()
	call(f.with, s)
	if said := or(f.first, (*site).apply)(s); said != "" {
		s.t.Fatalf("the first push: %s", said)
	}
	call(f.comes, s)
	before := s.list()
	said := or(f.push, (*site).renew)(s)
	s.rests()
	after, held, exposed := s.list(), s.holds(), s.exposed()
	s.here.tell(func(string) {})
	call(f.ends, s)
	again := s.apply()
	final := s.list()
	s.t.Logf("%s\n\nbefore:%s\nafter:%s\nin the end:%s", said, before, after, final)
	f.told(s, said)
	f.judge(s, before, after, final)
	if len(exposed) > 0 {
		s.t.Errorf("others can read the key in %v", exposed)
	}
	if after.served == final.served && held != s.holds() {
		s.t.Errorf("after the fault %s was held", held)
	}
	s.ended(again, final)
}

// rests waits until nobody is at work on the device.
func (s *site) rests() {
	s.t.Helper()
	servers.Await(s.t, "device at rest", func() bool {
		return s.sshd.Connections() == 0 || s.wire.isUp() && s.sshd.Connections() == 1 // one is kept, for the next push
	})
}

// told holds that the error says what happened, to what, and what to do.
func (f fault) told(s *site, said string) {
	s.t.Helper()
	if len(f.says) == 0 && said != "" {
		s.t.Errorf("it fails: %s", said)
	}
	for _, words := range f.says {
		if !strings.Contains(said, words) {
			s.t.Errorf("the error does not say %q: %s", words, said)
		}
	}
	if len(said) > 2500 || strings.Contains(said, "<nil>") {
		s.t.Errorf("the error is not for a reader: %s", said)
	}
}

// judge holds that what is served is wholly the one or wholly the other.
func (f fault) judge(s *site, before, after, final listing) {
	s.t.Helper()
	got := map[bool]outcome{true: unseen, false: "a mixture"}[after.served == before.served]
	switch {
	case after == before:
		got = identical
	case after.served == final.served:
		got = whollyNew
	}
	if !slices.Contains(f.leaves.allows(), got) {
		s.t.Errorf("the files are %s, want %s", got, f.leaves)
	}
}

// ended holds that nothing is seen of a fault that is over.
func (s *site) ended(said string, final listing) {
	s.t.Helper()
	if said != "" {
		s.t.Errorf("the next push fails: %s", said)
	}
	if got, want := final.shape(), s.cleanShape(); got != want {
		s.t.Errorf("in the end there is\n%swant\n%s", got, want)
	}
	current, err := s.Certificate(s.t.Context(), s.certificate)
	must(s.t, err)
	if got := s.holds(); got != current.FingerprintSHA256 {
		s.t.Errorf("in the end %s is held, want %s", got, current.FingerprintSHA256)
	}
	reloads, err := os.ReadFile(s.path("hooks/reloads"))
	must(s.t, err)
	if !strings.HasSuffix(string(reloads), current.FingerprintSHA256+"\n") {
		s.t.Errorf("the last that was taken in is not %s:\n%s", current.FingerprintSHA256, reloads)
	}
	connector, err := s.ObserveConnector(s.t.Context(), s.connector)
	must(s.t, err)
	if connector.PushState != "pushed" || connector.Sync.Status != "in_sync" {
		s.t.Errorf("in the end it is %s and %+v", connector.PushState, connector.Sync)
	}
}

func call(act func(*site), s *site) {
	if act != nil {
		act(s)
	}
}

func or(act, usual func(*site) string) func(*site) string {
	if act != nil {
		return act
	}
	return usual
}
