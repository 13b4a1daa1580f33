package pki

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// checkLowerCase refuses the two capitals for which Java has another lower case than we: it hangs on their neighbours, or takes
// two characters. Java looks for an alias in lower case, whatever the case it is asked with.
func (e KeyEntry) checkLowerCase() error {
	for _, entry := range append([]TrustedEntry{{Alias: e.Alias}}, e.Trusted...) {
		if strings.ContainsAny(entry.Alias, "İΣ") {
			return refuse(InvalidName, aliasField, "write it in lower case", "the lower case of %q is not the same everywhere", entry.Alias)
		}
	}
	return nil
}

// appendJKSText is java.io.DataOutput.writeUTF: the length, then each UTF-16 unit by itself in the bits of UTF-8. The text is
// an alias or shorter, so its length fits.
func appendJKSText(out []byte, text string) []byte {
	var encoded []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		switch {
		case unit > 0 && unit < 0x80:
			encoded = append(encoded, byte(unit))
		case unit < 0x800:
			encoded = append(encoded, 0xc0|byte(unit>>6), continuation(unit))
		default:
			encoded = append(encoded, 0xe0|byte(unit>>12), continuation(unit>>6), continuation(unit))
		}
	}
	out = binary.BigEndian.AppendUint16(out, uint16(len(encoded)))
	return append(out, encoded...)
}

func continuation(bits uint16) byte { return 0x80 | byte(bits&0x3f) }

// textOfJKS undoes appendJKSText; ok is false for what writeUTF never writes. Half a surrogate pair, which a Java string may
// hold, becomes the replacement character.
func textOfJKS(encoded []byte) (text string, ok bool) {
	var units []uint16
	for len(encoded) > 0 {
		unit, size := unitOfJKS(encoded)
		if size == 0 {
			return "", false
		}
		units, encoded = append(units, unit), encoded[size:]
	}
	return string(utf16.Decode(units)), true
}

// unitOfJKS reads one UTF-16 unit from what is not empty; size is 0 if there is none.
func unitOfJKS(in []byte) (unit uint16, size int) {
	switch first := in[0]; {
	case first < 0x80:
		return uint16(first), 1
	case first>>5 == 0x6:
		unit, size = uint16(first&0x1f), 2
	case first>>4 == 0xe:
		unit, size = uint16(first&0x0f), 3
	}
	if size > len(in) || size == 0 {
		return 0, 0
	}
	for _, next := range in[1:size] {
		if next>>6 != 0x2 {
			return 0, 0
		}
		unit = unit<<6 | uint16(next&0x3f)
	}
	return unit, size
}
