package explore

import (
	"errors"
	"fmt"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// checkSigned: a version comes about only to move a child to the root that signs,
// once, and in no other transaction than its own; a revoked child never does.
func checkSigned(old, now *scene) error {
	if now.gone.Current.State != clm.VersionRevoked || now.gone.Current.Number != 1 {
		return errors.New("the revoked certificate was issued again")
	}
	added := len(now.versions) - len(old.versions)
	if added == 0 {
		return nil
	}
	v := now.versions[len(now.versions)-1]
	if added != 1 || v.Number != now.shop.Certificate.Current {
		return fmt.Errorf("%d versions were added", added)
	}
	signer := now.active()
	switch now.root.State {
	case clm.RootActivating:
		signer = now.other()
	case clm.RootRollingBack:
	default:
		return fmt.Errorf("version %d was issued in %s", v.Number, now.root.State)
	}
	switch {
	case v.IssuedBy() != signer.fingerprint:
		return fmt.Errorf("version %d was issued by %s in %s", v.Number, now.role(v.IssuedBy()), now.root.State)
	case old.shop.Current.IssuedBy() == signer.fingerprint:
		return fmt.Errorf("version %d was issued although the current one is of the same root", v.Number)
	case old.profile.BundleDigest != now.profile.BundleDigest:
		return errors.New("a change of the bundle has issued something")
	}
	return now.checkCertified(v, signer)
}

// checkCertified: the certificate was signed by who is on record for it, and does not
// outlive him.
func (v *scene) checkCertified(version clm.Version, signer *authority) error {
	leaf := v.inDER([][]byte{version.Certificate}).certificates[0]
	if err := leaf.CheckSignatureFrom(signer.certificate); err != nil {
		return fmt.Errorf("version %d is not signed by %s: %w", version.Number, signer.name, err)
	}
	if leaf.NotAfter.After(signer.certificate.NotAfter) {
		return fmt.Errorf("version %d outlives its issuer", version.Number)
	}
	return nil
}
