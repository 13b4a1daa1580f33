package enginetest

import (
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func exerciseCredentials(t *testing.T, open Open) {
	credentials.exercise(t, open)
	story(t, open, "a credential that opens a device stays", credentialInUse)
	story(t, open, "a device's credentials are there", credentialMustBeThere)
	story(t, open, "a credential takes its secret along", secretGoesAlong)
	story(t, open, "a connector takes its passwords along", passwordsGoAlong)
}

func reachedBy(name string, way, jump clm.Credential) clm.Device {
	d := newDevice(name)
	d.Local, d.SSH = nil, &clm.SSH{Host: name, Port: 22, CredentialID: way.ID, HostKey: "ssh-ed25519 AAAA", HostKeyPolicy: clm.HostKeyPinned}
	if jump.ID != "" {
		d.SSH.JumpHost = &clm.JumpHost{Host: "jump", Port: 22, CredentialID: jump.ID, HostKey: "ssh-ed25519 BBBB"}
	}
	return d
}

func credentialInUse(t *testing.T, e estate) {
	way := inserted(e, engine.Tx.InsertCredential, newCredential("way", e.key()))
	jump := inserted(e, engine.Tx.InsertCredential, newCredential("jump", e.key()))
	d := inserted(e, engine.Tx.InsertDevice, reachedBy("web-1", way, jump))
	devices.found(e, "web-1", d)
	for _, c := range []clm.Credential{way, jump} {
		err := e.refused(clm.KindRefused, func(tx engine.Tx) error { return tx.DeleteCredential(c) })
		if !strings.Contains(err.Error(), "still opens 1 device") {
			t.Errorf("the refusal says %q", err)
		}
	}
	d.SSH.JumpHost = nil
	e.write(func(tx engine.Tx) error { return tx.UpdateDevice(&d) })
	e.write(func(tx engine.Tx) error { return tx.DeleteCredential(jump) })
	e.write(func(tx engine.Tx) error { return tx.DeleteDevice(d) })
	e.write(func(tx engine.Tx) error { return tx.DeleteCredential(way) })
}

func credentialMustBeThere(t *testing.T, e estate) {
	way := inserted(e, engine.Tx.InsertCredential, newCredential("way", e.key()))
	nowhere := newCredential("nowhere", clm.PrivateKey{})
	for field, d := range map[string]clm.Device{
		"ssh.credential_id": reachedBy("web-1", nowhere, clm.Credential{}), "ssh.jump_host.credential_id": reachedBy("web-2", way, nowhere),
	} {
		if err := e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.InsertDevice(&d) }); err.Field != field {
			t.Errorf("the refusal is about %q, not %q", err.Field, field)
		}
	}
}

func secretGoesAlong(_ *testing.T, e estate) {
	secret := e.key()
	c := inserted(e, engine.Tx.InsertCredential, newCredential("way", secret))
	e.refused(clm.KindRefused, func(tx engine.Tx) error { return tx.DeleteKey(secret.ID) })
	e.write(func(tx engine.Tx) error { return tx.DeleteCredential(c) })
	e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.DeleteKey(secret.ID) })
	bare := inserted(e, engine.Tx.InsertCredential, newCredential("bare", clm.PrivateKey{}))
	e.write(func(tx engine.Tx) error { return tx.DeleteCredential(bare) })
}

func passwordsGoAlong(_ *testing.T, e estate) {
	secret := e.key()
	c := newConnector("shop", e.certificate("shop", e.root("corp")), e.device("web-1"))
	c.SecretID = secret.ID
	c = inserted(e, engine.Tx.InsertConnector, c)
	e.refused(clm.KindRefused, func(tx engine.Tx) error { return tx.DeleteKey(secret.ID) })
	e.write(func(tx engine.Tx) error { return tx.DeleteConnector(c) })
	e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.DeleteKey(secret.ID) })
}
