package intake

import (
	"bytes"
	"crypto/sha256"
)

// reference is a FHIR reference taken apart (https://hl7.org/fhir/R4/references.html). Exactly one of id, urn and identity
// is set, or none when it names nothing that can be found.
type reference struct {
	kind     []byte   // resource type, empty for a urn
	id       []byte   // of a relative or absolute reference
	base     []byte   // server base of an absolute one, with its slash
	urn      []byte   // after "urn:uuid:" or "urn:oid:"
	identity identity // of a conditional or logical one
	known    bool     // false: no reference at all
}

// identity is the digest of an identifier's system and value, so that no table of them holds a value.
type identity [16]byte

func identityOf(system, value []byte) identity {
	h := sha256.New()
	h.Write(system)
	h.Write([]byte{'|'})
	h.Write(value)
	var i identity
	copy(i[:], h.Sum(nil))
	return i
}

// parseReference reads all forms but contained ones ("#id"), which name nothing outside their resource.
func parseReference(r []byte) reference {
	if len(r) == 0 || r[0] == '#' {
		return reference{}
	}
	if bytes.HasPrefix(r, []byte("urn:")) {
		if i := bytes.LastIndexByte(r, ':'); i > 4 && i+1 < len(r) {
			return reference{urn: r[i+1:], known: true}
		}
		return reference{}
	}
	if q := bytes.IndexByte(r, '?'); q >= 0 {
		return conditional(r[:q], r[q+1:])
	}
	if i := bytes.Index(r, []byte("/_history/")); i >= 0 {
		r = r[:i]
	}
	slash := bytes.LastIndexByte(r, '/')
	if slash <= 0 || slash+1 == len(r) {
		return reference{}
	}
	start := bytes.LastIndexByte(r[:slash], '/') + 1
	return reference{kind: r[start:slash], id: r[slash+1:], base: r[:start], known: true}
}

// conditional reads Type?identifier=system|value; other searches cannot be answered here.
func conditional(kind, query []byte) reference {
	value, ok := bytes.CutPrefix(query, []byte("identifier="))
	if !ok || bytes.IndexByte(value, '&') >= 0 {
		return reference{}
	}
	value = unquery(value)
	system, code, ok := bytes.Cut(value, []byte{'|'})
	if !ok || len(code) == 0 {
		return reference{}
	}
	return reference{kind: kind[bytes.LastIndexByte(kind, '/')+1:], identity: identityOf(system, code), known: true}
}

// unquery resolves percent escapes.
func unquery(b []byte) []byte {
	if bytes.IndexByte(b, '%') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '%' && i+2 < len(b) {
			hi, err1 := hexDigit(b[i+1])
			lo, err2 := hexDigit(b[i+2])
			if err1 && err2 {
				out = append(out, hi<<4|lo)
				i += 2
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
