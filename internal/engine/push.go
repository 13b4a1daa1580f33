package engine

import (
	"cmp"
	"context"
	"crypto"
	"fmt"
	"slices"

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
	set       clm.FileSet
}

// PushConnector puts a certificate's current version where the connector says.
//
//	preflight   nothing recorded, nothing touched
//	begin       recorded as pushing: from here on a crash is seen as such
//	install     the device switches at one instant, or not at all
//	verify      read back; what was sent proves nothing
//	complete    recorded as pushed, with the digests of what is there
//
// A push found at pushing died between begin and complete. It is simply done
// again: install is atomic and repeatable.
func (e *Engine) PushConnector(ctx context.Context, by clm.Principal, ref string) PushOutcome {
	d, err := e.load(ctx, ref)
	if err == nil {
		err = e.deliver(ctx, by, &d)
	}
	return PushOutcome{Connector: d.connector, Device: d.device, Err: err}
}

func (e *Engine) deliver(ctx context.Context, by clm.Principal, d *delivery) error {
	if err := d.eligible(); err != nil {
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
	if err := e.begin(ctx, by, d); err != nil {
		return err
	}
	if err := e.install(ctx, d); err != nil {
		return e.fail(ctx, by, d, err)
	}
	if err := e.complete(ctx, by, d); err != nil {
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
		return d.gather(tx)
	})
	return d, err
}

func (d *delivery) gather(tx Tx) (err error) {
	if d.device, err = tx.Device(d.connector.DeviceID); err != nil {
		return asField("device_id", err)
	}
	d.row, err = tx.Certificate(d.connector.CertificateID)
	return asField("certificate_id", err)
}

// eligible refuses, with the reason, what must not be pushed.
func (d *delivery) eligible() error {
	if err := d.device.MayPush(); err != nil {
		return err
	}
	if d.row.Current == nil || d.row.Current.State == clm.VersionRevoked {
		return clm.Errorf(clm.KindRefused, "certificate %q is revoked: it is not pushed to %q", d.row.Certificate.Name, d.device.Name).
			WithHint("apply the certificate first: a new one is enrolled in place of a revoked one")
	}
	if d.connector.FileSystem.KeyFile != "" && d.row.Current.KeyID == "" {
		return clm.Invalid("file_system.key_file", "the private key of certificate %q is not held here", d.row.Certificate.Name)
	}
	return nil
}

// preflight says whether a push could work, before anything is recorded.
func (e *Engine) preflight(ctx context.Context, connector clm.Connector) error {
	if err := connector.Check(); err != nil {
		return err
	}
	d := delivery{connector: connector}
	if err := e.view(ctx, d.gather); err != nil {
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
	err := e.Deployer.Preflight(ctx, d.device, placeOf(connector, connector.FileSystem))
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

func (e *Engine) render(ctx context.Context, d *delivery) error {
	var key crypto.Signer
	if d.connector.FileSystem.KeyFile != "" {
		var sealed clm.PrivateKey
		err := e.view(ctx, func(tx Tx) (err error) {
			sealed, err = tx.Key(d.row.Current.KeyID)
			return err
		})
		if err != nil {
			return err
		}
		if key, err = e.open(sealed); err != nil {
			return err
		}
	}
	set, err := fileSet(d.connector, *d.row.Current, key)
	d.set = set
	return err
}

func (e *Engine) begin(ctx context.Context, by clm.Principal, d *delivery) error {
	return e.update(ctx, by, func(c change) error {
		next := d.connector
		if err := next.BeginPush(); err != nil {
			return err
		}
		return c.save(&next, d, "begin_push", nil)
	})
}

// install switches the device and looks at what it then has.
func (e *Engine) install(ctx context.Context, d *delivery) error {
	if err := e.Deployer.Install(ctx, d.device, d.set); err != nil {
		return err
	}
	found, err := e.Deployer.Observe(ctx, d.device, d.set)
	if err != nil {
		return err
	}
	return verify(d.device, d.set, found)
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

func (e *Engine) complete(ctx context.Context, by clm.Principal, d *delivery) error {
	return e.update(ctx, by, func(c change) error {
		next := d.connector
		push := clm.Push{
			Version: d.row.Current.Number, Directory: d.connector.FileSystem.Directory, FingerprintSHA256: d.row.Current.FingerprintSHA256,
			Files: digestsOf(d.set), At: c.now,
		}
		if err := next.CompletePush(push); err != nil {
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
		if err := next.FailPush(cause.Error()); err != nil {
			return err
		}
		return c.save(&next, d, "fail_push", map[string]string{"error": cause.Error()})
	})
	if err != nil {
		return fmt.Errorf("%w; recording that failed too: %w", cause, err)
	}
	return cause
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

// pushAll pushes a new version to every connector of its certificate. One
// device's trouble is its own: it is reported and the rest go on.
func (e *Engine) pushAll(ctx context.Context, by clm.Principal, certificateID string) ([]PushOutcome, error) {
	// The new version exists, whatever becomes of the caller's patience: it has to
	// be told.
	connectors, err := e.Connectors(context.WithoutCancel(ctx), clm.ConnectorFilter{CertificateID: certificateID}, clm.Page{})
	if err != nil {
		return nil, err
	}
	var outcomes []PushOutcome
	for _, connector := range connectors {
		outcomes = append(outcomes, e.PushConnector(ctx, by, connector.ID))
	}
	return outcomes, nil
}
