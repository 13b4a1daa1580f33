package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// tokenBlock is a token for whom the arguments say.
func tokenBlock(arguments string) string {
	return "ephemeral \"clm_enrolment_token\" \"NAME\" {\n" + arguments + "\n}\n"
}

// A token is for one machine, and not for ever.
func TestEnrolmentTokenPlanRefuses(t *testing.T) {
	t.Parallel()
	lasting := func(life string) string {
		return tokenBlock(fmt.Sprintf("  device_id = \"web\"\n  expires_in = %q", life))
	}
	bounds := func(life string) refusal {
		return refusal{"This duration is out of bounds", "expires_in", "Write a duration from 1s to 744h0m0s, not " + life + "."}
	}
	refusedTogether(t, clmtest.NewBackend(t).Provider(), "", map[string]refused{
		"nobody": {tokenBlock(""),
			refusal{"Invalid Attribute Combination", "device_id", "[device_id,internet_gateway_id]"}},
		"two": {tokenBlock("  device_id = \"web\"\n  internet_gateway_id = \"relay\""),
			refusal{"Invalid Attribute Combination", "device_id", "[device_id,internet_gateway_id]"}},
		"no device": {tokenBlock(`  device_id = ""`),
			refusal{"Invalid Attribute Value Length", "device_id", "at least 1"}},
		"no gateway": {tokenBlock(`  internet_gateway_id = ""`),
			refusal{"Invalid Attribute Value Length", "internet_gateway_id", "at least 1"}},
		"no time":       {lasting("0s"), bounds("0s")},
		"too long":      {lasting("745h"), bounds("745h")},
		"not in time":   {lasting("tomorrow"), refusal{"Not a duration", "expires_in", "is not a duration of whole seconds"}},
		"half a second": {lasting("1500ms"), refusal{"Not a duration", "expires_in", "is not a duration of whole seconds"}},
	})
}

// What is handed out lets one agent in, for as long as it says, and is not in state
// when nobody puts it there.
func TestEnrolmentToken(t *testing.T) {
	t.Parallel()
	estate := newAgentEstate(t)
	device := addLaptop(t, estate, "laptop")
	must2(estate.CreateInternetGateway(t.Context(), api.WriteInternetGateway{Name: "relay", CommunicationProfileID: device.CommunicationProfileID}))(t)
	gateway := must2(estate.InternetGateway(t.Context(), "relay"))(t)
	lasts := func(arguments string, life time.Duration, subject string) resource.TestStep {
		return echoes(tokenBlock(arguments), func(data map[string]any) error {
			if got, want := text(data, "expires_at"), estate.Clock.Now().Add(life).UTC().Format(time.RFC3339); got != want {
				return fmt.Errorf("it expires at %s, expected %s", got, want)
			}
			certificate, err := estate.Enrol(t, text(data, "secret"))
			if err != nil || certificate.Name != subject || text(data, "subject") != subject {
				return fmt.Errorf("%s enrolled as %q: %w", text(data, "subject"), certificate.Name, err)
			}
			if _, err := estate.Enrol(t, text(data, "secret")); !api.Is(err, api.CodeDenied) {
				return fmt.Errorf("a token that was used lets in another key: %w", err)
			}
			return nil
		})
	}
	tellWith(t, echoing(estate),
		lasts(fmt.Sprintf("  device_id = %q", device.ID), 24*time.Hour, "laptop"),
		resource.TestStep{Config: "# nothing is left"},
		lasts(fmt.Sprintf("  internet_gateway_id = %q\n  expires_in = \"15m\"", gateway.ID), 15*time.Minute, "relay"),
	)
}

// A token for who cannot enrol is refused, with what to do.
func TestEnrolmentTokenRefuses(t *testing.T) {
	t.Parallel()
	estate := newAgentEstate(t)
	web := addDevice(t, estate, "web", "managed")
	refusedTogether(t, estate.Provider(), "", map[string]refused{
		"no such device": {tokenBlock(`  device_id = "nothing"`),
			refusal{"Cannot make an enrolment token for device nothing", "device_id", `There is no device "nothing".`}},
		"no such gateway": {tokenBlock(`  internet_gateway_id = "nothing"`),
			refusal{"Cannot make an enrolment token for internet gateway nothing", "internet_gateway_id", `There is no internet gateway "nothing".`}},
		"reached otherwise": {tokenBlock(fmt.Sprintf("  device_id = %q", web.ID)),
			refusal{"Cannot make an enrolment token for device " + web.ID, "device_id", `Device "web" is not reached by an agent. Set agent = {} on the device, in place of local or ssh.`}},
	})
}
