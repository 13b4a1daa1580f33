package api

import "time"

// PushValidationReport tells how much of what was pushed is really served, by a look at
// every address.
type PushValidationReport struct {
	Total       int              `json:"total" doc:"addresses looked at"`
	Succeeded   int              `json:"succeeded" doc:"those that serve what was pushed"`
	Failed      int              `json:"failed" doc:"those that do not"`
	Percent     *float64         `json:"percent,omitempty" doc:"share that succeeded, 0 to 100; absent when nothing was looked at"`
	NotVerified int              `json:"not_verified" doc:"connectors that were pushed to and say nowhere where to look"`
	Results     []PushValidation `json:"results" doc:"by name of the connector"`
}

// PushValidation is what one address serves.
type PushValidation struct {
	ConnectorID   string    `json:"connector_id"`
	Connector     string    `json:"connector"`
	DeviceID      string    `json:"device_id"`
	Device        string    `json:"device"`
	CertificateID string    `json:"certificate_id"`
	Certificate   string    `json:"certificate"`
	Address       string    `json:"address" doc:"IP:port, or as configured where the name has none"`
	Succeeded     bool      `json:"succeeded" doc:"whether it serves what was pushed"`
	Expected      string    `json:"expected" doc:"SHA-256 of the certificate that should be served, lower-case hex"`
	Served        string    `json:"served,omitempty" doc:"of the one that is"`
	Reason        string    `json:"reason,omitempty" doc:"as of a connector that is out of sync"`
	Detail        string    `json:"detail,omitempty"`
	CheckedAt     time.Time `json:"checked_at"`
}

// Topology is a certificate with everything around it.
type Topology struct {
	Certificate Certificate         `json:"certificate"`
	Chain       []TopologyIssuer    `json:"chain" doc:"who vouches for it, the issuer first"`
	Connectors  []TopologyConnector `json:"connectors" doc:"by name"`
}

// TopologyIssuer is one CA certificate of the chain.
type TopologyIssuer struct {
	CommonName        string    `json:"common_name"`
	SerialNumber      string    `json:"serial_number"`
	FingerprintSHA256 string    `json:"fingerprint_sha256"`
	ValidityEndTime   time.Time `json:"validity_end_time"`
	StatusColor       string    `json:"status_color"`
}

// TopologyConnector is where the certificate lives, as it is there now.
type TopologyConnector struct {
	Connector Connector `json:"connector"`
	Device    Device    `json:"device"`
}
