package daemon

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// identity is the server's certificate. It is exchanged while connections come in: each
// handshake gets one or the other, whole.
type identity struct {
	load  func(context.Context) (*tls.Certificate, error) // what it should be now
	prove func(ctx context.Context, address string) error // that it is served there
	now   atomic.Pointer[tls.Certificate]
}

func (i *identity) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return i.now.Load(), nil
}

// renew takes in what the certificate should be. Where that fails the one of before is
// served on.
func (i *identity) renew(ctx context.Context) error {
	certificate, err := i.load(ctx)
	if err != nil {
		return err
	}
	i.now.Store(certificate)
	return nil
}

// keep renews until ctx ends, and proves what is served at the address.
func (i *identity) keep(ctx context.Context, address string, every time.Duration, log *slog.Logger) {
	again := time.NewTicker(every)
	defer again.Stop()
	for {
		if err := i.prove(ctx, address); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "that the server's certificate is served cannot be proven: a replacement of its root waits for it", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
		before := i.now.Load()
		if err := i.renew(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "the server's certificate cannot be renewed: the one of before is served on", "error", err.Error())
		} else if now := i.now.Load(); now.Leaf.SerialNumber.Cmp(before.Leaf.SerialNumber) != 0 {
			log.InfoContext(ctx, "the server's certificate was renewed", "serial_number", now.Leaf.SerialNumber.Text(16), "expires", now.Leaf.NotAfter)
		}
	}
}

// fromFiles reads the certificate anew each time: whoever puts another there need not
// restart the server.
func fromFiles(c Config) func(context.Context) (*tls.Certificate, error) {
	return func(context.Context) (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(c.CertificateFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("reading %s and %s: %w", c.CertificateFile, c.KeyFile, err)
		}
		return &pair, nil
	}
}
