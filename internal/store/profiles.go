package store

import "github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"

var profiles = &table[clm.CommunicationProfile]{
	noun:   clm.NounProfile,
	name:   "communication_profiles",
	header: func(p *clm.CommunicationProfile) (string, string, *int64) { return p.ID, p.Name, &p.Revision },
	values: func(*clm.CommunicationProfile) []any { return nil },
	refers: profileRefers,
}

func profileRefers(p *clm.CommunicationProfile) []reference {
	var all []reference
	for _, id := range p.RootIDs {
		all = append(all, reference{noun: clm.NounRoot, table: "root_certificates", id: id, field: "root_certificate_ids"})
	}
	return all
}

// profileReference is what a foreign key to a communication profile points at.
func profileReference(id string) reference {
	return reference{noun: clm.NounProfile, table: "communication_profiles", id: id, field: "communication_profile_id"}
}

// Profile finds a communication profile by id or name.
func (tx *Tx) Profile(ref string) (clm.CommunicationProfile, error) { return profiles.get(tx, ref) }

// Profiles lists communication profiles by name.
func (tx *Tx) Profiles(page clm.Page) ([]clm.CommunicationProfile, error) {
	return profiles.list(tx, where{}, page)
}

// ProfilesOf lists the communication profiles that name a root certificate.
func (tx *Tx) ProfilesOf(rootID string) ([]clm.CommunicationProfile, error) {
	var w where
	w.and("id IN (SELECT profile_id FROM profile_roots WHERE root_id = ?)", rootID)
	return profiles.list(tx, w, clm.Page{})
}

// InsertProfile adds a communication profile. Its roots are there already.
func (tx *Tx) InsertProfile(p *clm.CommunicationProfile) error {
	return tx.trusting(p, func() error { return profiles.insert(tx, p) })
}

// UpdateProfile replaces what is stored of a communication profile.
func (tx *Tx) UpdateProfile(p *clm.CommunicationProfile) error {
	return tx.trusting(p, func() error { return profiles.update(tx, p) })
}

// trusting asks for the roots first: when one is missing, nothing was written.
func (tx *Tx) trusting(p *clm.CommunicationProfile, write func() error) error {
	if err := absent(tx, profileRefers(p)); err != nil {
		return err
	}
	if err := write(); err != nil {
		return err
	}
	if _, err := tx.exec("DELETE FROM profile_roots WHERE profile_id = ?", p.ID); err != nil {
		return err
	}
	for _, id := range p.RootIDs {
		if _, err := tx.exec("INSERT INTO profile_roots (profile_id, root_id) VALUES (?, ?)"+
			" ON CONFLICT (profile_id, root_id) DO NOTHING", p.ID, id); err != nil {
			return err
		}
	}
	return nil
}

// DeleteProfile removes a communication profile nobody has any more, with its
// bundles.
func (tx *Tx) DeleteProfile(p clm.CommunicationProfile) error {
	for _, user := range []struct{ table, word string }{{"devices", "device"}, {"internet_gateways", "internet gateway"}} {
		n, err := tx.count("SELECT COUNT(*) FROM "+user.table+" WHERE profile_id = ?", p.ID)
		if err != nil {
			return err
		}
		if n > 0 {
			return still(clm.NounProfile, p.Name, "has", n, user.word).
				WithHint("give the %s another communication profile, or delete the %[1]s, first", plural(n, user.word))
		}
	}
	return profiles.remove(tx, &p)
}
