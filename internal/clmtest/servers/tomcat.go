package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Tomcat serves HTTPS. Its Manager has it read its certificate again, as Tomcat's
// documentation tells ("Manager App How-To", "Reload TLS configuration").
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
	dir, at := folder(t), addresses(t, 2)
	for _, name := range []string{"conf", "logs", "temp", "webapps", "work", "manager/WEB-INF"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	host, port := split(t, at[0])
	_, manager := split(t, at[1])
	write(t, filepath.Join(dir, "conf", "server.xml"), fmt.Sprintf(tomcatConf, host, port, certificate, manager, dir))
	write(t, filepath.Join(dir, "manager", "WEB-INF", "web.xml"), tomcatManager)
	p := start(t, "tomcat10 default-jre-headless", "java", tomcatArgs(dir)...)
	p.listens(t, at...)
	// The Manager says by its first word how it went, and not by the status.
	p.ReloadCommand = []string{"sh", "-c", "curl --silent --show-error http://" + at[1] + "/manager/text/sslReload | grep ^OK"}
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

const tomcatConf = `
<Server port="-1">
  <Service name="Catalina">
    <Connector address="%[1]s" port="%[2]s" protocol="org.apache.coyote.http11.Http11NioProtocol" SSLEnabled="true"
               scheme="https" secure="true" maxThreads="10">
      <SSLHostConfig>
        <Certificate %[3]s />
      </SSLHostConfig>
    </Connector>
    <Connector address="%[1]s" port="%[4]s" maxThreads="2" />
    <Engine name="Catalina" defaultHost="localhost">
      <Host name="localhost" appBase="webapps" autoDeploy="false" deployOnStartup="false">
        <Context path="/manager" docBase="%[5]s/manager" privileged="true">
          <JarScanner scanClassPath="false" />
        </Context>
      </Host>
    </Engine>
  </Service>
</Server>
`

// tomcatManager is what the Manager is for scripts, open to who reaches the port.
const tomcatManager = `
<web-app version="6.0" metadata-complete="true">
  <servlet>
    <servlet-name>Manager</servlet-name>
    <servlet-class>org.apache.catalina.manager.ManagerServlet</servlet-class>
  </servlet>
  <servlet-mapping>
    <servlet-name>Manager</servlet-name>
    <url-pattern>/text/*</url-pattern>
  </servlet-mapping>
</web-app>
`
