package engine

import (
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// standingOf gathers what a decision about an open replacement rests on, in the
// transaction that decides.
func standingOf(tx Tx, root clm.RootCertificate, now time.Time) (clm.Standing, error) {
	if root.Replacement == nil {
		return clm.Standing{Root: root}, nil
	}
	c, err := cohortOf(tx, root, now)
	if err != nil {
		return clm.Standing{Root: root}, err
	}
	children, err := childrenOf(tx, root)
	if err != nil {
		return clm.Standing{Root: root}, err
	}
	return c.standing(children)
}

func (c cohort) standing(children []clm.Child) (s clm.Standing, err error) {
	s.Root = c.root
	if s.Census, err = c.census(); err != nil {
		return s, err
	}
	if s.Gateways, err = c.gateways(); err != nil {
		return s, err
	}
	for _, child := range children {
		s.Count(child)
	}
	if err := inUse(c.tx, &s, children, c.now); err != nil {
		return s, err
	}
	if err := agentsInUse(c.tx, &s, c.now); err != nil {
		return s, err
	}
	s.CutOff, err = c.cutOff(len(children) > 0)
	return s, err
}

// agentsInUse counts the agents that could not prove themselves without one of the two
// roots.
func agentsInUse(tx Tx, s *clm.Standing, now time.Time) (err error) {
	if s.Root.Name != clm.ServerRoot {
		return nil
	}
	if s.AgentsOld, err = agentsOf(tx, s.Root.Active, now); err != nil {
		return err
	}
	s.AgentsNew, err = agentsOf(tx, s.Root.Replacement.Target, now)
	return err
}

func agentsOf(tx Tx, issuer clm.TrustAnchor, now time.Time) (shown clm.Shown, err error) {
	filter := clm.AgentFilter{IssuedBy: issuer.FingerprintSHA256, LiveAt: now}
	if shown.Count, err = tx.CountAgents(filter); err != nil || shown.Count == 0 {
		return shown, err
	}
	first, err := tx.Agents(filter, clm.Page{Limit: shownDevices})
	for _, agent := range first {
		shown.Names = append(shown.Names, agent.Name)
	}
	return shown, err
}

func (c cohort) gateways() ([]clm.GatewayRefresh, error) {
	var all []clm.GatewayRefresh
	for _, profile := range c.profiles {
		gateways, err := c.tx.GatewaysOf(profile.ID)
		if err != nil {
			return nil, err
		}
		for _, gateway := range gateways {
			refresh, err := refreshing(c.tx, gateway, profile)
			if err != nil {
				return nil, err
			}
			all = append(all, refresh)
		}
	}
	return all, nil
}

func refreshing(tx Tx, gateway clm.InternetGateway, profile clm.CommunicationProfile) (clm.GatewayRefresh, error) {
	itself, err := refreshesItself(tx, gateway)
	if err != nil || !itself {
		return gateway.Refreshing(), err
	}
	return gateway.RefreshingItself(profile.BundleDigest), nil
}

// refreshesItself tells whether a gateway has a process: one has enrolled, and was not
// revoked since.
func refreshesItself(tx Tx, gateway clm.InternetGateway) (bool, error) {
	agent, err := tx.Agent(gateway.ID)
	return err == nil && agent.RevokedAt == nil, unlessNotFound(err)
}

// childrenOf are the certificates a root's slot issues, with where they live.
func childrenOf(tx Tx, root clm.RootCertificate) ([]clm.Child, error) {
	rows, err := tx.Certificates(clm.CertificateFilter{IssuerID: root.ID}, clm.Page{})
	if err != nil {
		return nil, err
	}
	served := map[string]bool{}
	children := make([]clm.Child, 0, len(rows))
	for _, row := range rows {
		child, err := childOf(tx, row, served)
		if err != nil {
			return nil, err
		}
		children = append(children, child)
	}
	return children, nil
}

// childOf gathers a child's connectors. served remembers, by the device's id,
// which devices are pushed to.
func childOf(tx Tx, row clm.CertificateRow, served map[string]bool) (clm.Child, error) {
	child := clm.Child{Row: row, Served: map[string]bool{}}
	connectors, err := tx.Connectors(clm.ConnectorFilter{CertificateID: row.Certificate.ID}, clm.Page{})
	if err != nil {
		return child, err
	}
	child.Connectors = connectors
	for _, connector := range connectors {
		pushed, known := served[connector.DeviceID]
		if !known {
			device, err := tx.Device(connector.DeviceID)
			if err != nil {
				return child, err
			}
			pushed = device.MayPush() == nil
			served[connector.DeviceID] = pushed
		}
		child.Served[connector.ID] = pushed
	}
	return child, nil
}

// inUse names the children with a leaf in use that only one of the two roots
// vouches for.
func inUse(tx Tx, s *clm.Standing, children []clm.Child, now time.Time) error {
	versions, err := tx.VersionsInUse(s.Root.ID, now)
	if err != nil {
		return err
	}
	byID := map[string]clm.Child{}
	for _, child := range children {
		byID[child.Row.Certificate.ID] = child
	}
	for _, version := range versions {
		child, known := byID[version.CertificateID]
		if !known { // its lineage has moved to another root; connectors follow it there
			row, err := tx.Certificate(version.CertificateID)
			if err != nil {
				return err
			}
			if child, err = childOf(tx, row, map[string]bool{}); err != nil {
				return err
			}
			byID[version.CertificateID] = child
		}
		s.Use(child, version, now)
	}
	return nil
}
