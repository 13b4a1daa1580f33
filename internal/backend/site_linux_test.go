package backend_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/sshd"
)

// site is an estate and one device of it: a real SSH server behind a wire, with a
// small disk of its own.
type site struct {
	*clmtest.Estate
	t     *testing.T
	user  *sshd.User
	sshd  *sshd.Server
	wire  *wire
	here  *steps
	root  string    // where the disk is
	other *exec.Cmd // a process that pushes

	credential  api.Credential
	certificate string // its id
	spec        api.CertificateSpec
	connector   string // its id, once there is one
	wanted      api.WriteConnector
}

func newSite(t *testing.T, user *sshd.User) *site {
	t.Helper()
	s := &site{t: t, user: user, sshd: sshd.Start(t, []*sshd.User{user}, sshd.InternalSFTP)}
	s.wire = newWire(t, loopback(s.sshd))
	s.makeDisk()
	s.settleIn()
	return s
}

// settleIn makes an estate that knows the device.
func (s *site) settleIn() {
	s.t.Helper()
	s.here = newSteps()
	s.Estate = clmtest.NewBackend(s.t, func(c *backend.Config) { c.Deployer = s.here })
	s.certify()
	s.connect()
}

// rival is another estate that has to do with the same place.
func (s *site) rival() *site {
	s.t.Helper()
	r := &site{t: s.t, user: s.user, sshd: s.sshd, wire: s.wire, root: s.root}
	r.settleIn()
	return r
}

func loopback(s *sshd.Server) string { return fmt.Sprintf("127.0.0.1:%d", s.Port) }

// makeDisk is a file system of the user's, which the user can reach.
func (s *site) makeDisk() {
	s.t.Helper()
	s.root = s.t.TempDir()
	must(s.t, os.Chmod(filepath.Dir(s.root), 0o755))
	must(s.t, syscall.Mount("clm-test", s.root, "tmpfs", 0, fmt.Sprintf("size=1m,mode=0755,uid=%d,gid=%d", s.user.UID, s.user.GID)))
	s.t.Cleanup(func() { _ = syscall.Unmount(s.root, syscall.MNT_DETACH) })
	must(s.t, os.Mkdir(s.path("etc"), 0o755))
	must(s.t, os.Mkdir(s.path("hooks"), 0o777))
	for _, name := range []string{"etc", "hooks"} {
		must(s.t, os.Chown(s.path(name), s.user.UID, s.user.GID))
	}
	s.hook("pre_script", "true")
	s.hook("post_script", "true")
}

func (s *site) path(elem ...string) string {
	return filepath.Join(append([]string{s.root}, elem...)...)
}

// hook is what a script of the connector does from now on.
func (s *site) hook(name, text string) {
	must(s.t, os.WriteFile(s.path("hooks", name), []byte(text+"\n"), 0o644))
}

// certify makes a root and a certificate.
func (s *site) certify() {
	s.t.Helper()
	root, err := s.CreateRootCertificate(s.t.Context(), api.WriteRootCertificate{Name: "lab", Source: api.RootSource{
		Kind: "self_signed", SelfSigned: &api.SelfSigned{Subject: api.Subject{CommonName: "Lab"}, ValidityPeriodHours: 87600},
	}})
	must(s.t, err)
	s.spec = api.CertificateSpec{
		Name: "shop", IssuerID: root.ID, Subject: api.Subject{CommonName: "shop"}, DNSNames: []string{"shop.example.com"}, ValidityPeriodHours: 2160,
	}
	made, err := s.CreateCertificate(s.t.Context(), s.spec)
	must(s.t, err)
	s.certificate = made.Certificate.ID
}

// connect makes the device; the connector is made by apply.
func (s *site) connect() {
	s.t.Helper()
	var err error
	s.credential, err = s.CreateCredential(s.t.Context(), s.account(string(s.user.Key)))
	must(s.t, err)
	host, port, err := net.SplitHostPort(s.wire.address)
	must(s.t, err)
	n, err := strconv.ParseInt(port, 10, 64)
	must(s.t, err)
	device, err := s.CreateDevice(s.t.Context(), api.WriteDevice{Name: "web-1", CertSync: "managed", SSH: &api.SSH{
		Host: host, Port: n, CredentialID: s.credential.ID, HostKey: s.sshd.HostKey, HostKeyPolicy: "pinned",
	}})
	must(s.t, err)
	s.wanted = api.WriteConnector{
		Name: "shop", CertificateID: s.certificate, DeviceID: device.ID,
		FileSystem: api.FileSystem{Format: "pem", Directory: s.path("etc/tls"), CertificateFile: "shop.crt", KeyFile: "shop.key"},
		Push: &api.PushSettings{
			Automatic: true, IncludeChain: true,
			PreScript:  &api.Script{Inline: ". " + s.path("hooks/pre_script"), Repeatable: true},
			PostScript: &api.Script{Inline: ". " + s.path("hooks/post_script") + "\necho $CLM_FINGERPRINT_SHA256 >>" + s.path("hooks/reloads"), Repeatable: true},
		},
	}
}

func (s *site) account(key string) api.WriteCredential {
	return api.WriteCredential{Name: "deploy", SSH: &api.WriteSSHAccount{Username: s.user.Name, PrivateKey: &key}}
}

// logsInWith gives the credential another private key.
func (s *site) logsInWith(key []byte) {
	s.t.Helper()
	_, err := s.UpdateCredential(s.t.Context(), s.credential.ID, s.account(string(key)))
	must(s.t, err)
}

// apply is what an apply of the configuration does: it issues what is due, then
// pushes, and somebody else agrees where that is asked for. It tells the error, if
// there is one.
func (s *site) apply() string {
	s.t.Helper()
	if _, err := s.UpdateCertificate(s.t.Context(), s.certificate, s.spec); err != nil {
		return err.Error()
	}
	result, err := s.write(s.Client)
	switch {
	case err != nil:
		return err.Error()
	case result.Push != nil && result.Push.Code == api.CodePending:
		return s.agree()
	}
	return said(result.Push)
}

func (s *site) write(c *client.Client) (result api.ConnectorResult, err error) {
	if s.connector != "" {
		return c.UpdateConnector(s.t.Context(), s.connector, s.wanted)
	}
	result, err = c.CreateConnector(s.t.Context(), s.wanted)
	s.connector = result.Connector.ID
	return result, err
}

// renew makes a version with another key, which is pushed by itself.
func (s *site) renew() string {
	s.t.Helper()
	s.spec.RegenerationTrigger += "+"
	result, err := s.UpdateCertificate(s.t.Context(), s.certificate, s.spec)
	if err != nil {
		return err.Error()
	}
	if len(result.Pushes) != 1 || result.Operation != "regenerate" {
		s.t.Fatalf("it was not pushed by itself: %+v", result)
	}
	return said(&result.Pushes[0])
}

func said(push *api.PushResult) string {
	if push == nil {
		return ""
	}
	return push.Detail
}

// policy has one other person agree to every push.
func (s *site) policy() {
	s.t.Helper()
	policy, err := s.CreateApprovalPolicy(s.t.Context(), api.WriteApprovalPolicy{Name: "one", Levels: 1, ExpiresSeconds: int64(72 * time.Hour / time.Second)})
	must(s.t, err)
	s.wanted.Push.ApprovalPolicyID = policy.ID
}

// agree has another person approve the newest work order.
func (s *site) agree() string { return s.agreeTo(s.order()) }

func (s *site) order() string {
	s.t.Helper()
	orders, err := s.WorkOrders(s.t.Context(), s.connector, "")
	must(s.t, err)
	return orders[len(orders)-1].ID
}

func (s *site) agreeTo(order string) string {
	s.t.Helper()
	bob := clmtest.NewClient(s.Backend, "test:bob")
	result, err := bob.DecideWorkOrder(s.t.Context(), order, api.Decision{Verb: "approve"})
	if err != nil {
		return err.Error()
	}
	return said(result.Push)
}
