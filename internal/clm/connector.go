package clm

import (
	"maps"
	"reflect"
	"slices"
	"time"
)

// PushState is what is recorded of the last push to a connector. What the
// device really has is Sync's to say.
type PushState string

const (
	// NeverPushed: nothing was put there yet. A push begins from here.
	NeverPushed PushState = "never_pushed"
	// Pushing: a push has begun. Found at rest, it is a push that died; beginning
	// again is safe because installing a file set is atomic and repeatable.
	Pushing PushState = "pushing"
	// Pushed: the last push was verified.
	Pushed PushState = "pushed"
	// PushFailed: the last push failed; the device kept what it had.
	PushFailed PushState = "push_failed"
)

var pushTable = table[PushState]{
	"begin_push":    {from: []PushState{NeverPushed, Pushed, PushFailed, Pushing}, to: Pushing},
	"complete_push": {from: []PushState{Pushing, PushFailed}, to: Pushed}, // a look may tell that one ended well after all
	"fail_push":     {from: []PushState{Pushing}, to: PushFailed},
	"keep_pushed":   {from: []PushState{Pushing}, to: Pushed}, // a roll back failed, and the device has what it had
}

// Connector is where one certificate lives on one device.
type Connector struct {
	ID              string     `json:"id"`
	Name            string     `json:"name"`
	CertificateID   string     `json:"certificate_id"`
	DeviceID        string     `json:"device_id"`
	FileSystem      FileSystem `json:"file_system"`
	RemoveOnDestroy bool       `json:"remove_on_destroy"`
	// RequireDistribution holds a push back until every device of the device's
	// communication profile trusts what vouches for the certificate.
	RequireDistribution bool          `json:"require_distribution,omitempty"`
	PushSettings        *PushSettings `json:"push,omitempty"` // nil: the defaults
	Verify              *Verification `json:"verify,omitempty"`
	// Running is the step that a push may be in the middle of. Found at rest, nobody
	// knows what it did: it is settled by a look, or by a person, and never by doing
	// it again.
	Running   PushStep   `json:"running,omitempty"`
	SecretID  string     `json:"secret_id,omitempty"` // of the sealed passwords of its key store, "" when it has none
	Sightings []Sighting `json:"sightings,omitempty"` // of the last verification
	State     PushState  `json:"state"`
	BegunAt   time.Time  `json:"begun_at,omitzero"`   // when the last push began
	LastPush  *Push      `json:"last_push,omitempty"` // the last that succeeded
	Previous  *Push      `json:"previous,omitempty"`  // the last before it that put another certificate there
	// RolledBack is there while the connector keeps an earlier version by somebody's will.
	RolledBack *Reversal    `json:"rolled_back,omitempty"`
	Leftover   []FileSystem `json:"leftover,omitempty"` // earlier places whose files are still to be removed
	Failure    string       `json:"failure,omitempty"`  // why the last push failed
	CreatedAt  time.Time    `json:"created_at"`
	UpdatedAt  time.Time    `json:"updated_at"`
	Revision   int64        `json:"-"`

	Secrets *StoreSecrets `json:"-"` // there while the connector is being written; nil: as they are
}

// Push records what a push put on the device.
type Push struct {
	Version           int64             `json:"version"`
	Directory         string            `json:"directory"`
	FingerprintSHA256 string            `json:"fingerprint_sha256"`
	Files             map[string]string `json:"files"` // name to lower-case hex SHA-256
	At                time.Time         `json:"at"`
}

// Check says whether the connector is well formed.
func (c Connector) Check() error {
	if err := CheckName(c.Name); err != nil {
		return err
	}
	if err := c.Settings().Check(); err != nil {
		return err
	}
	if err := c.Verify.Check(); err != nil {
		return err
	}
	return c.FileSystem.Check()
}

// AsksFor tells whether a wish is the connector's own already.
func (c Connector) AsksFor(wanted Connector) bool {
	return wanted.Secrets == nil && c.Name == wanted.Name && c.CertificateID == wanted.CertificateID && c.DeviceID == wanted.DeviceID &&
		c.RemoveOnDestroy == wanted.RemoveOnDestroy && c.RequireDistribution == wanted.RequireDistribution &&
		reflect.DeepEqual(c.FileSystem, wanted.FileSystem) && reflect.DeepEqual(c.PushSettings, wanted.PushSettings) &&
		reflect.DeepEqual(c.Verify, wanted.Verify)
}

// FileTaken is the error for a file that another connector of the device keeps.
func (c Connector) FileTaken(path, device, other string) *Error {
	e := Errorf(KindExists, "file %q on device %q belongs to connector %q already", path, device, other)
	e.Field = "file_system"
	return e.WithHint("give connector %q another directory or other file names", c.Name)
}

// BeginPush is recorded before the device is touched.
func (c *Connector) BeginPush(now time.Time) error {
	c.Running, c.BegunAt = "", now
	if c.Settings().PreScript != nil {
		c.Running = StepPreScript
	}
	return c.apply("begin_push")
}

// Interrupted is why the connector is not pushed to: nobody knows how its last push
// ended.
func (c Connector) Interrupted() *Error {
	refusal := Errorf(KindRefused, "a push by connector %q ended in the middle of its %s: what that did is not known", c.Name, c.Running)
	if c.RolledBack != nil {
		return refusal.WithHint("look at the device; then roll back again by the action clm_roll_back_push or by `terraform-provider-clm roll-back-push %q`", c.Name)
	}
	return refusal.WithHint("look at the device; then push again by the action clm_push or by `terraform-provider-clm push %q`", c.Name)
}

// pushTime is how long a push may take beside its scripts.
const pushTime = 10 * time.Minute

// UnderWay tells whether a push may be in the middle of it. Where it has taken longer
// than any does, whoever made it has died.
func (c Connector) UnderWay(device Device, now time.Time) bool {
	longest := pushTime + c.Settings().PreScript.longest() + 2*c.Reload(device).longest() // putting back reloads, too
	return c.State == Pushing && now.Before(c.BegunAt.Add(longest))
}

// script is what a step runs, nil when the configuration has it no more.
func (c Connector) script(step PushStep, device Device) *Script {
	if step == StepPreScript {
		return c.Settings().PreScript
	}
	return c.Reload(device)
}

// MayRepeat tells whether a push that ended where the last one did can be made again
// without asking anybody.
func (c Connector) MayRepeat(device Device) bool {
	if c.Running == "" {
		return true
	}
	script := c.script(c.Running, device)
	return script != nil && script.Repeatable
}

// CompletePush records a verified push.
func (c *Connector) CompletePush(p Push) error {
	if err := c.apply("complete_push"); err != nil {
		return err
	}
	switch {
	case c.RolledBack != nil && c.RolledBack.To == p.Version:
		c.Previous = nil // what was taken back is nothing to go back to
	case c.LastPush != nil && c.LastPush.FingerprintSHA256 != p.FingerprintSHA256:
		c.Previous, c.RolledBack = c.LastPush, nil
	}
	c.LastPush, c.Failure, c.Running = &p, "", ""
	return nil
}

// FailPush records a failed push; the device kept what it had. Where nobody knows what
// a script did, that step stays on record as begun.
func (c *Connector) FailPush(cause error) error {
	if err := c.apply("fail_push"); err != nil {
		return err
	}
	c.Failure = cause.Error()
	if !IsUnknown(cause) {
		c.Running = ""
	}
	return nil
}

// KeepPushed records that a roll back failed and the device has what it had.
func (c *Connector) KeepPushed() error {
	if err := c.apply("keep_pushed"); err != nil {
		return err
	}
	c.RolledBack, c.Running = nil, ""
	return nil
}

// MoveTo changes the place. Files at the old one are removed once the new one
// is served; until then the connector remembers them.
func (c *Connector) MoveTo(place FileSystem) {
	left := slices.Clone(c.Leftover)
	if c.State != NeverPushed {
		left = append(left, c.FileSystem) // a push that failed may have put files there all the same
	}
	c.Leftover = slices.DeleteFunc(left, func(f FileSystem) bool { return sameDirectory(f.Directory, place.Directory) })
	c.FileSystem = place
}

func sameDirectory(a, b string) bool { return belowRoot(a) == belowRoot(b) }

// WantsPush tells whether pushing would put something right, going by the last
// look at the place.
func (c Connector) WantsPush(seen Sync) bool {
	if seen.Reason == ReasonPreviousCertificate && !c.Settings().Automatic && !c.unfinished() {
		return false // it waits until somebody pushes
	}
	return seen.Repairable() || seen.answers() && c.unfinished()
}

// unfinished tells whether a push was begun and not brought to its end: what the
// place holds may look right while a file at an earlier one, or one no longer
// wanted, is still there.
func (c Connector) unfinished() bool {
	return len(c.Leftover) > 0 || c.State == Pushing || c.State == PushFailed || c.keepsMore()
}

// keepsMore tells whether the last push put a file in the place that is not
// wanted any more.
func (c Connector) keepsMore() bool {
	wanted := c.FileSystem.FileNames()
	return slices.ContainsFunc(c.Ours(c.FileSystem), func(name string) bool { return !slices.Contains(wanted, name) })
}

// Ours names the files the last push put in a place: they may be overwritten
// even when somebody replaced them by hand.
func (c Connector) Ours(place FileSystem) []string {
	if c.LastPush == nil || !sameDirectory(c.LastPush.Directory, place.Directory) {
		return nil
	}
	return slices.Sorted(maps.Keys(c.LastPush.Files))
}

func (c *Connector) apply(verb string) error {
	next, err := pushTable.next(NounConnector, c.Name, verb, c.State)
	if err != nil {
		return err
	}
	c.State = next
	return nil
}

// Untouched tells whether its owner never changed it since it was made.
func (c Connector) Untouched() bool { return c.UpdatedAt.Equal(c.CreatedAt) }
