package api

import "time"

// BackgroundWork is one kind of work that servers do by themselves, round after round.
type BackgroundWork struct {
	Kind        string              `json:"kind" enum:"advance_replacements,renew_certificates,push_certificates,sign_revocation_lists,verify_connectors" doc:"which kind"`
	Outcome     string              `json:"outcome" enum:"never,succeeded,troubled,failed" doc:"of the last round that ended: troubled when some things could not be done and the others were, failed when none was tried"`
	Error       string              `json:"error,omitempty" doc:"why it failed"`
	Done        int                 `json:"done" doc:"things the last round did"`
	UnderWay    bool                `json:"under_way" doc:"whether a round has begun and not ended: a server makes it, or has died in it"`
	BegunAt     *time.Time          `json:"begun_at,omitempty" doc:"when the last round began"`
	EndedAt     *time.Time          `json:"ended_at,omitempty" doc:"when the last one ended"`
	SucceededAt *time.Time          `json:"succeeded_at,omitempty" doc:"when the last one ended with nothing in trouble"`
	NextAt      *time.Time          `json:"next_at,omitempty" doc:"when the next one begins, while a server runs"`
	Troubles    []BackgroundTrouble `json:"troubles" doc:"what could not be done, and is tried again later and later"`
}

// BackgroundTrouble is one thing that could not be done.
type BackgroundTrouble struct {
	Noun    string    `json:"noun" doc:"what it is, such as certificate"`
	Name    string    `json:"name" doc:"its name; of a work order its id"`
	Error   string    `json:"error" doc:"why it failed last"`
	Since   time.Time `json:"since" doc:"when it failed first"`
	Times   int       `json:"times" doc:"how often it has failed since"`
	RetryAt time.Time `json:"retry_at" doc:"when it is tried again, at the earliest"`
}
