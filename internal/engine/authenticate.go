package engine

import (
	"context"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Authenticate tells who asks with a secret, or why it does not let in. It is looked up
// by its hash: how long that takes tells nothing about a secret that would be right.
func (e *Engine) Authenticate(ctx context.Context, secret string) (clm.Principal, error) {
	hash, ok := clm.HashAccessSecret(secret)
	if !ok {
		return clm.Principal{}, clm.Errorf(clm.KindDenied, "this is no access token").
			WithHint("give one as terraform-provider-clm token create prints it: clm_ and 36 letters and digits")
	}
	token, err := e.tokenByHash(ctx, hash)
	if clm.KindOf(err) == clm.KindNotFound {
		return clm.Principal{}, clm.Errorf(clm.KindDenied, "the access token is not one of this estate").
			WithHint("ask an administrator of the estate for one: terraform-provider-clm token create")
	}
	if err != nil {
		return clm.Principal{}, err
	}
	if err := token.Refusal(e.now()); err != nil {
		return clm.Principal{}, err
	}
	e.noteUse(ctx, token)
	return token.Principal(), nil
}

func (e *Engine) tokenByHash(ctx context.Context, hash string) (token clm.AccessToken, err error) {
	err = e.view(ctx, func(tx Tx) error {
		token, err = tx.AccessTokenByHash(hash)
		return err
	})
	return token, err
}

// noteUse records that a token was used, once a day. That it cannot be recorded, as on a
// full disk, keeps nobody out.
func (e *Engine) noteUse(ctx context.Context, token clm.AccessToken) {
	if day := dayOf(e.now()); !token.UsedOn.Before(day) {
		return
	}
	_ = e.update(ctx, token.Principal(), func(c change) error {
		now, err := c.AccessToken(token.ID)
		if err != nil || !now.UsedOn.Before(dayOf(c.now)) {
			return err
		}
		now.UsedOn = dayOf(c.now)
		if err := c.UpdateAccessToken(&now); err != nil {
			return err
		}
		return c.recordToken("use", now, nil)
	})
}

func dayOf(now time.Time) time.Time { return now.Truncate(24 * time.Hour) }
