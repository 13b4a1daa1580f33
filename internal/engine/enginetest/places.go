package enginetest

import (
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// exercisePlaces: nothing on a device belongs to two owners.
func exercisePlaces(t *testing.T, open Open) {
	story(t, open, "a file of a device belongs to one connector", filesAreClaimed)
	story(t, open, "files are free after a move and after a deletion", filesAreFreed)
	story(t, open, "a refused claim leaves the connector's files as they were", refusedClaim)
	story(t, open, "a folder is the root of one device", foldersAreClaimed)
}

// named checks that a refusal says who has it, and what.
func named(t *testing.T, refusal *clm.Error, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(refusal.Message, word) {
			t.Errorf("the error %q does not name %q", refusal.Message, word)
		}
	}
}

func filesAreClaimed(t *testing.T, e estate) {
	c := e.certificate("web", e.root("root"))
	north, south := e.device("north"), e.device("south")
	e.connector("first", c, north)

	second := newConnector("second", c, north)
	second.FileSystem = clm.FileSystem{Format: clm.FormatPEM, Directory: "etc", CertificateFile: "x", KeyFile: "tls.crt"}
	second.FileSystem.Directory = "etc/first"
	refusal := e.refused(clm.KindExists, func(tx engine.Tx) error { return tx.InsertConnector(&second) })
	named(t, refusal, `"first"`, `"etc/first/tls.crt"`, `"north"`)
	e.refused(clm.KindNotFound, func(tx engine.Tx) error {
		_, err := tx.Connector("second")
		return err
	})

	second.DeviceID = south.ID // another device, another file
	inserted(e, engine.Tx.InsertConnector, second)
}

func filesAreFreed(_ *testing.T, e estate) {
	c, d := e.certificate("web", e.root("root")), e.device("north")
	first := e.connector("first", c, d)
	claim := func(name string) clm.Connector {
		next := newConnector(name, c, d)
		next.FileSystem.Directory = "etc/first"
		return inserted(e, engine.Tx.InsertConnector, next)
	}
	first.FileSystem.Directory = "etc/elsewhere"
	e.write(func(tx engine.Tx) error { return tx.UpdateConnector(&first) })
	second := claim("second")
	e.write(func(tx engine.Tx) error { return tx.DeleteConnector(second) })
	claim("third")
}

func refusedClaim(t *testing.T, e estate) {
	c, d := e.certificate("web", e.root("root")), e.device("north")
	e.connector("first", c, d)
	second := e.connector("second", c, d)
	moved := second
	moved.FileSystem.Directory = "etc/first"
	refusal := e.refused(clm.KindExists, func(tx engine.Tx) error { return tx.UpdateConnector(&moved) })
	named(t, refusal, `"first"`, `"etc/first/tls.crt"`)
	connectors.found(e, "second", second)

	third := newConnector("third", c, d)
	third.FileSystem.Directory = "etc/second"
	e.refused(clm.KindExists, func(tx engine.Tx) error { return tx.InsertConnector(&third) })
	e.write(func(tx engine.Tx) error { return tx.UpdateConnector(&second) }) // its own files are no obstacle
}

func foldersAreClaimed(t *testing.T, e estate) {
	first := e.device("north")
	second := newDevice("south")
	second.Local.RootDirectory = "/srv/../srv/./north/"
	refusal := e.refused(clm.KindExists, func(tx engine.Tx) error { return tx.InsertDevice(&second) })
	named(t, refusal, `"north"`)
	mustEqual(t, "field", refusal.Field, "local.root_directory")

	other := e.device("west")
	moved := other
	moved.Local = &clm.Local{RootDirectory: "/srv/north"}
	e.refused(clm.KindExists, func(tx engine.Tx) error { return tx.UpdateDevice(&moved) })
	devices.found(e, "west", other)

	first.Local = &clm.Local{RootDirectory: "/srv/moved"}
	e.write(func(tx engine.Tx) error { return tx.UpdateDevice(&first) })
	inserted(e, engine.Tx.InsertDevice, second)
}
