package provider_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestConnectorBadPlaces refuses, when planning, every path that could leave
// its folder.
func TestConnectorBadPlaces(t *testing.T) {
	w := newWorld(t, nil)
	const wrong, below, name = "This path could leave its folder", "is not a folder below the device's root directory, with forward slashes", "is not a file name without slashes"
	var config strings.Builder
	var refused []complaint
	add := func(attribute, value string, words ...string) {
		place := map[string]string{"directory": `"etc/tls"`, "certificate_file": `"tls.crt"`, "key_file": `"tls.key"`, "chain_file": `"chain.crt"`}
		place[attribute] = value
		key := fmt.Sprintf("bad_%d", len(refused))
		fmt.Fprintf(&config, "resource \"clm_connector\" %q {\n  name = %q\n  certificate_id = \"shop\"\n  device_id = \"web\"\n  file_system = {\n", key, key)
		for attribute, value := range place {
			fmt.Fprintf(&config, "    %s = %s\n", attribute, value)
		}
		fmt.Fprintf(&config, "  }\n}\n")
		// Not every CLI shows the line of a nested attribute, so the text has to name it.
		words = append(words, "file_system."+attribute+": "+value)
		refused = append(refused, complaint{"clm_connector." + key, "", words})
	}
	for _, directory := range []string{`"../etc"`, `"/../etc"`, `"etc/../../x"`, `"etc//tls"`, `"etc/"`, `""`, `".."`, `"etc\\tls"`, `"etc/.clm"`} {
		add("directory", directory, wrong, below)
	}
	for _, attribute := range []string{"certificate_file", "key_file", "chain_file"} {
		for _, file := range []string{`"../x"`, `"a/b"`, `".."`, `""`, `".clm"`, `"a\\b"`} {
			add(attribute, file, wrong, name)
		}
	}
	add("chain_file", `"tls.crt"`, "is the name of certificate_file already. Give each its own file.")
	add("chain_file", `"tls.key"`, "is the name of key_file already.")
	w.tell(act{config: config.String(), refused: refused})
}

// TestConnectorRefusals: what would touch somebody else's files is refused when
// it is applied, changes nothing, and records nothing.
func TestConnectorRefusals(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2", "outside"})
	bad := wishes{
		"good": ``, "foreign": ``, "link": `directory = "link"`, "link-below": `directory = "link/below"`, "file": `directory = "file/below"`,
	}
	twice := wishes{"good": ``, "twice": `directory = "good", certificate_file = "other.crt", chain_file = null`}
	named := wishes{"good": ``, "same-name": `name = "good"`}
	w.tell(
		act{
			before: func() {
				w.write("foreign", "web-1", "foreign", "tls.key")
				w.write("foreign", "web-1", "file")
				w.symlink(w.path("outside"), "web-1/link")
			},
			config: bad.config(),
			refused: []complaint{
				{about: connector("foreign"), words: []string{"foreign/tls.key is there already, and this connector did not put it there.", "is never touched; move it away"}},
				{about: connector("link"), words: []string{"link is a symbolic link that cannot be followed inside the root directory"}},
				{about: connector("link-below"), words: []string{"link is a symbolic link that cannot be followed inside the root directory"}},
				{about: connector("file"), words: []string{"file is not a directory", "Move it away, or choose another directory."}},
			},
		},
		act{
			before: func() {
				w.bare("outside")
				w.missing("web-1/foreign/tls.crt", "web-1/foreign/.clm")
				if w.read("web-1", "foreign", "tls.key") != "foreign" || w.read("web-1", "file") != "foreign" {
					t.Error("a foreign file was touched")
				}
				if ids := w.connectorIDs(); len(ids) != 1 || ids["good"] == "" {
					t.Errorf("recorded: %v", ids)
				}
			},
			config: twice.config(), plan: all(keeps(connector("good")), creates(connector("twice"))),
			refused: []complaint{{connector("twice"), "file_system = {", []string{`File "good/tls.key" on device "web-1" belongs to connector "good" already.`, `Give connector "twice" another directory or other file names.`}}},
		},
		act{config: named.config(), refused: []complaint{{connector("same-name"), "name = ", []string{`A connector named "good" exists already.`}}}},
		act{config: wishes{"good": ``}.config(), plan: keeps(connector("good")), after: func() { w.holdsAt("shop", "good", "web-1", "good"); w.missing("web-1/good/other.crt") }},
		act{},
	)
}

// TestConnectorOfUnknown refuses a certificate and a device nobody knows, and a
// key that is not here.
func TestConnectorOfUnknown(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	config := strings.Replace(wishes{"certificate": ``, "device": ``}.config(), `clm_certificate.of[try(each.value.certificate, "shop")].id`,
		`each.key == "certificate" ? "nobody" : clm_certificate.of["shop"].id`, 1)
	config = strings.Replace(config, `clm_device.of[try(each.value.device, "web-1")].id`, `each.key == "device" ? "nothing" : clm_device.of["web-1"].id`, 1)
	w.tell(
		act{config: config, refused: []complaint{
			{connector("certificate"), "certificate_id = ", []string{`There is no certificate "nobody".`}},
			{connector("device"), "device_id = ", []string{`There is no device "nothing".`}},
		}},
		act{},
	)
}
