package engine_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// write is one use case that writes, in a world that is ready for it.
type write struct {
	name string
	do   func(s *stage, by clm.Principal) error
	rows []string // the actions it leaves, in order
	bad  func(s *stage) error
}

func ref(action, subject string) string { return action + " of " + subject }

// writes are all of them.
var writes = []write{
	{"create a root", func(s *stage, by clm.Principal) error {
		_, err := s.CreateRoot(s.t.Context(), by, rootInput("new"))
		return err
	}, []string{"root_certificate.create of new"}, func(s *stage) error {
		_, err := s.CreateRoot(s.t.Context(), alice, rootInput("lab"))
		return err
	}},
	{"update a root", func(s *stage, by clm.Principal) error {
		_, err := s.UpdateRoot(s.t.Context(), by, "spare", called("other"))
		return err
	}, []string{"root_certificate.update of other"}, func(s *stage) error {
		_, err := s.UpdateRoot(s.t.Context(), alice, "spare", called("lab"))
		return err
	}},
	{"delete a root", func(s *stage, by clm.Principal) error { return s.DeleteRoot(s.t.Context(), by, "spare") },
		[]string{"root_certificate.delete of spare"}, func(s *stage) error { return s.DeleteRoot(s.t.Context(), alice, "lab") }},
	{"create a device", func(s *stage, by clm.Principal) error {
		_, err := s.CreateDevice(s.t.Context(), by, s.deviceInput("new"))
		return err
	}, []string{"device.create of new"}, func(s *stage) error {
		_, err := s.CreateDevice(s.t.Context(), alice, s.deviceInput("web-1"))
		return err
	}},
	{"update a device", func(s *stage, by clm.Principal) error {
		_, err := s.UpdateDevice(s.t.Context(), by, "web-2", s.deviceInput("web-3"))
		return err
	}, []string{"device.update of web-3"}, func(s *stage) error {
		_, err := s.UpdateDevice(s.t.Context(), alice, "web-2", s.deviceInput("web-1"))
		return err
	}},
	{"delete a device", func(s *stage, by clm.Principal) error { return s.DeleteDevice(s.t.Context(), by, "web-2") },
		[]string{"device.delete of web-2"}, func(s *stage) error { return s.DeleteDevice(s.t.Context(), alice, "web-1") }},
	{"enrol", func(s *stage, by clm.Principal) error {
		_, err := s.CreateCertificate(s.t.Context(), by, "new", spec("new", s.lab()))
		return err
	}, []string{"certificate.enrol of new"}, func(s *stage) error {
		_, err := s.CreateCertificate(s.t.Context(), alice, "shop", spec("shop", s.lab()))
		return err
	}},
	{"change a certificate's policy", func(s *stage, by clm.Principal) error {
		wish := s.wish("idle")
		wish.EarlyRenewalHours = 1
		_, err := s.UpdateCertificate(s.t.Context(), by, "idle", "idle", wish)
		return err
	}, []string{"certificate.update of idle"}, func(s *stage) error {
		_, err := s.UpdateCertificate(s.t.Context(), alice, "idle", "shop", s.wish("idle"))
		return err
	}},
	{"renew and push", func(s *stage, by clm.Principal) error {
		wish := s.wish("shop")
		wish.RenewalTrigger = "2"
		_, err := s.UpdateCertificate(s.t.Context(), by, "shop", "shop", wish)
		return err
	}, []string{"certificate.renew of shop", "connector.begin_push of shop", "connector.complete_push of shop"}, func(s *stage) error {
		wish := s.wish("shop")
		wish.RenewalTrigger = "2"
		_, err := s.UpdateCertificate(s.t.Context(), alice, "shop", "idle", wish)
		return err
	}},
	{"revoke", func(s *stage, by clm.Principal) error {
		_, err := s.RevokeCertificate(s.t.Context(), by, "shop", "superseded")
		return err
	}, []string{"certificate.revoke of shop"}, func(s *stage) error {
		_, err := s.RevokeCertificate(s.t.Context(), alice, "shop", "boredom")
		return err
	}},
	{"hold", func(s *stage, by clm.Principal) error {
		_, err := s.RevokeCertificate(s.t.Context(), by, "shop", clm.ReasonHold)
		return err
	}, []string{"certificate.hold of shop"}, func(s *stage) error {
		_, err := s.RevokeCertificate(s.t.Context(), alice, "nobody", clm.ReasonHold)
		return err
	}},
	{"release", func(s *stage, by clm.Principal) error {
		_, err := s.ReleaseCertificate(s.t.Context(), by, "resting")
		return err
	}, []string{"certificate.release of resting"}, func(s *stage) error {
		_, err := s.ReleaseCertificate(s.t.Context(), alice, "nobody")
		return err
	}},
	{"sign a revocation list", func(s *stage, by clm.Principal) error {
		_, err := s.RevocationList(s.t.Context(), by, "lab")
		return err
	}, []string{"root_certificate.sign_revocation_list of lab"}, func(s *stage) error {
		_, err := s.RevocationList(s.t.Context(), alice, "nobody")
		return err
	}},
	{"export a key", func(s *stage, by clm.Principal) error {
		_, err := s.ExportPrivateKey(s.t.Context(), by, "shop")
		return err
	}, []string{"certificate.export_private_key of shop"}, func(s *stage) error {
		_, err := s.ExportPrivateKey(s.t.Context(), alice, "nobody")
		return err
	}},
	{"delete a certificate", func(s *stage, by clm.Principal) error { return s.DeleteCertificate(s.t.Context(), by, "idle") },
		[]string{"certificate.delete of idle"}, func(s *stage) error { return s.DeleteCertificate(s.t.Context(), alice, "shop") }},
	{"delete a certificate and revoke it", func(s *stage, by clm.Principal) error { return s.DeleteCertificate(s.t.Context(), by, "careful") },
		[]string{"certificate.revoke of careful", "certificate.revoke of careful", "certificate.delete of careful"}, nil},
	{"create a connector and push", func(s *stage, by clm.Principal) error {
		out, err := s.CreateConnector(s.t.Context(), by, connectorInput("new", s.row("shop"), s.known("web-1")))
		if err == nil {
			err = out.Push.Err
		}
		return err
	}, []string{"connector.create of new", "connector.begin_push of new", "connector.complete_push of new"}, func(s *stage) error {
		_, err := s.CreateConnector(s.t.Context(), alice, connectorInput("shop", s.row("shop"), s.known("web-2")))
		return err
	}},
	{"move a connector", func(s *stage, by clm.Principal) error {
		moved := connectorInput("shop", s.row("shop"), s.known("web-1"))
		moved.FileSystem.Directory = "srv"
		_, err := s.UpdateConnector(s.t.Context(), by, "shop", moved)
		return err
	}, []string{"connector.update of shop", "connector.begin_push of shop", "connector.complete_push of shop", "connector.remove_leftover of shop"}, func(s *stage) error {
		_, err := s.UpdateConnector(s.t.Context(), alice, "shop", connectorInput("shop", s.row("shop"), s.known("web-2")))
		return err
	}},
	{"push", func(s *stage, by clm.Principal) error { return s.PushConnector(s.t.Context(), by, "shop").Err },
		[]string{"connector.begin_push of shop", "connector.complete_push of shop"}, func(s *stage) error { return s.PushConnector(s.t.Context(), alice, "nobody").Err }},
	{"delete a connector", func(s *stage, by clm.Principal) error { return s.DeleteConnector(s.t.Context(), by, "shop") },
		[]string{"connector.delete of shop"}, func(s *stage) error { return s.DeleteConnector(s.t.Context(), alice, "nobody") }},
}

// ready is a world in which each write can happen, and each go wrong.
func ready(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	lab := s.root("lab")
	s.root("spare")
	web := s.device("web-1")
	s.device("web-2")
	shop := s.certificate("shop", lab)
	s.certificate("idle", lab)
	careful := spec("careful", lab)
	careful.RevokeOnDestroy = true
	_, err := s.CreateCertificate(t.Context(), alice, "careful", careful)
	must(t, err)
	_, err = s.renew("careful", "2")
	must(t, err)
	s.certificate("resting", lab)
	_, err = s.RevokeCertificate(t.Context(), alice, "resting", clm.ReasonHold)
	must(t, err)
	s.connector("shop", shop, web)
	return s
}

func (s *stage) lab() clm.RootCertificate {
	r, err := s.Root(s.t.Context(), "lab")
	must(s.t, err)
	return r
}

func (s *stage) row(name string) clm.CertificateRow {
	r, err := s.Certificate(s.t.Context(), name)
	must(s.t, err)
	return r
}

func (s *stage) wish(name string) clm.CertificateSpec { return s.row(name).Certificate.Spec }

func (s *stage) known(device string) clm.Device {
	d, err := s.Device(s.t.Context(), device)
	must(s.t, err)
	return d
}

// Every write leaves exactly its rows, each with who did it, in which request and
// when, and what it did it to.
func TestEveryWriteIsAudited(t *testing.T) {
	t.Parallel()
	for _, w := range writes {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			s := ready(t)
			before := s.trail()
			by := clm.Principal{Name: "test:bob", RequestID: "request-7"}
			must(t, w.do(s, by))
			var got []string
			for _, e := range s.trail()[len(before):] {
				got = append(got, ref(e.Action, e.Subject))
				if e.Principal != by.Name || e.RequestID != by.RequestID || !e.At.Equal(s.now()) || !clm.IsID(e.SubjectID) {
					t.Errorf("row %d: %+v", e.Sequence, e)
				}
				if noun, _, _ := strings.Cut(e.Action, "."); noun != string(e.Noun) {
					t.Errorf("%s is about a %s", e.Action, e.Noun)
				}
			}
			if !cmp.Equal(got, w.rows) {
				t.Errorf("rows: %s", cmp.Diff(w.rows, got))
			}
			s.checkTrail()
		})
	}
}

// What is refused, and what the store loses, leaves no row.
func TestFailedWritesLeaveNoRow(t *testing.T) {
	t.Parallel()
	for _, w := range writes {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			s := ready(t)
			before := s.trail()
			if w.bad != nil {
				if w.bad(s) == nil {
					t.Error("nothing was refused")
				}
			}
			s.store.failNext(1, false, false)
			if err := w.do(s, alice); err == nil && !strings.Contains(w.name, "connector") {
				t.Error("the store lost nothing")
			}
			s.store.failNext(0, false, false)
			if after := s.trail(); !cmp.Equal(before, after) {
				t.Errorf("rows were left: %s", cmp.Diff(before, after))
			}
		})
	}
}

// Nobody changes anything: neither the estate nor a device.
func TestNobodyIsDenied(t *testing.T) {
	t.Parallel()
	for _, w := range writes {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			s := ready(t)
			before := s.trail()
			err := w.do(s, clm.Principal{IdempotencyKey: "k", RequestID: "r"})
			mustBe(t, err, clm.KindDenied, "", "nobody is asking: a change needs a principal")
			if after := s.trail(); !cmp.Equal(before, after) {
				t.Errorf("rows were left: %s", cmp.Diff(before, after))
			}
			if sync := s.sync("shop"); sync.Status != clm.InSync {
				t.Errorf("a device was touched: %+v", sync)
			}
		})
	}
}

// Reading leaves nothing behind: no row, no change of a device's folder.
func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	s := ready(t)
	before, files := s.trail(), s.files()
	_, _, err := s.SyncStatus(t.Context(), "shop")
	must(t, err)
	_, err = s.ObserveConnector(t.Context(), "shop")
	must(t, err)
	must(t, s.Ask(t.Context(), s.known("web-1")))
	wish := s.wish("shop")
	wish.RegenerationTrigger = "9"
	due, err := s.PreviewCertificate(t.Context(), "shop", "shop", wish)
	must(t, err)
	if due.Operation != clm.OperationRegenerate {
		t.Errorf("previewed %s", due.Operation)
	}
	if after := s.trail(); !cmp.Equal(before, after) || !cmp.Equal(files, s.files()) {
		t.Errorf("something changed: %s %s", cmp.Diff(before, after), cmp.Diff(files, s.files()))
	}
}

// No row says a secret: neither a key nor a password.
func TestAuditHoldsNoSecret(t *testing.T) {
	t.Parallel()
	s := ready(t)
	key, err := s.ExportPrivateKey(t.Context(), alice, "shop")
	must(t, err)
	written, err := os.ReadFile(s.path("web-1", "etc/shop/tls.key"))
	must(t, err)
	if string(written) != string(key) {
		t.Error("the exported key is not the one on the device")
	}
	body := strings.Split(string(key), "\n")[1]
	for _, e := range s.trail() {
		for name, value := range e.Details {
			if strings.Contains(value, "PRIVATE") || strings.Contains(value, body) {
				t.Errorf("row %d holds a key in %s", e.Sequence, name)
			}
		}
	}
}

// Revoking what is revoked changes nothing and leaves no second row.
func TestRevokedTwice(t *testing.T) {
	t.Parallel()
	s := ready(t)
	first, err := s.RevokeCertificate(t.Context(), alice, "shop", "key_compromise")
	must(t, err)
	rows := len(s.trail())
	second, err := s.RevokeCertificate(t.Context(), alice, "shop", "superseded")
	must(t, err)
	if !cmp.Equal(first, second) || len(s.trail()) != rows {
		t.Errorf("the second revocation changed something: %s", cmp.Diff(first, second))
	}
}

// A store may run a change again. Then the row is there once.
func TestTimeIsReadOncePerTransaction(t *testing.T) {
	t.Parallel()
	s := ready(t)
	row := s.certificate("timed", s.lab())
	c, v := row.Certificate, row.Current
	events := s.trail()
	last := events[len(events)-1]
	if !c.CreatedAt.Equal(c.UpdatedAt) || !c.CreatedAt.Equal(v.CreatedAt) || !c.CreatedAt.Equal(last.At) || !c.Untouched() {
		t.Errorf("one transaction at %v, %v, %v and %v", c.CreatedAt, c.UpdatedAt, v.CreatedAt, last.At)
	}
}
