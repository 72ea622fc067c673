package intake

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// edit puts text in place of the bytes from from up to to.
type edit struct {
	from, to int
	text     []byte
}

// splice carries edits out, those at one place in their order; all else stays byte for byte. One that begins inside of what
// another takes away has no effect.
func splice(src []byte, edits []edit) []byte {
	slices.SortStableFunc(edits, func(a, b edit) int { return a.from - b.from })
	size := len(src)
	for _, e := range edits {
		size += len(e.text)
	}
	dst, from := make([]byte, 0, size), 0
	for _, e := range edits {
		if e.from < from {
			continue
		}
		dst = append(append(dst, src[from:e.from]...), e.text...)
		from = e.to
	}
	return append(dst, src[from:]...)
}

// bounds are the first byte of a value and the one behind it.
func (n node) bounds() (from, to int) {
	k := n.s.tape[n.t]
	if k.kind == text {
		return int(k.start) - 1, int(k.end) + 1
	}
	return int(k.start), int(k.end)
}

// part is a member of an object or an element of an array on its way out or not.
type part struct {
	from, to int
	out      bool
}

// cutParts takes the parts that are out away, with the commas that parted them. It is true when none is left.
func cutParts(edits []edit, parts []part) ([]edit, bool) {
	kept := -1
	for i, p := range parts {
		switch {
		case !p.out && kept < 0 && i > 0:
			edits = append(edits, edit{from: parts[0].from, to: p.from})
			kept = i
		case !p.out:
			kept = i
		case kept >= 0:
			edits = append(edits, edit{from: parts[i-1].to, to: p.to})
		}
	}
	return edits, kept < 0 && len(parts) > 0
}

// serverMeta takes meta.versionId and meta.lastUpdated away, and meta with them when it says nothing else.
func serverMeta(edits []edit, n, meta node) []edit {
	if !meta.is(object) || !meta.get("versionId").given() && !meta.get("lastUpdated").given() {
		return edits
	}
	parts := partsOf(meta, func(name []byte, _ node) bool { return string(name) == "versionId" || string(name) == "lastUpdated" })
	cut, empty := cutParts(edits, parts)
	if !empty {
		return cut
	}
	parts = partsOf(n, func(_ []byte, v node) bool { return v.t == meta.t })
	if len(parts) == 1 {
		return append(edits, edit{from: parts[0].from, to: parts[0].to})
	}
	cut, _ = cutParts(edits, parts)
	return cut
}

// partsOf gives the members of an object.
func partsOf(n node, out func(name []byte, v node) bool) (parts []part) {
	for name, v := range n.members {
		_, to := v.bounds()
		from, _ := node{n.s, v.t - 1}.bounds()
		parts = append(parts, part{from, to, out(name, v)})
	}
	return parts
}

// quoted writes a string as JSON.
func quoted(s string) []byte {
	b, _ := jsontext.AppendQuote(nil, strings.ToValidUTF8(s, "\uFFFD")) // fails for what is not UTF-8 only
	return b
}
