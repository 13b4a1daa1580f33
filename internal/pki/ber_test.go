package pki

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/property"
)

// node is an ASN.1 value that can be written as DER and, in many ways, as BER.
type node struct {
	tag      []byte
	children []node
	content  []byte // of a primitive
}

func drawNode(t *rapid.T, depth int) node {
	if depth > 0 && rapid.Bool().Draw(t, "constructed") {
		tag := rapid.SampledFrom([][]byte{{0x30}, {0x31}, {0xa0}, {0xbf, 0x85, 0x01}}).Draw(t, "tag")
		n := node{tag: tag}
		for range rapid.IntRange(0, 3).Draw(t, "children") {
			n.children = append(n.children, drawNode(t, depth-1))
		}
		return n
	}
	tag := rapid.SampledFrom([][]byte{{0x04}, {0x02}, {0x0c}, {0x80}, {0x9f, 0x20}}).Draw(t, "tag")
	return node{tag: tag, content: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "content")}
}

func (n node) der() []byte {
	content := n.content
	for _, child := range n.children {
		content = append(content, child.der()...)
	}
	return element(n.tag, content)
}

// ber takes a free choice wherever BER leaves one.
func (n node) ber(t *rapid.T) []byte {
	if n.tag[0] == tagOctetString && rapid.Bool().Draw(t, "in pieces") {
		return n.inPieces(t)
	}
	if n.tag[0]&constructed == 0 {
		return withLength(t, n.tag, n.content)
	}
	var content []byte
	for _, child := range n.children {
		content = append(content, child.ber(t)...)
	}
	return wrapped(t, n.tag, content)
}

func (n node) inPieces(t *rapid.T) []byte {
	var content []byte
	for rest := n.content; len(rest) > 0; {
		size := rapid.IntRange(1, len(rest)).Draw(t, "piece")
		content = append(content, node{tag: n.tag, content: rest[:size]}.ber(t)...)
		rest = rest[size:]
	}
	return wrapped(t, []byte{tagOctetString | constructed}, content)
}

func wrapped(t *rapid.T, tag, content []byte) []byte {
	if rapid.Bool().Draw(t, "indefinite") {
		return append(append(bytes.Clone(tag), 0x80), append(content, 0, 0)...)
	}
	return withLength(t, tag, content)
}

func withLength(t *rapid.T, tag, content []byte) []byte {
	out := bytes.Clone(tag)
	if padding := rapid.IntRange(0, 3).Draw(t, "padding"); padding > 0 {
		out = append(out, 0x84) // four octets, leading zeros and all
		out = binary.BigEndian.AppendUint32(out, uint32(len(content)))
		return append(out, content...)
	}
	return append(appendLength(out, len(content)), content...)
}

func TestDerOfProperties(t *testing.T) {
	t.Parallel()
	property.Check(t, func(t *rapid.T) {
		n := drawNode(t, 4)
		want := n.der()
		trailer := rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "trailer")
		for name, in := range map[string][]byte{"BER": n.ber(t), "DER": want} {
			got, rest, err := derOf(append(bytes.Clone(in), trailer...))
			if err != nil || !bytes.Equal(got, want) || !bytes.Equal(rest, trailer) {
				t.Fatalf("%s %x became %x, rest %x, %v; want %x", name, in, got, rest, err, want)
			}
		}
	})
}

func TestDerOfRefuses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                 "the ASN.1 ends too early",
		"30":                               "the ASN.1 ends too early",
		"3005":                             "the ASN.1 ends too early",
		"3080":                             "the ASN.1 ends too early",
		"308000":                           "the ASN.1 ends too early",
		"30820100":                         "the ASN.1 ends too early",
		"3084ffffffff":                     "the ASN.1 ends too early",
		"30ff" + strings.Repeat("ff", 200): "the ASN.1 ends too early",
		"04888000000000000000":             "the ASN.1 ends too early", // the length overflows
		"1f":                               "the ASN.1 ends too early",
		"1fff":                             "the ASN.1 ends too early",
		"0480":                             "an ASN.1 primitive has no length",
		"2403020101":                       "an octet string is made of something else",
		strings.Repeat("3080", 100):        "the ASN.1 is nested more than 64 deep",
		strings.Repeat("3080", 1_000_000):  "the ASN.1 is nested more than 64 deep",
	} {
		data, err := hex.DecodeString(in)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := derOf(data); err == nil || err.Error() != want {
			t.Errorf("%.20s: got %v, want %s", in, err, want)
		}
	}
}

// The examples of RFC 2268, section 5, read backward. The 63-bit one exercises the mask of the effective length.
func TestRC2(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		key        string
		bits       int
		plain, out string
	}{
		{"0000000000000000", 63, "0000000000000000", "ebb773f993278eff"},
		{"ffffffffffffffff", 64, "ffffffffffffffff", "278b27e42e2f0d49"},
		{"3000000000000000", 64, "1000000000000001", "30649edf9be7d2c2"},
		{"88", 64, "0000000000000000", "61a8a244adacccf0"},
		{"88bca90e90875a", 64, "0000000000000000", "6ccf4308974c267f"},
		{"88bca90e90875a7f0f79c384627bafb2", 64, "0000000000000000", "1a807d272bbe5db1"},
		{"88bca90e90875a7f0f79c384627bafb2", 128, "0000000000000000", "2269552ab0f85ca6"},
		{"88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e", 129, "0000000000000000", "5b78d3a43dfff1f1"},
	} {
		key, _ := hex.DecodeString(tt.key)
		block, _ := hex.DecodeString(tt.out)
		newRC2(key, tt.bits).Decrypt(block, block)
		if got := hex.EncodeToString(block); got != tt.plain {
			t.Errorf("%s, %d bits: got %s, want %s", tt.key, tt.bits, got, tt.plain)
		}
	}
}
