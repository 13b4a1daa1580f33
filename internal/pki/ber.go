package pki

import (
	"errors"
	"fmt"
)

// BER, as NSS and some appliances write PKCS#12, differs from the DER that encoding/asn1 reads: lengths may be indefinite or
// padded, and octet strings may come in pieces (X.690, section 8). derOf rewrites the first into the second.

const (
	maxNesting = 64 // deeper than any PKCS#12; keeps hostile input off the stack

	tagOctetString = 0x04
	constructed    = 0x20
)

var errTruncated = errors.New("the ASN.1 ends too early")

// derOf rewrites the first element of ber as DER and returns what follows it. DER comes back unchanged.
func derOf(ber []byte) (der, rest []byte, err error) { return rewrite(ber, 0) }

func rewrite(in []byte, depth int) (der, rest []byte, err error) {
	if depth > maxNesting {
		return nil, nil, fmt.Errorf("the ASN.1 is nested more than %d deep", maxNesting)
	}
	head, in, err := readHeader(in)
	if err != nil {
		return nil, nil, err
	}
	if head.isConstructed() {
		return rewriteConstructed(head, in, depth)
	}
	if head.length == indefinite {
		return nil, nil, errors.New("an ASN.1 primitive has no length")
	}
	return element(head.tag, in[:head.length]), in[head.length:], nil
}

func rewriteConstructed(head header, in []byte, depth int) (der, rest []byte, err error) {
	body, rest := in, []byte(nil)
	if head.length != indefinite {
		body, rest = in[:head.length], in[head.length:]
	}
	var content []byte
	for !head.ends(body) {
		var child []byte
		if child, body, err = rewrite(body, depth+1); err != nil {
			return nil, nil, err
		}
		if head.isOctetString() {
			if child, err = piece(child); err != nil {
				return nil, nil, err
			}
		}
		content = append(content, child...)
	}
	if head.length == indefinite {
		rest = body[2:]
	}
	if head.isOctetString() {
		return element([]byte{tagOctetString}, content), rest, nil
	}
	return element(head.tag, content), rest, nil
}

// piece returns the content of one part of an octet string, which is itself an octet string.
func piece(der []byte) ([]byte, error) {
	head, content, err := readHeader(der)
	if err != nil || len(head.tag) != 1 || head.tag[0] != tagOctetString {
		return nil, errors.New("an octet string is made of something else")
	}
	return content, nil
}

const indefinite = -1

// header is the identifier and length in front of an element.
type header struct {
	tag    []byte
	length int
}

func (h header) isConstructed() bool { return h.tag[0]&constructed != 0 }
func (h header) isOctetString() bool {
	return len(h.tag) == 1 && h.tag[0] == tagOctetString|constructed
}

// ends reports whether body, the rest of the element's content, is at its end. A missing end-of-contents mark does not end
// an indefinite element: reading on finds nothing there and fails.
func (h header) ends(body []byte) bool {
	if h.length == indefinite {
		return len(body) >= 2 && body[0] == 0 && body[1] == 0
	}
	return len(body) == 0
}

// readHeader returns the header at the start of in and what follows it, which is at least as long as a definite length says.
func readHeader(in []byte) (header, []byte, error) {
	tag, in, err := readTag(in)
	if err != nil {
		return header{}, nil, err
	}
	length, in, err := readLength(in)
	if err != nil {
		return header{}, nil, err
	}
	if length > len(in) {
		return header{}, nil, errTruncated
	}
	return header{tag, length}, in, nil
}

func readTag(in []byte) (tag, rest []byte, err error) {
	if len(in) == 0 {
		return nil, nil, errTruncated
	}
	end := 1
	if in[0]&0x1f == 0x1f { // the number follows in base 128, high bit on all but the last octet
		for end < len(in) && in[end]&0x80 != 0 {
			end++
		}
		end++
	}
	if end > len(in) {
		return nil, nil, errTruncated
	}
	return in[:end], in[end:], nil
}

func readLength(in []byte) (length int, rest []byte, err error) {
	if len(in) == 0 {
		return 0, nil, errTruncated
	}
	first, in := in[0], in[1:]
	switch {
	case first < 0x80:
		return int(first), in, nil
	case first == 0x80:
		return indefinite, in, nil
	}
	octets := int(first & 0x7f)
	if octets > len(in) {
		return 0, nil, errTruncated
	}
	for _, b := range in[:octets] {
		if length = length<<8 | int(b); length > maxPKCS12Size {
			return 0, nil, errTruncated
		}
	}
	return length, in[octets:], nil
}

// element is one DER element: the tag, the shortest length, the content.
func element(tag, content []byte) []byte {
	out := make([]byte, 0, len(tag)+5+len(content))
	out = append(out, tag...)
	out = appendLength(out, len(content))
	return append(out, content...)
}

func appendLength(out []byte, length int) []byte {
	if length < 0x80 {
		return append(out, byte(length))
	}
	octets := 1
	for length>>(8*octets) > 0 {
		octets++
	}
	out = append(out, 0x80|byte(octets))
	for i := octets - 1; i >= 0; i-- {
		out = append(out, byte(length>>(8*i)))
	}
	return out
}
