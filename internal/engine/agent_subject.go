package engine

import (
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// agentSubject is the device or internet gateway an agent speaks for.
type agentSubject struct {
	noun      clm.Noun
	id, name  string
	profileID string
	serves    clm.Names // what an internet gateway is reached by
	byAgent   bool
}

func (s agentSubject) title() string { return clm.AgentTitle(s.noun, s.name) }

func subjectOfAgent(tx Tx, noun clm.Noun, ref string) (agentSubject, error) {
	if noun == clm.NounGateway {
		gateway, err := tx.Gateway(ref)
		return agentSubject{noun: noun, id: gateway.ID, name: gateway.Name, profileID: gateway.ProfileID, serves: gateway.Names(), byAgent: true}, asField("internet_gateway_id", err)
	}
	device, err := tx.Device(ref)
	return agentSubject{noun: noun, id: device.ID, name: device.Name, profileID: device.ProfileID, byAgent: device.Agent != nil}, asField("device_id", err)
}

// mayEnrol refuses an agent that could not be spoken to afterwards.
func (s agentSubject) mayEnrol(tx Tx) error {
	if !s.byAgent {
		return clm.Errorf(clm.KindRefused, "device %q is not reached by an agent", s.name).WithHint("set agent = {} on the device, in place of local or ssh")
	}
	root, err := controlRoot(tx)
	if err != nil {
		return err
	}
	profile, err := tx.Profile(s.profileID)
	if err != nil {
		return err
	}
	for _, id := range profile.RootIDs {
		if id == root.ID {
			return nil
		}
	}
	return clm.Errorf(clm.KindRefused, "communication profile %q does not trust the servers: its devices' agents could not follow a replacement of root certificate %q", profile.Name, root.Name).
		WithHint("add data.clm_root_certificate.server.id, of the root certificate %q, to root_certificate_ids of the profile", root.Name)
}

// controlRoot is what servers and agents prove themselves to each other by.
func controlRoot(tx Tx) (clm.RootCertificate, error) {
	root, err := tx.Root(clm.ServerRoot)
	if clm.KindOf(err) == clm.KindNotFound {
		return root, clm.Errorf(clm.KindRefused, "the estate has no root certificate %q, by which servers and agents prove themselves to each other", clm.ServerRoot).
			WithHint("start a server on this estate without --tls-certificate: it makes that root certificate; one with a certificate from files takes no agents")
	}
	return root, err
}
