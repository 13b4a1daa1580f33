package command_test

import "testing"

// What a server could not be started with is refused before there is an estate.
func TestServerRefuses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"pki.example.com", "ftp://pki.example.com", "http://", "http://pki.example.com?a=b", "http://user@pki.example.com"} {
		refuses(t, `--public-address "`+address+`" is no URL that relying parties could follow: give one such as http://pki.example.com`,
			"server", "--data-dir", t.TempDir(), "--public-address", address)
	}
}
