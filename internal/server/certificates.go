package server

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

type certificateQuery struct {
	paged
	IssuerID      string    `query:"issuer_id" doc:"only those of this issuer"`
	CommonName    string    `query:"common_name" doc:"only those with exactly this common name"`
	NameContains  string    `query:"name_contains" doc:"only those whose name holds this text"`
	ExpiresBefore time.Time `query:"expires_before" doc:"only those that end before this time"`
	ExpiresWithin int64     `query:"expires_within_hours" minimum:"-1" maximum:"878400" default:"-1" doc:"only those that end within so many hours by the backend's clock, or have ended; -1 means any"`
	Revoked       bool      `query:"revoked" doc:"only those whose current version is revoked"`
}

func (q certificateQuery) filter(now time.Time) clm.CertificateFilter {
	f := clm.CertificateFilter{IssuerID: q.IssuerID, CommonName: q.CommonName, NameContains: q.NameContains, ExpiresBefore: q.ExpiresBefore}
	if q.ExpiresWithin >= 0 {
		f.ExpiresBefore = now.Add(time.Duration(q.ExpiresWithin) * time.Hour)
	}
	if q.Revoked {
		f.State = clm.VersionRevoked
	}
	return f
}

func (s *Server) registerCertificates(a huma.API) {
	handle(a, s, post("create-certificate", api.Certificates, "Enrol a certificate"),
		func(ctx context.Context, in *body[api.CertificateSpec]) (api.CertificateResult, error) {
			out, err := s.engine.CreateCertificate(ctx, principal(ctx), in.Body.Name, certificateSpec(in.Body))
			return s.showWrite(ctx, out), err
		})
	handle(a, s, act("preview-certificate", api.Certificates+api.Preview, "Tell what a write would do, or why it would be refused, without doing it"),
		func(ctx context.Context, in *body[api.PreviewCertificate]) (api.Due, error) {
			due, err := s.engine.PreviewCertificate(ctx, in.Body.ID, in.Body.Spec.Name, certificateSpec(in.Body.Spec))
			return showDue(due), err
		})
	handle(a, s, get("list-certificates", api.Certificates, "List certificates by name"),
		func(ctx context.Context, in *certificateQuery) (*api.List[api.Certificate], error) {
			rows, err := s.engine.Certificates(ctx, in.filter(s.engine.Clock.Now()), in.page())
			return list(in.paged, rows, func(r clm.CertificateRow) string { return r.Certificate.Name }, s.showCertificate), err
		})
	handle(a, s, get("get-certificate", api.Certificates+item, "Read a certificate"),
		func(ctx context.Context, in *byRef) (api.Certificate, error) {
			row, err := s.engine.Certificate(ctx, in.Ref)
			return s.showCertificate(row), err
		})
	handle(a, s, put("update-certificate", api.Certificates+item, "Change what is wanted of a certificate and issue what is due"),
		func(ctx context.Context, in *bodyByRef[api.CertificateSpec]) (api.CertificateResult, error) {
			out, err := s.engine.UpdateCertificate(ctx, principal(ctx), in.Ref, in.Body.Name, certificateSpec(in.Body))
			return s.showWrite(ctx, out), err
		})
	remove(a, s, huma.Operation{OperationID: "delete-certificate", Path: api.Certificates + item, Summary: "Delete a certificate, revoking it where it asks for that"},
		func(ctx context.Context, in *byRef) error {
			return s.engine.DeleteCertificate(ctx, principal(ctx), in.Ref)
		})
	s.registerCertificateActs(a)
}

func (s *Server) registerCertificateActs(a huma.API) {
	handle(a, s, act("revoke-certificate", api.Certificates+item+api.Revoke, "Revoke the current version"),
		func(ctx context.Context, in *bodyByRef[api.RevokeCertificate]) (api.Certificate, error) {
			row, err := s.engine.RevokeCertificate(ctx, principal(ctx), in.Ref, clm.RevocationReason(in.Body.Reason))
			return s.showCertificate(row), err
		})
	handle(a, s, act("export-private-key", api.Certificates+item+api.PrivateKeyExports, "Hand out the current private key, leaving an audit row"),
		func(ctx context.Context, in *byRef) (api.PrivateKey, error) {
			key, err := s.engine.ExportPrivateKey(ctx, principal(ctx), in.Ref)
			return api.PrivateKey{PrivateKeyPEM: string(key)}, err
		})
	handle(a, s, get("get-sync-status", api.Certificates+item+api.SyncStatus, "Look at every device that should have the certificate"),
		func(ctx context.Context, in *byRef) (api.SyncReport, error) {
			row, observations, err := s.engine.SyncStatus(ctx, in.Ref)
			return s.showReport(row, observations), err
		})
}

func certificateSpec(in api.CertificateSpec) clm.CertificateSpec {
	return clm.CertificateSpec{
		Identity: clm.Identity{
			IssuerID: in.IssuerID, Subject: clm.Subject(in.Subject),
			Names:        clm.Names{DNS: in.DNSNames, IPs: in.IPAddresses, Emails: in.EmailAddresses, URIs: in.URIs},
			Key:          clm.KeySpec{Algorithm: in.KeyAlgorithm, RSABits: in.RSABits, Curve: in.ECDSACurve},
			ExtKeyUsages: in.ExtKeyUsages, RenewalTrigger: in.RenewalTrigger, RegenerationTrigger: in.RegenerationTrigger,
		},
		ValidityPeriodHours: in.ValidityPeriodHours, EarlyRenewalHours: in.EarlyRenewalHours, EarlyRenewalPercent: in.EarlyRenewalPercent,
		RevokeOnDestroy: in.RevokeOnDestroy, RevocationReason: clm.RevocationReason(in.RevocationReason),
	}
}

func showSpec(c clm.Certificate) api.CertificateSpec {
	s := c.Spec
	return api.CertificateSpec{
		Name: c.Name, IssuerID: s.IssuerID, Subject: api.Subject(s.Subject),
		DNSNames: s.Names.DNS, IPAddresses: s.Names.IPs, EmailAddresses: s.Names.Emails, URIs: s.Names.URIs,
		KeyAlgorithm: s.Key.Algorithm, RSABits: s.Key.RSABits, ECDSACurve: s.Key.Curve, ExtKeyUsages: s.ExtKeyUsages,
		ValidityPeriodHours: s.ValidityPeriodHours, EarlyRenewalHours: s.EarlyRenewalHours, EarlyRenewalPercent: s.EarlyRenewalPercent,
		RenewalTrigger: s.RenewalTrigger, RegenerationTrigger: s.RegenerationTrigger,
		RevokeOnDestroy: s.RevokeOnDestroy, RevocationReason: string(s.RevocationReason),
	}
}

func (s *Server) showCertificate(row clm.CertificateRow) api.Certificate {
	now := s.engine.Clock.Now().UTC()
	c, v := row.Certificate, row.Current
	out := api.Certificate{ID: c.ID, Spec: showSpec(c), CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
	out.Due = showDue(clm.ShouldIssue(c.Spec, v, now))
	if v == nil {
		return out
	}
	out.Status, out.Version = string(v.Status(now)), v.Number
	out.StatusColor = api.StatusColor(out.Status, daysLeft(v.NotAfter, now))
	out.CertificatePEM, out.CertificateChainPEM = pemOf(v.Certificate), pemOf(v.Chain...)
	out.SerialNumber, out.FingerprintSHA256 = v.SerialNumber, v.FingerprintSHA256
	out.ValidityStartTime, out.ValidityEndTime = v.NotBefore, v.NotAfter
	out.RenewalTime = c.Spec.RenewalTime(v.NotBefore, v.NotAfter)
	out.ReadyForRenewal, _ = clm.ReadyForRenewal(c.Spec, *v, now)
	out.RevokedAt, out.RevokedReason = v.RevokedAt, string(v.RevocationReason)
	return out
}

// daysLeft counts whole days; it is negative once the end has passed.
func daysLeft(end, now time.Time) int64 {
	left := end.Sub(now)
	if left < 0 {
		return -1
	}
	return int64(left / (24 * time.Hour))
}

func (s *Server) showWrite(ctx context.Context, out engine.CertificateWrite) api.CertificateResult {
	result := api.CertificateResult{Certificate: s.showCertificate(out.Row), Operation: string(out.Done)}
	for _, push := range out.Pushes {
		result.Pushes = append(result.Pushes, s.showPush(ctx, push))
	}
	return result
}

func showDue(d clm.Due) api.Due { return api.Due{Operation: string(d.Operation), Reason: d.Reason} }
