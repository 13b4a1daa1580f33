package explore

import (
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// key is what a scene is remembered by: two of one key have the same future, as
// far as the rules go. What it leaves out is merged:
//
//   - ids, revisions, epochs, serial numbers, texts, and times but for what has
//     elapsed;
//   - which of the two roots is active: it is called a, the other b;
//   - how many replacements ended before, and how: what that left behind is in;
//   - what an owner asked of finalizing, once that is done, and what failed on the
//     way back: it is told, and nothing depends on it;
//   - the age of versions, and those that nothing refers to, but for whether there
//     are any of each root;
//   - who is away and what fails: that is decided anew for each action.
func (v *scene) key() string {
	if v.identity == "" {
		k := keyWriter{scene: v}
		k.slot()
		for i := range agents {
			k.agent(i)
		}
		k.gateway()
		k.child()
		v.identity = k.String()
	}
	return v.identity
}

type keyWriter struct {
	strings.Builder
	*scene
	met []int64 // versions
}

func (k *keyWriter) say(words ...string) {
	for _, w := range words {
		k.WriteString(w)
	}
}

func (k *keyWriter) sayIf(condition bool, words ...string) {
	if condition {
		k.say(words...)
	}
}

func (k *keyWriter) slot() {
	k.say(string(k.root.State))
	if d := k.root.Declined; d != nil {
		k.say(", declined ", k.role(d.Target.FingerprintSHA256), " by ", d.Verb)
	}
	r := k.root.Replacement
	if r == nil {
		return
	}
	switch k.root.State {
	case clm.RootDistributing:
		k.policyAsked()
	case clm.RootActivating:
		k.sayIf(r.Halted, ", halted")
		k.sayIf(len(r.Failures) > 0, ", failed ", k.failed())
	}
	k.sayIf(len(r.Overridden) > 0, ", without ", strings.Join(sorted(r.Overridden), " "))
	k.elapsed()
}

func sorted(words []string) []string { return slices.Sorted(slices.Values(words)) }

func (v *scene) failed() string {
	var failures []string
	for _, f := range v.root.Replacement.Failures {
		failures = append(failures, f.Step+" "+f.Name())
	}
	return strings.Join(sorted(failures), " ")
}

func (k *keyWriter) policyAsked() {
	p := k.root.Settings()
	k.sayIf(!p.Finalize, ", held")
	k.sayIf(p.ForceReason != "", ", forced")
}

// elapsed is what waiting has done; waiting longer does nothing more.
func (k *keyWriter) elapsed() {
	p := k.root.Settings()
	for i := range agents {
		k.sayIf(p.Waives(k.ids[i], k.now), ", waiving ", agentNames[i])
	}
	k.sayIf(p.HoldDown > 0 && k.root.State == clm.RootDistributing && k.heldDown(), ", held down")
	k.sayIf(p.Overlap > 0 && k.root.State == clm.RootRetiring && !k.longEnough(k.now), ", overlapping")
}

func (k *keyWriter) agent(i int) {
	stated, known := k.stated(i)
	k.say("; ", agentNames[i], " has ", k.rolesOf(k.installed(i)), ", said ", k.rolesOf(stated))
	k.sayIf(!known, "something foreign")
	k.sayIf(k.receipts[i].Failure != "", ", failed")
	k.sayIf(k.gaveUp(i), ", gone on without")
	k.sayIf(k.open() && k.lacks(i) && k.silent(i), ", silent")
}

func (k *keyWriter) gateway() {
	r, g := k.root.Replacement, k.scene.gateway.Refreshing()
	switch k.root.State {
	case clm.RootDistributing:
		k.sayIf(!g.Refreshed(r.StartedAt), "; dmz is stale")
	case clm.RootActivating, clm.RootRetiring:
		k.sayIf(!g.Refreshed(r.FinalizedAt), "; dmz is stale")
	}
}

// child calls a version by the order in which it is come across: it matters which one
// is the same as which other, and who has signed it.
func (k *keyWriter) child() {
	for _, a := range []*authority{k.active(), k.other()} {
		k.sayIf(slices.ContainsFunc(k.versions, func(o clm.Version) bool { return o.IssuedBy() == a.fingerprint }), "; issued by ", k.role(a.fingerprint))
	}
	k.say("; current is ", k.version(k.shop.Current.Number), " ", k.links(k.inDER(k.shop.Current.Chain)))
	for i := range k.connectors {
		c := &k.connectors[i]
		k.say("; ", c.Name, " ", string(c.State), " ", k.version(c.LastPush.Version))
		_, above, _ := k.served(i)
		if version := k.servedVersion(i); version != nil {
			k.say(", serves ", k.version(version.Number), " ", k.links(k.inPEM(above)))
		}
	}
}

func (k *keyWriter) version(number int64) string {
	if !slices.Contains(k.met, number) {
		k.met = append(k.met, number)
	}
	return strconv.Itoa(slices.Index(k.met, number)) + " of " + k.role(k.versions[number-1].IssuedBy())
}

func (v *scene) role(fingerprint string) string {
	switch fingerprint {
	case v.active().fingerprint:
		return "a"
	case v.other().fingerprint:
		return "b"
	}
	return "?"
}

func (v *scene) rolesOf(roots []*authority) string {
	a, b := slices.Contains(roots, v.active()), slices.Contains(roots, v.other())
	switch {
	case a && b:
		return "ab"
	case a:
		return "a"
	case b:
		return "b"
	}
	return ""
}

// links is who vouches for whom in a chain.
func (v *scene) links(c *chain) string {
	if v.active() == v.one {
		return oneFirst.Replace(c.links)
	}
	return twoFirst.Replace(c.links)
}

var oneFirst, twoFirst = strings.NewReplacer("one", "a", "two", "b"), strings.NewReplacer("two", "a", "one", "b")
