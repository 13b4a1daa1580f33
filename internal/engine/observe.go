package engine

import (
	"context"
	"crypto/x509"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// Observation is a connector as it stands and what its device has right now.
type Observation struct {
	Connector clm.Connector
	Device    clm.Device
	Current   clm.Version // of the connector's certificate
	Sync      clm.Sync
	Order     *clm.WorkOrder // the newest, where pushes need one
	Held      error          // why nothing is pushed for now, though it would help
}

// ObserveConnector looks at the device. It changes nothing, and trouble with
// the device is not an error but what was observed.
func (e *Engine) ObserveConnector(ctx context.Context, ref string) (Observation, error) {
	d, err := e.load(ctx, ref)
	if err != nil {
		return Observation{}, err
	}
	sync, err := e.look(ctx, d)
	if err == nil && sync.Status == clm.InSync {
		sync, err = e.lookServed(ctx, &d, sync)
	}
	kept := d.stays && sync.Status == clm.InSync
	if kept {
		sync = clm.Out(clm.ReasonPreviousCertificate, d.connector.Kept().Error(), sync.ObservedAt)
	}
	out := Observation{Connector: d.connector, Device: d.device, Sync: sync}
	if err != nil || d.row.Current == nil {
		return out, err
	}
	out.Current = *d.row.Current
	out.Held = e.view(ctx, func(tx Tx) (err error) {
		if out.Order, err = d.lastOrder(tx); err != nil {
			return err
		}
		if err := d.distributed(tx); err != nil {
			return err
		}
		if kept {
			return d.connector.Kept()
		}
		return d.held(out.Order, e.now())
	})
	return out, nil
}

func (e *Engine) look(ctx context.Context, d delivery) (clm.Sync, error) {
	now := e.now()
	if !d.device.MayRead() {
		return clm.Sync{Status: clm.SyncNotObserved, ObservedAt: now}, nil
	}
	files, err := e.Deployer.Observe(ctx, d.device, placeOf(d.connector, d.connector.FileSystem))
	switch clm.KindOf(err) {
	case clm.KindUnreachable:
		return clm.Out(clm.ReasonConnectionFailed, err.Error(), now), nil
	case clm.KindFailed, clm.KindExists, clm.KindInvalid, clm.KindRefused:
		return clm.Out(clm.ReasonDeviceUnhealthy, err.Error(), now), nil
	}
	if err != nil {
		return clm.Sync{}, err
	}
	if d.row.Current == nil {
		return clm.Out(clm.ReasonNeverPushed, "", now), nil
	}
	holding, err := e.holding(ctx, d, files)
	return clm.JudgeSync(d.connector.LastPush != nil, d.row.Current.Withdrawn(), holding, now), err
}

// lookServed looks at the servers that should serve what the device has. Right files
// are not enough: a server may not have taken them in.
func (e *Engine) lookServed(ctx context.Context, d *delivery, files clm.Sync) (clm.Sync, error) {
	if d.connector.Verify == nil {
		return files, nil
	}
	d.connector.Sightings = e.Prober.Look(ctx, *d.connector.Verify, *d.row.Current)
	for _, s := range d.connector.Sightings {
		if s.Status == clm.InSync {
			continue
		}
		owner, err := e.ownerOf(ctx, *d, s.FingerprintSHA256)
		return clm.JudgeServed(s, owner, files.ObservedAt), err
	}
	return files, nil
}

// holding compares what was found with what should be there.
func (e *Engine) holding(ctx context.Context, d delivery, files []clm.ObservedFile) (clm.Holding, error) {
	r, err := renderingOf(d.connector, d.row.Certificate.Name, *d.row.Current)
	if err != nil {
		return clm.Holding{}, err
	}
	wanted, err := r.public()
	if err != nil {
		return clm.Holding{}, err
	}
	h := clm.Holding{KeyMatches: true, ChainMatches: true}
	place := d.connector.FileSystem
	for _, file := range files {
		switch {
		case !file.Present:
			h.Missing = append(h.Missing, file.Name)
		case file.Name == place.StoreFile:
			h.CertificateOwner, h.KeyExposed = sealedOwner(d, file), file.Exposed
		case place.OneFile() && file.Name == place.KeyFile:
			h.CertificateOwner, h.KeyExposed = sealedOwner(d, file), file.Exposed
			h.KeyMatches = file.SHA256 != digestOf(wanted[file.Name]) // the certificate alone has none
		case file.Name == place.CertificateFile:
			h.CertificateOwner, err = e.owner(ctx, d, file, digestOf(wanted[file.Name]))
		case file.Name == place.KeyFile:
			h.KeyMatches, h.KeyExposed = keyMatches(d, file), file.Exposed
		case file.Name == place.ChainFile:
			h.ChainMatches = file.SHA256 == digestOf(wanted[file.Name])
		}
		if err != nil {
			return h, err
		}
	}
	return h, nil
}

// keyMatches compares digests: a private key is never read back. The push must
// have been of this very certificate, whatever the connector held before.
func keyMatches(d delivery, file clm.ObservedFile) bool {
	push := d.connector.LastPush
	return isPushed(d, file) && push.FingerprintSHA256 == d.row.Current.FingerprintSHA256
}

// isPushed tells whether a file is what the last push put there.
func isPushed(d delivery, file clm.ObservedFile) bool {
	push := d.connector.LastPush
	return push != nil && file.SHA256 != "" && push.Files[file.Name] == file.SHA256
}

// sealedOwner says whose certificate a file with a private key holds. It is never read
// back: it is the one that was pushed, or anybody's.
func sealedOwner(d delivery, file clm.ObservedFile) clm.CertificateOwner {
	switch {
	case !isPushed(d, file):
		return clm.OwnerUnknown
	case d.connector.LastPush.FingerprintSHA256 != d.row.Current.FingerprintSHA256:
		return clm.OwnerPrevious
	}
	return clm.OwnerCurrent
}

// owner says whose certificate a file holds.
func (e *Engine) owner(ctx context.Context, d delivery, file clm.ObservedFile, expected string) (clm.CertificateOwner, error) {
	if file.SHA256 == expected {
		return clm.OwnerCurrent, nil
	}
	certificates, err := readCertificates(file.Content)
	if err != nil {
		return clm.OwnerUnknown, nil //nolint:nilerr // something that is no certificate is an observation, not an error
	}
	owner, err := e.ownerOf(ctx, d, pki.Fingerprint(certificates[0].Raw))
	if owner == clm.OwnerCurrent {
		return clm.OwnerUnknown, err // the right certificate in a file somebody edited
	}
	return owner, err
}

// ownerOf says whose certificate has a fingerprint.
func (e *Engine) ownerOf(ctx context.Context, d delivery, fingerprint string) (owner clm.CertificateOwner, err error) {
	var found clm.Version
	err = e.view(ctx, func(tx Tx) (err error) {
		found, err = tx.VersionByFingerprint(fingerprint)
		return err
	})
	switch {
	case clm.KindOf(err) == clm.KindNotFound:
		return clm.OwnerUnknown, nil
	case err != nil:
		return "", err
	case found.CertificateID != d.row.Certificate.ID:
		return clm.OwnerOther, nil
	case found.Number != d.row.Current.Number:
		return clm.OwnerPrevious, nil
	}
	return clm.OwnerCurrent, nil
}

// readCertificates reads them in whatever form they are.
func readCertificates(content []byte) ([]*x509.Certificate, error) {
	certificates, err := pki.ParseCertificates(content)
	if err != nil {
		return pki.DecodePKCS7(content)
	}
	return certificates, nil
}

// SyncStatus observes every connector of a certificate.
func (e *Engine) SyncStatus(ctx context.Context, ref string) (clm.CertificateRow, []Observation, error) {
	row, err := e.Certificate(ctx, ref)
	if err != nil {
		return row, nil, err
	}
	observations, err := e.observeAll(ctx, clm.ConnectorFilter{CertificateID: row.Certificate.ID})
	return row, observations, err
}

// observeAll observes every connector that a filter leaves, by name.
func (e *Engine) observeAll(ctx context.Context, filter clm.ConnectorFilter) ([]Observation, error) {
	connectors, err := e.Connectors(ctx, filter, clm.Page{})
	if err != nil {
		return nil, err
	}
	observations := make([]Observation, len(connectors))
	err = e.atOnceEach(ctx, len(connectors), func(ctx context.Context, i int) (err error) {
		observations[i], err = e.ObserveConnector(ctx, connectors[i].ID)
		return err
	})
	return observations, err
}
