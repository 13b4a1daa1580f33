package api

import "time"

// Device is a machine that receives certificates.
type Device struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	CertSync     string    `json:"cert_sync" doc:"managed, monitored or ignored"`
	Local        *Local    `json:"local,omitempty"`
	Status       string    `json:"status,omitempty" doc:"managed, monitored or ignored when the device answers, failed when it does not; only when observed"`
	StatusDetail string    `json:"status_detail,omitempty" doc:"why the status is failed"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

// Local reaches a device through a folder of the backend's machine.
type Local struct {
	RootDirectory string `json:"root_directory" doc:"folder that stands for the device's file system"`
}

// WriteDevice creates or changes a device.
type WriteDevice struct {
	Name     string `json:"name"`
	CertSync string `json:"cert_sync"`
	Local    *Local `json:"local,omitempty"`
}
