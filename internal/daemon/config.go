package daemon

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

func (c Config) withDefaults() Config {
	c.Recheck = cmp.Or(c.Recheck, time.Minute)
	c.Background = cmp.Or(c.Background, time.Minute)
	c.Grace = cmp.Or(c.Grace, 15*time.Minute)
	return c
}

// takesAgents tells whether agents are let in: they prove themselves by the root that the
// server proves itself by to them.
func (c Config) takesAgents() bool { return c.CertificateFile == "" && !c.InsecureHTTP }

// check refuses what contradicts itself. Without TLS whoever listens in has the tokens:
// it is for one's own machine, and said on purpose.
func (c Config) check() error {
	switch {
	case (c.CertificateFile == "") != (c.KeyFile == ""):
		return errors.New("--tls-certificate and --tls-key belong together: give both or neither")
	case c.InsecureHTTP && (c.CertificateFile != "" || c.ClientCAFile != ""):
		return errors.New("--insecure-http serves without TLS: leave out the certificates, or --insecure-http")
	case c.InsecureHTTP && !loopback(c.Listen):
		return fmt.Errorf("--insecure-http is for a loopback address alone, and %s is none: access tokens would cross the network in the clear", c.Listen)
	case c.Background < time.Second:
		return fmt.Errorf("--background-interval is %s: a second is the least", c.Background)
	case len(c.Roles) > 0 && c.ClientCAFile == "":
		return errors.New("--client-certificate-role has no effect without --client-ca")
	}
	for name, role := range c.Roles {
		if err := role.Check(); err != nil {
			return fmt.Errorf("--client-certificate-role %s: %w", name, err)
		}
	}
	return nil
}

func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
