package engine

import (
	"context"
	"errors"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// dueReplacements are those that are open. Whether one can be driven on it finds out
// by itself; where it stopped at a failure, somebody has to decide.
func (e *Engine) dueReplacements(ctx context.Context, by clm.Principal, p *plan) error {
	p.noun = clm.NounRoot
	return scan(p, func(page clm.Page) ([]clm.RootCertificate, error) { return e.Roots(ctx, page) },
		func(root clm.RootCertificate) string { return root.Name },
		func(root clm.RootCertificate) error {
			if root.Replacement != nil {
				p.add(root.Name, "", func(ctx context.Context) ([]task, error) { return nil, e.driveOn(ctx, by, root.ID) })
			}
			return nil
		})
}

func (p *plan) add(name, device string, do func(context.Context) ([]task, error)) {
	p.tasks = append(p.tasks, task{clm.Handled{Noun: p.noun, Name: name}, device, do})
}

func (e *Engine) driveOn(ctx context.Context, by clm.Principal, id string) error {
	out, err := e.Advance(ctx, by, id, false)
	if err != nil || out.Root.Replacement == nil || !out.Root.Replacement.Halted {
		return err
	}
	return clm.Errorf(clm.KindFailed, "the replacement of root certificate %q has stopped at a failure", out.Root.Name).
		WithHint("the rollout names it: retry, override or roll back")
}

// dueRenewals are certificates in their renewal window, where their owner has set one.
// What else is due, such as another certificate in place of a revoked one, is the
// owner's to ask for.
func (e *Engine) dueRenewals(ctx context.Context, by clm.Principal, p *plan) error {
	p.noun = clm.NounCertificate
	return scan(p, func(page clm.Page) ([]clm.CertificateRow, error) {
		return e.Certificates(ctx, clm.CertificateFilter{State: clm.VersionIssued}, page)
	},
		func(row clm.CertificateRow) string { return row.Certificate.Name },
		func(row clm.CertificateRow) error {
			if clm.RenewsItself(row.Certificate.Spec, row.Current, e.now()) {
				p.add(row.Certificate.Name, "", func(ctx context.Context) ([]task, error) { return e.renew(ctx, by, row) })
			}
			return nil
		})
}

// renew issues the next version and has it pushed. The compare-and-swap on the row that
// was found due keeps it apart from whoever else renews or revokes.
func (e *Engine) renew(ctx context.Context, by clm.Principal, row clm.CertificateRow) ([]task, error) {
	m, err := e.mint(ctx, row, clm.ShouldIssue(row.Certificate.Spec, row.Current, e.now()))
	if err != nil {
		return nil, err
	}
	err = e.update(ctx, by, func(c change) error {
		_, err := c.updateCertificate(row, m)
		return err
	})
	if err != nil {
		return nil, err
	}
	connectors, err := e.automatic(ctx, row.Certificate.ID)
	if err != nil {
		return nil, err
	}
	follow := plan{noun: clm.NounConnector}
	for _, c := range connectors {
		follow.add(c.Name, c.DeviceID, func(ctx context.Context) ([]task, error) { return nil, e.pushYielding(ctx, by, c.ID, "") })
	}
	return follow.tasks, nil
}

// dueLists are those of CA certificates that can sign them.
func (e *Engine) dueLists(ctx context.Context, by clm.Principal, p *plan) error {
	p.noun = clm.NounRoot
	return scan(p, func(page clm.Page) ([]clm.RootCertificate, error) { return e.Roots(ctx, page) },
		func(root clm.RootCertificate) string { return root.Name },
		func(root clm.RootCertificate) error {
			for _, a := range authoritiesOf(root) {
				if due, err := e.listDue(ctx, a); due || err != nil {
					p.add(root.Name, "", func(ctx context.Context) ([]task, error) { return nil, e.signAhead(ctx, by, root) })
					break
				}
			}
			return nil
		})
}

// signAhead signs the lists of a slot ahead of anybody's need: to do so is to read one
// that is due.
func (e *Engine) signAhead(ctx context.Context, by clm.Principal, root clm.RootCertificate) (all error) {
	for _, a := range authoritiesOf(root) {
		due, err := e.listDue(ctx, a)
		if due {
			_, err = e.RevocationList(ctx, by, a.FingerprintSHA256)
		}
		all = errors.Join(all, err)
	}
	return all
}

// listDue tells whether a CA whose key is here, and that may sign lists, is to sign one.
func (e *Engine) listDue(ctx context.Context, a authority) (due bool, err error) {
	certificate, err := pki.ParseCertificate(a.anchor.Certificate)
	if err != nil || a.anchor.KeyID == "" || !pki.MaySignCRLs(certificate) {
		return false, err
	}
	err = e.view(ctx, func(tx Tx) error {
		_, _, why, err := listOf(tx, a.FingerprintSHA256, e.now())
		due = why != ""
		return unlessNotFound(err)
	})
	return due, err
}

// dueVerifications are all connectors: what is not as it should be is in trouble.
func (e *Engine) dueVerifications(ctx context.Context, p *plan) error {
	p.noun, p.most, p.looks = clm.NounConnector, maxObservations, true
	return scan(p, func(page clm.Page) ([]clm.Connector, error) { return e.Connectors(ctx, clm.ConnectorFilter{}, page) },
		func(c clm.Connector) string { return c.Name },
		func(c clm.Connector) error {
			p.add(c.Name, c.DeviceID, func(ctx context.Context) ([]task, error) { return nil, e.inSync(ctx, c.ID) })
			return nil
		})
}

// inSync is the trouble with a connector, if any. One whose push waits for somebody has
// none.
func (e *Engine) inSync(ctx context.Context, id string) error {
	seen, err := e.ObserveConnector(ctx, id)
	switch {
	case err != nil:
		return err
	case seen.Held != nil:
		return seen.Held
	case seen.Sync.Status != clm.OutOfSync || seen.Connector.UnderWay(seen.Device, e.now()):
		return nil
	}
	return clm.Errorf(clm.KindFailed, "connector %q on device %q is out of sync (%s): %s", seen.Connector.Name, seen.Device.Name, seen.Sync.Reason, seen.Sync.Detail)
}
