package provider_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

const listData = "data.clm_revocation_list.corp"

// The list follows what is revoked, and is signed anew before it is old.
func TestRevocationListData(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	shop := enrol(t, estate, 2160)
	config := found1("clm_revocation_list", "corp", "root_certificate_id", shop.Spec.IssuerID)
	begin := estate.Clock.Now().Unix()
	number := func(after int64) stateCheck {
		return is(listData, "number", knownvalue.Int64Exact(begin+after))
	}
	tell(t, estate,
		shows(config, number(0), listed(), is(listData, "delta_crl_pem", knownvalue.Null())),
		after(func() { must2(estate.RevokeCertificate(t.Context(), shop.ID, "certificate_hold"))(t) },
			shows(config, number(1), listed(shop.SerialNumber+" certificate_hold"), is(listData, "delta_crl_pem", knownvalue.NotNull()))),
		after(func() { must2(estate.ReleaseCertificate(t.Context(), shop.ID))(t) }, shows(config, number(2), listed())),
		after(func() { estate.Clock.Advance(84 * time.Hour) }, shows(config, number(84*3600), listed())),
	)
}

// listed: what is revoked, in the attributes and in the list itself.
func listed(want ...string) looksAt {
	return looksAt{listData, func(a map[string]any) error {
		var got, serials []string
		for _, item := range a["revoked"].([]any) {
			r := item.(map[string]any)
			got = append(got, text(r, "serial_number")+" "+text(r, "reason"))
		}
		block, rest := pem.Decode([]byte(text(a, "crl_pem")))
		if block == nil || block.Type != "X509 CRL" || len(rest) > 0 {
			return fmt.Errorf("crl_pem is %s", text(a, "crl_pem"))
		}
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return err
		}
		for _, entry := range list.RevokedCertificateEntries {
			serials = append(serials, fmt.Sprintf("%x", entry.SerialNumber.Bytes()))
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") || len(serials) != len(want) || len(want) > 0 && !strings.HasPrefix(want[0], serials[0]) {
			return fmt.Errorf("revoked are %q, on the list %q, want %q", got, serials, want)
		}
		return nil
	}}
}
