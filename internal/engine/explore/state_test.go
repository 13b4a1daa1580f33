package explore

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// checkState holds one state to the rules that are about states.
func (v *scene) checkState() error {
	return errors.Join(v.checkHandshakes(), v.checkStatements(), v.checkPlaces(), v.checkCross(), v.checkKeys())
}

// checkHandshakes: every agent, away or not, accepts what every server serves now,
// and every leaf that the active root has ever signed. Who was gone on without by
// decision, when the old root was retired, is excepted until it has caught up.
func (v *scene) checkHandshakes() error {
	for agent := range agents {
		if v.gaveUp(agent) {
			continue
		}
		for server, name := range serverNames {
			leaf, above, _ := v.served(server)
			if err := v.accepts(agent, v.inPEM(leaf), v.inPEM(above)); err != nil {
				return fmt.Errorf("%s, which trusts %s, does not accept %s: %w", agentNames[agent], v.rolesOf(v.installed(agent)), name, err)
			}
		}
		for _, version := range v.versions {
			if version.IssuedBy() != v.active().fingerprint {
				continue
			}
			if err := v.accepts(agent, v.inDER([][]byte{version.Certificate}), v.inDER(version.Chain)); err != nil {
				return fmt.Errorf("%s does not accept version %d, of the active root: %w", agentNames[agent], version.Number, err)
			}
		}
	}
	return nil
}

// accepts is what the agent's side of a TLS handshake does with a chain.
func (v *scene) accepts(agent int, leaf, above *chain) error {
	return v.once([3]any{v.trust(agent).sha256, leaf, above}, func() error {
		roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
		for _, c := range v.inPEM(v.trust(agent)).certificates {
			roots.AddCert(c)
		}
		for _, c := range slices.Concat(leaf.certificates[1:], above.certificates) {
			intermediates.AddCert(c)
		}
		_, err := leaf.certificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: v.now, DNSName: "shop.example.com"})
		return err
	})
}

// once does not verify again what was found to be right.
func (s *shard) once(what [3]any, verify func() error) error {
	if s.verified[what] {
		return nil
	}
	err := verify()
	s.verified[what] = err == nil
	return err
}

// checkStatements: no agent is on record with more than it has.
func (v *scene) checkStatements() error {
	for i, name := range agentNames {
		stated, _ := v.stated(i)
		for _, a := range stated {
			if !slices.Contains(v.installed(i), a) {
				return fmt.Errorf("%s is on record with %s and has %s", name, v.rolesOf(stated), v.rolesOf(v.installed(i)))
			}
		}
	}
	return nil
}

// checkPlaces: certificate, key and chain on a server belong together, and what is
// on record as pushed is there.
func (v *scene) checkPlaces() error {
	for i, c := range v.connectors {
		version := v.servedVersion(i)
		if version == nil {
			return fmt.Errorf("%s serves something that nobody has recorded", c.Name)
		}
		if c.State == clm.Pushed && c.LastPush.FingerprintSHA256 != version.FingerprintSHA256 {
			return fmt.Errorf("%s is on record with version %d and serves version %d", c.Name, c.LastPush.Version, version.Number)
		}
		if err := v.checkSet(v.served(i)); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return nil
}

func (v *scene) checkSet(leaf, above, key document) error {
	return v.once([3]any{leaf.sha256, above.sha256, key.sha256}, func() error {
		if _, err := tls.X509KeyPair(slices.Concat(leaf.content, above.content), key.content); err != nil {
			return err
		}
		return v.inPEM(leaf).certificates[0].CheckSignatureFrom(v.inPEM(above).certificates[0])
	})
}

// checkCross: the old root's word for the new one ends with the first of the two.
func (v *scene) checkCross() error {
	if !v.open() {
		return nil
	}
	r := v.root.Replacement
	if len(r.Cross) == 0 {
		return errors.New("the old root has not certified the new one")
	}
	cross := v.inDER([][]byte{r.Cross}).certificates[0]
	if cross.NotAfter.After(v.root.Active.NotAfter) || cross.NotAfter.After(r.Target.NotAfter) {
		return errors.New("the cross-certificate outlives a root")
	}
	return cross.CheckSignatureFrom(v.active().certificate)
}

// checkKeys: every key is somebody's.
func (v *scene) checkKeys() error {
	used := []string{v.root.Active.KeyID, v.gone.Current.KeyID}
	if v.open() {
		used = append(used, v.root.Replacement.Target.KeyID)
	}
	for i := range v.versions {
		used = append(used, v.versions[i].KeyID)
	}
	for _, key := range v.keys {
		if !slices.Contains(used, key.ID) {
			return fmt.Errorf("key %s is nobody's", key.ID)
		}
	}
	return nil
}
