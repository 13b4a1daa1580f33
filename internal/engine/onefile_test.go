package engine_test

import (
	"os"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// A certificate that lay there alone gets its key into the same file, which is
// nobody else's from then on; what somebody does to it is put right; and it may be
// parted again.
func TestOneFile(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	in := connectorInput("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	alone := clm.FileSystem{Format: clm.FormatPEM, Directory: "etc/shop", CertificateFile: "tls.pem"}
	in.FileSystem = alone
	must(t, must2(s.CreateConnector(t.Context(), alice, in)).Push.Err)
	in.FileSystem.KeyFile = "tls.pem"
	fails := clm.DefaultPushSettings()
	fails.PreScript = &clm.Script{Inline: "exit 1"}
	in.PushSettings = &fails
	if err := must2(s.UpdateConnector(t.Context(), alice, "shop", in)).Push.Err; err == nil {
		t.Error("the script did not fail")
	}
	if sync := s.sync("shop"); sync.Reason != clm.ReasonKeyMismatch || !sync.Repairable() {
		t.Errorf("with the certificate alone it is %+v", sync)
	}
	in.PushSettings = nil
	must(t, must2(s.UpdateConnector(t.Context(), alice, "shop", in)).Push.Err)
	s.isOneFile()

	placed := s.path("web-1", "etc", "shop", "tls.pem")
	must(t, os.WriteFile(placed, []byte(pemOf(s.row("shop").Current.Certificate)), 0o600))
	if sync := s.sync("shop"); sync.Reason != clm.ReasonUnknownCertificate || !sync.Repairable() {
		t.Errorf("without its key it is %+v", sync)
	}
	must(t, must2(s.UpdateConnector(t.Context(), alice, "shop", in)).Push.Err)
	s.isOneFile()

	in.FileSystem = alone
	must(t, must2(s.UpdateConnector(t.Context(), alice, "shop", in)).Push.Err)
	if _, err := clmtest.TryOpenSSL(t, s.path("web-1", "etc", "shop"), "pkey", "-in", "tls.pem", "-noout"); err == nil {
		t.Error("the key is still there")
	}
}

// isOneFile holds that a file has the certificate first, then the key to it, and that
// others cannot read it.
func (s *stage) isOneFile() {
	s.t.Helper()
	folder := s.path("web-1", "etc", "shop")
	ofKey := clmtest.OpenSSL(s.t, folder, "pkey", "-in", "tls.pem", "-pubout")
	if ofCertificate := clmtest.OpenSSL(s.t, folder, "x509", "-in", "tls.pem", "-noout", "-pubkey"); ofKey != ofCertificate {
		s.t.Errorf("the key is another:\n%s\n%s", ofKey, ofCertificate)
	}
	if info := must2(os.Stat(folder + "/tls.pem")); info.Mode() != 0o600 {
		s.t.Errorf("its mode is %v", info.Mode())
	}
	if sync := s.sync("shop"); sync.Status != clm.InSync {
		s.t.Errorf("it is %s: %s %s", sync.Status, sync.Reason, sync.Detail)
	}
}
