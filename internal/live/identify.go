package live

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"prescreen/internal/intake"
)

// identify gives every resource the id it is kept under and resolves the references between them
// (https://hl7.org/fhir/R4/http.html#trules).
func (t *taking) identify() error {
	var done []*item
	for _, it := range t.items {
		if it.verb != Create {
			continue
		}
		found, err := t.existing(it)
		if err != nil {
			return err
		}
		if found {
			done = append(done, it)
			continue
		}
		it.key.ID = t.newID(it)
	}
	for _, it := range t.items {
		if it.res != nil {
			t.name(it)
		}
	}
	t.drop(func(it *item) bool { return slices.Contains(done, it) })
	if err := t.resolveConditional(); err != nil {
		return err
	}
	return t.readAgain()
}

// existing looks for what a conditional create does not want to repeat.
func (t *taking) existing(it *item) (found bool, err error) {
	search := t.Writes[it.write].IfNoneExist
	if search == "" {
		return false, nil
	}
	_, digest, ok := intake.Conditional(it.key.Type + "?" + search)
	if !ok {
		return true, t.refuse(it, intake.Problem{Path: "Bundle.entry.request.ifNoneExist", Reason: "only identifier=system|value is understood here"})
	}
	t.want.identifier(digest)
	keys, err := t.holding(it.key.Type, digest)
	if err != nil {
		return false, err
	}
	switch len(keys) {
	case 0:
		return false, nil
	case 1:
		it.key = keys[0]
		r := Result{Status: Unchanged, Key: it.key}
		have, err := t.l.store.Current(t.ctx, keys)
		if err == nil && len(have) > 0 {
			r.Version, r.At = have[0].Number, have[0].At
		}
		return true, firstOf(err, t.settle(it, r))
	}
	return true, t.settle(it, Result{Status: Ambiguous, Key: it.key})
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// holding gives the sender's resources that carry an identifier.
func (t *taking) holding(typ string, digest []byte) ([]ResourceKey, error) {
	keys, err := t.l.store.Holding(t.ctx, typ, digest)
	return slices.DeleteFunc(keys, func(k ResourceKey) bool { return k.Source != t.Source }), err
}

// newID is the uuid of the fullUrl, so that what is sent twice is one; else a random one (RFC 9562, version 4).
func (t *taking) newID(it *item) string {
	if id, ok := strings.CutPrefix(it.res.FullURL, "urn:uuid:"); ok && id != "" {
		return id
	}
	made := &t.made[it.write]
	if *made == "" {
		var b [16]byte
		rand.Read(b[:])
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		h := hex.EncodeToString(b[:])
		*made = h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	}
	return *made
}

// name makes an entry known by its fullUrl, and what is created by the reference that its sender's other resources use.
func (t *taking) name(it *item) {
	url, to := it.res.FullURL, it.key.Type+"/"+it.key.ID
	switch {
	case strings.HasPrefix(url, "urn:"):
		t.resolved[url] = to
	case it.verb == Create && strings.HasSuffix(url, "/"+it.res.Type+"/"+it.res.ID):
		t.resolved[url] = to
		t.resolved[it.res.Type+"/"+it.res.ID] = to
	}
}

// resolveConditional resolves the conditional references of a transaction. Elsewhere they wait, as they do in files. What
// is not kept cannot be looked for, and is no reason to refuse anything.
func (t *taking) resolveConditional() error {
	if !t.Atomic {
		return nil
	}
	for _, it := range t.items {
		if it.res == nil {
			continue
		}
		for _, ref := range it.res.References {
			if strings.IndexByte(ref, '?') < 0 || t.resolved[ref] != "" {
				continue
			}
			typ, digest, ok := intake.Conditional(ref)
			if before, _, _ := strings.Cut(ref, "?"); !isKept(before[strings.LastIndexByte(before, '/')+1:]) {
				continue
			}
			if !ok {
				return t.refuse(it, intake.Problem{Reason: "a conditional reference must be Type?identifier=system|value"})
			}
			t.want.identifier(digest)
			found, err := t.fitting(typ, digest)
			if err != nil {
				return err
			}
			switch len(found) {
			case 1:
				t.resolved[ref] = typ + "/" + found[0].ID
			case 0:
				return t.refuse(it, intake.Problem{Reason: "a conditional reference fits no resource: send the one it is meant for first"})
			default:
				return t.settle(it, Result{Status: Ambiguous, Key: it.key})
			}
		}
	}
	return nil
}

// fitting gives the resources with an identifier as they will be after this batch.
func (t *taking) fitting(typ string, digest []byte) ([]ResourceKey, error) {
	found, err := t.holding(typ, digest)
	if err != nil {
		return nil, err
	}
	for _, it := range t.items {
		if it.key.Type != typ {
			continue
		}
		found = slices.DeleteFunc(found, func(k ResourceKey) bool { return k == it.key })
		if it.res != nil && slices.ContainsFunc(it.res.Identifiers, func(d []byte) bool { return string(d) == string(digest) }) {
			found = append(found, it.key)
		}
	}
	return found, nil
}

// readAgain reads those resources once more that say something else under their final ids and references than as sent.
func (t *taking) readAgain() error {
	for _, it := range t.items {
		if it.res == nil {
			continue
		}
		conditional := t.conditional(it)
		if len(conditional) > 0 {
			h := sha256.New()
			h.Write(it.sent)
			for _, ref := range conditional {
				h.Write([]byte("\x00" + ref + "\x00" + t.resolved[ref]))
			}
			it.sent = h.Sum(nil)
		}
		if it.key.ID == it.res.ID && !t.rewritten(it) && len(conditional) == 0 && !t.again {
			continue
		}
		it.stored = it.res.Stored(it.key.ID, t.resolve)
		again, err := intake.ReadResource(t.l.options, it.stored)
		if err != nil {
			return err
		}
		if !it.gap && len(again.Problems) > 0 {
			if err := t.refuse(it, again.Problems[0]); err != nil {
				return err
			}
			it.gap = true
		}
		it.res = again
	}
	return nil
}

func (t *taking) resolve(ref string) (string, bool) {
	to, ok := t.resolved[ref]
	return to, ok
}

// conditional gives the conditional references of an item that were resolved.
func (t *taking) conditional(it *item) []string {
	var list []string
	for _, ref := range it.res.References {
		if strings.IndexByte(ref, '?') >= 0 && t.resolved[ref] != "" {
			list = append(list, ref)
		}
	}
	return list
}

// rewritten tells whether a reference of the item leads elsewhere than it says itself: urn:uuid:U to Type/U is the same.
func (t *taking) rewritten(it *item) bool {
	r := it.res
	if r.Type == "Medication" && r.FullURL != "" && r.FullURL[strings.LastIndexAny(r.FullURL, ":/")+1:] != r.ID {
		return true // else it would be found by its fullUrl too, which the store cannot
	}
	for _, ref := range r.References {
		to, ok := t.resolved[ref]
		if ok && ref[strings.LastIndexAny(ref, ":/")+1:] != to[strings.IndexByte(to, '/')+1:] {
			return true
		}
	}
	return false
}
