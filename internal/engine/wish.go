package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// RootWish is what an owner wants of a root certificate that exists. Without
// material its certificate stays.
type RootWish struct {
	RootInput
	Policy *clm.ReplacementPolicy // nil: the default
}

// hasMaterial tells whether the wish brings a certificate.
func (w RootWish) hasMaterial() bool {
	return len(w.PFX) > 0 || w.CertificatePEM != "" || w.Source.SelfSigned != nil
}

// intent is what a wish comes to.
type intent struct {
	verb   string // replace, cancel, roll_back or ""
	staged *staged
	target clm.TrustAnchor
	drops  bool // a declined certificate is not wished for any more
}

// intentOf finds out what a wish for a certificate comes to, and prepares it.
func (e *Engine) intentOf(ctx context.Context, by clm.Principal, root clm.RootCertificate, w RootWish) (intent, error) {
	if !w.hasMaterial() {
		return intent{}, nil
	}
	anchor, made := root.SameRecipe(w.Source.SelfSigned)
	var m material
	if !made {
		var err error
		if m, err = w.material(e); err != nil {
			return intent{}, err
		}
		anchor = m.anchor("")
	}
	verb, err := root.Wish(anchor.FingerprintSHA256)
	in := intent{verb: verb, target: anchor}
	in.drops = root.Declined != nil && anchor.FingerprintSHA256 == root.Active.FingerprintSHA256
	if err != nil || verb != clm.VerbReplace {
		return in, err
	}
	if err := pki.CheckRoot(m.certificate, e.now()); err != nil {
		return in, invalid(w.Source.Kind, err)
	}
	s, err := e.stage(ctx, by, root, m, w.Source)
	in.staged = &s
	return in, err
}

// material reads what the wish brings. Whether it could be a root is checked only
// where it is to become one: the one in its slot may have expired.
func (w RootWish) material(e *Engine) (material, error) {
	m, field, err := w.parse(e.now())
	if err == nil && m.key != nil {
		err = pki.CheckKeyPair(m.certificate, m.key)
	}
	return m, invalid(field, err)
}

// UpdateRoot changes what an owner wants of a root. Another certificate stages a
// replacement; the old one goes back; nothing waits here for what follows.
func (e *Engine) UpdateRoot(ctx context.Context, by clm.Principal, ref string, w RootWish) (clm.RootCertificate, error) {
	root, err := e.Root(ctx, ref)
	if err != nil {
		return root, err
	}
	if err := w.check(); err != nil {
		return root, err
	}
	in, err := e.intentOf(ctx, by, root, w)
	if err != nil {
		return root, err
	}
	// The compare-and-swap on the revision just read keeps two wishes apart.
	err = e.update(ctx, by, func(c change) error { return c.grant(&root, w, in) })
	return root, err
}

func (w RootWish) check() error {
	if err := clm.CheckName(w.Name); err != nil {
		return err
	}
	if w.Policy == nil {
		return nil
	}
	return w.Policy.Check()
}

// grant records a wish and what it comes to.
func (c change) grant(root *clm.RootCertificate, w RootWish, in intent) error {
	for _, name := range []string{root.Name, w.Name} {
		if err := c.by.MayChange(clm.NounRoot, name); err != nil {
			return err
		}
	}
	if root.Name == clm.ServerRoot && w.Name != clm.ServerRoot {
		return clm.Invalid("name", "the root certificate %q cannot be renamed: servers and agents find it by its name", root.Name)
	}
	root.Name, root.DeletionProtection, root.Policy = w.Name, w.DeletionProtection, w.Policy
	if in.drops {
		root.Declined = nil
	}
	var details map[string]string
	if w.overrides(*root) {
		details = c.addOverrides(root, w.Policy.OverrideChildren)
	}
	switch in.verb {
	case clm.VerbReplace:
		return c.replace(root, *in.staged)
	case clm.VerbCancel, clm.VerbRollBack:
		root.Source = w.Source // other words, perhaps, for the active certificate
		return c.back(root, in.verb, "the old certificate was set back")
	}
	w.describe(root)
	root.UpdatedAt = c.now
	if err := c.Tx.UpdateRoot(root); err != nil {
		return err
	}
	return c.record(clm.NounRoot, "update", root.ID, root.Name, details)
}

// overrides tells whether names are to be gone on without. Before a replacement is
// finalized none are: a list that an earlier one has left must not skip anybody.
func (w RootWish) overrides(root clm.RootCertificate) bool {
	return root.Replacement != nil && root.State != clm.RootDistributing && w.Policy != nil && len(w.Policy.OverrideChildren) > 0
}

// describe keeps the words in which the certificate is asked for now: they may
// have changed around the same certificate.
func (w RootWish) describe(root *clm.RootCertificate) {
	switch {
	case w.Source.Kind == "":
	case root.Declined != nil:
		root.Declined.Source = w.Source
	case root.Replacement != nil && root.State != clm.RootRollingBack:
		root.Replacement.Source = w.Source
	default:
		root.Source = w.Source
	}
}

// RootPreview is what a write would do.
type RootPreview struct {
	Verb     string
	From, To clm.TrustAnchor
	Devices  int64
	Children int64
	Gateways []string
}

// PreviewRoot tells what a write would do, and refuses what it would refuse,
// without doing anything.
func (e *Engine) PreviewRoot(ctx context.Context, by clm.Principal, ref string, w RootWish) (p RootPreview, err error) {
	root, err := e.Root(ctx, ref)
	if err != nil {
		return p, err
	}
	if err := w.check(); err != nil {
		return p, err
	}
	in, err := e.intentOf(ctx, by, root, w)
	p.Verb, p.From, p.To = in.verb, root.Signer(), in.target
	if err != nil || in.verb == "" {
		return p, err
	}
	return p, e.view(ctx, func(tx Tx) error { return p.measure(tx, root, e) })
}

// measure counts what the change is about.
func (p *RootPreview) measure(tx Tx, root clm.RootCertificate, e *Engine) error {
	c, err := cohortOf(tx, root, e.now())
	if err != nil {
		return err
	}
	for _, t := range c.tallies {
		p.Devices += t.Count
	}
	children, err := tx.CountCertificates(root.ID)
	if err != nil {
		return err
	}
	p.Children = int64(children)
	gateways, err := c.gateways()
	for _, g := range gateways {
		if !g.AutoRefresh {
			p.Gateways = append(p.Gateways, g.Name)
		}
	}
	return err
}
