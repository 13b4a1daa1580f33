package clm

import (
	"regexp"
	"strconv"
	"strings"
)

// DeviceFacts are what a device says about itself, each in the words of the program
// that was asked; "" for what it does not know.
type DeviceFacts struct {
	Host    string // its own name
	System  string // operating system with its version
	Version string // of what serves its certificates
}

// FactsScript asks a device about itself. It changes nothing.
func (v Vendor) FactsScript() Script {
	version := versions[v]
	if version == "" {
		version = "uname -sr"
	}
	return Script{Repeatable: true, Inline: `PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
printf 'host=%s\n' "$(uname -n)"
printf 'system=%s\n' "$( (. /etc/os-release && printf %s "$PRETTY_NAME") 2>/dev/null || uname -sr)"
if version=$( { ` + version + `; } 2>&1 ); then printf 'version=%s\n' "$(printf %s "$version" | head -n 1)"; fi
`}
}

// versions are the commands that tell which version of a server there is.
var versions = map[Vendor]string{
	"nginx":      "nginx -v",
	"apache":     "apache2 -v || httpd -v",
	"haproxy":    "haproxy -v",
	"tomcat":     "java -version", // it is Java that reads key stores
	"postfix":    "postconf -h mail_version",
	"dovecot":    "dovecot --version",
	"postgresql": "psql --version || pg_config --version",
}

// ParseFacts reads what FactsScript printed.
func ParseFacts(output string) (f DeviceFacts) {
	for line := range strings.Lines(output) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch name {
		case "host":
			f.Host = value
		case "system":
			f.System = value
		case "version":
			f.Version = value
		}
	}
	return f
}

// PKCS12Profile is how a PKCS#12 file has to be encrypted for the device to read it:
// legacy for Windows Server 2016 and earlier, and for a Java that knows no PBES2
// (JDK-8076190: before 8u301, 11.0.12 and 16); modern for everything else.
func (f DeviceFacts) PKCS12Profile() string {
	if oldWindows.MatchString(f.System) || isOldJava(f.Version) {
		return "legacy"
	}
	return "modern"
}

var (
	oldWindows  = regexp.MustCompile(`Windows Server (2003|2008|2012|2016)\b`)
	javaVersion = regexp.MustCompile(`\b(?:openjdk|java) version "(?:1\.)?(\d+)(?:\.0\.(\d+)|\.0_(\d+))?`)
)

func isOldJava(version string) bool {
	found := javaVersion.FindStringSubmatch(version)
	if found == nil {
		return false
	}
	number := func(i int) int { n, _ := strconv.Atoi(found[i]); return n } // "" is 0
	switch feature := number(1); {
	case feature == 8:
		return number(3) < 301
	case feature == 11:
		return number(2) < 12
	default:
		return feature < 16
	}
}
