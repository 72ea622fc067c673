package intake

// whole scans a resource that was stored or is to be; false for what is none.
func whole(s *scanner, raw []byte) (n node, ok bool) {
	err := s.scan(raw, 0)
	n = node{s, 0}
	return n, err == nil && s.fault == noFault && space(raw, s.position) == len(raw) && n.is(object)
}

func storedForm(raw []byte, id string, resolve func(string) (string, bool)) []byte {
	var s scanner
	n, ok := whole(&s, raw)
	if !ok {
		return append([]byte(nil), raw...)
	}
	if cuts := serverMeta(nil, n, n.get("meta")); len(cuts) > 0 {
		raw = splice(raw, cuts)
		if n, ok = whole(&s, raw); !ok {
			return raw
		}
	}
	edits := setID(n, id)
	if resolve != nil {
		edits = resolved(edits, n, resolve)
	}
	return splice(raw, edits)
}

// setID writes the id in place of the one that is there, else behind the type.
func setID(n node, id string) []edit {
	if old := n.get("id"); old.s != nil {
		if old.is(text) && string(old.s.bytes(old.t)) == id {
			return nil
		}
		from, to := old.bounds()
		return []edit{{from, to, quoted(id)}}
	}
	return []edit{insert(n, append([]byte(`"id":`), quoted(id)...))}
}

// insert puts a member behind the id, else the type, else at the beginning.
func insert(n node, member []byte) edit {
	for _, name := range [2]string{"id", "resourceType"} {
		if v := n.get(name); v.s != nil {
			_, at := v.bounds()
			return edit{at, at, append([]byte{','}, member...)}
		}
	}
	at, _ := n.bounds()
	if n.next() > n.t+1 {
		member = append(member, ',')
	}
	return edit{at + 1, at + 1, member}
}

// resolved turns the references that resolve knows.
func resolved(edits []edit, n node, resolve func(string) (string, bool)) []edit {
	s := n.s
	for t, end := n.t+1, n.next(); t+1 < end; t++ {
		if !s.isReference(t) {
			continue
		}
		if to, ok := resolve(string(s.bytes(t + 1))); ok {
			from, end := node{s, t + 1}.bounds()
			edits = append(edits, edit{from, end, quoted(to)})
		}
	}
	return edits
}

// isReference tells the name of a member that is a reference. A name is told from a string by the colon behind it.
func (s *scanner) isReference(t uint32) bool {
	k := &s.tape[t]
	if k.kind != text || k.end-k.start != uint32(len("reference")) && !k.escaped || s.tape[t+1].kind != text {
		return false
	}
	if string(s.bytes(t)) != "reference" {
		return false
	}
	i := space(s.src, int(k.end)+1)
	return i < len(s.src) && s.src[i] == ':'
}

func withMeta(stored []byte, version, updated string) []byte {
	var s scanner
	n, ok := whole(&s, stored)
	if !ok {
		return append([]byte(nil), stored...)
	}
	members := append(append([]byte(`"versionId":`), quoted(version)...), `,"lastUpdated":`...)
	members = append(members, quoted(updated)...)
	meta := n.get("meta")
	if meta.s == nil {
		return splice(stored, []edit{insert(n, append(append([]byte(`"meta":{`), members...), '}'))})
	}
	from, to := meta.bounds()
	parts := partsOf(meta, func(name []byte, _ node) bool { return string(name) == "versionId" || string(name) == "lastUpdated" })
	edits, empty := cutParts(nil, parts)
	if empty || len(parts) == 0 {
		return splice(stored, []edit{{from, to, append(append([]byte{'{'}, members...), '}')}})
	}
	return splice(stored, append([]edit{{from + 1, from + 1, append(members, ',')}}, edits...))
}
