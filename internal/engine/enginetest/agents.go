package enginetest

import (
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

var agents = noun[clm.Agent]{
	make: func(_ estate, name string) clm.Agent { return newAgent(name, clm.NewID()) },
	header: func(a *clm.Agent) (string, *string, *int64) {
		return a.ID, &a.Name, &a.Revision
	},
	get: func(tx engine.Tx, ref string) (clm.Agent, error) {
		if !clm.IsID(ref) {
			ref = clm.AgentTitle(clm.NounDevice, ref)
		}
		return tx.Agent(ref)
	},
	list: func(tx engine.Tx, page clm.Page) ([]clm.Agent, error) {
		if page.After != "" {
			page.After = clm.AgentTitle(clm.NounDevice, page.After)
		}
		return tx.Agents(clm.AgentFilter{}, page)
	},
	insert: engine.Tx.InsertAgent, update: engine.Tx.UpdateAgent, remove: engine.Tx.DeleteAgent,
}

func newAgent(name, id string) clm.Agent {
	noon := dawn.Add(6 * time.Hour).Truncate(time.Microsecond)
	return clm.Agent{
		ID: id, Noun: clm.NounDevice, Name: name, Current: shown("1-" + id), EnrolledAt: dawn, RenewAt: &noon,
		Inventory: clm.Inventory{Version: "1", OperatingSystem: "linux", Hostname: name},
	}
}

// shown is a certificate of the CA certificate "ca", good for a day from dawn.
func shown(fingerprint string) clm.AgentCertificate {
	return clm.AgentCertificate{
		Certificate: []byte{0x30}, Issuer: clm.CA{IssuerID: "slot", FingerprintSHA256: "ca"}, FingerprintSHA256: fingerprint,
		SerialNumber: "serial " + fingerprint, PublicKey: "key", NotBefore: dawn, NotAfter: dawn.Add(24 * time.Hour).Truncate(time.Microsecond),
	}
}

func exerciseAgents(t *testing.T, open Open) {
	agents.exercise(t, open)
	story(t, open, "an agent is found by what it shows", agentsAreFound)
	story(t, open, "agents are counted by who signed while they are good", agentsAreCounted)
	story(t, open, "what is withdrawn without a version is listed", revocationWithoutVersion)
	story(t, open, "an enrolment token is found by its hash, and goes", enrolmentTokens)
	story(t, open, "steps wait in order for the agent of their device", stepsWait)
}

func agentsAreFound(t *testing.T, e estate) {
	a := agents.new(e, "alpha")
	agents.new(e, "beta")
	next := shown("2-" + a.ID)
	next.Issuer.FingerprintSHA256 = "new ca"
	a.Next = &next
	e.write(func(tx engine.Tx) error { return tx.UpdateAgent(&a) })
	for _, c := range a.Certificates() {
		e.read(func(tx engine.Tx) error {
			byPrint, err := tx.AgentByFingerprint(c.FingerprintSHA256)
			mustEqual(t, "by "+c.FingerprintSHA256, byPrint, a)
			if err != nil {
				return err
			}
			bySerial, err := tx.AgentBySerial(c.Issuer.FingerprintSHA256, c.SerialNumber)
			mustEqual(t, "by "+c.SerialNumber, bySerial, a)
			return err
		})
	}
	e.refused(clm.KindNotFound, func(tx engine.Tx) error {
		_, err := tx.AgentBySerial("ca", next.SerialNumber)
		return err
	})
	e.refused(clm.KindNotFound, func(tx engine.Tx) error {
		_, err := tx.AgentByFingerprint("nobody's")
		return err
	})
}

func agentsAreCounted(t *testing.T, e estate) {
	a, revoked := agents.new(e, "alpha"), agents.new(e, "beta")
	revoked.RevokedAt = &dawn
	e.write(func(tx engine.Tx) error { return tx.UpdateAgent(&revoked) })
	for _, c := range []struct {
		filter clm.AgentFilter
		want   int64
	}{
		{clm.AgentFilter{}, 2}, {clm.AgentFilter{IssuedBy: "ca"}, 2}, {clm.AgentFilter{IssuedBy: "other"}, 0},
		{clm.AgentFilter{IssuedBy: "ca", LiveAt: dawn}, 1}, {clm.AgentFilter{IssuedBy: "ca", LiveAt: a.Current.NotAfter}, 0},
	} {
		e.read(func(tx engine.Tx) error {
			n, err := tx.CountAgents(c.filter)
			mustEqual(t, "agents", n, c.want)
			listed, err2 := tx.Agents(c.filter, clm.Page{})
			mustEqual(t, "listed agents", int64(len(listed)), c.want)
			if err == nil {
				err = err2
			}
			return err
		})
	}
}

func revocationWithoutVersion(t *testing.T, e estate) {
	root := e.root("clm-server")
	ca := clm.CA{IssuerID: root.ID, FingerprintSHA256: root.Active.FingerprintSHA256}
	r := clm.Revocation{SerialNumber: "05", RevokedAt: dusk, Reason: "superseded", NotAfter: dusk.Add(time.Hour)}
	list := clm.RevocationList{CA: ca, Number: 1}
	e.write(func(tx engine.Tx) error { return tx.PutRevocationList(list) })
	e.write(func(tx engine.Tx) error { return tx.PutRevocation(ca, r) })
	e.revocations(ca, dawn, r)
	e.read(func(tx engine.Tx) error {
		now, err := tx.RevocationList(ca.FingerprintSHA256)
		mustEqual(t, "stale", now.Stale, true)
		return err
	})
}

func enrolmentTokens(t *testing.T, e estate) {
	token := clm.EnrolmentToken{ID: clm.NewID(), Noun: clm.NounDevice, SubjectID: "web-1", Hash: "hash", CreatedAt: dawn, ExpiresAt: dusk}
	token = inserted(e, engine.Tx.InsertEnrolmentToken, token)
	token.UsedBy, token.UsedAt = "key", &dusk
	e.write(func(tx engine.Tx) error { return tx.UpdateEnrolmentToken(&token) })
	e.read(func(tx engine.Tx) error {
		found, err := tx.EnrolmentTokenByHash("hash")
		mustEqual(t, "token", found, token)
		return err
	})
	later := token
	later.ID, later.Hash, later.SubjectID, later.ExpiresAt = clm.NewID(), "other", "web-2", dusk.Add(time.Hour)
	inserted(e, engine.Tx.InsertEnrolmentToken, later)
	e.write(func(tx engine.Tx) error { return tx.DeleteEnrolmentTokens("nobody", dusk.Add(time.Second)) })
	for hash, want := range map[string]clm.Kind{"hash": clm.KindNotFound, "other": ""} {
		e.read(func(tx engine.Tx) error {
			_, err := tx.EnrolmentTokenByHash(hash)
			if err == nil {
				mustEqual(t, hash, clm.Kind(""), want)
			} else {
				mustEqual(t, hash, clm.KindOf(err), want)
			}
			return nil
		})
	}
	e.write(func(tx engine.Tx) error { return tx.DeleteEnrolmentTokens("web-2", time.Time{}) })
	e.refused(clm.KindNotFound, func(tx engine.Tx) error {
		_, err := tx.EnrolmentTokenByHash("other")
		return err
	})
}

func stepsWait(t *testing.T, e estate) {
	device, other := e.device("web-1"), e.device("web-2")
	first := inserted(e, engine.Tx.InsertStep, newStep(device))
	second := inserted(e, engine.Tx.InsertStep, newStep(device))
	inserted(e, engine.Tx.InsertStep, newStep(other))
	first.Take("session", dusk)
	e.write(func(tx engine.Tx) error { return tx.UpdateStep(&first) })
	e.read(func(tx engine.Tx) error {
		all, err := tx.StepsOf(device.ID)
		mustEqual(t, "steps", all, []clm.Step{first, second})
		return err
	})
	e.write(func(tx engine.Tx) error { return tx.DeleteStep(second) })
	e.read(func(tx engine.Tx) error {
		waiting, err := tx.QueuedFor()
		mustEqual(t, "waiting", waiting, []string{other.ID})
		return err
	})
	e.write(func(tx engine.Tx) error { return tx.DeleteDevice(device) })
	e.refused(clm.KindNotFound, func(tx engine.Tx) error {
		_, err := tx.Step(first.ID)
		return err
	})
	lost := newStep(device)
	e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.InsertStep(&lost) })
}

func newStep(d clm.Device) clm.Step {
	return clm.Step{ID: clm.NewID(), DeviceID: d.ID, Kind: clm.StepInstall, State: clm.StepQueued, Task: []byte{0, 0xff}, CreatedAt: dawn}
}
