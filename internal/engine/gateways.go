package engine

import (
	"context"
	"errors"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// CreateGateway records an internet gateway. It is taken to carry what its profile
// publishes at this moment.
func (e *Engine) CreateGateway(ctx context.Context, by clm.Principal, gateway clm.InternetGateway) (clm.InternetGateway, error) {
	if err := checkGateway(gateway); err != nil {
		return gateway, err
	}
	gateway.ID = clm.NewID()
	err := e.update(ctx, by, func(c change) error {
		earlier, err := repeated(c, c.Gateway)
		if earlier != nil {
			gateway = *earlier
		}
		if earlier != nil || err != nil {
			return err
		}
		gateway.CreatedAt, gateway.UpdatedAt = c.now, c.now
		gateway.Refresh(by.Name, c.now)
		if err := c.InsertGateway(&gateway); err != nil {
			return err
		}
		if err := c.remember(gateway.ID); err != nil {
			return err
		}
		return c.record(clm.NounGateway, "create", gateway.ID, gateway.Name, nil)
	})
	return gateway, err
}

// checkGateway also says whether its certificate could have its names.
func checkGateway(gateway clm.InternetGateway) error {
	if err := gateway.Check(); err != nil {
		return err
	}
	err := invalid("addresses", namesOf(gateway.Names()).Check())
	var trouble *clm.Error
	if errors.As(err, &trouble) {
		trouble.Field = "addresses" // of the input: a certificate has them in two fields
	}
	return err
}

// UpdateGateway changes a gateway. A higher refresh epoch records that it was
// refreshed by hand; a lower one is refused, because nothing un-refreshes it.
func (e *Engine) UpdateGateway(ctx context.Context, by clm.Principal, ref string, wanted clm.InternetGateway) (gateway clm.InternetGateway, err error) {
	if err := checkGateway(wanted); err != nil {
		return gateway, err
	}
	err = e.update(ctx, by, func(c change) error {
		if gateway, err = c.Gateway(ref); err != nil {
			return err
		}
		if wanted.RefreshEpoch < gateway.RefreshEpoch {
			return clm.Invalid("refresh_epoch", "internet gateway %q was refreshed %d times, %d is less", gateway.Name, gateway.RefreshEpoch, wanted.RefreshEpoch).
				WithHint("raise refresh_epoch to record a refresh; it never goes back")
		}
		if wanted.RefreshEpoch > gateway.RefreshEpoch {
			if err := c.refreshByHand(&gateway); err != nil {
				return err
			}
		}
		gateway.Name, gateway.ProfileID, gateway.AutoRefresh, gateway.RefreshEpoch = wanted.Name, wanted.ProfileID, wanted.AutoRefresh, wanted.RefreshEpoch
		gateway.Addresses, gateway.UpdatedAt = wanted.Addresses, c.now
		if err := c.renameAgent(gateway.ID, gateway.Name); err != nil {
			return err
		}
		return c.saveGateway(&gateway, "update")
	})
	return gateway, err
}

// RefreshGateway records a refresh by hand that no configuration tells of.
func (e *Engine) RefreshGateway(ctx context.Context, by clm.Principal, ref string) (gateway clm.InternetGateway, err error) {
	err = e.update(ctx, by, func(c change) error {
		if gateway, err = c.Gateway(ref); err != nil {
			return err
		}
		if err := c.refreshByHand(&gateway); err != nil {
			return err
		}
		return c.saveGateway(&gateway, "refresh")
	})
	return gateway, err
}

// refreshByHand takes the word of whoever asks, unless the gateway has a process, which
// knows better.
func (c change) refreshByHand(gateway *clm.InternetGateway) error {
	itself, err := refreshesItself(c.Tx, *gateway)
	if err != nil {
		return err
	}
	if itself {
		return clm.Errorf(clm.KindRefused, "internet gateway %q has a process of its own, which states what it carries", gateway.Name).
			WithHint("run terraform-provider-clm internet-gateway refresh on its machine")
	}
	gateway.Refresh(c.by.Name, c.now)
	return nil
}

func (c change) saveGateway(gateway *clm.InternetGateway, verb string) error {
	if err := c.Tx.UpdateGateway(gateway); err != nil {
		return err
	}
	return c.record(clm.NounGateway, verb, gateway.ID, gateway.Name, nil)
}

// DeleteGateway forgets an internet gateway.
func (e *Engine) DeleteGateway(ctx context.Context, by clm.Principal, ref string) error {
	return e.update(ctx, by, func(c change) error {
		gateway, err := c.Gateway(ref)
		if err != nil {
			return err
		}
		if err := c.Tx.DeleteGateway(gateway); err != nil {
			return err
		}
		if err := c.deleteAgent(gateway.ID); err != nil {
			return err
		}
		return c.record(clm.NounGateway, "delete", gateway.ID, gateway.Name, nil)
	})
}

// Gateway reads one internet gateway, by id or name.
func (e *Engine) Gateway(ctx context.Context, ref string) (gateway clm.InternetGateway, err error) {
	err = e.view(ctx, func(tx Tx) error {
		gateway, err = tx.Gateway(ref)
		return err
	})
	return gateway, err
}

// Gateways lists internet gateways by name.
func (e *Engine) Gateways(ctx context.Context, page clm.Page) (gateways []clm.InternetGateway, err error) {
	err = e.view(ctx, func(tx Tx) error {
		gateways, err = tx.Gateways(page)
		return err
	})
	return gateways, err
}
