package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

// ErrNoToken tells that there is no token that was not refused already.
var ErrNoToken = errors.New("there is no enrolment token to try (make one for this machine, and give it with --enrolment-token-file or CLM_ENROLMENT_TOKEN)")

// Enrol gets the first certificate, or another one in place of a certificate that the
// server refuses, for a token. A token that was refused is not tried again: guesses are
// counted.
func (c *Contact) Enrol(ctx context.Context) error {
	c.renewal.Lock()
	defer c.renewal.Unlock()
	token, err := c.token()
	if err != nil {
		return err
	}
	trusted, err := c.firstTrust()
	if err != nil {
		return err
	}
	uncertified, err := newWay(nil, trusted)
	if err != nil {
		return err
	}
	defer uncertified.CloseIdleConnections()
	err = c.obtain(ctx, func(ctx context.Context, request string) (answer api.AgentCertificate, err error) {
		in := api.EnrolAgent{Token: token, CertificateRequestPEM: request, Inventory: c.options.Inventory}
		err = c.askBy(ctx, uncertified, func(ctx context.Context, server *client.Client) error {
			answer, err = server.EnrolAgent(ctx, in)
			return err
		})
		if answer.ServerCAPEM == "" {
			answer.ServerCAPEM = trusted // whom the enrolment trusted is trusted on
		}
		return answer, err
	})
	if Final(err) {
		c.spend(token)
	}
	if err == nil {
		c.spend(token)
		c.log(ctx, "enrolled")
	}
	return err
}

// token is one that was not refused.
func (c *Contact) token() (string, error) {
	if c.options.Token == nil {
		return "", ErrNoToken
	}
	token, err := c.options.Token()
	if err != nil {
		return "", fmt.Errorf("reading the enrolment token: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if token == "" || token == c.spent {
		return "", ErrNoToken
	}
	return token, nil
}

func (c *Contact) spend(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spent = token
}

// Renew gets the next certificate by showing the present one.
func (c *Contact) Renew(ctx context.Context) error {
	c.renewal.Lock()
	defer c.renewal.Unlock()
	err := c.obtain(ctx, func(ctx context.Context, request string) (answer api.AgentCertificate, err error) {
		err = c.Ask(ctx, func(ctx context.Context, server *client.Client) error {
			answer, err = c.options.Renewal(ctx, server, request)
			return err
		})
		return answer, err
	})
	if err == nil {
		c.log(ctx, "renewed")
	}
	return err
}

func (c *Contact) log(ctx context.Context, what string) {
	leaf := c.Certificate()
	c.options.Log.InfoContext(ctx, what, "name", leaf.Subject.CommonName, "serial_number", leaf.SerialNumber.Text(16), "expires", leaf.NotAfter)
}
