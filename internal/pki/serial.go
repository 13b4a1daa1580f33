package pki

import (
	"crypto/rand"
	"fmt"
	"math/big"
)

// NewSerialNumber draws a positive serial number of 159 random bits: the most that stays within the 20 octets of RFC 5280,
// section 4.1.2.2, once DER has its sign bit.
func NewSerialNumber() (*big.Int, error) {
	limit := new(big.Int).Lsh(big.NewInt(1), 159)
	for {
		serial, err := rand.Int(rand.Reader, limit)
		if err != nil {
			return nil, fmt.Errorf("drawing a serial number: %w", err)
		}
		if serial.Sign() > 0 {
			return serial, nil
		}
	}
}
