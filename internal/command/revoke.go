package command

import (
	"fmt"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

type revokeCommand struct {
	Certificate string `arg:"" help:"Name or id of the certificate."`
	Reason      string `help:"Reason, such as key_compromise or superseded (RFC 5280, 5.3.1)." default:"unspecified"`
}

// Run withdraws the current version. The next plan of whoever manages the
// certificate enrols another one.
func (c revokeCommand) Run(s surroundings) error {
	return s.asking(func(estate *client.Client) error {
		certificate, err := estate.RevokeCertificate(s.ctx, c.Certificate, c.Reason)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "revoked %s, serial number %s (%s)\n", certificate.Spec.Name, certificate.SerialNumber, certificate.RevokedReason)
		return err
	})
}
