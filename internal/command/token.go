package command

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

// tokenCommands manage what lets programs in at a server.
type tokenCommands struct {
	Create tokenCreateCommand `cmd:"" help:"Make an access token and print it: nobody sees it again."`
	List   tokenListCommand   `cmd:"" help:"List access tokens, without their secrets."`
	Revoke tokenRevokeCommand `cmd:"" help:"Make an access token worthless."`
	Delete tokenDeleteCommand `cmd:"" help:"Forget an access token that is revoked or expired."`
}

type tokenCreateCommand struct {
	Name    string        `required:"" help:"Who is recorded, as token:NAME."`
	Role    string        `required:"" help:"viewer, operator, approver or administrator." enum:"viewer,operator,approver,administrator"`
	Expires time.Duration `help:"How long it lets in, such as 720h." default:"720h"`
}

// Run prints the secret alone, so that a script can take it.
func (c tokenCreateCommand) Run(s surroundings) error {
	return s.asking(func(estate *client.Client) error {
		made, err := estate.CreateAccessToken(s.ctx, c.Name, c.Role, c.Expires)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, made.Secret)
		return err
	})
}

type tokenListCommand struct{}

// Run prints a table.
func (tokenListCommand) Run(s surroundings) error {
	return s.asking(func(estate *client.Client) error {
		tokens, err := estate.AccessTokens(s.ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "NAME\tROLE\tSTATUS\tEXPIRES\tLAST USED")
		for _, t := range tokens {
			used := "never"
			if t.UsedOn != nil {
				used = t.UsedOn.Format(time.DateOnly)
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", t.Name, t.Role, t.Status, t.ExpiresAt.Format(time.RFC3339), used)
		}
		return table.Flush()
	})
}

type tokenRevokeCommand struct {
	Token string `arg:"" help:"Name or id of the access token."`
}

// Run revokes at once: the next request with the token is refused.
func (c tokenRevokeCommand) Run(s surroundings) error {
	return s.asking(func(estate *client.Client) error {
		token, err := estate.RevokeAccessToken(s.ctx, c.Token)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "revoked access token %s\n", token.Name)
		return err
	})
}

type tokenDeleteCommand struct {
	Token string `arg:"" help:"Name or id of the access token."`
}

// Run frees the name.
func (c tokenDeleteCommand) Run(s surroundings) error {
	return s.asking(func(estate *client.Client) error { return estate.DeleteAccessToken(s.ctx, c.Token) })
}
