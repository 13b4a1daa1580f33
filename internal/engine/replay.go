package engine

import (
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// replayWindow is how long a request sent again finds the first one's result.
const replayWindow = 24 * time.Hour

// made is an entity a request can make. It is untouched until its owner changes
// it; what the engine records on it meanwhile does not count.
type made interface{ Untouched() bool }

// repeated finds what this very request made before, as long as it still exists
// and is untouched; nil otherwise.
func repeated[T made](c change, read func(ref string) (T, error)) (*T, error) {
	if c.by.IdempotencyKey == "" {
		return nil, nil
	}
	replay, err := c.Replay(c.replayKey())
	if err != nil || c.now.Sub(replay.At) > replayWindow {
		return nil, unlessNotFound(err)
	}
	earlier, err := read(replay.SubjectID)
	if err != nil || !earlier.Untouched() {
		return nil, unlessNotFound(err)
	}
	return &earlier, nil
}

func unlessNotFound(err error) error {
	if clm.KindOf(err) == clm.KindNotFound {
		return nil
	}
	return err
}

// remember makes the request repeatable.
func (c change) remember(id string) error {
	if c.by.IdempotencyKey == "" {
		return nil
	}
	return c.PutReplay(clm.Replay{Key: c.replayKey(), SubjectID: id, At: c.now})
}

func (c change) replayKey() string { return c.by.Name + "\n" + c.by.IdempotencyKey }
