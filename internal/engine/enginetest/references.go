package enginetest

import (
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// exerciseReferences: nothing points at what is not there.
func exerciseReferences(t *testing.T, open Open) {
	story(t, open, "a root with certificates stays", rootStays)
	story(t, open, "a device and a certificate with connectors stay", placesStay)
	story(t, open, "what is referred to must be there", danglingIsRefused)
	story(t, open, "a key in use stays", keyStays)
	story(t, open, "the key of a certificate that is to follow stays", replacementKeyStays)
}

func rootStays(t *testing.T, e estate) {
	root := e.root("root")
	web, mail := e.certificate("web", root), e.certificate("mail", root)
	named(t, e.refused(clm.KindRefused, func(tx engine.Tx) error { return tx.DeleteRoot(root) }), `"root"`, "2 certificates")
	e.write(func(tx engine.Tx) error { return tx.DeleteCertificate(web) })
	named(t, e.refused(clm.KindRefused, func(tx engine.Tx) error { return tx.DeleteRoot(root) }), "1 certificate ")
	e.write(func(tx engine.Tx) error { return tx.DeleteCertificate(mail) })
	e.write(func(tx engine.Tx) error { return tx.DeleteRoot(root) })
}

func placesStay(t *testing.T, e estate) {
	c, d := e.certificate("web", e.root("root")), e.device("north")
	v := e.issued(&c)
	first, second := e.connector("first", c, d), e.connector("second", c, d)
	named(t, e.refused(clm.KindRefused, func(tx engine.Tx) error { return tx.DeleteDevice(d) }), `"north"`, "2 connectors")
	named(t, e.refused(clm.KindRefused, func(tx engine.Tx) error { return tx.DeleteCertificate(c) }), `"web"`, "2 connectors")
	e.versions(c, v)
	e.write(func(tx engine.Tx) error { return tx.DeleteConnector(first) })
	e.write(func(tx engine.Tx) error { return tx.DeleteConnector(second) })
	e.write(func(tx engine.Tx) error { return tx.DeleteCertificate(c) })
	e.write(func(tx engine.Tx) error { return tx.DeleteDevice(d) })
}

func danglingIsRefused(t *testing.T, e estate) {
	root, nowhere := e.root("root"), clm.NewID()
	c, d := e.certificate("web", root), e.device("north")
	orphan := newCertificate("orphan", nowhere)
	refusal := e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.InsertCertificate(&orphan) })
	mustEqual(t, "field", refusal.Field, "issuer_id")

	moved := c
	moved.Spec.IssuerID = nowhere
	e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.UpdateCertificate(&moved) })

	stray := newConnector("stray", clm.Certificate{ID: nowhere}, d)
	refusal = e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.InsertConnector(&stray) })
	mustEqual(t, "field", refusal.Field, "certificate_id")
	stray = newConnector("stray", c, clm.Device{ID: nowhere})
	refusal = e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.InsertConnector(&stray) })
	mustEqual(t, "field", refusal.Field, "device_id")

	v := newVersion(clm.Certificate{ID: nowhere}, 1, "")
	e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.InsertVersion(&v) })
	v = newVersion(c, 1, nowhere)
	e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.InsertVersion(&v) })
}

func keyStays(_ *testing.T, e estate) {
	key := e.key()
	root := newRoot("root")
	root.Active.KeyID = key.ID
	root = inserted(e, engine.Tx.InsertRoot, root)
	c := e.certificate("web", e.root("issuer"))
	v := e.issued(&c)
	e.refused(clm.KindRefused, func(tx engine.Tx) error { return tx.DeleteKey(key.ID) })
	e.refused(clm.KindRefused, func(tx engine.Tx) error { return tx.DeleteKey(v.KeyID) })
	e.write(func(tx engine.Tx) error {
		if err := tx.DeleteRoot(root); err != nil {
			return err
		}
		return tx.DeleteKey(key.ID)
	})
}

// replacementKeyStays: also when a lineage that used it is deleted.
func replacementKeyStays(t *testing.T, e estate) {
	c := e.certificate("web", e.root("issuer"))
	v := e.issued(&c)
	root := newRoot("root")
	root.Replacement = &clm.Replacement{ID: clm.NewID(), Target: clm.TrustAnchor{KeyID: v.KeyID}, StartedAt: dawn}
	root = inserted(e, engine.Tx.InsertRoot, root)
	e.write(func(tx engine.Tx) error { return tx.DeleteCertificate(c) })
	e.refused(clm.KindRefused, func(tx engine.Tx) error { return tx.DeleteKey(v.KeyID) })

	roots.found(e, "root", root)
	dangling := root
	dangling.Replacement = &clm.Replacement{Target: clm.TrustAnchor{KeyID: clm.NewID()}}
	refusal := e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.UpdateRoot(&dangling) })
	named(t, refusal, dangling.Replacement.Target.KeyID)

	root.Replacement = nil
	e.write(func(tx engine.Tx) error { return tx.UpdateRoot(&root) })
	e.write(func(tx engine.Tx) error { return tx.DeleteKey(v.KeyID) })
}
