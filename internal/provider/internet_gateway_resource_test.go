package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

const relay = "clm_internet_gateway.relay"

func relayBlock(more string) string {
	return profileBlock("") + "resource \"clm_internet_gateway\" \"relay\" {\n  name = \"relay\"\n  communication_profile_id = clm_communication_profile.agents.id\n" + more + "\n}\n" +
		"output \"refreshed\" { value = \"${" + relay + ".refreshed_at} ${" + relay + ".refreshed_by}\" }\n"
}

const reached = "\n  addresses = [\"relay.example.com\", \"192.0.2.7\"]"

func epoch(n int) string { return fmt.Sprintf("  refresh_epoch = %d", n) }

// A refresh by hand is recorded when the number rises, and only then; it never
// goes back.
func TestInternetGateway(t *testing.T) {
	w := newWorld(t, nil)
	var last api.InternetGateway
	refreshed := func(again bool) func() {
		return func() {
			t.Helper()
			now := must2(w.InternetGateway(t.Context(), last.ID))(t)
			if now.RefreshedAt.After(last.RefreshedAt) != again || now.RefreshedBy == "" {
				t.Errorf("it was refreshed at %s by %q, before that at %s", now.RefreshedAt, now.RefreshedBy, last.RefreshedAt)
			}
			last = now
		}
	}
	addressed := func(want ...string) func() {
		return func() {
			t.Helper()
			if now := must2(w.InternetGateway(t.Context(), "relay"))(t); !slices.Equal(now.Addresses, want) {
				t.Errorf("it is reached by %q, want %q", now.Addresses, want)
			}
		}
	}
	later := func() { w.Clock.Advance(time.Hour) }
	lowered := func(to string) complaint {
		return complaint{relay, "", []string{"A refresh cannot be taken back", "refresh_epoch of internet gateway relay is 3, and " + to + " is less. Set it to 3, or higher to record another refresh."}}
	}
	renamed := strings.Replace(relayBlock("  auto_refresh = true\n"+epoch(3)), `name = "relay"`, `name = "bridge"`, 1)
	story := []teller{
		act{
			config: relayBlock(""), plan: all(creates(relay), unknown(relay, "refreshed_at", "refreshed_by")),
			after: func() { last = must2(w.InternetGateway(t.Context(), "relay"))(t) },
		},
		act{before: later, config: relayBlock(epoch(0)), plan: nothing()},
		act{before: later, config: relayBlock(epoch(3)), plan: all(updates(relay), unknown(relay, "refreshed_at", "refreshed_by")), after: refreshed(true)},
		act{config: relayBlock(epoch(3) + reached), plan: updates(relay), after: addressed("192.0.2.7", "relay.example.com")},
		act{config: relayBlock(epoch(3) + "\n  addresses = [\"192.0.2.07\"]"), refused: []complaint{{relay, "addresses", []string{"192.0.2.07"}}}},
		act{config: relayBlock(epoch(3)), plan: updates(relay), after: addressed()},
		act{config: relayBlock(epoch(2)), refused: []complaint{lowered("2")}},
		act{config: relayBlock(""), refused: []complaint{lowered("0")}},
		act{before: later, config: renamed, plan: updates(relay), after: refreshed(false)},
		act{
			before: func() {
				later()
				last = must2(w.RefreshInternetGateway(t.Context(), last.ID))(t)
			},
			config: renamed + "# refreshed outside", after: refreshed(false),
		},
		act{config: strings.Replace(renamed, "auto_refresh = true", "", 1), plan: updates(relay), after: refreshed(false)},
	}
	story = append(story, imports(t, relay, "bridge")...)
	w.tell(append(story,
		act{before: func() { must(t, w.DeleteInternetGateway(t.Context(), "bridge")) }, config: relayBlock(""), plan: creates(relay)},
	)...)
}

// A profile that a gateway has is not deleted, and a gateway moves to another in
// place.
func TestInternetGatewayOfAProfile(t *testing.T) {
	w := newWorld(t, nil)
	other := strings.ReplaceAll(profileBlock(""), "agents", "others")
	moved := strings.Replace(relayBlock("")+other, "= clm_communication_profile.agents.id", "= clm_communication_profile.others.id", 1)
	join := func() {
		must2(w.CreateInternetGateway(t.Context(), api.WriteInternetGateway{Name: "relay", CommunicationProfileID: w.profile("agents").ID}))(t)
	}
	w.tell(
		act{config: relayBlock("") + other},
		act{config: moved, plan: all(updates(relay), keeps(agents))},
		act{config: profileBlock(""), plan: destroys(relay, "clm_communication_profile.others")},
		act{before: join, config: "# gone", refused: []complaint{{words: []string{`"agents" still has 1 internet gateway.`}}}},
		act{before: func() { must(t, w.DeleteInternetGateway(t.Context(), "relay")) }, config: "# gone", plan: destroys(agents)},
	)
}
