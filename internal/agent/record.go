package agent

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/identity"
)

// record is what an agent knows when it starts again.
type record struct {
	Configuration *api.AgentConfiguration `json:"configuration,omitempty"` // the last one that was taken in
	Places        []place                 `json:"places,omitempty"`        // everywhere that something of ours may be
	Failure       string                  `json:"failure,omitempty"`       // of the last installation
}

// place is where a trust bundle lies. Its owner marks what is ours for package target; it
// stays when the device gets another id, so that the bundle need not go away for that.
type place struct {
	Owner     string   `json:"owner"`
	Directory string   `json:"directory"`
	Files     []string `json:"files"`               // that may be there
	Installed []string `json:"installed,omitempty"` // that were there: ours, even when somebody replaces them by hand
}

const recordFile = "configuration.json"

func readRecord(files identity.Files) (r record, err error) {
	content, err := files.Read(recordFile)
	if err != nil || content == nil {
		return r, err
	}
	if err := json.Unmarshal(content, &r); err != nil {
		return r, fmt.Errorf("reading %s: %w (it is damaged: put a copy of it back, or remove it; the server tells the configuration again, "+
			"but trust files at an earlier place are not taken away then)", files.Path(recordFile), err)
	}
	return r, nil
}

func (r *record) write(files identity.Files) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding %s: %w", recordFile, err)
	}
	return files.Replace(recordFile, append(content, '\n'))
}

// tag is of the configuration on record.
func (r *record) tag() string {
	if r.Configuration == nil {
		return ""
	}
	return r.Configuration.Tag
}

// at is what is noted of a directory.
func (r *record) at(directory string) (place, bool) {
	i := slices.IndexFunc(r.Places, func(p place) bool { return p.Directory == directory })
	if i < 0 {
		return place{}, false
	}
	return r.Places[i], true
}

// wanted is the place a configuration gives the bundle.
func (r *record) wanted(c api.AgentConfiguration) place {
	p := place{Owner: c.DeviceID, Directory: c.Trust.Directory}
	if before, known := r.at(p.Directory); known {
		p.Owner = before.Owner
	}
	for _, f := range c.Trust.Files {
		p.Files = append(p.Files, f.Name)
	}
	return p
}

// note adds a place, and tells whether anything of it is new. Names that were ours in the
// same directory stay noted until the new ones are installed.
func (r *record) note(p place) bool {
	before, known := r.at(p.Directory)
	if !known {
		r.Places = append(r.Places, p)
		return true
	}
	fresh := slices.DeleteFunc(slices.Clone(p.Files), func(name string) bool { return slices.Contains(before.Files, name) })
	for i := range r.Places {
		if r.Places[i].Directory == p.Directory {
			r.Places[i].Files = append(r.Places[i].Files, fresh...)
		}
	}
	return len(fresh) > 0
}

// set is the file set of a configuration's trust.
func (r *record) set(c api.AgentConfiguration) clm.FileSet {
	p := r.wanted(c)
	set := clm.FileSet{Owner: p.Owner, Directory: p.Directory}
	if before, known := r.at(p.Directory); known {
		set.Claimed = before.Installed
	}
	for _, f := range c.Trust.Files {
		set.Files = append(set.Files, clm.File{Name: f.Name, Content: f.Content})
	}
	return set
}

// names is the file set of a place, without contents.
func (p place) names() clm.FileSet {
	set := clm.FileSet{Owner: p.Owner, Directory: p.Directory}
	for _, name := range p.Files {
		set.Files = append(set.Files, clm.File{Name: name})
	}
	return set
}
