package enginetest

import (
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func exerciseLists(t *testing.T, open Open) {
	story(t, open, "certificates are filtered", certificatesAreFiltered)
	story(t, open, "connectors are filtered", connectorsAreFiltered)
	story(t, open, "certificates of a root are counted", certificatesAreCounted)
}

func certificatesAreFiltered(t *testing.T, e estate) {
	one, two := e.root("one"), e.root("two")
	web, mail, Web, newWeb := e.certificate("web", one), e.certificate("mail", two), e.certificate("WEB", one), e.certificate("new_web", one)
	e.issued(&web) // expires after an hour
	e.issued(&Web)
	e.issued(&Web) // after two
	revoked := e.issued(&mail)
	if err := revoked.Revoke("mail", "", dawn); err != nil {
		t.Fatal(err)
	}
	e.write(func(tx engine.Tx) error { return tx.UpdateVersion(&revoked) })

	for name, c := range map[string]struct {
		filter clm.CertificateFilter
		want   []string
	}{
		"nothing":          {clm.CertificateFilter{}, []string{"WEB", "mail", "new_web", "web"}},
		"issuer":           {clm.CertificateFilter{IssuerID: one.ID}, []string{"WEB", "new_web", "web"}},
		"common name":      {clm.CertificateFilter{CommonName: newWeb.Spec.Subject.CommonName}, []string{"new_web"}},
		"part of a name":   {clm.CertificateFilter{NameContains: "web"}, []string{"new_web", "web"}},
		"a wildcard":       {clm.CertificateFilter{NameContains: "_"}, []string{"new_web"}},
		"another wildcard": {clm.CertificateFilter{NameContains: "%"}, nil},
		"a quote":          {clm.CertificateFilter{NameContains: "'"}, nil},
		"expiry":           {clm.CertificateFilter{ExpiresBefore: dawn.Add(time.Hour + time.Second)}, []string{"mail", "web"}},
		"expiry, exactly":  {clm.CertificateFilter{ExpiresBefore: dawn.Add(time.Hour)}, nil},
		"state":            {clm.CertificateFilter{State: clm.VersionRevoked}, []string{"mail"}},
		"another state":    {clm.CertificateFilter{State: clm.VersionIssued}, []string{"WEB", "web"}},
		"all at once": {clm.CertificateFilter{
			IssuerID: one.ID, CommonName: web.Spec.Subject.CommonName, NameContains: "e",
			ExpiresBefore: dawn.Add(24 * time.Hour), State: clm.VersionIssued,
		}, []string{"web"}},
	} {
		mustEqual(t, name, e.certificateNames(c.filter, clm.Page{}), c.want)
		e.read(func(tx engine.Tx) error {
			n, err := tx.CountFiltered(c.filter)
			mustEqual(t, "the number of "+name, n, int64(len(c.want)))
			return err
		})
	}
	mustEqual(t, "a page of a filtered list",
		e.certificateNames(clm.CertificateFilter{IssuerID: one.ID}, clm.Page{After: "WEB", Limit: 1}), []string{"new_web"})
}

func (e estate) certificateNames(filter clm.CertificateFilter, page clm.Page) (names []string) {
	e.t.Helper()
	e.read(func(tx engine.Tx) error {
		rows, err := tx.Certificates(filter, page)
		for _, row := range rows {
			names = append(names, row.Certificate.Name)
			if (row.Current != nil) != (row.Certificate.Current > 0) {
				e.t.Errorf("%q is listed without its current version", row.Certificate.Name)
			}
		}
		return err
	})
	return names
}

func connectorsAreFiltered(t *testing.T, e estate) {
	root := e.root("root")
	web, mail := e.certificate("web", root), e.certificate("mail", root)
	north, south := e.device("north"), e.device("south")
	e.connector("web-north", web, north)
	e.connector("web-south", web, south)
	e.connector("mail-north", mail, north)

	for name, c := range map[string]struct {
		filter clm.ConnectorFilter
		want   []string
	}{
		"nothing":     {clm.ConnectorFilter{}, []string{"mail-north", "web-north", "web-south"}},
		"certificate": {clm.ConnectorFilter{CertificateID: web.ID}, []string{"web-north", "web-south"}},
		"device":      {clm.ConnectorFilter{DeviceID: north.ID}, []string{"mail-north", "web-north"}},
		"both":        {clm.ConnectorFilter{CertificateID: web.ID, DeviceID: south.ID}, []string{"web-south"}},
		"neither":     {clm.ConnectorFilter{CertificateID: mail.ID, DeviceID: south.ID}, nil},
	} {
		var names []string
		e.read(func(tx engine.Tx) error {
			all, err := tx.Connectors(c.filter, clm.Page{})
			for _, connector := range all {
				names = append(names, connector.Name)
			}
			return err
		})
		mustEqual(t, name, names, c.want)
	}
}

func certificatesAreCounted(t *testing.T, e estate) {
	one, two := e.root("one"), e.root("two")
	e.certificate("web", one)
	e.certificate("mail", one)
	for root, want := range map[string]int{one.ID: 2, two.ID: 0, "none": 0} {
		e.read(func(tx engine.Tx) error {
			n, err := tx.CountCertificates(root)
			mustEqual(t, "certificates of "+root, n, want)
			return err
		})
	}
}
