package intake

import (
	"crypto/sha256"
	"slices"
)

// describe fills in what a resource says of itself before it is read.
func (a *apart) describe(r *Resource, n node) {
	r.Raw = n.raw()
	if !n.is(object) {
		return
	}
	var kind, meta, identifiers node
	for name, v := range n.members {
		switch string(name) {
		case "resourceType":
			kind = v
		case "id":
			r.ID = a.str(v)
		case "meta":
			meta = v
		case "identifier":
			identifiers = v
		}
	}
	if kind.is(text) {
		if b := kind.s.bytes(kind.t); isType(b) {
			r.Type = a.word(b)
		} else {
			a.problem(r.Pointer+"/resourceType", "no resource type of FHIR's")
		}
	}
	for name, v := range meta.members {
		switch string(name) {
		case "versionId":
			r.Version = a.str(v)
		case "lastUpdated":
			r.Updated = a.str(v)
		}
	}
	r.OwnID = r.ID != ""
	if !r.OwnID {
		r.ID = string(urlID([]byte(r.FullURL)))
	}
	if r.Kept = isKept(r.Type); r.Kept {
		a.describeKept(r, n, meta, identifiers)
	}
}

func isKept(kind string) bool {
	_, ok := kindReaders[kind]
	return ok || kind == "Patient" || kind == "Medication"
}

func (a *apart) describeKept(r *Resource, n, meta, identifiers node) {
	if r.ID == "" {
		r.ID = string(digestOf(r.Raw))
	}
	r.Digest = digestWithoutMeta(n, meta)
	r.References = a.references(n)
	for _, v := range identifiers.elements {
		system, value := v.get("system"), v.get("value")
		if !system.is(text) || !value.is(text) {
			continue
		}
		s, v := system.s.bytes(system.t), value.s.bytes(value.t)
		if len(s) == 0 || len(v) == 0 {
			continue
		}
		id := identityOf(s, v)
		r.Identifiers = append(r.Identifiers, id[:])
		if r.Type == "Patient" && a.unique(s) {
			r.Unique = append(r.Unique, id[:])
		}
	}
}

// references gives all references inside a resource, each once.
func (a *apart) references(n node) []string {
	s, number, from := n.s, a.current(), len(a.refs)
	for t, end := n.t+1, n.next(); t+1 < end; t++ {
		if !s.isReference(t) {
			continue
		}
		ref := a.word(s.bytes(t + 1))
		if last, met := a.lastIn[ref]; ref == "" || met && last == number {
			continue
		}
		a.lastIn[ref] = number
		a.refs = append(a.refs, ref)
	}
	return slices.Clip(a.refs[from:])
}

// digestWithoutMeta is the digest of a resource as written, without the members that servers give anew at every turn.
func digestWithoutMeta(n, meta node) (sum [32]byte) {
	cuts := serverMeta(nil, n, meta)
	src, from := n.s.src, int(n.s.tape[n.t].start)
	if len(cuts) == 0 {
		return sha256.Sum256(n.raw())
	}
	h := sha256.New()
	for _, c := range cuts {
		h.Write(src[from:c.from])
		from = c.to
	}
	h.Write(src[from:n.s.tape[n.t].end])
	h.Sum(sum[:0])
	return sum
}

// request reads Bundle.entry.request.
func (a *apart) request(r *Request, n node, where string) {
	where += "/request"
	if n.given() && !n.is(object) {
		a.problem(where, reasonObject)
	}
	for name, v := range n.members {
		var to *string
		switch string(name) {
		case "method":
			to = &r.Method
		case "url":
			to = &r.URL
		case "ifMatch":
			to = &r.IfMatch
		case "ifNoneMatch":
			to = &r.IfNoneMatch
		case "ifModifiedSince":
			to = &r.IfModifiedSince
		case "ifNoneExist":
			to = &r.IfNoneExist
		default:
			continue
		}
		if v.given() && !v.is(text) {
			a.problem(where+"/"+string(name), "a string is expected")
		} else if v.is(text) {
			*to = a.word(v.s.bytes(v.t))
		}
	}
}
