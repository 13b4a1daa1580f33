package api

import "time"

// WriteConnector creates or changes a connector. The device of a connector
// cannot change.
type WriteConnector struct {
	Name                string        `json:"name"`
	CertificateID       string        `json:"certificate_id"`
	DeviceID            string        `json:"device_id"`
	FileSystem          FileSystem    `json:"file_system"`
	RemoveOnDestroy     bool          `json:"remove_on_destroy,omitempty"`
	RequireDistribution bool          `json:"require_distribution,omitempty" doc:"push only what every device of the device's communication profile trusts"`
	Push                *PushSettings `json:"push,omitempty"`
	Verify              *Verification `json:"verify,omitempty"`
	StoreSecrets        *StoreSecrets `json:"store_secrets,omitempty"`
}

// Connector is where one certificate lives on one device.
type Connector struct {
	ID                  string        `json:"id"`
	Name                string        `json:"name"`
	CertificateID       string        `json:"certificate_id"`
	DeviceID            string        `json:"device_id"`
	DeviceName          string        `json:"device_name"`
	FileSystem          FileSystem    `json:"file_system"`
	RemoveOnDestroy     bool          `json:"remove_on_destroy"`
	RequireDistribution bool          `json:"require_distribution" doc:"push only what every device of the device's communication profile trusts"`
	Push                *PushSettings `json:"push,omitempty"`
	Verify              *Verification `json:"verify,omitempty"`
	Sightings           []Sighting    `json:"sightings,omitempty" doc:"what was served when it was last looked at"`
	PushState           string        `json:"push_state" doc:"never_pushed, pushing, pushed or push_failed"`
	PushFailure         string        `json:"push_failure,omitempty" doc:"why the last push failed"`
	PushedFingerprint   string        `json:"pushed_fingerprint,omitempty" doc:"what the last successful push put there"`
	LastPushAt          *time.Time    `json:"last_push_at,omitempty"`
	WorkOrder           *WorkOrder    `json:"work_order,omitempty" doc:"the newest, where pushes need one; only when observed"`
	Sync                *Sync         `json:"sync,omitempty" doc:"what the device has now; only when observed"`
	CreatedAt           time.Time     `json:"created_at"`
	UpdatedAt           time.Time     `json:"updated_at"`
}

// Sync is a look at a connector's place on its device.
type Sync struct {
	Status      string    `json:"status" doc:"in_sync, out_of_sync or not_observed"`
	Reason      string    `json:"reason,omitempty"`
	Detail      string    `json:"detail,omitempty"`
	Repairable  bool      `json:"repairable" doc:"whether a push now would put it right"`
	StatusColor string    `json:"status_color"`
	ObservedAt  time.Time `json:"observed_at"`
}

// ConnectorResult is what came of a write to a connector.
type ConnectorResult struct {
	Connector Connector   `json:"connector"`
	Push      *PushResult `json:"push,omitempty" doc:"the push, when it did not succeed"`
}

// SyncReport is the sync status of all connectors of one certificate.
type SyncReport struct {
	CertificateID string          `json:"certificate_id"`
	Total         int             `json:"total"`
	InSync        int             `json:"in_sync"`
	OutOfSync     int             `json:"out_of_sync"`
	NotObserved   int             `json:"not_observed"`
	Connectors    []ConnectorSync `json:"connectors"`
}

// ConnectorSync is one row of a SyncReport.
type ConnectorSync struct {
	ConnectorID string `json:"connector_id"`
	Connector   string `json:"connector"`
	DeviceID    string `json:"device_id"`
	Device      string `json:"device"`
	Sync        Sync   `json:"sync"`
}
