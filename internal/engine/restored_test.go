package engine_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// backedUp is a folder with the estate as it is now, and its key.
func (s *stage) backedUp() (folder string) {
	s.t.Helper()
	folder = s.t.(*testing.T).TempDir()
	must(s.t, os.Mkdir(filepath.Join(folder, "estate"), 0o700))
	must(s.t, s.store.Store.(adapted).Backup(s.t.Context(), filepath.Join(folder, "estate", "clm.db")))
	must(s.t, os.WriteFile(filepath.Join(folder, "estate.key"), must2(os.ReadFile(filepath.Join(s.folder, "estate.key"))), 0o600))
	return folder
}

// numberBy is the number openssl reads in a list.
func numberBy(t *testing.T, list clm.RevocationList) int64 {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "crl"), pki.EncodeCRLs(list.Complete), 0o600))
	_, hex, _ := strings.Cut(strings.TrimSpace(clmtest.OpenSSL(t, dir, "crl", "-in", "crl", "-noout", "-crlnumber")), "=")
	return must2(strconv.ParseInt(strings.TrimPrefix(hex, "0x"), 16, 64))
}

// An older backup knows nothing of the lists that were signed after it. Their numbers
// are not used again, and a delta continues a list that was published.
func TestNumbersOfListsRiseOverARestore(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	root := s.root("lab")
	shop, mail := s.certificate("shop", root), s.certificate("mail", root)
	base := s.lists("lab")
	folder := s.backedUp()
	must2(s.RevokeCertificate(t.Context(), alice, "shop", clm.ReasonHold))
	s.lists("lab", entry(shop, clm.ReasonHold))
	s.clock.Advance(time.Minute)
	must2(s.ReleaseCertificate(t.Context(), alice, "shop"))
	lost := s.lists("lab")

	s.clock.Advance(time.Minute)
	s = openStage(t, folder, s.clock)
	must2(s.RevokeCertificate(t.Context(), alice, "mail", "superseded"))
	next := s.lists("lab", entry(mail, "superseded"))
	if before, after := numberBy(t, lost), numberBy(t, next); before != lost.Number || after <= before {
		t.Errorf("after list %d, which is lost, comes list %d", before, after)
	}
	s.deltaSays(next, base.Number, entry(mail, "superseded"))
	s.checkTrail()
}
