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

// look reads from the disk what is to be stated. A disk that cannot be read, or must not
// be, has nothing to show.
func (a *Agent) look(ctx context.Context) statement {
	c := a.record.Configuration
	if c == nil || c.Trust == nil {
		return statement{failure: a.record.Failure}
	}
	set := a.record.set(*c)
	found, err := a.deployer.Observe(ctx, a.device(c.DeviceID, c.Name), set)
	if err != nil {
		return statement{failure: clip(err.Error(), longestFailure)}
	}
	return statement{digest: digestOf(found, set, c.Trust.BundleFile), failure: a.record.Failure}
}

// digestOf is the digest of the bundle's file. The other forms are part of the bundle:
// where one of them is not what it should be, the bundle of that configuration is not
// installed.
func digestOf(found []clm.ObservedFile, set clm.FileSet, bundle string) string {
	stated, complete, right := "", true, false
	for i, file := range found {
		same := file.SHA256 == sha256Of(set.Files[i].Content)
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

// settled tells whether everything is as the configuration says.
func (a *Agent) settled(c api.AgentConfiguration, stated statement) bool {
	return stated == statement{digest: c.Trust.Digest} && len(a.record.Places) == 1
}
