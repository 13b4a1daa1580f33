package agent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// statement is what the agent tells of its disk.
type statement struct {
	digest  string // of the bundle that is installed, "" for none
	failure string
}

// look reads from the disk what is to be stated. A disk that cannot be read has nothing to
// show.
func (a *Agent) look(ctx context.Context) statement {
	set, bundle, known := a.sought()
	if !known {
		return statement{failure: a.record.Failure}
	}
	found, err := a.deployer.Observe(ctx, a.device(set.Owner, a.name()), set)
	if err != nil {
		return statement{failure: err.Error()}
	}
	return statement{digest: digestOf(found, set, bundle), failure: a.record.Failure}
}

// sought is where to look: where the configuration has the bundle, or where it was put
// last by one that had it somewhere.
func (a *Agent) sought() (set clm.FileSet, bundle string, known bool) {
	c, places := a.record.Configuration, a.record.Places
	switch {
	case c != nil && c.Trust != nil:
		return a.record.set(*c), c.Trust.BundleFile, true
	case len(places) > 0:
		last := places[len(places)-1]
		return last.names(), last.Bundle, true
	}
	return set, "", false
}

// digestOf is the digest of the bundle's file. The other forms are part of the bundle:
// where one of them is not what it should be, the bundle of that configuration is not
// installed.
func digestOf(found []clm.ObservedFile, set clm.FileSet, bundle string) string {
	stated, complete, right := "", true, false
	for i, file := range found {
		same := set.Files[i].Content == nil || file.SHA256 == sha256Of(set.Files[i].Content)
		complete = complete && same
		if file.Name == bundle {
			stated, right = file.SHA256, same
		}
	}
	if !complete && right {
		return ""
	}
	return stated
}

func sha256Of(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

// name is the device's, for messages.
func (a *Agent) name() string {
	if c := a.record.Configuration; c != nil {
		return c.Name
	}
	return a.inventory.Hostname
}

// settled tells whether everything is as the configuration says.
func (a *Agent) settled(c api.AgentConfiguration, stated statement) bool {
	return stated == statement{digest: c.Trust.Digest} && len(a.record.Places) == 1
}
