package api

import "time"

// CommunicationProfile is what a set of devices uses to talk.
type CommunicationProfile struct {
	ID                     string     `json:"id"`
	Name                   string     `json:"name"`
	ServerURLs             []string   `json:"server_urls" doc:"https addresses of the servers"`
	RootCertificateIDs     []string   `json:"root_certificate_ids" doc:"roots the devices are to trust"`
	AdditionalCertificates []string   `json:"additional_certificates_pem" doc:"CA certificates made known early, each in PEM"`
	CheckInIntervalSeconds int64      `json:"check_in_interval_seconds" doc:"seconds between two check-ins of a device"`
	TrustStore             TrustStore `json:"trust_store"`
	Epoch                  int64      `json:"epoch" doc:"of the published trust bundle; rises with every change of it"`
	BundleDigest           string     `json:"bundle_digest" doc:"lower-case hex SHA-256 of the published trust bundle"`
	CreatedAt              time.Time  `json:"created_at"`
	UpdatedAt              time.Time  `json:"updated_at"`
}

// TrustStore is where a device keeps the trust bundle.
type TrustStore struct {
	Directory        string `json:"directory" doc:"relative to the device's root directory"`
	BundleFile       string `json:"bundle_file" doc:"PEM"`
	JavaKeyStoreFile string `json:"java_key_store_file,omitempty" doc:"JKS; password changeit"`
	PKCS12File       string `json:"pkcs12_file,omitempty" doc:"PKCS#12; password changeit"`
}

// WriteCommunicationProfile creates or changes a profile.
type WriteCommunicationProfile struct {
	Name                   string     `json:"name"`
	ServerURLs             []string   `json:"server_urls,omitempty" doc:"https addresses of the servers"`
	RootCertificateIDs     []string   `json:"root_certificate_ids,omitempty" doc:"roots the devices are to trust"`
	AdditionalCertificates []string   `json:"additional_certificates_pem,omitempty"`
	CheckInIntervalSeconds int64      `json:"check_in_interval_seconds" doc:"seconds between two check-ins of a device"`
	TrustStore             TrustStore `json:"trust_store"`
}

// CommunicationProfileResult is what came of a write to a profile.
type CommunicationProfileResult struct {
	CommunicationProfile CommunicationProfile `json:"communication_profile"`
	Trouble              []DeviceTrouble      `json:"trouble,omitempty" doc:"devices that could not be told"`
}

// TrustBundle is what a profile publishes.
type TrustBundle struct {
	Epoch        int64    `json:"epoch" doc:"rises with every change"`
	Digest       string   `json:"digest" doc:"lower-case hex SHA-256 of the bundle; empty when none is known"`
	Fingerprints []string `json:"fingerprints" doc:"SHA-256 of each certificate in it"`
	PEM          string   `json:"pem" doc:"the bundle itself"`
}

// InternetGateway relays for agents outside the network.
type InternetGateway struct {
	ID                     string    `json:"id"`
	Name                   string    `json:"name"`
	CommunicationProfileID string    `json:"communication_profile_id"`
	Addresses              []string  `json:"addresses,omitempty" doc:"names and IP addresses by which agents reach it, which are those of its certificate"`
	AutoRefresh            bool      `json:"auto_refresh" doc:"whether it follows by itself"`
	RefreshEpoch           int64     `json:"refresh_epoch" doc:"how often somebody recorded a refresh by hand"`
	RefreshedAt            time.Time `json:"refreshed_at"`
	RefreshedBy            string    `json:"refreshed_by" doc:"who did"`
	CreatedAt              time.Time `json:"created_at"`
	UpdatedAt              time.Time `json:"updated_at"`
}

// WriteInternetGateway creates or changes an internet gateway.
type WriteInternetGateway struct {
	Name                   string   `json:"name"`
	CommunicationProfileID string   `json:"communication_profile_id"`
	Addresses              []string `json:"addresses,omitempty" doc:"names and IP addresses by which agents reach it"`
	AutoRefresh            bool     `json:"auto_refresh,omitempty" doc:"whether it follows by itself"`
	RefreshEpoch           int64    `json:"refresh_epoch,omitempty" doc:"a higher number records a refresh by hand"`
}

// Receipt is a device's statement of the trust bundle it has installed.
type Receipt struct {
	Digest     string     `json:"digest" doc:"lower-case hex SHA-256 of the bundle; empty when none is known"`
	ReceivedAt *time.Time `json:"received_at,omitempty"`
	LastSeen   *time.Time `json:"last_seen,omitempty" doc:"when it was last heard of"`
	Failure    string     `json:"failure,omitempty" doc:"why the latest bundle could not be installed"`
}

// WriteReceipt states what a device has installed.
type WriteReceipt struct {
	Digest  string `json:"digest" doc:"lower-case hex SHA-256 of the bundle; empty when none is known"`
	Failure string `json:"failure,omitempty" doc:"why the latest bundle could not be installed"`
}

// DeviceTrust is what a device trusts and what it should.
type DeviceTrust struct {
	Wanted  string  `json:"wanted" doc:"digest of the bundle its profile publishes"`
	Pending bool    `json:"pending" doc:"whether it answers and telling it would change something"`
	Receipt Receipt `json:"receipt"`
}
