package clmtest

import "github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"

var memoryTokens = &memoryTable[clm.AccessToken]{
	noun:   clm.NounAccessToken,
	header: func(a *clm.AccessToken) (string, string, *int64) { return a.ID, a.Name, &a.Revision },
	rows:   func(s *memoryState) *[]*clm.AccessToken { return &s.tokens },
	clone: func(a clm.AccessToken) clm.AccessToken {
		a.RevokedAt = clonePointer(a.RevokedAt, plain)
		return a
	},
	refers: func(tx *memoryTx, a *clm.AccessToken) error {
		for _, other := range tx.tokens {
			if other.Hash == a.Hash && other.ID != a.ID {
				return clm.Errorf(clm.KindExists, "an access token with that secret exists already")
			}
		}
		return nil
	},
}

func (tx *memoryTx) AccessToken(ref string) (clm.AccessToken, error) {
	return memoryTokens.get(tx, ref)
}

func (tx *memoryTx) AccessTokenByHash(hash string) (clm.AccessToken, error) {
	found := memoryTokens.list(tx, func(a *clm.AccessToken) bool { return a.Hash == hash }, clm.Page{Limit: 1})
	if len(found) == 0 {
		return clm.AccessToken{}, clm.Errorf(clm.KindNotFound, "there is no access token with that secret")
	}
	return found[0], nil
}

func (tx *memoryTx) AccessTokens(page clm.Page) ([]clm.AccessToken, error) {
	return memoryTokens.list(tx, nil, page), nil
}

func (tx *memoryTx) InsertAccessToken(a *clm.AccessToken) error { return memoryTokens.insert(tx, a) }

func (tx *memoryTx) UpdateAccessToken(a *clm.AccessToken) error { return memoryTokens.update(tx, a) }

func (tx *memoryTx) DeleteAccessToken(a clm.AccessToken) error { return memoryTokens.remove(tx, a) }
