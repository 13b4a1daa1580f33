package clm

import (
	"maps"
	"slices"
	"strings"
)

// Vendor names what serves a device's certificates. It presets how a new one is
// tried and taken in; a connector's own post_script comes in its place.
type Vendor string

// presets are shell commands that check a configuration and then have it taken in. All
// but Tomcat's, which has no other way without an account at its Manager, do so without
// dropping a connection.
var presets = map[Vendor]string{
	"generic":    "",
	"nginx":      "nginx -t && nginx -s reload",
	"apache":     "apachectl configtest && apachectl graceful",
	"haproxy":    "haproxy -c -f /etc/haproxy/haproxy.cfg && " + reload("haproxy"),
	"tomcat":     "systemctl restart tomcat10 || systemctl restart tomcat9 || systemctl restart tomcat",
	"postfix":    "postfix check && postfix reload",
	"dovecot":    "doveconf -n > /dev/null && doveadm reload",
	"postgresql": reload("postgresql"),
}

// reload is for servers whose service alone knows how they run. The folder is there
// where systemd is (sd_booted(3)); elsewhere there are init scripts.
func reload(service string) string {
	return "if [ -d /run/systemd/system ]; then systemctl reload " + service + "; else service " + service + " reload; fi"
}

// Check says whether a preset is there; none at all is generic.
func (v Vendor) Check() error {
	if _, known := presets[v]; !known && v != "" {
		return Invalid("vendor", "%q is not a vendor", v).WithHint("use one of %s", strings.Join(Vendors(), ", "))
	}
	return nil
}

// Reload is the command that has a new certificate taken in, "" when there is none.
func (v Vendor) Reload() string { return presets[v] }

// Vendors lists the names there are presets for.
func Vendors() []string {
	var names []string
	for _, v := range slices.Sorted(maps.Keys(presets)) {
		names = append(names, string(v))
	}
	return names
}
