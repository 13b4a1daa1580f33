package provider_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/provider"
)

// Whatever is asked about a certificate, the answer is the framework's, whether
// it was asked or not.
func TestSteadyAnswersAreTheFrameworks(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	base := c.question()
	if read, planned := c.ask("as it is", base); !read || !planned {
		t.Errorf("of a certificate nothing happened to, the framework was asked to read: %t, to plan: %t", !read, !planned)
	}
	for name := range base.state {
		changed := with(base.state, name, another(base.state[name]))
		unknown := tftypes.NewValue(base.state[name].Type(), tftypes.UnknownValue)
		null := with(base.config, name, tftypes.NewValue(base.state[name].Type(), nil))
		c.ask(name+" differs", question{state: changed, proposed: changed, config: base.config})
		c.ask(name+" differs and is not configured", question{state: changed, proposed: changed, config: null})
		c.ask(name+" is not configured", question{state: base.state, proposed: base.state, config: null})
		c.ask(name+" is to be another", question{state: base.state, proposed: changed, config: with(base.config, name, changed[name])})
		c.ask(name+" is not known", question{state: base.state, proposed: with(base.state, name, unknown), config: with(base.config, name, unknown)})
	}
	c.ask("to be created", question{proposed: base.state, config: base.config})
	c.ask("to be destroyed", question{state: base.state})
	base.private = []byte(`{"note":"InJlYWQi"}`)
	c.ask("with private data", base)
	base.private = []byte(`{".import_before_read":"dHJ1ZQ=="}`)
	c.ask("imported", base)
}

// The identity is kept, filled in, or refused, as by the framework.
func TestSteadyIdentity(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	q := c.question()
	for name, id := range map[string]tftypes.Value{
		"its own": q.state["id"], "null": tftypes.NewValue(tftypes.String, nil), "another": tftypes.NewValue(tftypes.String, "another"),
	} {
		data, err := tfprotov6.NewDynamicValue(identityType, tftypes.NewValue(identityType, map[string]tftypes.Value{"id": id}))
		c.must(err, nil)
		q.identity = &tfprotov6.ResourceIdentityData{IdentityData: &data}
		read, _ := c.ask(name, q)
		if read != (name == "its own") {
			t.Errorf("with %s identity the framework was asked: %t", name, !read)
		}
	}
}

// Nothing that happens in the estate is overlooked, and a state that has seen it
// is planned for as the framework does.
func TestSteadySeesWhatHappens(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	before := c.question()
	id, ctx := stringOf(t, before.state["id"]), t.Context()
	for _, event := range []struct {
		name    string
		settled bool // once it has been seen
		happens func() error
	}{
		{"ready for renewal", false, func() error { c.estate.Clock.Advance(80 * 24 * time.Hour); return nil }},
		{"expired", false, func() error { c.estate.Clock.Advance(20 * 24 * time.Hour); return nil }},
		{"changed", true, func() error {
			seen, err := c.estate.Certificate(ctx, id)
			seen.Spec.DNSNames = append(seen.Spec.DNSNames, "also.example.com")
			if err == nil {
				_, err = c.estate.UpdateCertificate(ctx, id, seen.Spec)
			}
			return err
		}},
		{"revoked", false, func() error { _, err := c.estate.RevokeCertificate(ctx, id, ""); return err }},
		{"deleted", false, func() error { return c.estate.DeleteCertificate(ctx, id) }},
	} {
		if err := event.happens(); err != nil {
			t.Fatal(event.name, err)
		}
		if read, _ := c.ask(event.name, before); read {
			t.Errorf("%s: the state from before was taken for the truth", event.name)
		}
		if event.name == "deleted" {
			return
		}
		c.refresh()
		before = c.question()
		if _, planned := c.ask(event.name+", and seen", before); planned != event.settled {
			t.Errorf("%s, and seen: the framework was asked to plan: %t", event.name, !planned)
		}
	}
}

var identityType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}

// comparison asks the framework the same as the server that may spare it.
type comparison struct {
	*planning
	framework tfprotov6.ProviderServer
}

func newComparison(t *testing.T) *comparison {
	t.Helper()
	p := newPlanning(t)
	framework := providerserver.NewProtocol6(provider.New("test", p.estate.Embedded)())()
	p.configure(framework)
	return &comparison{p, framework}
}

// question is what is asked about one certificate: to read it, and to plan it.
type question struct {
	state, proposed, config map[string]tftypes.Value // nil: there is none
	private                 []byte
	identity                *tfprotov6.ResourceIdentityData
}

func (c *comparison) question() question {
	var q question
	for from, to := range map[*tfprotov6.DynamicValue]*map[string]tftypes.Value{c.state: &q.state, c.config: &q.config} {
		value, err := from.Unmarshal(c.kind)
		c.must(err, nil)
		c.must(value.As(to), nil)
	}
	q.proposed = q.state
	return q
}

// ask tells whether each answer was found without the framework.
func (c *comparison) ask(name string, q question) (read, planned bool) {
	c.t.Helper()
	is, framework := c.read(c.server, q), c.read(c.framework, q)
	c.agree("reading a certificate: "+name, is, framework)
	read = is.spared
	is, framework = c.plan(c.server, q), c.plan(c.framework, q)
	c.agree("planning a certificate: "+name, is, framework)
	return read, is.spared
}

type reply struct {
	state    *tfprotov6.DynamicValue
	identity *tfprotov6.ResourceIdentityData
	rest     string
	spared   bool // the answer is the question's own state
}

func (c *comparison) read(server tfprotov6.ProviderServer, q question) reply {
	req := &tfprotov6.ReadResourceRequest{
		TypeName: certificateType, CurrentState: c.encoded(q.state), Private: q.private, CurrentIdentity: q.identity,
	}
	resp, err := server.ReadResource(c.t.Context(), req)
	c.must(err, nil)
	return reply{resp.NewState, resp.NewIdentity, fmt.Sprint(string(resp.Private), said(resp.Diagnostics), resp.Deferred), resp.NewState == req.CurrentState}
}

func (c *comparison) plan(server tfprotov6.ProviderServer, q question) reply {
	req := &tfprotov6.PlanResourceChangeRequest{
		TypeName: certificateType, PriorState: c.encoded(q.state), ProposedNewState: c.encoded(q.proposed), Config: c.encoded(q.config),
		PriorPrivate: q.private, PriorIdentity: q.identity,
	}
	resp, err := server.PlanResourceChange(c.t.Context(), req)
	c.must(err, nil)
	rest := fmt.Sprint(string(resp.PlannedPrivate), said(resp.Diagnostics), resp.RequiresReplace, resp.Deferred)
	return reply{resp.PlannedState, resp.PlannedIdentity, rest, resp.PlannedState == req.PriorState}
}

func (c *comparison) agree(name string, is, framework reply) {
	c.t.Helper()
	if !c.same(c.kind, is.state, framework.state) || !c.same(identityType, dataOf(is.identity), dataOf(framework.identity)) || is.rest != framework.rest {
		c.t.Errorf("%s: the answer %s is not the framework's %s", name, is.rest, framework.rest)
	}
}

// same compares values, in which the order of a set means nothing.
func (c *comparison) same(kind tftypes.Type, a, b *tfprotov6.DynamicValue) bool {
	if a == nil || b == nil {
		return a == b
	}
	these, err := a.Unmarshal(kind)
	c.must(err, nil)
	those, err := b.Unmarshal(kind)
	c.must(err, nil)
	return these.Equal(those)
}

func dataOf(identity *tfprotov6.ResourceIdentityData) *tfprotov6.DynamicValue {
	if identity == nil {
		return nil
	}
	return identity.IdentityData
}

func said(diagnostics []*tfprotov6.Diagnostic) (all []tfprotov6.Diagnostic) {
	for _, d := range diagnostics {
		all = append(all, *d)
	}
	return all
}

func (c *comparison) encoded(values map[string]tftypes.Value) *tfprotov6.DynamicValue {
	value := tftypes.NewValue(c.kind, nil)
	if values != nil {
		value = tftypes.NewValue(c.kind, values)
	}
	encoded, err := tfprotov6.NewDynamicValue(c.kind, value)
	c.must(err, nil)
	return &encoded
}

func with(values map[string]tftypes.Value, name string, value tftypes.Value) map[string]tftypes.Value {
	changed := maps.Clone(values)
	changed[name] = value
	return changed
}

// another value of the same type.
func another(v tftypes.Value) tftypes.Value {
	switch kind := v.Type().(type) {
	case tftypes.Object:
		members := map[string]tftypes.Value{}
		for name, member := range kind.AttributeTypes {
			members[name] = another(tftypes.NewValue(member, nil))
		}
		return tftypes.NewValue(kind, members)
	case tftypes.Set:
		return tftypes.NewValue(kind, []tftypes.Value{another(tftypes.NewValue(kind.ElementType, nil))})
	}
	switch {
	case v.Type().Is(tftypes.Number):
		return tftypes.NewValue(tftypes.Number, 7)
	case v.Type().Is(tftypes.Bool):
		return tftypes.NewValue(tftypes.Bool, !v.Equal(tftypes.NewValue(tftypes.Bool, true)))
	}
	return tftypes.NewValue(tftypes.String, "9m")
}

func stringOf(t *testing.T, v tftypes.Value) (text string) {
	t.Helper()
	if err := v.As(&text); err != nil {
		t.Fatal(err)
	}
	return text
}
