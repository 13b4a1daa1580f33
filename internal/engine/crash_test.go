package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// run is one process that carries out commands. Each create has the key that the
// same command has when it is given again.
type run struct {
	*stage
	err error
}

func (r *run) by(wish string) clm.Principal {
	return clm.Principal{Name: "test:alice", IdempotencyKey: wish, RequestID: "r"}
}

// commands are the life of an estate, each as its owner would give it: it says
// what is wanted, and given again it does what is still missing.
var commands = []func(r *run){
	func(r *run) { // the first apply
		ctx := r.t.Context()
		root := once(r, "root", func(by clm.Principal) (clm.RootCertificate, error) { return r.CreateRoot(ctx, by, rootInput("lab")) })
		web := once(r, "web", func(by clm.Principal) (clm.Device, error) { return r.CreateDevice(ctx, by, r.deviceInput("web-1")) })
		for _, name := range []string{"shop", "temp"} {
			row := once(r, "certificate "+name, func(by clm.Principal) (engine.CertificateWrite, error) {
				return r.CreateCertificate(ctx, by, name, spec(name, root))
			}).Row
			once(r, "connector "+name, func(by clm.Principal) (engine.ConnectorWrite, error) {
				return pushOrFail(r.CreateConnector(ctx, by, connectorInput(name, row, web)))
			})
		}
	},
	func(r *run) { // another apply, with a trigger changed
		r.step(func() error { _, err := r.renew("shop", "2"); return err })
		r.repair()
	},
	func(r *run) { // an operator
		r.step(func() error {
			_, err := r.RevokeCertificate(r.t.Context(), alice, "shop", "key_compromise")
			return err
		})
	},
	func(r *run) { // an apply that finds it revoked
		r.step(func() error { _, err := r.renew("shop", "2"); return err })
		r.repair()
	},
	func(r *run) { // an operator who is not sure
		r.step(func() error {
			_, err := r.RevokeCertificate(r.t.Context(), alice, "temp", clm.ReasonHold)
			return err
		})
	},
	func(r *run) { // whoever asks what is revoked
		r.step(func() error {
			_, err := r.RevocationList(r.t.Context(), alice, "lab")
			return err
		})
	},
	func(r *run) { // an operator who is
		r.step(func() error {
			_, err := r.ReleaseCertificate(r.t.Context(), alice, "temp")
			return err
		})
	},
	func(r *run) { // an apply with a connector moved and a certificate gone
		r.step(func() error {
			c, err := r.Connector(r.t.Context(), "shop")
			if err != nil {
				return err
			}
			c.FileSystem.Directory = "srv"
			_, err = pushOrFail(r.UpdateConnector(r.t.Context(), alice, c.ID, c))
			return err
		})
		r.step(func() error { return gone(r.DeleteConnector(r.t.Context(), alice, "temp")) })
		r.step(func() error { return gone(r.DeleteCertificate(r.t.Context(), alice, "temp")) })
	},
}

func once[T any](r *run, wish string, do func(clm.Principal) (T, error)) (out T) {
	r.step(func() (err error) {
		out, err = do(r.by(wish))
		return err
	})
	return out
}

// step does nothing any more once something failed: the process is dead.
func (r *run) step(do func() error) {
	if r.err == nil {
		r.err = do()
	}
}

func pushOrFail(out engine.ConnectorWrite, err error) (engine.ConnectorWrite, error) {
	if err == nil {
		err = out.Push.Err
	}
	return out, err
}

func gone(err error) error {
	if clm.KindOf(err) == clm.KindNotFound {
		return nil
	}
	return err
}

// repair does what a plan does about connectors: it looks, and pushes where that
// helps or where a push is on record as begun.
func (r *run) repair() {
	r.step(func() error {
		all, err := r.Connectors(r.t.Context(), clm.ConnectorFilter{}, clm.Page{})
		for _, c := range all {
			seen, err := r.ObserveConnector(r.t.Context(), c.ID)
			if err != nil {
				return err
			}
			if !c.WantsPush(seen.Sync) {
				continue
			}
			if err := r.PushConnector(r.t.Context(), alice, c.ID).Err; err != nil {
				return err
			}
		}
		return err
	})
}

// ending is the state of an estate, in words that do not depend on ids, keys and
// the number of attempts.
func (s *stage) ending() (lines []string) {
	s.t.Helper()
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	rows, err := s.Certificates(s.t.Context(), clm.CertificateFilter{}, clm.Page{})
	must(s.t, err)
	for _, row := range rows {
		for _, v := range s.versions(row.Certificate.ID) {
			say("certificate %s: version %d is %s by %s", row.Certificate.Name, v.Number, v.State, v.Operation)
		}
		s.checkLineage(row.Certificate.ID)
	}
	connectors, err := s.Connectors(s.t.Context(), clm.ConnectorFilter{}, clm.Page{})
	must(s.t, err)
	for _, c := range connectors {
		say("connector %s: %s, version %d in %s, leftover %d, %s", c.Name, c.State, c.LastPush.Version, c.LastPush.Directory, len(c.Leftover), s.sync(c.ID).Status)
	}
	files := s.files()
	for _, path := range []string{"/web-1/etc/shop/tls.crt", "/web-1/etc/temp/tls.crt", "/web-1/srv/tls.crt", "/web-1/srv/tls.key"} {
		say("%s is there: %t", path, files[path] != "")
	}
	say("%d files, %d keys", len(files), len(s.keys()))
	for _, e := range s.trail() {
		if !strings.Contains(e.Action, "push") && e.Action != "connector.remove_leftover" && e.Action != "connector.update" && e.Action != "certificate.update" {
			say("%s of %s by %s", e.Action, e.Subject, e.Principal)
		}
	}
	s.checkTrail()
	return lines
}

// undisturbed is how it ends when nobody dies, and how many updates it takes to
// carry out each command.
func undisturbed(t *testing.T) (ending []string, updates []int) {
	t.Helper()
	s := newStage(t)
	for i, command := range commands {
		s.store.failNext(0, false, false)
		r := &run{stage: s}
		command(r)
		if r.err != nil {
			t.Fatalf("command %d: %v", i, r.err)
		}
		updates = append(updates, s.store.count())
	}
	return s.ending(), updates
}

// The process dies at any write, before or after its commit; the next one opens
// the estate and is given the same command again. It ends the same.
func TestCrashAtAnyWrite(t *testing.T) {
	t.Parallel()
	want, updates := undisturbed(t)
	for i, n := range updates {
		for at := 1; at <= n; at++ {
			for _, applied := range []bool{false, true} {
				t.Run(fmt.Sprintf("command %d, write %d, applied %t", i, at, applied), func(t *testing.T) {
					t.Parallel()
					got := crashed(t, i, at, applied)
					if !cmp.Equal(got, want) {
						t.Errorf("it ended otherwise: %s", cmp.Diff(want, got))
					}
				})
			}
		}
	}
	if total := len(updates); total != len(commands) || updates[0] < 10 {
		t.Errorf("only %v updates were disturbed", updates)
	}
}

func crashed(t *testing.T, in, at int, applied bool) []string {
	t.Helper()
	clock, folder := clmtest.NewClock(), t.TempDir()
	s := openStage(t, folder, clock)
	for i, command := range commands {
		if i == in {
			s.store.failNext(at, applied, true)
			command(&run{stage: s})
			if s.store.count() < at {
				t.Fatalf("the process lived through %d writes", s.store.count())
			}
			s = openStage(t, folder, clock)
		}
		r := &run{stage: s}
		command(r)
		if r.err != nil {
			t.Fatalf("command %d: %v", i, r.err)
		}
	}
	return s.ending()
}
