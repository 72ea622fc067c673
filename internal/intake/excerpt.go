package intake

import "bytes"

// An excerpt is cut by the names of members, wherever they stand: the same names mean the same in all resources that are
// read, and in those contained in them. What only a person reads is cut even where it is most likely harmless.

// cutAnywhere are members that go from every object.
var cutAnywhere = map[string]bool{
	"name": true, "telecom": true, "address": true, "contact": true, "photo": true, // who it is, and how to reach them
	"note": true, "comment": true, "description": true, "conclusion": true, "patientInstruction": true, "div": true, // prose
	"subscriberId": true, "assigner": true,
}

// attachments are members whose values are Attachments.
var attachments = map[string]bool{
	"attachment": true, "presentedForm": true, "sourceAttachment": true, "contentAttachment": true, "valueAttachment": true,
}

var cutFromAttachment = map[string]bool{"data": true, "url": true, "title": true, "hash": true}

// identifiers are members whose values are Identifiers.
var identifiers = map[string]bool{
	"identifier": true, "masterIdentifier": true, "groupIdentifier": true, "valueIdentifier": true,
}

// cutExtensions are the values of extensions that may be a person's words, or say who a person is.
var cutExtensions = map[string]bool{
	"valueString": true, "valueMarkdown": true, "valueBase64Binary": true, "valueAddress": true, "valueHumanName": true,
	"valueContactPoint": true, "valueContactDetail": true, "valueAnnotation": true, "valueAttachment": true,
	"valueIdentifier": true, "valueSignature": true,
}

// excerpt cuts one resource.
type excerpt struct{ edits []edit }

func excerptOf(stored []byte) []byte {
	var s scanner
	n, ok := whole(&s, stored)
	if !ok {
		return []byte("{}") // what cannot be read might hold anything
	}
	var x excerpt
	if x.object(n, "") {
		return []byte("{}")
	}
	return splice(stored, x.edits)
}

// value cuts inside a value of a member; it is true when nothing is left of it.
func (x *excerpt) value(n node, of string) bool {
	switch {
	case n.is(object):
		return x.object(n, of)
	case n.is(array):
		return x.array(n, of)
	}
	return false
}

func (x *excerpt) array(n node, of string) (empty bool) {
	var parts []part
	for _, v := range n.elements {
		from, to := v.bounds()
		parts = append(parts, part{from, to, x.without(func() bool { return x.value(v, of) })})
	}
	x.edits, empty = cutParts(x.edits, parts)
	return empty
}

// without cuts inside something, and forgets those cuts when all of it goes.
func (x *excerpt) without(cut func() bool) bool {
	before := len(x.edits)
	if cut() {
		x.edits = x.edits[:before]
		return true
	}
	return false
}

func (x *excerpt) object(n node, of string) (empty bool) {
	if of == "extension" || of == "modifierExtension" {
		for name := range n.members {
			if cutExtensions[plainName(name)] {
				return true // the url alone says nothing
			}
		}
	}
	parts := partsOf(n, func(name []byte, v node) bool {
		return x.without(func() bool { return x.member(n, plainName(name), v, of) })
	})
	x.edits, empty = cutParts(x.edits, parts)
	return empty
}

// member cuts inside a member; it is true when the member itself goes.
func (x *excerpt) member(n node, name string, v node, of string) bool {
	switch {
	case cutAnywhere[name],
		name == "text" && v.is(object), // a narrative: everywhere else text is a string
		attachments[of] && cutFromAttachment[name],
		identifiers[of] && name == "value",
		name == "display" && of != "coding" && !n.get("code").given() && !n.get("system").given():
		return true
	case name == "reference" && v.is(text):
		x.reference(v)
		return false
	}
	return x.value(v, name)
}

// reference takes the search out of a conditional reference: it holds the value of an identifier.
func (x *excerpt) reference(v node) {
	kind, _, conditional := bytes.Cut(v.s.bytes(v.t), []byte{'?'})
	if conditional {
		from, to := v.bounds()
		x.edits = append(x.edits, edit{from, to, quoted(string(kind))})
	}
}

// plainName is the name of the element that a member speaks of: that of a primitive's extensions begins with _.
func plainName(name []byte) string { return string(bytes.TrimPrefix(name, []byte{'_'})) }
