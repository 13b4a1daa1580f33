package store

import "github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"

var accessTokens = &table[clm.AccessToken]{
	noun:    clm.NounAccessToken,
	name:    "access_tokens",
	columns: []string{"hash"},
	header:  func(a *clm.AccessToken) (string, string, *int64) { return a.ID, a.Name, &a.Revision },
	values:  func(a *clm.AccessToken) []any { return []any{a.Hash} },
	refers:  func(*clm.AccessToken) []reference { return nil },
}

// AccessToken finds an access token by id or name.
func (tx *Tx) AccessToken(ref string) (clm.AccessToken, error) { return accessTokens.get(tx, ref) }

// AccessTokenByHash finds an access token by the hash of its secret.
func (tx *Tx) AccessTokenByHash(hash string) (token clm.AccessToken, err error) {
	var document []byte
	found, err := tx.first([]any{&token.Revision, &document}, "SELECT revision, document FROM access_tokens WHERE hash = ?", hash)
	switch {
	case err != nil:
		return token, err
	case !found:
		return token, clm.Errorf(clm.KindNotFound, "there is no access token with that secret")
	}
	return token, decode(document, &token)
}

// AccessTokens lists access tokens by name.
func (tx *Tx) AccessTokens(page clm.Page) ([]clm.AccessToken, error) {
	return accessTokens.list(tx, where{}, page)
}

// InsertAccessToken adds an access token. Its hash is nobody else's.
func (tx *Tx) InsertAccessToken(a *clm.AccessToken) error {
	err := accessTokens.insert(tx, a)
	if violated(err, "access_tokens.hash") {
		return clm.Errorf(clm.KindExists, "an access token with that secret exists already")
	}
	return err
}

// UpdateAccessToken replaces what is stored of an access token.
func (tx *Tx) UpdateAccessToken(a *clm.AccessToken) error { return accessTokens.update(tx, a) }

// DeleteAccessToken removes an access token.
func (tx *Tx) DeleteAccessToken(a clm.AccessToken) error { return accessTokens.remove(tx, &a) }
