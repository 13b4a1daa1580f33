package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// enrolment is how a program becomes somebody to the server.
type enrolment struct {
	EnrolmentToken     string `help:"Token that lets this machine enrol, once. Use the environment variable or a file: arguments can be seen by others." env:"CLM_ENROLMENT_TOKEN" xor:"token"`
	EnrolmentTokenFile string `help:"File with the enrolment token. It is read when one is needed: a new token can be laid down while the program runs." type:"path" xor:"token"`
	CAFile             string `name:"ca-file" help:"File with the server's CA certificate for the first contact; default: what the operating system trusts." type:"path" env:"CLM_CA_FILE"`
}

// token is "" where there is none, or none yet.
func (e enrolment) token() (string, error) {
	if e.EnrolmentTokenFile == "" {
		return strings.TrimSpace(e.EnrolmentToken), nil
	}
	content, err := os.ReadFile(e.EnrolmentTokenFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading --enrolment-token-file: %w", err)
	}
	return strings.TrimSpace(string(content)), nil
}
