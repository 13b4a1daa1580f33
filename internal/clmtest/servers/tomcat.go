package servers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Tomcat serves HTTPS. It reads its certificate when it starts, and then no more.
type Tomcat struct{ *Process }

const tomcatHome = "/usr/share/tomcat10"

// StartTomcat runs Tomcat with PEM files.
func StartTomcat(t testing.TB, certificate, key string) *Tomcat {
	t.Helper()
	return startTomcat(t, fmt.Sprintf(`certificateFile="%s" certificateKeyFile="%s"`, certificate, key))
}

// StartTomcatKeystore runs Tomcat with a key store of type PKCS12 or JKS, whose
// keys have the password of the store.
func StartTomcatKeystore(t testing.TB, keystore, kind, password string) *Tomcat {
	t.Helper()
	return startTomcat(t, fmt.Sprintf(`certificateKeystoreFile="%s" certificateKeystoreType="%s" certificateKeystorePassword="%s"`,
		keystore, kind, password))
}

func startTomcat(t testing.TB, certificate string) *Tomcat {
	t.Helper()
	dir, address := folder(t), addresses(t, 1)[0]
	for _, name := range []string{"conf", "logs", "temp", "webapps", "work"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	host, port := split(t, address)
	write(t, filepath.Join(dir, "conf", "server.xml"), fmt.Sprintf(tomcatConf, host, port, certificate))
	p := start(t, "tomcat10 default-jre-headless", "java", tomcatArgs(dir)...)
	p.listens(t, address)
	return &Tomcat{p}
}

// tomcatArgs is what catalina.sh would run, and starts quickly.
func tomcatArgs(dir string) []string {
	return []string{
		"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx256m", "-Djava.io.tmpdir=" + filepath.Join(dir, "temp"),
		"-Dcatalina.home=" + tomcatHome, "-Dcatalina.base=" + dir,
		"-cp", tomcatHome + "/bin/bootstrap.jar:" + tomcatHome + "/bin/tomcat-juli.jar",
		"org.apache.catalina.startup.Bootstrap", "start",
	}
}

// Reload stops the server and starts it again at the same address; there is no
// ReloadCommand.
func (s *Tomcat) Reload(t testing.TB) {
	t.Helper()
	s.Stop(t)
	again := &Process{Address: s.Address, cmd: exec.Command(s.cmd.Path, s.cmd.Args[1:]...), ended: make(chan struct{})}
	again.run(t)
	again.listens(t, s.Address)
	s.Process = again
}

const tomcatConf = `
<Server port="-1">
  <Service name="Catalina">
    <Connector address="%[1]s" port="%[2]s" protocol="org.apache.coyote.http11.Http11NioProtocol" SSLEnabled="true"
               scheme="https" secure="true" maxThreads="10">
      <SSLHostConfig>
        <Certificate %[3]s />
      </SSLHostConfig>
    </Connector>
    <Engine name="Catalina" defaultHost="localhost">
      <Host name="localhost" appBase="webapps" autoDeploy="false" deployOnStartup="false" />
    </Engine>
  </Service>
</Server>
`
