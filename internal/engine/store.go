package engine

import (
	"context"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Store keeps the estate. enginetest.Exercise is its contract as a test.
type Store interface {
	// View runs fn on one consistent snapshot. Nothing in it may write.
	View(ctx context.Context, fn func(Tx) error) error

	// Update runs fn in a transaction that is serializable and, once Update
	// returns nil, durable. An error from fn undoes all of it and is returned as
	// it is. fn must be quick and free of outside effects: it may be run again,
	// and other writers wait for it.
	Update(ctx context.Context, fn func(Tx) error) error

	Close() error
}

// Tx is a transaction. A reference ("ref") is an id or a name. Reading what is
// not there is clm.KindNotFound; inserting a taken name or file is
// clm.KindExists. Updates and deletes compare the entity's Revision with the
// stored one: clm.KindConflict when they differ. Insert sets Revision to 1,
// update raises it, in the entity passed. A Tx is not safe for concurrent use.
type Tx interface {
	Root(ref string) (clm.RootCertificate, error)
	Roots(page clm.Page) ([]clm.RootCertificate, error)
	InsertRoot(*clm.RootCertificate) error
	UpdateRoot(*clm.RootCertificate) error
	DeleteRoot(clm.RootCertificate) error

	Device(ref string) (clm.Device, error)
	Devices(page clm.Page) ([]clm.Device, error)
	// DevicesOf lists the devices with that communication profile.
	DevicesOf(profileID string, page clm.Page) ([]clm.Device, error)
	CountDevices(profileID string) (int, error)
	InsertDevice(*clm.Device) error
	UpdateDevice(*clm.Device) error
	DeleteDevice(clm.Device) error

	Credential(ref string) (clm.Credential, error)
	Credentials(page clm.Page) ([]clm.Credential, error)
	InsertCredential(*clm.Credential) error
	UpdateCredential(*clm.Credential) error
	// DeleteCredential refuses while a device is reached by it. It takes the
	// credential's secret along.
	DeleteCredential(clm.Credential) error

	Certificate(ref string) (clm.CertificateRow, error)
	Certificates(filter clm.CertificateFilter, page clm.Page) ([]clm.CertificateRow, error)
	CountCertificates(issuerID string) (int, error)
	// CountFiltered counts what Certificates lists.
	CountFiltered(filter clm.CertificateFilter) (int64, error)
	InsertCertificate(*clm.Certificate) error
	UpdateCertificate(*clm.Certificate) error
	// DeleteCertificate removes the lineage with its versions and their keys.
	// Revoked versions are kept for revocation lists.
	DeleteCertificate(clm.Certificate) error

	Versions(certificateID string) ([]clm.Version, error) // oldest first
	// VersionsInUse lists the versions a root's slot has issued that neither have
	// expired at now nor are revoked, by certificate and number. One on hold may
	// come back.
	VersionsInUse(issuerID string, now time.Time) ([]clm.Version, error)
	// VersionByFingerprint finds any version of any lineage, deleted ones
	// excepted.
	VersionByFingerprint(sha256 string) (clm.Version, error)
	// VersionBySerial finds a version that a root's slot has issued, deleted lineages
	// excepted.
	VersionBySerial(issuerID, serialNumber string) (clm.Version, error)
	InsertVersion(*clm.Version) error
	UpdateVersion(*clm.Version) error

	// Revocations lists what is withdrawn of what the key of a CA certificate signed,
	// in whichever slot it was, and had not expired before a time, by serial number.
	// What was withdrawn stays when its lineage is deleted.
	Revocations(ca clm.CA, notBefore time.Time) ([]clm.Revocation, error)
	Revocation(ca clm.CA, serialNumber string) (clm.Revocation, error)
	// PutRevocation records that something is withdrawn that is no version.
	PutRevocation(ca clm.CA, r clm.Revocation) error
	// RevocationList is the newest list of a CA certificate. It is stale from when
	// something is withdrawn or released until the next one is put.
	RevocationList(fingerprint string) (clm.RevocationList, error)
	// PutRevocationList takes the place of the list before, whose number it raises:
	// clm.KindConflict when it does not.
	PutRevocationList(clm.RevocationList) error

	Connector(ref string) (clm.Connector, error)
	Connectors(filter clm.ConnectorFilter, page clm.Page) ([]clm.Connector, error)
	// InsertConnector and UpdateConnector also claim the connector's files on
	// its device: clm.KindExists, naming the other connector, when one is taken.
	InsertConnector(*clm.Connector) error
	UpdateConnector(*clm.Connector) error
	// DeleteConnector takes the connector's passwords and work orders along.
	DeleteConnector(clm.Connector) error

	ApprovalPolicy(ref string) (clm.ApprovalPolicy, error)
	ApprovalPolicies(page clm.Page) ([]clm.ApprovalPolicy, error)
	InsertApprovalPolicy(*clm.ApprovalPolicy) error
	UpdateApprovalPolicy(*clm.ApprovalPolicy) error
	// DeleteApprovalPolicy refuses while it guards a connector.
	DeleteApprovalPolicy(clm.ApprovalPolicy) error

	WorkOrder(id string) (clm.WorkOrder, error)
	WorkOrders(filter clm.WorkOrderFilter, page clm.Page) ([]clm.WorkOrder, error) // oldest first, paged by id
	// CountWorkOrders counts them by state.
	CountWorkOrders() (map[clm.WorkOrderState]int64, error)
	InsertWorkOrder(*clm.WorkOrder) error
	UpdateWorkOrder(*clm.WorkOrder) error

	AccessToken(ref string) (clm.AccessToken, error)
	// AccessTokenByHash finds the token whose secret has that hash.
	AccessTokenByHash(hash string) (clm.AccessToken, error)
	AccessTokens(page clm.Page) ([]clm.AccessToken, error)
	InsertAccessToken(*clm.AccessToken) error
	UpdateAccessToken(*clm.AccessToken) error
	DeleteAccessToken(clm.AccessToken) error

	// Agent is the one of a device or internet gateway, by the id of that or by title.
	Agent(ref string) (clm.Agent, error)
	AgentByFingerprint(sha256 string) (clm.Agent, error) // of one of its certificates
	// AgentBySerial finds the agent to which a CA certificate's key issued a serial number.
	AgentBySerial(ca, serialNumber string) (clm.Agent, error)
	Agents(filter clm.AgentFilter, page clm.Page) ([]clm.Agent, error) // by title
	CountAgents(filter clm.AgentFilter) (int64, error)
	InsertAgent(*clm.Agent) error
	UpdateAgent(*clm.Agent) error
	DeleteAgent(clm.Agent) error

	EnrolmentTokenByHash(hash string) (clm.EnrolmentToken, error)
	InsertEnrolmentToken(*clm.EnrolmentToken) error
	UpdateEnrolmentToken(*clm.EnrolmentToken) error
	// DeleteEnrolmentTokens removes those for a device or internet gateway, and those that
	// had expired before a time.
	DeleteEnrolmentTokens(subjectID string, expired time.Time) error

	// Step is found by id. Deleting its device deletes it.
	Step(id string) (clm.Step, error)
	StepsOf(deviceID string) ([]clm.Step, error) // in the order they were asked for
	QueuedFor() (deviceIDs []string, err error)  // for whose agents steps are queued
	InsertStep(*clm.Step) error
	UpdateStep(*clm.Step) error
	DeleteStep(clm.Step) error

	Profile(ref string) (clm.CommunicationProfile, error)
	Profiles(page clm.Page) ([]clm.CommunicationProfile, error)
	// ProfilesOf lists the profiles that name a root certificate.
	ProfilesOf(rootID string) ([]clm.CommunicationProfile, error)
	InsertProfile(*clm.CommunicationProfile) error
	UpdateProfile(*clm.CommunicationProfile) error
	// DeleteProfile refuses while devices or internet gateways have the profile. It
	// takes the profile's bundles along.
	DeleteProfile(clm.CommunicationProfile) error

	// Bundle is the newest bundle of a profile with that digest.
	Bundle(profileID, digest string) (clm.Bundle, error)
	Bundles(profileID string) ([]clm.Bundle, error) // by epoch
	InsertBundle(clm.Bundle) error                  // a new epoch; never changed afterwards

	Gateway(ref string) (clm.InternetGateway, error)
	Gateways(page clm.Page) ([]clm.InternetGateway, error)
	GatewaysOf(profileID string) ([]clm.InternetGateway, error)
	InsertGateway(*clm.InternetGateway) error
	UpdateGateway(*clm.InternetGateway) error
	DeleteGateway(clm.InternetGateway) error

	// Receipt is what a device with a profile stated last. Deleting the device
	// deletes it.
	Receipt(deviceID string) (clm.Receipt, error)
	Receipts(filter clm.ReceiptFilter, page clm.Page) ([]clm.Receipt, error) // by device name
	CountReceipts(filter clm.ReceiptFilter) (int64, error)
	// CountTallied counts the receipts of a tally that were last seen before a time.
	CountTallied(tally clm.ReceiptTally, before time.Time) (int64, error)
	// PutReceipt takes the place of what the device stated before, and keeps the
	// tallies right.
	PutReceipt(clm.Receipt) error
	DeleteReceipt(deviceID string) error // none is no error
	// Tallies count the receipts of a profile. They cost the same however many
	// receipts there are.
	Tallies(profileID string) ([]clm.ReceiptTally, error)

	Key(id string) (clm.PrivateKey, error)
	Keys(page clm.Page) ([]clm.PrivateKey, error) // ordered by id
	InsertKey(clm.PrivateKey) error
	ReplaceKey(clm.PrivateKey) error // the sealed form only: rewrapping
	DeleteKey(id string) error

	// Setting is a fact about the estate itself, "" when it was never set.
	Setting(name string) (string, error)
	PutSetting(name, value string) error

	// Replay is what a key was used for; not found when it was not.
	Replay(key string) (clm.Replay, error)
	PutReplay(clm.Replay) error // over whatever the key was used for before

	// AppendAudit numbers and chains the event to the last one.
	AppendAudit(*clm.AuditEvent) error
	Audit(afterSequence int64, limit int) ([]clm.AuditEvent, error)
}
