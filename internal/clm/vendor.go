package clm

import (
	"maps"
	"slices"
	"strings"
)

// Vendor names what serves a device's certificates. It presets how a new one is
// tried and taken in; a connector's own post_script comes in its place.
type Vendor string

// presets are shell commands that check a configuration, certificates and keys
// included, and then have it taken in without dropping a connection.
var presets = map[Vendor]string{
	"generic":    "",
	"nginx":      "nginx -t && nginx -s reload",
	"apache":     "apachectl configtest && apachectl graceful",
	"haproxy":    "haproxy -c -f /etc/haproxy/haproxy.cfg && systemctl reload haproxy",
	"tomcat":     "systemctl restart tomcat10 || systemctl restart tomcat9 || systemctl restart tomcat",
	"postfix":    "postfix check && postfix reload",
	"dovecot":    "doveconf -n > /dev/null && doveadm reload",
	"postgresql": "systemctl reload postgresql",
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
