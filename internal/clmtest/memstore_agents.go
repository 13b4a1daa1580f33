package clmtest

import (
	"slices"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

var memoryAgents = &memoryTable[clm.Agent]{
	noun:   clm.NounAgent,
	header: func(a *clm.Agent) (string, string, *int64) { return a.ID, a.Title(), &a.Revision },
	rows:   func(s *memoryState) *[]*clm.Agent { return &s.agents },
	clone:  cloneAgent,
	refers: func(*memoryTx, *clm.Agent) error { return nil },
}

func cloneAgent(a clm.Agent) clm.Agent {
	a.Next = clonePointer(a.Next, plain)
	a.RenewedAt, a.RenewAt, a.RevokedAt = clonePointer(a.RenewedAt, plain), clonePointer(a.RenewAt, plain), clonePointer(a.RevokedAt, plain)
	return a
}

func (tx *memoryTx) Agent(ref string) (clm.Agent, error) { return memoryAgents.get(tx, ref) }

func (tx *memoryTx) AgentByFingerprint(fingerprint string) (clm.Agent, error) {
	return tx.agentShowing(func(c clm.AgentCertificate) bool { return c.FingerprintSHA256 == fingerprint })
}

func (tx *memoryTx) AgentBySerial(ca, serialNumber string) (clm.Agent, error) {
	return tx.agentShowing(func(c clm.AgentCertificate) bool {
		return c.Issuer.FingerprintSHA256 == ca && c.SerialNumber == serialNumber
	})
}

func (tx *memoryTx) agentShowing(shows func(clm.AgentCertificate) bool) (clm.Agent, error) {
	found := memoryAgents.list(tx, func(a *clm.Agent) bool { return slices.ContainsFunc(a.Certificates(), shows) }, clm.Page{Limit: 1})
	if len(found) == 0 {
		return clm.Agent{}, clm.Errorf(clm.KindNotFound, "there is no agent with that certificate")
	}
	return found[0], nil
}

func (tx *memoryTx) Agents(filter clm.AgentFilter, page clm.Page) ([]clm.Agent, error) {
	return memoryAgents.list(tx, agentsIn(filter), page), nil
}

func (tx *memoryTx) CountAgents(filter clm.AgentFilter) (int64, error) {
	return int64(memoryAgents.count(tx, agentsIn(filter))), nil
}

func agentsIn(filter clm.AgentFilter) func(*clm.Agent) bool {
	issued := func(c clm.AgentCertificate) bool { return c.Issuer.FingerprintSHA256 == filter.IssuedBy }
	return func(a *clm.Agent) bool {
		return (filter.IssuedBy == "" || slices.ContainsFunc(a.Certificates(), issued)) &&
			(filter.LiveAt.IsZero() || a.LiveUntil().After(filter.LiveAt))
	}
}

func (tx *memoryTx) InsertAgent(a *clm.Agent) error { return memoryAgents.insert(tx, a) }
func (tx *memoryTx) UpdateAgent(a *clm.Agent) error { return memoryAgents.update(tx, a) }
func (tx *memoryTx) DeleteAgent(a clm.Agent) error  { return memoryAgents.remove(tx, a) }

var memoryEnrolments = &memoryTable[clm.EnrolmentToken]{
	noun:   clm.NounEnrolment,
	header: func(t *clm.EnrolmentToken) (string, string, *int64) { return t.ID, t.ID, &t.Revision },
	rows:   func(s *memoryState) *[]*clm.EnrolmentToken { return &s.enrolments },
	clone: func(t clm.EnrolmentToken) clm.EnrolmentToken {
		t.UsedAt = clonePointer(t.UsedAt, plain)
		return t
	},
	refers: func(*memoryTx, *clm.EnrolmentToken) error { return nil },
}

func (tx *memoryTx) EnrolmentTokenByHash(hash string) (clm.EnrolmentToken, error) {
	found := memoryEnrolments.list(tx, func(t *clm.EnrolmentToken) bool { return t.Hash == hash }, clm.Page{Limit: 1})
	if len(found) == 0 {
		return clm.EnrolmentToken{}, clm.Errorf(clm.KindNotFound, "there is no enrolment token with that secret")
	}
	return found[0], nil
}

func (tx *memoryTx) InsertEnrolmentToken(t *clm.EnrolmentToken) error {
	return memoryEnrolments.insert(tx, t)
}

func (tx *memoryTx) UpdateEnrolmentToken(t *clm.EnrolmentToken) error {
	return memoryEnrolments.update(tx, t)
}

func (tx *memoryTx) DeleteEnrolmentTokens(subjectID string, expired time.Time) error {
	if err := tx.write(); err != nil {
		return err
	}
	tx.enrolments = slices.DeleteFunc(slices.Clone(tx.enrolments), func(t *clm.EnrolmentToken) bool {
		return t.SubjectID == subjectID || t.ExpiresAt.Before(expired)
	})
	return nil
}

var memorySteps = &memoryTable[clm.Step]{
	noun:   clm.NounStep,
	header: func(s *clm.Step) (string, string, *int64) { return s.ID, s.ID, &s.Revision },
	rows:   func(s *memoryState) *[]*clm.Step { return &s.steps },
	clone: func(s clm.Step) clm.Step {
		s.TakenAt = clonePointer(s.TakenAt, plain)
		return s
	},
	refers: func(tx *memoryTx, s *clm.Step) error {
		if _, err := tx.Device(s.DeviceID); err != nil {
			return absent(clm.NounDevice, s.DeviceID, "device_id")
		}
		return nil
	},
}

func (tx *memoryTx) Step(id string) (clm.Step, error) { return memorySteps.get(tx, id) }

func (tx *memoryTx) StepsOf(deviceID string) ([]clm.Step, error) {
	return memorySteps.list(tx, func(s *clm.Step) bool { return s.DeviceID == deviceID }, clm.Page{}), nil
}

func (tx *memoryTx) QueuedFor() (deviceIDs []string, err error) {
	for _, s := range tx.steps {
		if s.State == clm.StepQueued {
			deviceIDs = append(deviceIDs, s.DeviceID)
		}
	}
	slices.Sort(deviceIDs)
	return slices.Compact(deviceIDs), nil
}

func (tx *memoryTx) InsertStep(s *clm.Step) error { return memorySteps.insert(tx, s) }
func (tx *memoryTx) UpdateStep(s *clm.Step) error { return memorySteps.update(tx, s) }
func (tx *memoryTx) DeleteStep(s clm.Step) error  { return memorySteps.remove(tx, s) }
