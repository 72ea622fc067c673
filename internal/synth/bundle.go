package synth

// bundle gathers entries as bytes (https://hl7.org/fhir/R4/bundle.html).
type bundle struct {
	head  int
	bytes []byte
	empty bool
}

func newBundle(kind string) *bundle {
	b := &bundle{bytes: []byte(`{"resourceType":"Bundle","type":"` + kind + `","entry":[`), empty: true}
	b.head = len(b.bytes)
	return b
}

// reset begins another bundle of the same kind in the same memory.
func (b *bundle) reset() { b.bytes, b.empty = b.bytes[:b.head], true }

// add appends an entry with the request that would create it.
func (b *bundle) add(kind, id string, r object) {
	if !b.empty {
		b.bytes = append(b.bytes, ',')
	}
	b.empty = false
	b.bytes = appendJSON(b.bytes, object{
		{"fullUrl", "urn:uuid:" + id},
		{"resource", r},
		{"request", object{{"method", "POST"}, {"url", kind}}},
	})
}

// finish gives the whole bundle; its bytes are good until the next reset.
func (b *bundle) finish() []byte {
	b.bytes = append(b.bytes, "]}\n"...)
	return b.bytes
}
