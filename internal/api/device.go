package api

import "time"

// Device is a machine that receives certificates, trusts what its communication
// profile publishes, or both.
type Device struct {
	ID                     string        `json:"id"`
	Name                   string        `json:"name"`
	CertSync               string        `json:"cert_sync" doc:"managed, monitored or ignored"`
	DataCenter             string        `json:"data_center,omitempty" doc:"where it stands"`
	Group                  string        `json:"group,omitempty" doc:"what it belongs to"`
	Vendor                 string        `json:"vendor,omitempty" doc:"what serves its certificates"`
	Local                  *Local        `json:"local,omitempty"`
	SSH                    *SSH          `json:"ssh,omitempty"`
	Agent                  bool          `json:"agent,omitempty" doc:"whether an agent runs on it and comes to the server"`
	CommunicationProfileID string        `json:"communication_profile_id,omitempty"`
	Critical               bool          `json:"critical" doc:"whether no replacement goes on without it"`
	Trust                  *DeviceTrust  `json:"trust,omitempty" doc:"of a device with a profile, when observed"`
	Status                 string        `json:"status,omitempty" doc:"managed, monitored or ignored when the device answers, failed when it does not, unresolved when its name has no address; only when observed"`
	StatusDetail           string        `json:"status_detail,omitempty" doc:"why it does not answer"`
	StatusLog              []DeviceCheck `json:"status_log,omitempty" doc:"what was found out, check by check; only when inspected"`
	CreatedAt              time.Time     `json:"created_at"`
	UpdatedAt              time.Time     `json:"updated_at"`
}

// DeviceCheck is one line of what was found out about a device.
type DeviceCheck struct {
	Check     string    `json:"check" doc:"communication, version, instance or discovery"`
	Status    string    `json:"status" doc:"passed, failed or skipped"`
	Detail    string    `json:"detail,omitempty"`
	CheckedAt time.Time `json:"checked_at"`
}

// Local reaches a device through a folder of the backend's machine.
type Local struct {
	RootDirectory string `json:"root_directory" doc:"folder that stands for the device's file system"`
}

// WriteDevice creates or changes a device.
type WriteDevice struct {
	Name                   string `json:"name"`
	CertSync               string `json:"cert_sync"`
	DataCenter             string `json:"data_center,omitempty" doc:"where it stands"`
	Group                  string `json:"group,omitempty" doc:"what it belongs to"`
	Vendor                 string `json:"vendor,omitempty" doc:"what serves its certificates: apache, dovecot, generic, haproxy, nginx, postfix, postgresql or tomcat"`
	Local                  *Local `json:"local,omitempty"`
	SSH                    *SSH   `json:"ssh,omitempty"`
	Agent                  bool   `json:"agent,omitempty" doc:"whether an agent runs on it and comes to the server"`
	CommunicationProfileID string `json:"communication_profile_id,omitempty"`
	Critical               bool   `json:"critical,omitempty" doc:"whether no replacement goes on without it"`
}
