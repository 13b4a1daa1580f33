package clm

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// PushSettings say how a connector's certificate gets to its device.
type PushSettings struct {
	Automatic    bool    `json:"automatic"`            // a new version is pushed by itself
	Overwrite    bool    `json:"overwrite,omitempty"`  // files that are not ours may be replaced
	IncludeChain bool    `json:"include_chain"`        // intermediates follow the certificate, where they have no file of their own
	PreScript    *Script `json:"pre_script,omitempty"` // before anything is touched
	PostScript   *Script `json:"post_script,omitempty"`
	Comments     string  `json:"comments,omitempty"`

	ApprovalPolicyID string     `json:"approval_policy_id,omitempty"` // "": nobody has to agree
	Manual           bool       `json:"manual,omitempty"`             // what is approved waits for somebody to say when
	ScheduledAt      *time.Time `json:"scheduled_at,omitempty"`       // what is approved waits for its hour
}

// DefaultPushSettings are those of a connector that says nothing.
func DefaultPushSettings() PushSettings { return PushSettings{Automatic: true, IncludeChain: true} }

// Verification is where a server is to be seen serving the certificate.
type Verification struct {
	Addresses  []string `json:"addresses"`             // host:port
	ServerName string   `json:"server_name,omitempty"` // "": the certificate's first DNS name
	Protocol   string   `json:"protocol"`              // tls, smtp, imap, pop3 or postgresql
}

// Settings are how the connector's pushes go.
func (c Connector) Settings() PushSettings {
	if c.PushSettings == nil {
		return DefaultPushSettings()
	}
	return *c.PushSettings
}

// Reload is the script that has a new certificate taken in: the connector's own, or
// the one for what the device serves it with. nil when there is none.
func (c Connector) Reload(device Device) *Script {
	if own := c.Settings().PostScript; own != nil {
		return own
	}
	if preset := device.Vendor.Reload(); preset != "" {
		return &Script{Inline: preset, Repeatable: true}
	}
	return nil
}

// Restorable tells whether something after the files are in place may fail, so that
// what was there before has to be kept until then.
func (c Connector) Restorable(device Device) bool {
	return c.Verify != nil || c.Reload(device) != nil
}

// PushStep is a step of a push that is recorded before it begins, because doing it
// again might do harm.
type PushStep string

const (
	// StepPreScript: nothing on the device is ours to know what it did.
	StepPreScript PushStep = "pre_script"
	// StepPostScript: the new files are in place.
	StepPostScript PushStep = "post_script"
)

// Check says whether the script is well formed.
func (s *Script) Check(field string) error {
	switch {
	case s == nil:
		return nil
	case (s.Inline == "") == (s.DevicePath == ""):
		return Invalid(field, "the script has no content, or two").WithHint("give inline or device_path, not both")
	case s.DevicePath != "" && !strings.HasPrefix(s.DevicePath, "/"):
		return Invalid(field+".device_path", "%q is not an absolute path", s.DevicePath)
	case len(s.Inline) > 64<<10:
		return Invalid(field+".inline", "the script has %d bytes; at most 65536 are allowed", len(s.Inline))
	case s.Timeout < 0 || s.Timeout > time.Hour:
		return Invalid(field+".timeout", "%s is not a time between nothing and an hour", s.Timeout)
	}
	return nil
}

// Check says whether the settings are well formed.
func (p PushSettings) Check() error {
	if err := p.PreScript.Check("push.pre_script"); err != nil {
		return err
	}
	if err := p.PostScript.Check("push.post_script"); err != nil {
		return err
	}
	switch {
	case p.ApprovalPolicyID != "" && p.Manual && p.ScheduledAt != nil:
		return Invalid("push.scheduled_at", "the push waits for an hour and for somebody to implement it").WithHint("choose one")
	case p.ApprovalPolicyID == "" && p.ScheduledAt != nil:
		return Invalid("push.scheduled_at", "nobody has to agree to the push, so that it waits for no hour").WithHint("set approval_policy_id, or leave scheduled_at out")
	case p.ApprovalPolicyID == "" && p.Manual:
		return Invalid("push.manual_implementation", "nobody has to agree to the push, so that nobody implements it").WithHint("set approval_policy_id, or automatic = false to have it wait for clm_push")
	}
	if len(p.Comments) > 2000 {
		return Invalid("push.comments", "%d characters are more than 2000", len(p.Comments))
	}
	return nil
}

// Check says whether the addresses can be looked at.
func (v *Verification) Check() error {
	if v == nil {
		return nil
	}
	if len(v.Addresses) == 0 {
		return Invalid("verify.addresses", "no address is given").WithHint("write them as host:port")
	}
	for _, address := range v.Addresses {
		if err := CheckAddress("verify.addresses", address); err != nil {
			return err
		}
	}
	return CheckProtocol("verify.protocol", v.Protocol)
}

// CheckAddress says whether an input is an address that can be looked at.
func CheckAddress(field, address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return Invalid(field, "%q is not host:port", address).
			WithHint("write web.example.com:443, 192.0.2.1:443 or, with brackets, [2001:db8::1]:443")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return Invalid(field, "%q in %q is not a port", port, address).WithHint("use a number from 1 to 65535")
	}
	return nil
}

// Protocols are what may be spoken at an address before TLS; tls is nothing.
var Protocols = []string{"tls", "smtp", "imap", "pop3", "postgresql"}

// CheckProtocol says whether an input is one of them.
func CheckProtocol(field, protocol string) error {
	if !slices.Contains(Protocols, protocol) {
		return Invalid(field, "%q is not a protocol that can be looked at", protocol).WithHint("use one of %s", strings.Join(Protocols, ", "))
	}
	return nil
}

// Sighting is what is served at one address, compared with what should be.
type Sighting struct {
	Address           string     `json:"address"` // IP:port, or as configured where the name has none
	Status            SyncStatus `json:"status"`
	Reason            SyncReason `json:"reason,omitempty"`
	FingerprintSHA256 string     `json:"fingerprint_sha256,omitempty"` // of what is served
	Detail            string     `json:"detail,omitempty"`
	At                time.Time  `json:"at"`
}

// AllInSync tells whether every address serves what it should.
func AllInSync(sightings []Sighting) bool {
	for _, s := range sightings {
		if s.Status != InSync {
			return false
		}
	}
	return len(sightings) > 0
}

// Pending is why a push is not made yet.
func (c Connector) Pending(order WorkOrder, now time.Time) *Error {
	return Errorf(KindPending, "connector %q is not pushed yet: work order %s waits for %s", c.Name, order.ID, order.WaitsFor(now))
}
