package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// begun is on record from the moment something is taken from a device until it was
// seen what it has then. A process that dies in between leaves it there, and the
// device is looked at again.
const begun = "an installation was begun, and nobody has seen its end"

// concede records, before a device is touched, no more than what it keeps in any
// case. Otherwise an installation whose end nobody saw would leave a statement of
// what the device has not any more: once the same bundle was published again, that
// would count, and nobody would look at the device.
func (e *Engine) concede(ctx context.Context, by clm.Principal, b *briefing, seen string) error {
	var kept string
	err := e.view(ctx, func(tx Tx) (err error) {
		kept, err = b.keeps(tx, seen)
		return err
	})
	if err != nil || kept == b.receipt.Digest {
		return err
	}
	return e.update(ctx, by, func(c change) error {
		receipt, err := c.unheard(*b)
		if err != nil {
			return err
		}
		receipt.Attest(kept, begun, c.now)
		b.receipt = receipt
		return c.PutReceipt(receipt)
	})
}

// keeps is the digest of what the bundle a device was seen to have, and the one it is
// about to get, both hold.
func (b briefing) keeps(tx Tx, seen string) (string, error) {
	bundle, err := tx.Bundle(b.profile.ID, seen)
	switch {
	case clm.KindOf(err) == clm.KindNotFound:
		return knownDigest(tx, b.profile.ID, seen)
	case err != nil:
		return "", err
	}
	return knownDigest(tx, b.profile.ID, bundle.Common(b.bundle).Digest)
}

// unheard is the receipt of a device that nobody has heard of since it was looked at.
func (c change) unheard(b briefing) (clm.Receipt, error) {
	receipt, err := c.Receipt(b.device.ID)
	if err == nil && !receipt.Same(b.receipt) {
		err = clm.NounDevice.Changed(b.device.Name)
	}
	return receipt, err
}
