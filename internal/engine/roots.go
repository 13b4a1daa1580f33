package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// CreateRoot fills a new slot. The certificate, its sealed key and the audit row
// come into being in one transaction: before it nothing exists.
func (e *Engine) CreateRoot(ctx context.Context, by clm.Principal, w RootWish) (clm.RootCertificate, error) {
	if err := w.check(); err != nil {
		return clm.RootCertificate{}, err
	}
	in := w.RootInput
	now := e.now()
	m, err := in.read(now)
	if err != nil {
		return clm.RootCertificate{}, err
	}
	root := clm.RootCertificate{
		ID: clm.NewID(), Name: in.Name, State: clm.RootActive, Active: m.anchor(""),
		DeletionProtection: in.DeletionProtection, Source: in.Source, Policy: w.Policy,
	}
	var key *clm.PrivateKey
	if m.key != nil {
		sealed, err := e.seal(m.key, now)
		if err != nil {
			return clm.RootCertificate{}, err
		}
		key, root.Active.KeyID = &sealed, sealed.ID
	}
	err = e.update(ctx, by, func(c change) error {
		earlier, err := repeated(c, c.Root)
		if earlier != nil {
			root = *earlier
		}
		if earlier != nil || err != nil {
			return err
		}
		return c.insertRoot(&root, key)
	})
	return root, err
}

func (c change) insertRoot(root *clm.RootCertificate, key *clm.PrivateKey) error {
	if err := c.by.MayChange(clm.NounRoot, root.Name); err != nil {
		return err
	}
	if key != nil {
		if err := c.InsertKey(*key); err != nil {
			return err
		}
	}
	root.CreatedAt, root.UpdatedAt = c.now, c.now
	if err := c.InsertRoot(root); err != nil {
		return err
	}
	if err := c.remember(root.ID); err != nil {
		return err
	}
	return c.record(clm.NounRoot, "create", root.ID, root.Name, map[string]string{
		"source": root.Source.Kind, "fingerprint_sha256": root.Active.FingerprintSHA256,
	})
}

// DeleteRoot empties and removes a slot nothing depends on any more.
func (e *Engine) DeleteRoot(ctx context.Context, by clm.Principal, ref string) error {
	return e.update(ctx, by, func(c change) error {
		root, err := c.Root(ref)
		if err != nil {
			return err
		}
		if err := c.by.MayChange(clm.NounRoot, root.Name); err != nil {
			return err
		}
		children, err := c.CountCertificates(root.ID)
		if err != nil {
			return err
		}
		if err := root.MayDelete(children); err != nil {
			return err
		}
		if err := c.withoutAgents(root); err != nil {
			return err
		}
		if err := c.Tx.DeleteRoot(root); err != nil {
			return err
		}
		if err := c.deleteRootKeys(root); err != nil {
			return err
		}
		return c.record(clm.NounRoot, "delete", root.ID, root.Name, nil)
	})
}

// withoutAgents refuses to delete what agents prove themselves by.
func (c change) withoutAgents(root clm.RootCertificate) error {
	if root.Name != clm.ServerRoot {
		return nil
	}
	n, err := c.CountAgents(clm.AgentFilter{LiveAt: c.now})
	if err == nil && n > 0 {
		err = clm.Errorf(clm.KindRefused, "%d agents prove themselves by root certificate %q", n, root.Name).WithHint("revoke them first")
	}
	return err
}

func (c change) deleteRootKeys(root clm.RootCertificate) error {
	if err := c.forgetKey(root, root.Active); err != nil || root.Replacement == nil {
		return err
	}
	return c.forgetKey(root, root.Replacement.Target)
}

// Root reads one root certificate, by id or name.
func (e *Engine) Root(ctx context.Context, ref string) (root clm.RootCertificate, err error) {
	err = e.view(ctx, func(tx Tx) error {
		root, err = tx.Root(ref)
		return err
	})
	return root, err
}

// Roots lists root certificates by name.
func (e *Engine) Roots(ctx context.Context, page clm.Page) (roots []clm.RootCertificate, err error) {
	err = e.view(ctx, func(tx Tx) error {
		roots, err = tx.Roots(page)
		return err
	})
	return roots, err
}
