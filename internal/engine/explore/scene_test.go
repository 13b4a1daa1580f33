package explore

import (
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// scene is a moment outside, with what its estate holds.
type scene struct {
	outside
	*shard
	root       clm.RootCertificate
	profile    clm.CommunicationProfile
	bundles    []clm.Bundle
	receipts   [agents]clm.Receipt
	gateway    clm.InternetGateway
	connectors []clm.Connector // one of each server
	shop       clm.CertificateRow
	versions   []clm.Version // of shop
	gone       clm.CertificateRow
	keys       []clm.PrivateKey
	identity   string // its key, once it was asked for
}

// look is the scene of this moment. What the estate holds is read again only when it
// was written to.
func (p *process) look() *scene {
	v := scene{}
	if p.seen.estate == p.estate.Snapshot() {
		v = *p.seen
	}
	v.outside, v.shard, v.identity = outside{p.estate.Snapshot(), p.machines, p.excused, p.now}, p.shard, ""
	if v.root.ID == "" {
		panicOn(v.estate.View(v.read))
	}
	p.seen = &v
	return p.seen
}

func (v *scene) read(tx engine.Tx) (err error) {
	check := func(e error) {
		if err == nil {
			err = e
		}
	}
	into(&v.root, check)(tx.Root("corp"))
	into(&v.profile, check)(tx.Profile("agents"))
	into(&v.bundles, check)(tx.Bundles(v.profile.ID))
	into(&v.gateway, check)(tx.Gateway("dmz"))
	into(&v.connectors, check)(tx.Connectors(clm.ConnectorFilter{}, clm.Page{}))
	into(&v.shop, check)(tx.Certificate("shop"))
	into(&v.versions, check)(tx.Versions(v.shop.Certificate.ID))
	into(&v.gone, check)(tx.Certificate("gone"))
	into(&v.keys, check)(tx.Keys(clm.Page{}))
	for i := range v.receipts {
		into(&v.receipts[i], check)(tx.Receipt(v.ids[i]))
	}
	return err
}

func into[T any](place *T, check func(error)) func(T, error) {
	return func(v T, err error) {
		*place = v
		check(err)
	}
}

// last is the newest row of the audit trail.
func (v *scene) last() clm.AuditEvent { return v.estate.LastEvent() }

func (v *scene) trailAfter(sequence int64) (events []clm.AuditEvent) {
	panicOn(v.estate.View(func(tx engine.Tx) (err error) {
		events, err = tx.Audit(sequence, 0)
		return err
	}))
	return events
}

// open tells whether a replacement is open.
func (v *scene) open() bool { return v.root.Replacement != nil }

// ended is the outcome of the replacement that was open before, "" when it still is.
func (v *scene) ended(before *scene) string {
	if !before.open() || len(v.root.History) == len(before.root.History) {
		return ""
	}
	return v.root.History[len(v.root.History)-1].Outcome
}

// completions is how often an old root was retired for good.
func (v *scene) completions() (n int) {
	for i := range v.root.History {
		if v.root.History[i].Outcome == clm.OutcomeCompleted {
			n++
		}
	}
	return n
}

// other is the root that is not the active one: the target, while one is open.
func (v *scene) other() *authority {
	if v.root.Active.FingerprintSHA256 == v.one.fingerprint {
		return v.two
	}
	return v.one
}

func (v *scene) active() *authority {
	if v.other() == v.one {
		return v.two
	}
	return v.one
}

// installed are the roots an agent trusts in truth.
func (v *scene) installed(agent int) []*authority { return v.held[v.trust(agent).sha256] }

// stated are the roots it said it trusts; what it said may be foreign.
func (v *scene) stated(agent int) (roots []*authority, known bool) {
	roots, known = v.held[v.receipts[agent].Digest]
	return roots, known
}

// states tells whether an agent said that it trusts a root.
func (v *scene) states(agent int, a *authority) bool {
	roots, _ := v.stated(agent)
	return slices.Contains(roots, a)
}

// goneOnWithout are the agents the gates do not speak for: those that are waived,
// and those whose statement names no bundle of ours.
func (v *scene) goneOnWithout() (who [agents]bool) {
	for i := range who {
		_, known := v.stated(i)
		who[i] = v.root.Settings().Waives(v.ids[i], v.now) || !known
	}
	return who
}

// gaveUp tells whether an agent was gone on without, and has not caught up since.
func (v *scene) gaveUp(agent int) bool {
	return v.excused[agent] && !slices.Contains(v.installed(agent), v.active())
}

// servedVersion is the version a server really has, nil for one nobody has recorded.
func (v *scene) servedVersion(server int) *clm.Version {
	leaf, _, _ := v.served(server)
	fingerprint := v.inPEM(leaf).fingerprint
	i := slices.IndexFunc(v.versions, func(o clm.Version) bool { return o.FingerprintSHA256 == fingerprint })
	if i < 0 {
		return nil
	}
	return &v.versions[i]
}

// unserved tells whether a server has something else than what is current, or than
// what is on record.
func (v *scene) unserved(server int) bool {
	_, above, _ := v.served(server)
	version, current := v.servedVersion(server), v.shop.Current
	return !v.connectors[server].Holds(*current) || version == nil || version.Number != current.Number || v.inPEM(above).links != v.inDER(current.Chain).links
}

// untold is how many agents have something else than what is published, or than what
// is on record.
func (v *scene) untold() (n int) {
	for i := range agents {
		if want := v.profile.BundleDigest; v.trust(i).sha256 != want || v.receipts[i].Digest != want {
			n++
		}
	}
	return n
}

// unsettled is how many machines what was before has left in disarray.
func (v *scene) unsettled() int {
	n := v.untold()
	for i := range servers {
		if v.unserved(i) {
			n++
		}
	}
	return n
}
