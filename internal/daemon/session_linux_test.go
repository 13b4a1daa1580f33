package daemon_test

import (
	"net"
	"net/http"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// from has the requests of a world come from another address of this machine.
func (w *world) from(t *testing.T, address string) *world {
	t.Helper()
	other := *w
	other.client = trusting(t, w.config.CAFile, w.estate.Clock)
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	other.client.Transport.(*http.Transport).DialContext = dialer.DialContext
	return &other
}

// Who guesses tokens has to wait, with a token that is right too, and keeps nobody else
// from working.
func TestWhoFailsLocksOutNobodyElse(t *testing.T) {
	t.Parallel()
	w := serving(t)
	token := w.token(t, "viewer")
	guesser := w.from(t, "127.0.0.2")
	status, guesses := 0, 0
	for ; status != http.StatusTooManyRequests; guesses++ {
		if status, _ = guesser.got(t, api.Devices, "wrong"); guesses > 200 {
			t.Fatal("nothing limits how often an address may fail")
		}
	}
	if status, _ := guesser.got(t, api.Devices, token); status != http.StatusTooManyRequests || guesses < 20 {
		t.Errorf("after %d guesses a token that is right is answered %d", guesses, status)
	}
	for _, address := range []string{"127.0.0.1", "127.0.0.3"} {
		if status, content := w.from(t, address).got(t, api.Devices, token); status != http.StatusOK {
			t.Errorf("meanwhile %s is answered %d %s", address, status, content)
		}
	}
	if status, _ := guesser.got(t, "/healthz", ""); status != http.StatusOK {
		t.Errorf("health is answered %d", status)
	}
}
