package seal

import (
	"encoding/base64"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// proofID is the id the proof is sealed under; no secret has it.
const proofID = "proof of the estate's key"

// Proof is kept in the estate, so that a wrong key is noticed when the estate
// is opened and not at the first secret. It gives nothing away.
func (s *Sealer) Proof() (string, error) {
	sealed, err := s.Seal(proofID, nil)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// Check tells whether this is the key the proof was made with.
func (s *Sealer) Check(proof string) error {
	sealed, err := base64.StdEncoding.DecodeString(proof)
	if err == nil {
		_, err = s.Open(proofID, sealed)
	}
	if err == nil {
		return nil
	}
	return clm.Errorf(clm.KindUnavailable, "the %s does not open this estate: its secrets were sealed with another key", s.source).
		WithHint("set key_file (or CLM_KEY_FILE), or passphrase (or CLM_PASSPHRASE), to what it was when the estate was made")
}
