package store

import "github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"

var gateways = &table[clm.InternetGateway]{
	noun:    clm.NounGateway,
	name:    "internet_gateways",
	columns: []string{"profile_id"},
	header:  func(g *clm.InternetGateway) (string, string, *int64) { return g.ID, g.Name, &g.Revision },
	values:  func(g *clm.InternetGateway) []any { return []any{g.ProfileID} },
	refers:  func(g *clm.InternetGateway) []reference { return []reference{profileReference(g.ProfileID)} },
}

// Gateway finds an internet gateway by id or name.
func (tx *Tx) Gateway(ref string) (clm.InternetGateway, error) { return gateways.get(tx, ref) }

// Gateways lists internet gateways by name.
func (tx *Tx) Gateways(page clm.Page) ([]clm.InternetGateway, error) {
	return gateways.list(tx, where{}, page)
}

// GatewaysOf lists the internet gateways with a communication profile.
func (tx *Tx) GatewaysOf(profileID string) ([]clm.InternetGateway, error) {
	var w where
	w.and("profile_id = ?", profileID)
	return gateways.list(tx, w, clm.Page{})
}

// InsertGateway adds an internet gateway.
func (tx *Tx) InsertGateway(g *clm.InternetGateway) error { return gateways.insert(tx, g) }

// UpdateGateway replaces what is stored of an internet gateway.
func (tx *Tx) UpdateGateway(g *clm.InternetGateway) error { return gateways.update(tx, g) }

// DeleteGateway removes an internet gateway.
func (tx *Tx) DeleteGateway(g clm.InternetGateway) error { return gateways.remove(tx, &g) }
