package engine

import (
	"context"
	"crypto/x509"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// CheckIn is what became of bringing one device's trust up to date.
type CheckIn struct {
	Device clm.Device
	Err    error // nil: it states that it has what its profile publishes
}

// briefing is what a device is told, and what it stated before.
type briefing struct {
	device  clm.Device
	profile clm.CommunicationProfile
	bundle  clm.Bundle
	receipt clm.Receipt
	set     clm.FileSet
}

// checkIn brings a device that is reached from here up to date and records what it
// states. What counts is what was read back from it, never what was written.
//
//	brief    nothing touched
//	look     it may have everything already
//	concede  on record is no more than it keeps, whatever comes of this
//	install  the device switches at one instant, or not at all
//	look     what it has installed is its statement
//	attest   recorded; before this the device has it and nobody knows, which is
//	         found out by the next look
//
// When somebody else hears of the device meanwhile, what was seen is not the last
// word any more: it is looked at again.
func (e *Engine) checkIn(ctx context.Context, by clm.Principal, device clm.Device) error {
	for again := maxConflicts; ; again-- {
		err := e.checkInOnce(ctx, by, device)
		if clm.KindOf(err) != clm.KindConflict || again == 0 {
			return err
		}
	}
}

func (e *Engine) checkInOnce(ctx context.Context, by clm.Principal, device clm.Device) error {
	b, err := e.brief(ctx, device)
	if err != nil {
		return err
	}
	stated, err := e.installed(ctx, b)
	looked := err == nil
	if looked && b.calls(stated) {
		if err := e.concede(ctx, by, &b, stated); err != nil {
			return err
		}
		looked = false // what it has after an installation that failed is not known
		if err = e.Deployer.Install(ctx, device, b.set); err == nil {
			stated, err = e.installed(ctx, b)
			looked = err == nil
		}
	}
	if clm.KindOf(err) == clm.KindUnreachable && err != nil {
		return err // it stated nothing
	}
	if recorded := e.attest(ctx, by, b, stated, looked, err); recorded != nil {
		return recorded
	}
	if err != nil {
		return err
	}
	return e.leavePlace(ctx, by, b)
}

// brief gathers what a device is to be told.
func (e *Engine) brief(ctx context.Context, device clm.Device) (b briefing, err error) {
	b.device = device
	err = e.view(ctx, func(tx Tx) error {
		if b.profile, err = tx.Profile(device.ProfileID); err != nil {
			return asField("communication_profile_id", err)
		}
		if b.bundle, err = tx.Bundle(b.profile.ID, b.profile.BundleDigest); err != nil {
			return err
		}
		b.receipt, err = tx.Receipt(device.ID)
		return err
	})
	if err != nil {
		return b, err
	}
	b.set, err = trustSet(device, b.profile.TrustStore, b.bundle)
	if !b.moves() {
		b.set.Claimed = b.receipt.Place.FileNames() // ours, even when somebody replaced them by hand
	}
	return b, err
}

// moves tells whether the bundle is to lie elsewhere than where we put it last.
func (b briefing) moves() bool {
	old := b.receipt.Place
	return old != (clm.TrustStore{}) && old.Directory != b.profile.TrustStore.Directory
}

// calls tells whether what the device has calls for an installation, and we may
// do one. Another place or other files call for one too, even when the bundle
// itself is right: what is left over would go stale unseen.
func (b briefing) calls(stated string) bool {
	old := b.receipt.Place
	reshaped := old != (clm.TrustStore{}) && old != b.profile.TrustStore
	return b.device.MayPush() == nil && (stated != b.bundle.Digest || reshaped)
}

// installed is the digest of the bundle the device has installed, "" for none.
func (e *Engine) installed(ctx context.Context, b briefing) (string, error) {
	found, err := e.Deployer.Observe(ctx, b.device, b.set)
	if err != nil {
		return "", err
	}
	wanted := digestsOf(b.set)
	stated, complete := "", true
	for _, file := range found {
		if file.Name == b.profile.TrustStore.BundleFile {
			stated = file.SHA256
		}
		complete = complete && file.SHA256 == wanted[file.Name]
	}
	if !complete && stated == b.bundle.Digest {
		return "", nil // the other forms of the bundle are part of it
	}
	return stated, nil
}

// attest records what a device stated. A look that failed states nothing new.
func (e *Engine) attest(ctx context.Context, by clm.Principal, b briefing, digest string, looked bool, trouble error) error {
	failure := ""
	if trouble != nil {
		failure = trouble.Error()
	}
	return e.update(context.WithoutCancel(ctx), by, func(c change) error {
		receipt, err := c.unheard(b)
		if err != nil {
			return err
		}
		if digest, err = knownDigest(c.Tx, receipt.ProfileID, digest); err != nil {
			return err
		}
		if !looked {
			digest = receipt.Digest
		}
		receipt.Attest(digest, failure, c.now)
		if trouble == nil && digest == b.bundle.Digest && b.device.MayPush() == nil && !b.moves() {
			receipt.Place = b.profile.TrustStore
		}
		return c.PutReceipt(receipt)
	})
}

// leavePlace takes the bundle away from where the profile does not want it any
// more, once it is at its new place.
func (e *Engine) leavePlace(ctx context.Context, by clm.Principal, b briefing) error {
	if !b.moves() || b.device.MayPush() != nil {
		return nil //nolint:nilerr // what may not be written is not taken away either
	}
	left, err := trustSet(b.device, b.receipt.Place, b.bundle)
	if err != nil {
		return err
	}
	if err := e.Deployer.Remove(ctx, b.device, left); err != nil {
		return err
	}
	return e.update(ctx, by, func(c change) error {
		receipt, err := c.Receipt(b.device.ID)
		if err != nil {
			return err
		}
		receipt.Place = b.profile.TrustStore
		return c.PutReceipt(receipt)
	})
}

// trustSet is the bundle in every form the trust store has. The forms are
// functions of the bundle: the same bundle gives the same bytes.
func trustSet(device clm.Device, place clm.TrustStore, bundle clm.Bundle) (clm.FileSet, error) {
	set := clm.FileSet{Owner: device.ID, Directory: strings.TrimPrefix(place.Directory, "/")}
	set.Files = append(set.Files, clm.File{Name: place.BundleFile, Content: bundle.PEM()})
	certificates, err := parseAll(bundle.Certificates)
	if err != nil {
		return set, err
	}
	for _, form := range []struct {
		file   string
		encode func([]*x509.Certificate, string) ([]byte, error)
	}{{place.JavaKeyStoreFile, pki.EncodeTrustStoreJKS}, {place.PKCS12File, pki.EncodeTrustStorePKCS12}} {
		if form.file == "" {
			continue
		}
		content, err := form.encode(certificates, clm.TrustStorePassword)
		if err != nil {
			return set, err
		}
		set.Files = append(set.Files, clm.File{Name: form.file, Content: content})
	}
	return set, nil
}

// Attest takes in what a device states that reports by itself. A digest that no
// bundle of its profile has counts for nothing, and is recorded all the same.
func (e *Engine) Attest(ctx context.Context, by clm.Principal, ref, digest, failure string) (receipt clm.Receipt, err error) {
	err = e.update(ctx, by, func(c change) error {
		device, err := c.Device(ref)
		if err != nil {
			return err
		}
		if device.ProfileID == "" {
			return clm.Errorf(clm.KindRefused, "device %q has no communication profile", device.Name).
				WithHint("set communication_profile_id on the device")
		}
		if receipt, err = c.Receipt(device.ID); err != nil {
			return err
		}
		stated, err := knownDigest(c.Tx, receipt.ProfileID, digest)
		if err != nil {
			return err
		}
		receipt.Attest(stated, failure, c.now)
		return c.PutReceipt(receipt)
	})
	return receipt, err
}

func (e *Engine) knownDigest(ctx context.Context, profileID, stated string) (digest string, err error) {
	err = e.view(ctx, func(tx Tx) error {
		digest, err = knownDigest(tx, profileID, stated)
		return err
	})
	return digest, err
}

// knownDigest keeps what a device states to the digests there are, so that a
// broken device cannot fill the tallies with ones of its own.
func knownDigest(tx Tx, profileID, digest string) (string, error) {
	if digest == "" {
		return "", nil
	}
	_, err := tx.Bundle(profileID, digest)
	if clm.KindOf(err) == clm.KindNotFound {
		return clm.ForeignDigest, nil
	}
	return digest, err
}
