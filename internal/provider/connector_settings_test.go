package provider_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestConnectorBadSettings refuses, when planning, settings that could never be carried out.
func TestConnectorBadSettings(t *testing.T) {
	w := newWorld(t, nil)
	var config strings.Builder
	var refused []complaint
	for i, wrong := range []struct {
		settings string
		words    []string
	}{
		{`verify = { addresses = ["web-1"] }`, []string{`"web-1" is not host:port. Write web.example.com:443`}},
		{`verify = { addresses = [":443"] }`, []string{`":443" is not host:port.`}},
		{`verify = { addresses = ["[::1]:0"] }`, []string{`"[::1]:0" is not host:port.`}},
		{`verify = { addresses = ["web-1:443", "web-1:443"] }`, []string{`web-1:443`}},
		{`push = { secure = false }`, []string{"true"}},
		{`push = { approval_policy_id = "two", scheduled_at = "tomorrow" }`, []string{"Write it as 2027-01-31T22:00:00Z (RFC 3339), not tomorrow."}},
		{`push = { approval_policy_id = "two", scheduled_at = "2027-01-31T22:00:00+01:00" }`, []string{"Write it as 2027-01-31T21:00:00Z, which is the same moment."}},
		{`push = { approval_policy_id = "two", scheduled_at = "2027-01-31T22:00:00Z", manual_implementation = true }`, []string{"Leave scheduled_at out, or set manual_implementation to false."}},
		{`push = { scheduled_at = "2027-01-31T22:00:00Z", manual_implementation = false }`, []string{"Only what people have to agree to waits."}},
		{`push = { manual_implementation = true }`, []string{"Only what people have to agree to waits."}},
	} {
		name := fmt.Sprintf("bad_%d", i)
		fmt.Fprintf(&config, "resource \"clm_connector\" %q {\n  name = %q\n  certificate_id = \"shop\"\n  device_id = \"web\"\n  %s\n"+
			"  file_system = { directory = \"etc/tls\", certificate_file = \"tls.crt\", key_file = \"tls.key\" }\n}\n", name, name, wrong.settings)
		refused = append(refused, complaint{"clm_connector." + name, "", wrong.words})
	}
	w.tell(act{config: config.String(), refused: refused})
}
