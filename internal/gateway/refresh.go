package gateway

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// socketFile is in the state folder, which is its user's alone: who may read the gateway's
// key may have it refreshed.
const socketFile = "refresh.sock"

// Refreshed is what a gateway carries after a refresh by hand.
type Refreshed struct {
	Epoch  int64  `json:"epoch"`
	Digest string `json:"digest"`
}

// takeRefreshes listens to people on this machine, until the server it returns is closed.
func (g *Gateway) takeRefreshes(ctx context.Context) (*http.Server, error) {
	at := g.folder.Path(socketFile)
	if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a process that died; the folder is ours
		return nil, fmt.Errorf("removing the socket of before: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", at)
	if err != nil {
		return nil, fmt.Errorf("listening for refreshes on %s: %w (a shorter --state-dir makes a path that fits)", at, err)
	}
	server := &http.Server{Handler: http.HandlerFunc(g.refreshed), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // it ends when it is closed
	return server, nil
}

func (g *Gateway) refreshed(w http.ResponseWriter, r *http.Request) {
	trust, err := g.refresh(r.Context())
	if err != nil {
		api.NewProblem(api.CodeUnavailable, "", err.Error(), "see that the gateway reaches a server, and try again").Answer(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(trust) // whoever asked is gone: the log has it
}

// refresh takes in what is published at this moment, and has the server know.
func (g *Gateway) refresh(ctx context.Context) (Refreshed, error) {
	g.one.Lock()
	defer g.one.Unlock()
	if err := g.settle(ctx); err != nil {
		return Refreshed{}, err
	}
	next := g.carried
	next.Trust, next.Refresh = &next.Configuration.Trust, rand.Text()
	if err := g.take(ctx, next); err != nil {
		return Refreshed{}, err
	}
	if err := g.settle(ctx); err != nil {
		return Refreshed{}, err
	}
	return Refreshed{Epoch: g.carried.Trust.Epoch, Digest: g.carried.digest()}, nil
}

// RequestRefresh has the gateway that runs with this state folder take in what is
// published.
func RequestRefresh(ctx context.Context, stateDir string) (done Refreshed, err error) {
	resp, err := ask(ctx, filepath.Join(stateDir, socketFile))
	if err != nil {
		return done, fmt.Errorf("asking the gateway: %w (it has to run on this machine, and --state-dir is its own)", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		err = json.NewDecoder(resp.Body).Decode(&done)
		return done, err
	}
	var p api.Problem
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil {
		return done, fmt.Errorf("reading why the gateway did not refresh: %w", err)
	}
	return done, &p
}

func ask(ctx context.Context, socket string) (*http.Response, error) {
	way := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://gateway/refresh", http.NoBody)
	if err != nil {
		return nil, err
	}
	return way.RoundTrip(r)
}
