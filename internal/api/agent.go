package api

import "time"

// EnrolmentToken lets one agent enrol, once.
type EnrolmentToken struct {
	ID        string    `json:"id"`
	Subject   string    `json:"subject" doc:"name of the device or internet gateway it is for"`
	ExpiresAt time.Time `json:"expires_at"`
	Secret    string    `json:"secret" doc:"given to the agent; nobody sees it again"`
}

// CreateEnrolmentToken asks for a token for the agent of a device or of an internet
// gateway. One that is there already is replaced when the token is used.
type CreateEnrolmentToken struct {
	DeviceID          string `json:"device_id,omitempty" doc:"id or name of a device with agent = {}"`
	InternetGatewayID string `json:"internet_gateway_id,omitempty" doc:"id or name"`
	ExpiresSeconds    int64  `json:"expires_seconds" minimum:"1" maximum:"2678400" doc:"how long it lets in"`
}

// Agent is the agent of a device or of an internet gateway, with the certificate it
// shows. The key of that is on the device alone.
type Agent struct {
	ID                string     `json:"id"`
	Name              string     `json:"name" doc:"of the device or internet gateway"`
	DeviceID          string     `json:"device_id,omitempty"`
	InternetGatewayID string     `json:"internet_gateway_id,omitempty"`
	Status            string     `json:"status" doc:"active, expired or revoked"`
	CertificatePEM    string     `json:"certificate_pem"`
	SerialNumber      string     `json:"serial_number"`
	FingerprintSHA256 string     `json:"fingerprint_sha256"`
	ValidityStartTime time.Time  `json:"validity_start_time"`
	ValidityEndTime   time.Time  `json:"validity_end_time"`
	EnrolledAt        time.Time  `json:"enrolled_at"`
	RenewedAt         *time.Time `json:"renewed_at,omitempty"`
	RenewalRequested  bool       `json:"renewal_requested" doc:"whether it renews its certificate at its next check-in"`
	RevokedAt         *time.Time `json:"revoked_at,omitempty"`
	RevokedReason     string     `json:"revoked_reason,omitempty"`
	LastSeen          *time.Time `json:"last_seen,omitempty" doc:"when it checked in last"`
	Version           string     `json:"version,omitempty" doc:"of the agent's program"`
	OperatingSystem   string     `json:"operating_system,omitempty" doc:"and architecture, such as linux/amd64"`
	Hostname          string     `json:"hostname,omitempty" doc:"by which the machine calls itself"`
}

// RevokeAgent withdraws the certificate of an agent.
type RevokeAgent struct {
	Reason string `json:"reason,omitempty" doc:"a reason of RFC 5280, 5.3.1, in lower_snake_case"`
}

// RenewAgents has agents renew their certificates, spread over a while.
type RenewAgents struct {
	Agents        []string `json:"agents,omitempty" doc:"ids or names; none: all"`
	SpreadSeconds int64    `json:"spread_seconds,omitempty" minimum:"0" maximum:"2678400" doc:"time over which they are spread"`
}

// RenewedAgents is what came of it.
type RenewedAgents struct {
	Requested int64 `json:"requested" doc:"how many renew at their next check-in, or when their turn comes"`
}

// EnrolAgent is how an agent enrols. Its key stays where it was made.
type EnrolAgent struct {
	Token                 string    `json:"token" doc:"secret of an enrolment token"`
	CertificateRequestPEM string    `json:"certificate_request_pem" doc:"PKCS#10, signed by the agent's key"`
	Inventory             Inventory `json:"inventory"`
}

// RenewAgentCertificate asks for the next certificate of the agent that asks.
type RenewAgentCertificate struct {
	CertificateRequestPEM string `json:"certificate_request_pem" doc:"PKCS#10, signed by the agent's next key"`
}

// AgentCertificate is what an agent shows from now on.
type AgentCertificate struct {
	Name           string `json:"name" doc:"of the device or internet gateway"`
	CertificatePEM string `json:"certificate_pem" doc:"with what is above it, nearest first"`
	ServerCAPEM    string `json:"server_ca_pem" doc:"whom the agent trusts to be the server until its trust store says so"`
}

// Inventory is what an agent tells of where it runs.
type Inventory struct {
	Version         string `json:"version,omitempty" maxLength:"64" doc:"of the agent's program"`
	OperatingSystem string `json:"operating_system,omitempty" maxLength:"64" doc:"and architecture, such as linux/amd64"`
	Hostname        string `json:"hostname,omitempty" maxLength:"255" doc:"by which the machine calls itself"`
}

// CheckIn is what an agent states: what its device has installed, and which
// configuration it works by. It is answered 204 when there is nothing new.
type CheckIn struct {
	Tag       string    `json:"tag,omitempty" maxLength:"64" doc:"of the configuration it has; empty for none"`
	Digest    string    `json:"digest,omitempty" maxLength:"64" doc:"SHA-256 of the trust bundle that is installed; empty for none"`
	Failure   string    `json:"failure,omitempty" maxLength:"4096" doc:"why the bundle could not be installed"`
	Inventory Inventory `json:"inventory"`
}

// AgentConfiguration is what an agent works by.
type AgentConfiguration struct {
	Tag                    string     `json:"tag" doc:"changes with anything in it"`
	DeviceID               string     `json:"device_id"`
	Name                   string     `json:"name" doc:"of the device"`
	ServerURLs             []string   `json:"server_urls,omitempty" doc:"tried in turn; none: the address the agent knows"`
	CheckInIntervalSeconds int64      `json:"check_in_interval_seconds" doc:"how often to check in"`
	Trust                  *TrustSet  `json:"trust,omitempty" doc:"what is to be installed; absent where the device may not even be looked at"`
	ServerCAPEM            string     `json:"server_ca_pem" doc:"whom to trust to be the server"`
	Steps                  bool       `json:"steps" doc:"whether to wait for steps between check-ins"`
	RenewAt                *time.Time `json:"renew_at,omitempty" doc:"when to renew the agent's certificate; absent: not yet"`
}

// TrustSet is a trust bundle as files.
type TrustSet struct {
	Epoch      int64       `json:"epoch" doc:"rises with each bundle of the profile"`
	ReadOnly   bool        `json:"read_only,omitempty" doc:"whether it is only looked at: nothing may be written to the device"`
	Digest     string      `json:"digest" doc:"SHA-256 of the bundle's file"`
	Directory  string      `json:"directory" doc:"relative to the device's root"`
	BundleFile string      `json:"bundle_file"`
	Files      []TrustFile `json:"files" doc:"all forms of the bundle, which switch together"`
}

// TrustFile is one form of the bundle.
type TrustFile struct {
	Name    string `json:"name"`
	Content []byte `json:"content" doc:"base64"`
}
