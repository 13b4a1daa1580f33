package explore

import (
	"cmp"
	"context"
	"maps"
	"path"
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// hands reach the machines on behalf of one process. What a machine does when it is
// met is the script's to decide.
type hands struct {
	*process

	engine.Deployer // nil: what is not here is not asked of them
}

// What may be the matter with a machine.
const (
	moodFine        = ""
	moodAway        = "is away"
	moodRefuses     = "refuses a push"
	moodBreaks      = "fails"
	moodBreaksAfter = "fails, though it was done"
	moodLeaves      = "finds it gone"
)

// mood is how a machine is met as long as the process lives. Agents are alike: it is
// enough to decide how many of them are away.
func (p *process) mood(device string) string {
	i := machineOf(device)
	if i >= agents {
		return p.decided(device, p.moods[device])
	}
	away := p.decided("of the agents", p.absences)
	if at := slices.Index(p.absences, away); away != moodFine && i >= agents-1-at {
		return moodAway
	}
	return moodFine
}

// meet tells whether the machine answers.
func (h hands) meet(device clm.Device) error {
	h.met = device.Name
	if h.mood(device.Name) == moodAway || h.left[device.Name] {
		return clm.Errorf(clm.KindUnreachable, "device %q does not answer", device.Name)
	}
	return nil
}

func noSpace(device clm.Device) error {
	return clm.Errorf(clm.KindFailed, "device %q: no space left", device.Name)
}

func (h hands) Check(_ context.Context, device clm.Device) error { return h.meet(device) }

func (h hands) Preflight(_ context.Context, device clm.Device, set clm.FileSet) error {
	if err := h.meet(device); err != nil {
		return err
	}
	if h.mood(device.Name) == moodRefuses {
		return noSpace(device)
	}
	return h.ours(device, set)
}

// ours refuses a file that is there and belongs to somebody else.
func (h hands) ours(device clm.Device, set clm.FileSet) error {
	for _, f := range set.Files {
		there, taken := h.machines[machineOf(device.Name)][path.Join(set.Directory, f.Name)]
		if taken && there.owner != set.Owner && !slices.Contains(set.Claimed, f.Name) {
			return clm.Errorf(clm.KindExists, "file %q on device %q is not ours", f.Name, device.Name)
		}
	}
	return nil
}

func (h hands) Observe(_ context.Context, device clm.Device, set clm.FileSet) (seen []clm.ObservedFile, err error) {
	if err := h.meet(device); err != nil {
		return nil, err
	}
	for _, f := range set.Files {
		there, present := h.machines[machineOf(device.Name)][path.Join(set.Directory, f.Name)]
		o := clm.ObservedFile{Name: f.Name, Present: present, SHA256: there.sha256}
		if !f.Secret {
			o.Content = there.content
		}
		seen = append(seen, o)
	}
	return seen, nil
}

func (h hands) Install(_ context.Context, device clm.Device, set clm.FileSet) error {
	if err := h.meet(device); err != nil {
		return err
	}
	h.interfere()
	switch h.decided("installing on "+device.Name, h.installMoods[device.Name]) {
	case moodBreaks:
		return noSpace(device)
	case moodLeaves:
		h.left[device.Name] = true
		return h.meet(device)
	case moodBreaksAfter:
		return cmp.Or(h.put(device, set), noSpace(device))
	}
	return h.put(device, set)
}

// put switches all files of a set at once.
func (h hands) put(device clm.Device, set clm.FileSet) error {
	if err := h.ours(device, set); err != nil {
		return err
	}
	at := machineOf(device.Name)
	next := maps.Clone(h.machines[at])
	if next == nil {
		next = machine{}
	}
	for _, f := range set.Files {
		next[path.Join(set.Directory, f.Name)] = document{set.Owner, f.Content, clm.FingerprintOf(f.Content)}
	}
	h.machines[at] = next
	h.happened("files are put on " + device.Name)
	return nil
}

func (h hands) Remove(_ context.Context, device clm.Device, _ clm.FileSet) error {
	return clm.Errorf(clm.KindInternal, "nothing is ever removed from %q here", device.Name)
}
