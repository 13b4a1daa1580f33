package engine

import (
	"cmp"
	"context"
	"crypto"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// PushOutcome is what became of one push. Err is nil when the device now has,
// verified by reading it back, what it should.
type PushOutcome struct {
	Connector clm.Connector
	Device    clm.Device
	Err       error
}

// delivery is one push with everything it needs.
type delivery struct {
	connector clm.Connector
	device    clm.Device
	row       clm.CertificateRow
	asking
	set       clm.FileSet
	sightings []clm.Sighting // of the server, where it is looked at
	changed   bool           // the device has, or may have, other files than before
	begun     bool           // it is on record that files are about to be put there
	stays     bool           // it is of an earlier version, which the connector keeps by somebody's will
	order     *clm.WorkOrder // under which it is made, nil where nobody has to agree
	digest    string         // of what the order is about
}

// asking is what somebody has said of a push, beyond that it is to be made.
type asking struct {
	settled   bool   // somebody has looked at what an earlier push left
	told      bool   // somebody has said that it is to be now
	under     string // id of the work order that was spoken of, "" when any will do
	takesBack bool   // it puts back what the last one replaced
	yields    bool   // nobody has: whoever else pushes there goes first
	missing   bool   // it is to be there, whoever puts it there
}

// mayBegin tells whether the order lets the push begin.
func (d *delivery) mayBegin(now time.Time) bool {
	return d.order.Due(now) || d.order.Begun() || d.told && d.order.State != clm.PendingApproval
}

// PushConnector puts a certificate's current version where the connector says.
//
//	preflight    nothing recorded, nothing touched
//	permit       where people have to agree: a work order is asked for, or found agreed to
//	begin        recorded as pushing: from here on a crash is seen as such
//	pre_script   the owner's; nothing of ours is touched yet
//	install      the device switches at one instant, or not at all
//	post_script  the device takes the new files in
//	verify       read back, and seen being served; what was sent proves nothing
//	settle       what was there before is given up
//	complete     recorded as pushed, with the digests of what is there
//
// A failure after install puts back what was there. A push found at pushing died
// between begin and complete. It is done again: install is atomic and repeatable. Only
// a script that may have begun is not run twice, unless it says that this does no harm.
//
// A push that another has overtaken is done again, too: whose files the device has now
// is not known, only what is current.
func (e *Engine) PushConnector(ctx context.Context, by clm.Principal, ref string) PushOutcome {
	return e.pushWith(ctx, by, ref, asking{})
}

// PushAgain is PushConnector by somebody who has looked at the device, where a push
// has ended in the middle of a script.
func (e *Engine) PushAgain(ctx context.Context, by clm.Principal, ref string) PushOutcome {
	if err := e.goOn(ctx, by, ref); err != nil {
		return PushOutcome{Err: err}
	}
	return e.pushWith(ctx, by, ref, asking{settled: true})
}

func (e *Engine) pushWith(ctx context.Context, by clm.Principal, ref string, asked asking) PushOutcome {
	for again := maxConflicts; ; again-- {
		d, err := e.load(ctx, ref)
		d.asking = asked
		if err == nil && d.takesBack {
			err = e.view(ctx, func(tx Tx) error { return d.takeBack(tx, by, e.now()) })
		}
		if err == nil {
			err = e.deliver(ctx, by, &d)
		}
		if clm.KindOf(err) != clm.KindConflict || again == 0 || d.yields {
			return PushOutcome{Connector: d.connector, Device: d.device, Err: err}
		}
		// Who has begun and was overtaken may have put older files over those of the other:
		// that these are on record says nothing any more.
		asked.missing = asked.missing && !d.begun
	}
}

func (e *Engine) deliver(ctx context.Context, by clm.Principal, d *delivery) error {
	if err := d.eligible(); err != nil {
		return err
	}
	if d.outrun(e.now()) {
		return clm.NounConnector.Changed(d.connector.Name)
	}
	if there, err := e.putByOthers(ctx, d); there || err != nil {
		return err
	}
	if err := e.view(ctx, d.distributed); err != nil {
		return err
	}
	if err := e.render(ctx, d); err != nil {
		return err
	}
	if err := e.Deployer.Preflight(ctx, d.device, d.set); err != nil {
		return err
	}
	if err := e.permit(ctx, by, d); err != nil {
		return err
	}
	if !d.settled && !d.connector.MayRepeat(d.device) {
		return e.lost(ctx, by, d, e.resolve(ctx, by, d))
	}
	if err := e.begin(ctx, by, d); err != nil {
		return err
	}
	d.begun = true
	if err := e.put(ctx, by, d); err != nil {
		return e.fail(ctx, by, d, err)
	}
	if err := e.complete(ctx, by, d, digestsOf(d.set)); err != nil {
		return err
	}
	return e.tidy(ctx, by, d)
}

// load gathers a connector with its device and certificate.
func (e *Engine) load(ctx context.Context, ref string) (d delivery, err error) {
	err = e.view(ctx, func(tx Tx) error {
		if d.connector, err = tx.Connector(ref); err != nil {
			return err
		}
		return d.gather(tx, e.now())
	})
	return d, err
}

func (d *delivery) gather(tx Tx, now time.Time) (err error) {
	if d.device, err = tx.Device(d.connector.DeviceID); err != nil {
		return asField("device_id", err)
	}
	if d.row, err = tx.Certificate(d.connector.CertificateID); err != nil {
		return asField("certificate_id", err)
	}
	return d.stay(tx, now)
}

// eligible refuses, with the reason, what must not be pushed.
func (d *delivery) eligible() error {
	return d.connector.Eligible(d.device, d.row.Certificate.Name, d.row.Current)
}

// preflight says whether a push could work, before anything is recorded.
func (e *Engine) preflight(ctx context.Context, connector clm.Connector) error {
	if err := connector.Check(); err != nil {
		return err
	}
	d := delivery{connector: connector}
	err := e.view(ctx, func(tx Tx) error {
		if err := d.gather(tx, e.now()); err != nil {
			return err
		}
		_, err := d.policy(tx, e.now())
		return err
	})
	if err != nil {
		return err
	}
	if d.device.CertSync != clm.SyncManaged {
		return nil // recorded all the same; the push will say why it is refused
	}
	if err := d.eligible(); err != nil {
		return err
	}
	if err := e.view(ctx, d.distributed); err != nil {
		return err
	}
	err = e.Deployer.Preflight(ctx, d.device, placeOf(connector, connector.FileSystem))
	if clm.KindOf(err) != clm.KindExists {
		return err
	}
	return cmp.Or(e.view(ctx, d.unclaimed), err)
}

// unclaimed refuses a file that another connector keeps: a device could tell
// only that one's id.
func (d *delivery) unclaimed(tx Tx) error {
	others, err := tx.Connectors(clm.ConnectorFilter{DeviceID: d.device.ID}, clm.Page{})
	if err != nil {
		return err
	}
	wanted := d.connector.FileSystem.Paths()
	for _, other := range others {
		for _, path := range other.FileSystem.Paths() {
			if other.ID != d.connector.ID && slices.Contains(wanted, path) {
				return d.connector.FileTaken(path, d.device.Name, other.Name)
			}
		}
	}
	return nil
}

// render makes the files of the current version, as the connector wants them.
func (e *Engine) render(ctx context.Context, d *delivery) error {
	r, err := renderingOf(d.connector, d.row.Certificate.Name, *d.row.Current)
	if err != nil {
		return err
	}
	if d.connector.FileSystem.HoldsKey() {
		if r.key, err = e.keyOf(ctx, *d.row.Current); err != nil {
			return err
		}
	}
	if r.passwords, err = e.passwords(ctx, d.connector); err != nil {
		return err
	}
	if r.place.PKCS12Profile == "auto" {
		facts, err := e.facts(ctx, d.device)
		if err != nil {
			return err
		}
		r.place.PKCS12Profile = facts.PKCS12Profile()
	}
	d.set = placeOf(d.connector, d.connector.FileSystem)
	d.set.Restorable = d.connector.Restorable(d.device)
	return r.fill(&d.set)
}

// keyOf opens the private key of a version.
func (e *Engine) keyOf(ctx context.Context, v clm.Version) (crypto.Signer, error) {
	var sealed clm.PrivateKey
	err := e.view(ctx, func(tx Tx) (err error) {
		sealed, err = tx.Key(v.KeyID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.open(sealed)
}

func (e *Engine) begin(ctx context.Context, by clm.Principal, d *delivery) error {
	return e.update(ctx, by, func(c change) error {
		fresh := delivery{connector: d.connector}
		if err := fresh.gather(c, c.now); err != nil {
			return err
		}
		if current := fresh.row.Current; current == nil || current.Number != d.row.Current.Number || current.State != d.row.Current.State {
			return clm.NounCertificate.Changed(d.row.Certificate.Name) // what is not current any more is not put anywhere
		}
		next := d.connector
		if err := next.BeginPush(c.now); err != nil {
			return err
		}
		if d.takesBack {
			return c.beginRollBack(&next, d)
		}
		if err := c.carried(d, "implement"); err != nil {
			return err
		}
		if err := c.endOrders(d, "another push has begun"); err != nil {
			return err
		}
		return c.save(&next, d, "begin_push", nil)
	})
}

func verify(device clm.Device, set clm.FileSet, found []clm.ObservedFile) error {
	wanted := digestsOf(set)
	for _, file := range found {
		if file.SHA256 != wanted[file.Name] || file.Exposed {
			return clm.Errorf(clm.KindFailed, "device %q does not hold what was just written to %s in %q", device.Name, file.Name, set.Directory).
				WithHint("something else writes there at the same time; find it, then apply again")
		}
	}
	if len(found) != len(set.Files) {
		return clm.Errorf(clm.KindFailed, "device %q shows %d of %d files just written", device.Name, len(found), len(set.Files))
	}
	return nil
}

// complete records what the device was seen to hold.
func (e *Engine) complete(ctx context.Context, by clm.Principal, d *delivery, files map[string]string) error {
	return e.update(ctx, by, func(c change) error {
		next := d.connector
		push := clm.Push{
			Version: d.row.Current.Number, Directory: d.connector.FileSystem.Directory, FingerprintSHA256: d.row.Current.FingerprintSHA256,
			Files: files, At: c.now,
		}
		next.Sightings = d.sightings
		if err := c.tookBack(d); err != nil {
			return err
		}
		if err := next.CompletePush(push); err != nil {
			return err
		}
		if err := c.carried(d, "complete"); err != nil {
			return err
		}
		return c.save(&next, d, "complete_push", map[string]string{"fingerprint_sha256": push.FingerprintSHA256})
	})
}

// fail records why a push failed. The cause is what the caller gets, whether or
// not recording it worked.
func (e *Engine) fail(ctx context.Context, by clm.Principal, d *delivery, cause error) error {
	err := e.update(context.WithoutCancel(ctx), by, func(c change) error {
		next := d.connector
		record := func() error { return next.FailPush(cause) }
		if d.takesBack && !d.changed && !clm.IsUnknown(cause) {
			record = next.KeepPushed
		}
		if err := record(); err != nil {
			return err
		}
		verb := "fail"
		if clm.IsUnknown(cause) {
			verb = "lose"
		}
		if err := c.carried(d, verb); err != nil {
			return err
		}
		return c.save(&next, d, "fail_push", map[string]string{"error": recordable(cause)})
	})
	switch {
	case clm.KindOf(err) == clm.KindConflict:
		return err // another push is on record: this one's trouble is past
	case err != nil:
		return fmt.Errorf("%w; recording that failed too: %w", cause, err)
	}
	return cause
}

// recordable is what may be recorded of an error for good: what a script printed is
// for its owner alone, and comes after the first line.
func recordable(cause error) string {
	said, _, _ := strings.Cut(cause.Error(), "\n")
	return said
}

// tidy removes the files at places the connector has left.
func (e *Engine) tidy(ctx context.Context, by clm.Principal, d *delivery) error {
	if len(d.connector.Leftover) == 0 {
		return nil
	}
	for _, place := range d.connector.Leftover {
		if err := e.Deployer.Remove(ctx, d.device, placeOf(d.connector, place)); err != nil {
			return err
		}
	}
	return e.update(ctx, by, func(c change) error {
		next := d.connector
		next.Leftover = nil
		return c.save(&next, d, "remove_leftover", nil)
	})
}

// save writes the connector's next form and, once that stands, hands it to d.
func (c change) save(next *clm.Connector, d *delivery, verb string, details map[string]string) error {
	if err := c.UpdateConnector(next); err != nil {
		return err
	}
	d.connector = *next
	if details == nil {
		details = map[string]string{}
	}
	details["device"], details["certificate"] = d.device.Name, d.row.Certificate.Name
	return c.record(clm.NounConnector, verb, next.ID, next.Name, details)
}
