package enginetest

import (
	"fmt"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// noun is what every named entity can do.
type noun[T any] struct {
	make   func(e estate, name string) T // not inserted yet, but all it refers to is
	header func(*T) (id string, name *string, revision *int64)
	get    func(tx engine.Tx, ref string) (T, error)
	list   func(tx engine.Tx, page clm.Page) ([]T, error)
	insert func(engine.Tx, *T) error
	update func(engine.Tx, *T) error
	remove func(engine.Tx, T) error
}

var roots = noun[clm.RootCertificate]{
	make:   func(_ estate, name string) clm.RootCertificate { return newRoot(name) },
	header: func(r *clm.RootCertificate) (string, *string, *int64) { return r.ID, &r.Name, &r.Revision },
	get:    engine.Tx.Root, list: engine.Tx.Roots,
	insert: engine.Tx.InsertRoot, update: engine.Tx.UpdateRoot, remove: engine.Tx.DeleteRoot,
}

var devices = noun[clm.Device]{
	make:   func(_ estate, name string) clm.Device { return newDevice(name) },
	header: func(d *clm.Device) (string, *string, *int64) { return d.ID, &d.Name, &d.Revision },
	get:    engine.Tx.Device, list: engine.Tx.Devices,
	insert: engine.Tx.InsertDevice, update: engine.Tx.UpdateDevice, remove: engine.Tx.DeleteDevice,
}

var certificates = noun[clm.Certificate]{
	make: func(e estate, name string) clm.Certificate {
		return newCertificate(name, e.root("issuer of "+name).ID)
	},
	header: func(c *clm.Certificate) (string, *string, *int64) { return c.ID, &c.Name, &c.Revision },
	get: func(tx engine.Tx, ref string) (clm.Certificate, error) {
		row, err := tx.Certificate(ref)
		return row.Certificate, err
	},
	list: func(tx engine.Tx, page clm.Page) (all []clm.Certificate, err error) {
		rows, err := tx.Certificates(clm.CertificateFilter{}, page)
		for _, row := range rows {
			all = append(all, row.Certificate)
		}
		return all, err
	},
	insert: engine.Tx.InsertCertificate, update: engine.Tx.UpdateCertificate, remove: engine.Tx.DeleteCertificate,
}

var connectors = noun[clm.Connector]{
	make: func(e estate, name string) clm.Connector {
		c := e.certificate("certificate of "+name, e.root("root of "+name))
		return newConnector(name, c, e.device("device of "+name))
	},
	header: func(c *clm.Connector) (string, *string, *int64) { return c.ID, &c.Name, &c.Revision },
	get:    engine.Tx.Connector,
	list: func(tx engine.Tx, page clm.Page) ([]clm.Connector, error) {
		return tx.Connectors(clm.ConnectorFilter{}, page)
	},
	insert: engine.Tx.InsertConnector, update: engine.Tx.UpdateConnector, remove: engine.Tx.DeleteConnector,
}

var profiles = noun[clm.CommunicationProfile]{
	make: func(e estate, name string) clm.CommunicationProfile {
		return newProfile(name, e.root("root of "+name))
	},
	header: func(p *clm.CommunicationProfile) (string, *string, *int64) { return p.ID, &p.Name, &p.Revision },
	get:    engine.Tx.Profile, list: engine.Tx.Profiles,
	insert: engine.Tx.InsertProfile, update: engine.Tx.UpdateProfile, remove: engine.Tx.DeleteProfile,
}

var credentials = noun[clm.Credential]{
	make:   func(e estate, name string) clm.Credential { return newCredential(name, e.key()) },
	header: func(c *clm.Credential) (string, *string, *int64) { return c.ID, &c.Name, &c.Revision },
	get:    engine.Tx.Credential, list: engine.Tx.Credentials,
	insert: engine.Tx.InsertCredential, update: engine.Tx.UpdateCredential, remove: engine.Tx.DeleteCredential,
}

var policies = noun[clm.ApprovalPolicy]{
	make:   func(_ estate, name string) clm.ApprovalPolicy { return newPolicy(name) },
	header: func(p *clm.ApprovalPolicy) (string, *string, *int64) { return p.ID, &p.Name, &p.Revision },
	get:    engine.Tx.ApprovalPolicy, list: engine.Tx.ApprovalPolicies,
	insert: engine.Tx.InsertApprovalPolicy, update: engine.Tx.UpdateApprovalPolicy, remove: engine.Tx.DeleteApprovalPolicy,
}

var gateways = noun[clm.InternetGateway]{
	make: func(e estate, name string) clm.InternetGateway {
		return newGateway(name, e.profile("profile of "+name))
	},
	header: func(g *clm.InternetGateway) (string, *string, *int64) { return g.ID, &g.Name, &g.Revision },
	get:    engine.Tx.Gateway, list: engine.Tx.Gateways,
	insert: engine.Tx.InsertGateway, update: engine.Tx.UpdateGateway, remove: engine.Tx.DeleteGateway,
}

func (n noun[T]) exercise(t *testing.T, open Open) {
	story(t, open, "what is inserted is found by id and by name", n.isFound)
	story(t, open, "what is not there is not found", n.isNotFound)
	story(t, open, "a name is taken once", n.nameIsTaken)
	story(t, open, "a name is free again after a rename and a deletion", n.nameIsFreed)
	story(t, open, "an update raises the revision", n.isUpdated)
	story(t, open, "a stale update or deletion changes nothing", n.staleLoses)
	story(t, open, "what was deleted is gone", n.isDeleted)
	story(t, open, "pages follow the order of names", n.pages)
}

func (n noun[T]) new(e estate, name string) T {
	e.t.Helper()
	return inserted(e, n.insert, n.make(e, name))
}

// found checks that ref leads to exactly want.
func (n noun[T]) found(e estate, ref string, want T) {
	e.t.Helper()
	e.read(func(tx engine.Tx) error {
		got, err := n.get(tx, ref)
		mustEqual(e.t, ref, got, want)
		return err
	})
}

func (n noun[T]) isFound(t *testing.T, e estate) {
	thing := n.new(e, "alpha")
	n.new(e, "beta")
	id, name, revision := n.header(&thing)
	mustEqual(t, "revision", *revision, 1)
	n.found(e, id, thing)
	n.found(e, *name, thing)
}

func (n noun[T]) isNotFound(_ *testing.T, e estate) {
	absent := n.make(e, "alpha")
	id, _, revision := n.header(&absent)
	*revision = 1
	for _, ref := range []string{"alpha", id, ""} {
		e.refused(clm.KindNotFound, func(tx engine.Tx) error {
			_, err := n.get(tx, ref)
			return err
		})
	}
	e.refused(clm.KindNotFound, func(tx engine.Tx) error { return n.update(tx, &absent) })
	e.refused(clm.KindNotFound, func(tx engine.Tx) error { return n.remove(tx, absent) })
}

func (n noun[T]) nameIsTaken(t *testing.T, e estate) {
	first, second, other := n.new(e, "alpha"), n.make(e, "x"), n.new(e, "beta")
	_, name, _ := n.header(&second)
	*name = "alpha"
	refusal := e.refused(clm.KindExists, func(tx engine.Tx) error { return n.insert(tx, &second) })
	mustEqual(t, "field", refusal.Field, "name")

	renamed := other
	_, name, _ = n.header(&renamed)
	*name = "alpha"
	e.refused(clm.KindExists, func(tx engine.Tx) error { return n.update(tx, &renamed) })
	n.found(e, "alpha", first)
	n.found(e, "beta", other)
}

func (n noun[T]) nameIsFreed(_ *testing.T, e estate) {
	thing := n.new(e, "alpha")
	_, name, _ := n.header(&thing)
	*name = "beta"
	e.write(func(tx engine.Tx) error { return n.update(tx, &thing) })
	n.found(e, "beta", thing)
	e.write(func(tx engine.Tx) error { return n.remove(tx, thing) })

	again := n.make(e, "other")
	_, name, _ = n.header(&again)
	*name = "beta"
	again = inserted(e, n.insert, again)
	n.found(e, "beta", again)
}

func (n noun[T]) isUpdated(t *testing.T, e estate) {
	thing := n.new(e, "alpha")
	id, name, revision := n.header(&thing)
	*name = "omega"
	for want := int64(2); want < 5; want++ {
		e.write(func(tx engine.Tx) error { return n.update(tx, &thing) })
		mustEqual(t, "revision", *revision, want)
		n.found(e, id, thing)
	}
}

func (n noun[T]) staleLoses(t *testing.T, e estate) {
	thing := n.new(e, "alpha")
	id, _, _ := n.header(&thing)
	stale := thing
	e.write(func(tx engine.Tx) error { return n.update(tx, &thing) })

	_, name, revision := n.header(&stale)
	*name = "omega"
	e.refused(clm.KindConflict, func(tx engine.Tx) error { return n.update(tx, &stale) })
	mustEqual(t, "revision of the loser", *revision, 1)
	e.refused(clm.KindConflict, func(tx engine.Tx) error { return n.remove(tx, stale) })
	n.found(e, id, thing)
}

func (n noun[T]) isDeleted(_ *testing.T, e estate) {
	thing, kept := n.new(e, "alpha"), n.new(e, "beta")
	id, _, _ := n.header(&thing)
	e.write(func(tx engine.Tx) error { return n.remove(tx, thing) })
	for _, ref := range []string{id, "alpha"} {
		e.refused(clm.KindNotFound, func(tx engine.Tx) error {
			_, err := n.get(tx, ref)
			return err
		})
	}
	n.found(e, "beta", kept)
}

// pages: the order is that of bytes, the same in every database and language.
func (n noun[T]) pages(t *testing.T, e estate) {
	want := []string{"1", "10", "2", "A", "B", "_x", "a", "a b", "a-b", "b"}
	for _, i := range []int{4, 0, 9, 2, 7, 1, 3, 8, 6, 5} {
		n.new(e, want[i])
	}
	for _, size := range []int{0, 1, 3, 10, 11} {
		mustEqual(t, fmt.Sprintf("pages of %d", size), n.names(e, size), want)
	}
}

func (n noun[T]) names(e estate, size int) (names []string) {
	e.t.Helper()
	for page := (clm.Page{Limit: size}); ; page.After = names[len(names)-1] {
		var things []T
		e.read(func(tx engine.Tx) (err error) {
			things, err = n.list(tx, page)
			return err
		})
		for _, thing := range things {
			_, name, _ := n.header(&thing)
			names = append(names, *name)
		}
		if size == 0 || len(things) < size {
			return names
		}
	}
}
