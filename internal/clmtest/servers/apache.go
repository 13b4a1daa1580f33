package servers

import (
	"fmt"
	"path/filepath"
	"testing"
)

// Apache serves HTTPS with Apache httpd.
type Apache struct{ *Process }

// StartApache runs Apache httpd with a certificate.
func StartApache(t testing.TB, certificate, key string) *Apache {
	t.Helper()
	dir, address := folder(t), addresses(t, 1)[0]
	conf := filepath.Join(dir, "apache.conf")
	write(t, conf, fmt.Sprintf(apacheConf, dir, address, certificate, key))
	p := start(t, "apache2", "apache2", "-f", conf, "-DFOREGROUND")
	p.listens(t, address)
	p.says(t, "resuming normal operations", 1)
	p.ReloadCommand = []string{"apache2", "-f", conf, "-k", "graceful"}
	return &Apache{p}
}

const apacheConf = `
ServerRoot %[1]s
ServerName apache.test
DefaultRuntimeDir %[1]s
PidFile %[1]s/pid
ErrorLog /dev/stderr
LogLevel notice
User nobody
Group nogroup
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule socache_shmcb_module /usr/lib/apache2/modules/mod_socache_shmcb.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
StartServers 1
ThreadsPerChild 4
MinSpareThreads 1
MaxSpareThreads 8
MaxRequestWorkers 8
Listen %[2]s https
SSLEngine on
SSLCertificateFile %[3]s
SSLCertificateKeyFile %[4]s
SSLSessionCache none
`
