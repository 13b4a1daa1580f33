package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// then is when everything in the script happens.
var then = time.Date(2026, 11, 22, 6, 30, 15, 123456789, time.UTC)

func id(n int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", n) }

// script is a life of an estate in transactions. It is the same every time, so
// that the estate after each step is known.
var script = []func(tx *store.Tx) error{
	func(tx *store.Tx) error {
		key := clm.PrivateKey{ID: id(1), Sealed: []byte("sealed root key"), CreatedAt: then}
		root := clm.RootCertificate{ID: id(2), Name: "root", State: clm.RootActive, Active: clm.TrustAnchor{KeyID: key.ID}, CreatedAt: then}
		return errors.Join(tx.InsertKey(key), tx.InsertRoot(&root))
	},
	func(tx *store.Tx) error {
		return tx.InsertDevice(&clm.Device{ID: id(3), Name: "north", Local: &clm.Local{RootDirectory: "/srv/north"}, CreatedAt: then})
	},
	func(tx *store.Tx) error {
		c := clm.Certificate{ID: id(4), Name: "web", Spec: clm.CertificateSpec{Identity: clm.Identity{IssuerID: id(2)}}, CreatedAt: then}
		return errors.Join(tx.InsertCertificate(&c), issue(tx, "web"))
	},
	func(tx *store.Tx) error {
		place := clm.FileSystem{Format: clm.FormatPEM, Directory: "etc", CertificateFile: "tls.crt", KeyFile: "tls.key"}
		return tx.InsertConnector(&clm.Connector{ID: id(5), Name: "web-north", CertificateID: id(4), DeviceID: id(3), FileSystem: place, CreatedAt: then})
	},
	func(tx *store.Tx) error { return issue(tx, "web") },
	func(tx *store.Tx) error {
		c, err := tx.Connector("web-north")
		c.FileSystem.Directory = "etc/tls"
		return errors.Join(err, tx.UpdateConnector(&c))
	},
	func(tx *store.Tx) error {
		row, err := tx.Certificate("web")
		if err != nil {
			return err
		}
		return errors.Join(row.Current.Revoke("web", "key_compromise", then), tx.UpdateVersion(row.Current))
	},
	func(tx *store.Tx) error {
		connector, err := tx.Connector("web-north")
		row, err2 := tx.Certificate("web")
		return errors.Join(err, err2, tx.DeleteConnector(connector), tx.DeleteCertificate(row.Certificate))
	},
	func(tx *store.Tx) error {
		profile := clm.CommunicationProfile{ID: id(6), Name: "fleet", RootIDs: []string{id(2)}, Epoch: 1, CreatedAt: then}
		gateway := clm.InternetGateway{ID: id(7), Name: "gate", ProfileID: id(6), CreatedAt: then}
		bundle := clm.Bundle{ProfileID: id(6), Epoch: 1, Digest: "first", CreatedAt: then}
		return errors.Join(tx.InsertProfile(&profile), tx.InsertBundle(bundle), tx.InsertGateway(&gateway))
	},
	func(tx *store.Tx) error {
		d, err := tx.Device("north")
		d.ProfileID = id(6)
		return errors.Join(err, tx.UpdateDevice(&d), tx.PutReceipt(clm.Receipt{DeviceID: d.ID, DeviceName: d.Name, ProfileID: d.ProfileID}))
	},
	func(tx *store.Tx) error {
		key := clm.PrivateKey{ID: id(8), Sealed: []byte("sealed key"), CreatedAt: then}
		root, err := tx.Root("root")
		root.Replacement = &clm.Replacement{Target: clm.TrustAnchor{KeyID: key.ID}, StartedAt: then}
		return errors.Join(err, tx.InsertKey(key), tx.UpdateRoot(&root))
	},
	func(tx *store.Tx) error {
		r, err := tx.Receipt(id(3))
		r.Attest("first", "", then)
		return errors.Join(err, tx.PutReceipt(r))
	},
	func(tx *store.Tx) error {
		d, err := tx.Device("north")
		d.Name, d.Critical = "far north", true
		return errors.Join(err, tx.UpdateDevice(&d))
	},
	func(tx *store.Tx) error {
		d, err := tx.Device("far north")
		gateway, err2 := tx.Gateway("gate")
		profile, err3 := tx.Profile("fleet")
		return errors.Join(err, err2, err3, tx.DeleteDevice(d), tx.DeleteGateway(gateway), tx.DeleteProfile(profile))
	},
}

// issue adds the next version of a lineage with a new key.
func issue(tx *store.Tx, name string) error {
	row, err := tx.Certificate(name)
	if err != nil {
		return err
	}
	c := row.Certificate
	c.Current++
	key := clm.PrivateKey{ID: id(100 + int(c.Current)), Sealed: []byte("sealed key"), CreatedAt: then}
	v := clm.Version{
		CertificateID: c.ID, Number: c.Current, State: clm.VersionIssued, Identity: c.Spec.Identity, KeyID: key.ID,
		FingerprintSHA256: fmt.Sprint(c.Current), SerialNumber: fmt.Sprint(c.Current), NotAfter: then.Add(time.Hour), CreatedAt: then,
	}
	return errors.Join(tx.InsertKey(key), tx.UpdateCertificate(&c), tx.InsertVersion(&v))
}

// play does what is left of the script.
func play(db *store.DB) error { return playFirst(db, len(script)) }

// playFirst does what is left of the first n steps: each records itself.
func playFirst(db *store.DB, n int) error {
	for {
		done := false
		err := db.Update(context.Background(), func(tx *store.Tx) error {
			step, err := steps(tx)
			if done = step >= n; err != nil || done {
				return err
			}
			event := clm.AuditEvent{At: then, Principal: "local:test", Action: "script.step", SubjectID: fmt.Sprint(step)}
			return errors.Join(script[step](tx), tx.PutSetting("step", strconv.Itoa(step+1)), tx.AppendAudit(&event))
		})
		if err != nil || done {
			return err
		}
	}
}

// steps is how many steps were done.
func steps(tx *store.Tx) (int, error) {
	text, err := tx.Setting("step")
	if err != nil || text == "" {
		return 0, err
	}
	return strconv.Atoi(text)
}

// state is all the estate holds, as text, and the step it is at.
func state(db *store.DB) (step int, text string, err error) {
	err = db.View(context.Background(), func(tx *store.Tx) error {
		var errs [12]error
		var all struct {
			Roots        []clm.RootCertificate
			Devices      []clm.Device
			Certificates []clm.CertificateRow
			Versions     []clm.Version
			Connectors   []clm.Connector
			Keys         []clm.PrivateKey
			Profiles     []clm.CommunicationProfile
			Bundles      []clm.Bundle
			Gateways     []clm.InternetGateway
			Receipts     []clm.Receipt
			Tallies      []clm.ReceiptTally
			Audit        []clm.AuditEvent
		}
		step, errs[0] = steps(tx)
		all.Roots, errs[1] = tx.Roots(clm.Page{})
		all.Devices, errs[2] = tx.Devices(clm.Page{})
		all.Certificates, errs[3] = tx.Certificates(clm.CertificateFilter{}, clm.Page{})
		all.Versions, errs[4] = tx.Versions(id(4))
		all.Connectors, errs[5] = tx.Connectors(clm.ConnectorFilter{}, clm.Page{})
		all.Keys, errs[6] = tx.Keys(clm.Page{})
		all.Profiles, errs[7] = tx.Profiles(clm.Page{})
		all.Bundles, errs[8] = tx.Bundles(id(6))
		all.Gateways, errs[9] = tx.Gateways(clm.Page{})
		all.Receipts, errs[10] = tx.Receipts(clm.ReceiptFilter{}, clm.Page{})
		all.Tallies, errs[11] = tx.Tallies(id(6))
		if err := errors.Join(errs[:]...); err != nil {
			return err
		}
		all.Audit, err = tx.Audit(0, 0)
		if err != nil {
			return err
		}
		document, err := json.MarshalIndent(all, "", " ")
		text = string(document)
		return errors.Join(err, clm.CheckAuditChain(all.Audit))
	})
	return step, text, err
}
