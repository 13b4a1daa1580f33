package enginetest

import (
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// dawn is when everything in a story was made, with all its digits.
var dawn = time.Date(2026, 11, 22, 6, 30, 15, 123456789, time.UTC)

func newRoot(name string) clm.RootCertificate {
	return clm.RootCertificate{
		ID: clm.NewID(), Name: name, State: clm.RootActive,
		Active: clm.TrustAnchor{
			Certificate: []byte{0x30, 0x00, 0xff}, FingerprintSHA256: "aa" + name, SerialNumber: "01",
			NotBefore: dawn, NotAfter: dawn.AddDate(10, 0, 0), KeyAlgorithm: "ECDSA",
		},
		DeletionProtection: true,
		Source:             clm.RootSource{Kind: clm.SourcePEM},
		CreatedAt:          dawn, UpdatedAt: dawn,
	}
}

func newDevice(name string) clm.Device {
	return clm.Device{
		ID: clm.NewID(), Name: name, CertSync: clm.SyncManaged,
		Local:     &clm.Local{RootDirectory: "/srv/" + name},
		CreatedAt: dawn, UpdatedAt: dawn,
	}
}

func newCertificate(name, issuerID string) clm.Certificate {
	return clm.Certificate{
		ID: clm.NewID(), Name: name,
		Spec: clm.CertificateSpec{
			Identity: clm.Identity{
				IssuerID: issuerID,
				Subject:  clm.Subject{CommonName: name + ".example.com", Organization: []string{"Ünïcode & Söhne"}},
				Names:    clm.Names{DNS: []string{name + ".example.com"}},
				Key:      clm.KeySpec{Algorithm: "ECDSA", Curve: "P256"},
			},
			ValidityPeriodHours: 720, EarlyRenewalHours: 240,
		},
		CreatedAt: dawn, UpdatedAt: dawn,
	}
}

func newVersion(c clm.Certificate, number int64, keyID string) clm.Version {
	return clm.Version{
		CertificateID: c.ID, Number: number, State: clm.VersionIssued, Operation: clm.OperationEnrol,
		Identity: c.Spec.Identity, Certificate: []byte(c.Name), Chain: [][]byte{{0x30}},
		FingerprintSHA256: fmt.Sprintf("%s-%d", c.ID, number), SerialNumber: fmt.Sprintf("%s%d", c.ID[30:], number),
		NotBefore: dawn, NotAfter: dawn.Add(time.Duration(number) * time.Hour), KeyID: keyID, CreatedAt: dawn,
	}
}

func newConnector(name string, c clm.Certificate, d clm.Device) clm.Connector {
	return clm.Connector{
		ID: clm.NewID(), Name: name, CertificateID: c.ID, DeviceID: d.ID,
		FileSystem: clm.FileSystem{
			Format: clm.FormatPEM, Directory: "etc/" + name,
			CertificateFile: "tls.crt", KeyFile: "tls.key", ChainFile: "ca.crt", IntermediateAliases: []string{"issuer"},
		},
		PushSettings: &clm.PushSettings{Automatic: true, PostScript: &clm.Script{Inline: "true", Timeout: time.Second}, Comments: "CHG-1"},
		Verify:       &clm.Verification{Addresses: []string{"127.0.0.1:443"}, Protocol: "tls"},
		State:        clm.NeverPushed, CreatedAt: dawn, UpdatedAt: dawn,
	}
}

func newProfile(name string, trusted ...clm.RootCertificate) clm.CommunicationProfile {
	p := clm.CommunicationProfile{
		ID: clm.NewID(), Name: name, ServerURLs: []string{"https://clm.example.com:8443"}, Additional: [][]byte{{0x30, 0x00}},
		CheckInInterval: time.Hour, TrustStore: clm.TrustStore{Directory: "etc/trust", BundleFile: "ca.pem"},
		Epoch: 1, BundleDigest: "first", CreatedAt: dawn, UpdatedAt: dawn,
	}
	for _, root := range trusted {
		p.RootIDs = append(p.RootIDs, root.ID)
	}
	return p
}

func newGateway(name string, p clm.CommunicationProfile) clm.InternetGateway {
	return clm.InternetGateway{
		ID: clm.NewID(), Name: name, ProfileID: p.ID, RefreshEpoch: 3,
		RefreshedAt: dawn, RefreshedBy: "local:alice", CreatedAt: dawn, UpdatedAt: dawn,
	}
}

func newCredential(name string, secret clm.PrivateKey) clm.Credential {
	return clm.Credential{
		ID: clm.NewID(), Name: name, SecretID: secret.ID, CreatedAt: dawn, UpdatedAt: dawn,
		SSH: &clm.SSHAccount{Username: "deploy", PublicKey: "ssh-ed25519 AAAA", HasPassword: true, Agent: true},
	}
}

func newPolicy(name string) clm.ApprovalPolicy {
	return clm.ApprovalPolicy{ID: clm.NewID(), Name: name, Levels: 2, ExpiresAfter: time.Hour, CreatedAt: dawn, UpdatedAt: dawn}
}

func newAccessToken(name string) clm.AccessToken {
	return clm.AccessToken{
		ID: clm.NewID(), Name: name, Role: clm.RoleOperator, Hash: "hash of " + name, RevokedAt: &dawn, UsedOn: dawn,
		CreatedAt: dawn, UpdatedAt: dawn, ExpiresAt: dawn.Add(time.Hour),
	}
}

func newWorkOrder(c clm.Connector) clm.WorkOrder {
	hour := dawn.Add(time.Hour)
	return clm.WorkOrder{
		ID: clm.NewID(), RequestID: "r", ConnectorID: c.ID, CertificateID: c.CertificateID, Version: 1, Digest: "d", State: clm.PendingApproval,
		Requester: "local:alice", Levels: 2, Approvals: []clm.Approval{{Level: 1, Principal: "local:bob", Comments: "fine", At: dawn}},
		ScheduledAt: &hour, ExpiresAt: dawn.Add(2 * time.Hour), CreatedAt: dawn, UpdatedAt: dawn,
	}
}

func newReceipt(d clm.Device, p clm.CommunicationProfile, digest string, seen time.Time) clm.Receipt {
	r := clm.Receipt{DeviceID: d.ID, ProfileID: p.ID, Digest: digest, ReceivedAt: seen, LastSeen: seen, Place: p.TrustStore}
	r.Follow(d)
	return r
}

func newKey() clm.PrivateKey {
	return clm.PrivateKey{ID: clm.NewID(), Sealed: []byte{0, 1, 0xfe, 0xff}, PublicKey: "abcd", CreatedAt: dawn}
}

// inserted adds something and returns it as it is stored.
func inserted[T any](e estate, insert func(engine.Tx, *T) error, thing T) T {
	e.t.Helper()
	e.write(func(tx engine.Tx) error { return insert(tx, &thing) })
	return thing
}

func (e estate) root(name string) clm.RootCertificate {
	e.t.Helper()
	return inserted(e, engine.Tx.InsertRoot, newRoot(name))
}

func (e estate) device(name string) clm.Device {
	e.t.Helper()
	return inserted(e, engine.Tx.InsertDevice, newDevice(name))
}

func (e estate) certificate(name string, issuer clm.RootCertificate) clm.Certificate {
	e.t.Helper()
	return inserted(e, engine.Tx.InsertCertificate, newCertificate(name, issuer.ID))
}

func (e estate) connector(name string, c clm.Certificate, d clm.Device) clm.Connector {
	e.t.Helper()
	return inserted(e, engine.Tx.InsertConnector, newConnector(name, c, d))
}

func (e estate) profile(name string, trusted ...clm.RootCertificate) clm.CommunicationProfile {
	e.t.Helper()
	return inserted(e, engine.Tx.InsertProfile, newProfile(name, trusted...))
}

// member adds a device with a profile.
func (e estate) member(name string, p clm.CommunicationProfile) clm.Device {
	e.t.Helper()
	d := newDevice(name)
	d.ProfileID = p.ID
	return inserted(e, engine.Tx.InsertDevice, d)
}

// states puts what a device states.
func (e estate) states(r clm.Receipt) clm.Receipt {
	e.t.Helper()
	e.write(func(tx engine.Tx) error { return tx.PutReceipt(r) })
	return r
}

func (e estate) key() clm.PrivateKey {
	e.t.Helper()
	key := newKey()
	e.write(func(tx engine.Tx) error { return tx.InsertKey(key) })
	return key
}

// issued adds the next version of a lineage, with a key of its own, and makes
// it current.
func (e estate) issued(c *clm.Certificate) clm.Version {
	e.t.Helper()
	v := newVersion(*c, c.Current+1, e.key().ID)
	e.write(func(tx engine.Tx) error {
		c.Current = v.Number
		if err := tx.UpdateCertificate(c); err != nil {
			return err
		}
		return tx.InsertVersion(&v)
	})
	return v
}
