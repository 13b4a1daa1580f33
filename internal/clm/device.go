package clm

import (
	"strings"
	"time"
)

// CertSync says what we may do on a device (seed 004).
type CertSync string

const (
	// SyncManaged: we read and we write.
	SyncManaged CertSync = "managed"
	// SyncMonitored: we read; a push is refused.
	SyncMonitored CertSync = "monitored"
	// SyncIgnored: we neither read nor write.
	SyncIgnored CertSync = "ignored"
)

// Device is a machine that receives certificates, trusts what its communication
// profile publishes, or both.
type Device struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	DataCenter string    `json:"data_center,omitempty"`
	Group      string    `json:"group,omitempty"`
	Vendor     Vendor    `json:"vendor,omitempty"` // what serves the certificates
	CertSync   CertSync  `json:"cert_sync"`
	ProfileID  string    `json:"profile_id,omitempty"` // of its communication profile
	Critical   bool      `json:"critical,omitempty"`   // no replacement goes on without it
	Local      *Local    `json:"local,omitempty"`
	SSH        *SSH      `json:"ssh,omitempty"`
	Agent      *ByAgent  `json:"agent,omitempty"`
	Cloud      *Cloud    `json:"cloud,omitempty"` // nothing reaches one yet
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	Revision   int64     `json:"-"`
}

// Local reaches a device through a folder of the machine the backend runs on.
type Local struct {
	RootDirectory string `json:"root_directory"`
}

// ByAgent reaches a device through an agent that runs on it. Nobody goes there: the agent
// comes, for what its profile publishes, and for what is to be done.
type ByAgent struct{}

// Check says whether the device is well formed.
func (d Device) Check() error {
	if err := CheckName(d.Name); err != nil {
		return err
	}
	switch d.CertSync {
	case SyncManaged, SyncMonitored, SyncIgnored:
	default:
		return Invalid("cert_sync", "%q is not a way to treat a device", d.CertSync).
			WithHint("use managed, monitored or ignored")
	}
	if err := d.Vendor.Check(); err != nil {
		return err
	}
	return d.checkWay()
}

func (d Device) checkWay() error {
	switch {
	case d.Local != nil && d.SSH != nil:
		return Invalid("ssh", "device %q has two ways to be reached", d.Name).WithHint("set one of local, ssh and agent")
	case d.Agent != nil && (d.Local != nil || d.SSH != nil):
		return Invalid("agent", "device %q has two ways to be reached", d.Name).WithHint("set one of local, ssh and agent")
	case d.Agent != nil && d.ProfileID == "":
		return Invalid("communication_profile_id", "device %q has an agent, and no communication profile says how that talks to the server", d.Name).
			WithHint("set communication_profile_id")
	case d.Agent != nil:
		return nil
	case d.SSH != nil:
		return d.SSH.Check()
	case d.Local == nil:
		return Invalid("local", "device %q has no way to be reached", d.Name).WithHint("set local = { root_directory = … }, ssh = { host = …, credential_id = … } or agent = {}")
	case strings.ContainsRune(d.Local.RootDirectory, 0):
		return Invalid("local.root_directory", "the root directory of device %q has a character that no path has", d.Name)
	case d.Local.RootDirectory == "":
		return Invalid("local.root_directory", "the root directory of device %q is empty", d.Name)
	}
	return nil
}

// SamePlace tells whether two devices are reached as one. What else is said about
// the way there, such as by which credential, may differ.
func (d Device) SamePlace(other Device) bool {
	switch {
	case d.Local != nil && other.Local != nil:
		return *d.Local == *other.Local
	case d.Agent != nil && other.Agent != nil:
		return true
	case d.SSH != nil && other.SSH != nil:
		return d.SSH.Host == other.SSH.Host && d.SSH.Port == other.SSH.Port
	}
	return false
}

// Reached tells whether we go to the device, rather than wait for it to come.
func (d Device) Reached() bool {
	return d.ProfileID != "" && (d.Local != nil || d.SSH != nil) && d.MayRead()
}

// MayRead tells whether looking at the device is allowed.
func (d Device) MayRead() bool { return d.CertSync != SyncIgnored }

// MayPush refuses, with the reason, a push the device's treatment forbids.
func (d Device) MayPush() error {
	if d.CertSync == SyncManaged {
		return nil
	}
	return Errorf(KindRefused, "device %q is %s: nothing is pushed to it", d.Name, d.CertSync).
		WithHint("set cert_sync = \"managed\" on the device to let certificates be pushed")
}

// Untouched tells whether its owner never changed it since it was made.
func (d Device) Untouched() bool { return d.UpdatedAt.Equal(d.CreatedAt) }
