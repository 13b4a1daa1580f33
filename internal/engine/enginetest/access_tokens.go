package enginetest

import (
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

var accessTokens = noun[clm.AccessToken]{
	make:   func(_ estate, name string) clm.AccessToken { return newAccessToken(name) },
	header: func(a *clm.AccessToken) (string, *string, *int64) { return a.ID, &a.Name, &a.Revision },
	get:    engine.Tx.AccessToken, list: engine.Tx.AccessTokens,
	insert: engine.Tx.InsertAccessToken, update: engine.Tx.UpdateAccessToken, remove: engine.Tx.DeleteAccessToken,
}

func exerciseAccessTokens(t *testing.T, open Open) {
	accessTokens.exercise(t, open)
	story(t, open, "a token is found by its hash", tokenByHash)
	story(t, open, "a hash belongs to one token", hashIsTaken)
}

func tokenByHash(t *testing.T, e estate) {
	token := inserted(e, engine.Tx.InsertAccessToken, newAccessToken("ci"))
	inserted(e, engine.Tx.InsertAccessToken, newAccessToken("other"))
	e.read(func(tx engine.Tx) error {
		got, err := tx.AccessTokenByHash(token.Hash)
		mustEqual(t, "the token", got, token)
		return err
	})
	e.write(func(tx engine.Tx) error { return tx.DeleteAccessToken(token) })
	for _, hash := range []string{token.Hash, "nobody's", ""} {
		e.refused(clm.KindNotFound, func(tx engine.Tx) error {
			_, err := tx.AccessTokenByHash(hash)
			return err
		})
	}
}

func hashIsTaken(_ *testing.T, e estate) {
	first, second := inserted(e, engine.Tx.InsertAccessToken, newAccessToken("ci")), newAccessToken("other")
	second.Hash = first.Hash
	e.refused(clm.KindExists, func(tx engine.Tx) error { return tx.InsertAccessToken(&second) })
}
