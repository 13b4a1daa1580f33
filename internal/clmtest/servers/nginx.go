package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Nginx serves HTTPS.
type Nginx struct {
	*Process
	// Conf is a folder for more of its configuration, in files that end in .conf.
	Conf string
}

// StartNginx runs nginx with a certificate.
func StartNginx(t testing.TB, certificate, key string) *Nginx {
	t.Helper()
	dir, address := folder(t), addresses(t, 1)[0]
	conf, more := filepath.Join(dir, "nginx.conf"), filepath.Join(dir, "conf.d")
	if err := os.Mkdir(more, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, conf, fmt.Sprintf(nginxConf, dir, address, certificate, key))
	p := start(t, "nginx-light", "nginx", "-p", dir, "-c", conf, "-e", "stderr")
	p.listens(t, address)
	p.says(t, "start worker process ", 1) // by then its PID is on file
	p.ReloadCommand = []string{"nginx", "-p", dir, "-c", conf, "-e", "stderr", "-s", "reload"}
	return &Nginx{p, more}
}

// Reload returns when the worker with the old certificate is gone.
func (s *Nginx) Reload(t testing.TB) {
	t.Helper()
	const gone = "exited with code"
	before := s.count(gone)
	s.Process.Reload(t)
	s.says(t, gone, before+1)
}

const nginxConf = `
daemon off;
worker_processes 1;
pid %[1]s/pid;
error_log stderr notice;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path %[1]s/body;
  proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi;
  scgi_temp_path %[1]s/scgi;
  include %[1]s/conf.d/*.conf;
  server {
    listen %[2]s ssl;
    ssl_certificate %[3]s;
    ssl_certificate_key %[4]s;
    return 204;
  }
}
`
