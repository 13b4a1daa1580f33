package clm

import (
	"errors"
	"time"
)

// ErrUnresolved is the cause of an error about a device whose name has no address.
var ErrUnresolved = errors.New("the name does not resolve")

// DeviceStatus is how a device was found: as its CertSync has it when it answers.
type DeviceStatus string

const (
	// DeviceFailed: it does not answer, or lets nobody in.
	DeviceFailed DeviceStatus = "failed"
	// DeviceUnresolved: its name has no address.
	DeviceUnresolved DeviceStatus = "unresolved"
)

// StatusAfter is the status of a device that was spoken to; trouble is what came of it.
func (d Device) StatusAfter(trouble error) DeviceStatus {
	switch {
	case trouble == nil:
		return DeviceStatus(d.CertSync)
	case errors.Is(trouble, ErrUnresolved):
		return DeviceUnresolved
	}
	return DeviceFailed
}

// DeviceCheck is one line of what was found out about a device.
type DeviceCheck struct {
	Check  CheckTopic
	Status CheckStatus
	Detail string
	At     time.Time
}

// CheckTopic is what a line is about.
type CheckTopic string

// The checks, in the order in which they are made.
const (
	CheckCommunication CheckTopic = "communication" // whether it answers
	CheckVersion       CheckTopic = "version"       // of what serves its certificates
	CheckInstance      CheckTopic = "instance"      // which machine it is
	CheckDiscovery     CheckTopic = "discovery"     // what its connectors hold
)

// CheckStatus is what came of a check.
type CheckStatus string

// A check that depends on one that failed, or that nobody may make, is skipped.
const (
	CheckPassed  CheckStatus = "passed"
	CheckFailed  CheckStatus = "failed"
	CheckSkipped CheckStatus = "skipped"
)
