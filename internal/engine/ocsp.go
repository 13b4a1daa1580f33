package engine

import (
	"context"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// ocspLife is how long an answer may be kept by whoever asked: the bound within
// which a revocation is known everywhere.
const ocspLife = time.Hour

// OCSPAnswer is a response of RFC 6960 in DER.
type OCSPAnswer struct {
	DER        []byte
	NextUpdate time.Time // until when it may be kept; zero for an answer to one request alone
}

// OCSP answers a request. What is wrong with the request is an answer too; an error
// is trouble of the estate's own. It answers from what is recorded, not from lists,
// so a revocation is in the next answer.
func (e *Engine) OCSP(ctx context.Context, by clm.Principal, request []byte) (OCSPAnswer, error) {
	asked, err := pki.ParseOCSPRequest(request)
	if err != nil {
		return OCSPAnswer{DER: pki.OCSPMalformedRequest.DER()}, nil //nolint:nilerr // the answer says so
	}
	now := e.now()
	var authorities []authority
	response := pki.OCSPResponse{ThisUpdate: now.Add(-clockSkew), Nonce: asked.Nonce}
	err = e.view(ctx, func(tx Tx) (err error) {
		if authorities, err = askedOf(tx, asked, now); err == nil {
			response.Answers, err = answersOf(tx, authorities, asked)
		}
		return err
	})
	if err != nil {
		return OCSPAnswer{}, err
	}
	if len(authorities) == 0 {
		return OCSPAnswer{DER: pki.OCSPUnauthorized.DER()}, nil
	}
	return e.respond(ctx, by, authorities[0], response)
}

// OCSPTrouble is the answer where the estate is in trouble: it may help to ask later.
func OCSPTrouble(err error) OCSPAnswer {
	switch clm.KindOf(err) {
	case clm.KindUnavailable, clm.KindConflict:
		return OCSPAnswer{DER: pki.OCSPTryLater.DER()}
	}
	return OCSPAnswer{DER: pki.OCSPInternalError.DER()}
}

func (e *Engine) respond(ctx context.Context, by clm.Principal, a authority, response pki.OCSPResponse) (out OCSPAnswer, err error) {
	r, err := e.responder(ctx, by, a)
	if err != nil {
		return out, err
	}
	if response.NextUpdate = e.now().Add(ocspLife).Truncate(time.Second); r.certificate.NotAfter.Before(response.NextUpdate) {
		response.NextUpdate = r.certificate.NotAfter
	}
	if response.Nonce == nil {
		out.NextUpdate = response.NextUpdate
	}
	out.DER, err = pki.CreateOCSPResponse(response, r.certificate, r.key)
	return out, err
}

// askedOf are the authorities, of one certificate and perhaps in several slots, that
// a whole request is about; none where nobody here may answer it. One response has
// one signer, so a request about two CAs is nobody's.
func askedOf(tx Tx, asked pki.OCSPRequest, now time.Time) (found []authority, err error) {
	roots, err := tx.Roots(clm.Page{})
	for _, root := range roots {
		for _, a := range authoritiesOf(root) {
			if a.anchor.KeyID == "" || !now.Before(a.anchor.NotAfter) || len(found) > 0 && a.FingerprintSHA256 != found[0].FingerprintSHA256 {
				continue
			}
			about, err := a.isAskedIn(asked)
			if err != nil {
				return nil, err
			}
			if about {
				found = append(found, a)
			}
		}
	}
	return found, err
}

func (a authority) isAskedIn(asked pki.OCSPRequest) (bool, error) {
	certificate, err := pki.ParseCertificate(a.anchor.Certificate)
	for _, id := range asked.Certificates {
		if err != nil || !id.IsIssuedBy(certificate) {
			return false, err
		}
	}
	return true, err
}

func answersOf(tx Tx, by []authority, asked pki.OCSPRequest) (answers []pki.OCSPAnswer, err error) {
	for _, id := range asked.Certificates {
		answer := pki.OCSPAnswer{CertID: id, Status: pki.OCSPUnknown}
		for _, a := range by {
			if err := a.judge(tx, &answer); err != nil {
				return nil, err
			}
			if answer.Status != pki.OCSPUnknown {
				break
			}
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

// judge tells what is recorded of a serial number. What is revoked is remembered;
// what was forgotten without being revoked is as unknown as what was never issued.
func (a authority) judge(tx Tx, answer *pki.OCSPAnswer) error {
	serial := answer.CertID.SerialNumber
	r, err := tx.Revocation(a.CA, serial)
	if err == nil {
		answer.Status, answer.RevokedAt, answer.Reason = pki.OCSPRevoked, r.RevokedAt, string(r.Reason)
		return nil
	}
	if err = unlessNotFound(err); err != nil {
		return err
	}
	v, err := tx.VersionBySerial(a.IssuerID, serial)
	if clm.KindOf(err) == clm.KindNotFound {
		_, err = tx.AgentBySerial(a.FingerprintSHA256, serial)
	} else if err == nil && v.IssuedBy() != a.FingerprintSHA256 {
		return nil
	}
	if err == nil {
		answer.Status = pki.OCSPGood
	}
	return unlessNotFound(err)
}
