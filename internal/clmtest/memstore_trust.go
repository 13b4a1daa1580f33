package clmtest

import (
	"cmp"
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

var memoryProfiles = &memoryTable[clm.CommunicationProfile]{
	noun:   clm.NounProfile,
	header: func(p *clm.CommunicationProfile) (string, string, *int64) { return p.ID, p.Name, &p.Revision },
	rows:   func(s *memoryState) *[]*clm.CommunicationProfile { return &s.profiles },
	clone:  cloneProfile,
	refers: func(tx *memoryTx, p *clm.CommunicationProfile) error {
		for _, id := range p.RootIDs {
			if memoryRoots.find(tx, id) == nil {
				return absent(clm.NounRoot, id, "root_certificate_ids")
			}
		}
		return nil
	},
}

func (tx *memoryTx) profileThere(id string) error {
	if id != "" && memoryProfiles.find(tx, id) == nil {
		return absent(clm.NounProfile, id, "communication_profile_id")
	}
	return nil
}

func (tx *memoryTx) Profile(ref string) (clm.CommunicationProfile, error) {
	return memoryProfiles.get(tx, ref)
}

func (tx *memoryTx) Profiles(page clm.Page) ([]clm.CommunicationProfile, error) {
	return memoryProfiles.list(tx, nil, page), nil
}

func (tx *memoryTx) ProfilesOf(rootID string) ([]clm.CommunicationProfile, error) {
	return memoryProfiles.list(tx, func(p *clm.CommunicationProfile) bool { return slices.Contains(p.RootIDs, rootID) }, clm.Page{}), nil
}

func (tx *memoryTx) InsertProfile(p *clm.CommunicationProfile) error {
	return memoryProfiles.insert(tx, p)
}

func (tx *memoryTx) UpdateProfile(p *clm.CommunicationProfile) error {
	return memoryProfiles.update(tx, p)
}

func (tx *memoryTx) DeleteProfile(p clm.CommunicationProfile) error {
	devices, _ := tx.CountDevices(p.ID)
	if err := inTheWay(clm.NounProfile, p.Name, "still has", devices, "device"); err != nil {
		return err
	}
	gateways, _ := tx.GatewaysOf(p.ID)
	if err := inTheWay(clm.NounProfile, p.Name, "still has", len(gateways), "internet gateway"); err != nil {
		return err
	}
	if err := memoryProfiles.remove(tx, p); err != nil {
		return err
	}
	tx.bundles = slices.DeleteFunc(slices.Clone(tx.bundles), func(b *clm.Bundle) bool { return b.ProfileID == p.ID })
	tx.arrivals = slices.DeleteFunc(slices.Clone(tx.arrivals), func(a *arrival) bool { return a.profileID == p.ID })
	return nil
}

var memoryGateways = &memoryTable[clm.InternetGateway]{
	noun:   clm.NounGateway,
	header: func(g *clm.InternetGateway) (string, string, *int64) { return g.ID, g.Name, &g.Revision },
	rows:   func(s *memoryState) *[]*clm.InternetGateway { return &s.gateways },
	clone:  plain[clm.InternetGateway],
	refers: func(tx *memoryTx, g *clm.InternetGateway) error { return tx.profileThere(g.ProfileID) },
}

func (tx *memoryTx) Gateway(ref string) (clm.InternetGateway, error) {
	return memoryGateways.get(tx, ref)
}

func (tx *memoryTx) Gateways(page clm.Page) ([]clm.InternetGateway, error) {
	return memoryGateways.list(tx, nil, page), nil
}

func (tx *memoryTx) GatewaysOf(profileID string) ([]clm.InternetGateway, error) {
	return memoryGateways.list(tx, func(g *clm.InternetGateway) bool { return g.ProfileID == profileID }, clm.Page{}), nil
}

func (tx *memoryTx) InsertGateway(g *clm.InternetGateway) error { return memoryGateways.insert(tx, g) }
func (tx *memoryTx) UpdateGateway(g *clm.InternetGateway) error { return memoryGateways.update(tx, g) }
func (tx *memoryTx) DeleteGateway(g clm.InternetGateway) error  { return memoryGateways.remove(tx, g) }

func (tx *memoryTx) Bundle(profileID, digest string) (clm.Bundle, error) {
	var newest *clm.Bundle
	for _, b := range tx.bundles {
		if b.ProfileID == profileID && b.Digest == digest && (newest == nil || b.Epoch > newest.Epoch) {
			newest = b
		}
	}
	if newest == nil {
		return clm.Bundle{}, clm.Errorf(clm.KindNotFound, "there is no bundle %q of communication profile %s", digest, profileID)
	}
	return cloneBundle(*newest), nil
}

func (tx *memoryTx) Bundles(profileID string) (all []clm.Bundle, err error) {
	for _, b := range tx.bundles {
		if b.ProfileID == profileID {
			all = append(all, cloneBundle(*b))
		}
	}
	slices.SortFunc(all, func(a, b clm.Bundle) int { return cmp.Compare(a.Epoch, b.Epoch) })
	return all, nil
}

func (tx *memoryTx) InsertBundle(b clm.Bundle) error {
	if memoryProfiles.find(tx, b.ProfileID) == nil {
		return absent(clm.NounProfile, b.ProfileID, "communication_profile_id")
	}
	if slices.ContainsFunc(tx.bundles, func(o *clm.Bundle) bool { return o.ProfileID == b.ProfileID && o.Epoch == b.Epoch }) {
		return clm.NounProfile.Changed(b.ProfileID) // somebody else published first
	}
	if err := tx.write(); err != nil {
		return err
	}
	tx.bundles = append(slices.Clone(tx.bundles), clonePointer(&b, cloneBundle))
	return nil
}
