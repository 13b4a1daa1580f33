package engine

import "github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"

// mayChange refuses a certificate of the servers to who may not change it, by its name and
// by who issues it.
func (c change) mayChange(certificateID string) error {
	if c.by.Role.May(clm.RoleAdministrator) {
		return nil
	}
	row, err := c.Certificate(certificateID)
	if err != nil {
		return err
	}
	issuer, err := c.Root(row.Certificate.Spec.IssuerID)
	if err != nil {
		return err
	}
	return c.mayIssue(row.Certificate, issuer)
}

// mayIssue refuses a certificate of that name under that root.
func (c change) mayIssue(certificate clm.Certificate, issuer clm.RootCertificate) error {
	if err := c.by.MayChange(clm.NounCertificate, certificate.Name); err != nil {
		return err
	}
	return c.by.MayChange(clm.NounRoot, issuer.Name)
}

// mayMake refuses what a connector must not become for everybody.
func (c change) mayMake(was, is clm.Connector) error {
	if err := c.by.MayLoosen(was, is.PushSettings); err != nil {
		return err
	}
	return c.mayChange(is.CertificateID)
}
