package fhirapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/web"
)

// exchange takes a transaction or batch in (https://hl7.org/fhir/R4/http.html#transaction).
func (a *api) exchange(w http.ResponseWriter, r *http.Request) error {
	doc, err := a.readBundle(r)
	if err != nil {
		return err
	}
	switch doc.Type {
	case "transaction":
		return a.transaction(w, r, doc)
	case "batch":
		return a.batch(w, r, doc)
	}
	return misplaced("Bundle.type", "value", "POST /fhir takes a Bundle of type transaction or batch; POST others to /fhir/Bundle, a single resource to /fhir/{type}")
}

// readBundle reads a body that is a Bundle.
func (a *api) readBundle(r *http.Request) (*intake.Document, error) {
	data, err := readBody(r)
	if err != nil {
		return nil, err
	}
	doc, err := intake.ReadDocument(a.Live.Options(), data)
	switch {
	case err != nil:
		return nil, err
	case len(doc.Problems) > 0:
		return nil, unreadable(doc.Problems)
	case doc.Type == "":
		return nil, misplaced("Bundle.type", "required", "the body is to be a Bundle with a type")
	case len(doc.Resources) > entryLimit:
		return nil, web.TooLarge(fmt.Sprintf("a bundle of more than %d entries: send it in parts", entryLimit))
	}
	return doc, nil
}

func readBody(r *http.Request) ([]byte, error) {
	if err := web.Accepts(r, web.FHIR, web.JSON); err != nil {
		return nil, err
	}
	return web.ReadBody(r, 0)
}

func (a *api) takeAllApart(r *http.Request, doc *intake.Document) []*entry {
	base, entries := a.base(r), make([]*entry, len(doc.Resources))
	for i := range doc.Resources {
		entries[i] = a.takeApart(&doc.Resources[i], i, base)
	}
	return entries
}

// transaction takes in all entries or none.
func (a *api) transaction(w http.ResponseWriter, r *http.Request, doc *intake.Document) error {
	entries := a.takeAllApart(r, doc)
	if err := a.resolveAll(r, entries); err != nil {
		return err
	}
	overlaps(entries)
	for _, e := range entries {
		if e.reply == nil && !e.reads() && len(e.resource.Problems) > 0 {
			e.refuse(unusable(e.resource.Problems, e.at("resource")))
		}
	}
	if err := allRefusals(entries); err != nil {
		return err
	}
	if err := a.perform(r, doc, entries, true); err != nil {
		return err
	}
	return a.respond(w, r, entries, fhir.BundleTypeTransactionResponse)
}

// batch takes in each entry on its own.
func (a *api) batch(w http.ResponseWriter, r *http.Request, doc *intake.Document) error {
	entries := a.takeAllApart(r, doc)
	if err := a.resolveAll(r, entries); err != nil {
		return err
	}
	if err := a.perform(r, doc, entries, false); err != nil {
		return err
	}
	return a.respond(w, r, entries, fhir.BundleTypeBatchResponse)
}

// sender is whose records are written, and by whom.
type sender struct {
	source string
	by     live.Actor
}

// senderOf is the caller of a request.
func senderOf(r *http.Request) sender {
	e := web.Entry(r, "")
	return sender{web.Caller(r.Context()).Source, live.Actor{Who: e.Who, Role: e.Role, Route: e.Route, Request: e.Request}}
}

func (a *api) resolveAll(r *http.Request, entries []*entry) error {
	from := senderOf(r)
	for _, e := range entries {
		if err := a.resolve(r.Context(), from, e); err != nil {
			return err
		}
	}
	return nil
}

// resolve finds what a conditional PUT or DELETE means, and answers what is of a kind that is not read. The error is the
// machine's.
func (a *api) resolve(ctx context.Context, from sender, e *entry) error {
	if e.refused != nil || e.reads() {
		return nil
	}
	if !a.kinds[e.typ] || e.typ == "ResearchSubject" && strings.HasPrefix(e.id, ours) {
		p := notKept()
		if e.method == http.MethodDelete {
			p = reply{status: http.StatusNoContent}
		}
		e.reply = &p
		return nil
	}
	if e.method == http.MethodPost && e.resource.Request.IfNoneExist != "" {
		if _, _, ok := intake.Conditional(e.typ + "?" + e.resource.Request.IfNoneExist); !ok {
			e.refuse(misplaced(e.at("request.ifNoneExist"), "not-supported", "a condition is identifier=system|value, and nothing beside it"))
		}
	}
	if e.id != "" || e.where == "" {
		return nil
	}
	return a.find(ctx, from, e)
}

// find gives a conditional PUT or DELETE the id of the one resource that has the identifier
// (https://hl7.org/fhir/R4/http.html#cond-update); without one, a PUT makes a new resource.
func (a *api) find(ctx context.Context, from sender, e *entry) error {
	_, digest, ok := intake.Conditional(e.typ + "?" + e.where)
	if !ok {
		e.refuse(misplaced(e.at("request.url"), "not-supported", "a condition is identifier=system|value, and nothing beside it"))
		return nil
	}
	keys, err := a.Records.Holding(ctx, e.typ, digest)
	if err != nil {
		return err
	}
	keys = slices.DeleteFunc(keys, func(k live.ResourceKey) bool { return k.Source != from.source })
	body := e.method == http.MethodPut && e.resource.OwnID
	switch {
	case len(keys) > 1:
		e.refuse(refusalOf(live.Result{Status: live.Ambiguous}, e.at("request.url")))
	case len(keys) == 0 && e.method == http.MethodDelete:
		e.reply = &reply{status: http.StatusNoContent}
	case len(keys) == 0 && body:
		e.id = e.resource.ID
	case len(keys) == 0:
	case body && e.resource.ID != keys[0].ID:
		e.refuse(misplaced(e.at("resource.id"), "value", "the resource that has this identifier has another id"))
	default:
		e.id = keys[0].ID
	}
	return nil
}

// overlaps refuses entries that write to one resource: what then stands there would depend on their order.
func overlaps(entries []*entry) {
	type name struct{ typ, id string }
	first := map[name]*entry{}
	for _, e := range entries {
		if e.refused != nil || e.reply != nil || e.reads() {
			continue
		}
		n := name{e.typ, e.id}
		if e.method == http.MethodPost {
			n.id, _ = e.uuid()
		}
		if c := e.condition(); c != "" {
			n.id = c
		}
		other, again := first[n]
		switch {
		case n.id == "":
		case !again:
			first[n] = e
		case e.method == other.method && e.method != http.MethodDelete && e.resource.Digest == other.resource.Digest:
			// The same thing said twice means one thing.
		default:
			e.refuse(misplaced(e.place, "duplicate", "another entry of the transaction writes to the same resource"))
		}
	}
}

// allRefusals is one refusal of a transaction for all that is wrong with its entries, with the status of the first.
func allRefusals(entries []*entry) error {
	var all *web.Error
	for _, e := range entries {
		switch {
		case e.refused == nil:
		case all == nil:
			first := *e.refused
			all = &first
			all.Message = "nothing of the transaction was taken in: mend the entries that the issues name, and send it again"
			all.Issues = slices.Clone(all.Issues)
		default:
			all.Issues = append(all.Issues, e.refused.Issues...)
		}
	}
	if all == nil {
		return nil
	}
	return all
}

// ranks is the order in which a transaction is carried out (https://hl7.org/fhir/R4/http.html#trules).
var ranks = map[string]int{http.MethodDelete: 0, http.MethodPost: 1, http.MethodPut: 2, http.MethodGet: 3, http.MethodHead: 3}

// perform carries out what the entries ask for, in the order of the standard, and leaves every entry with a reply or a
// refusal.
func (a *api) perform(r *http.Request, doc *intake.Document, entries []*entry, atomic bool) error {
	ordered := slices.Clone(entries)
	slices.SortStableFunc(ordered, func(x, y *entry) int { return cmp.Compare(ranks[x.method], ranks[y.method]) })
	if err := a.writeAll(r.Context(), senderOf(r), doc, ordered, atomic); err != nil {
		return err
	}
	for _, e := range ordered {
		if e.refused != nil || e.reply != nil || !e.reads() {
			continue
		}
		p, err := a.readEntry(r, e)
		if e.refused = refusalIn(r.Context(), err); e.refused == nil {
			e.reply = &p
		}
	}
	return nil
}

// refusalIn is what an entry of a batch is refused with.
func refusalIn(ctx context.Context, err error) *web.Error {
	if err == nil {
		return nil
	}
	return web.AsError(ctx, err)
}

// writeAll makes the writes of entries. Of those that each make a resource unless one with the same identifier is there, the
// second must find what the first has made, and so must one that found somebody else's made meanwhile: they come after the
// others. In a transaction there are none of the first kind.
func (a *api) writeAll(ctx context.Context, from sender, doc *intake.Document, ordered []*entry, atomic bool) error {
	first, later := map[string]bool{}, []*entry(nil)
	now := slices.DeleteFunc(slices.Clone(ordered), func(e *entry) bool {
		if e.refused != nil || e.reply != nil || e.reads() {
			return true
		}
		c := e.condition()
		if c != "" && first[c] {
			later = append(later, e)
			return true
		}
		first[c] = c != ""
		return false
	})
	if err := a.writeOnce(ctx, from, doc, now, atomic); err != nil {
		return err
	}
	for _, e := range now {
		if e.outrun {
			later = append(later, e)
		}
	}
	for _, e := range later {
		e.reply = nil
		if err := a.resolve(ctx, from, e); err != nil {
			return err
		}
		if err := a.writeOnce(ctx, from, doc, []*entry{e}, false); err != nil {
			return err
		}
	}
	return nil
}

func (a *api) writeOnce(ctx context.Context, from sender, doc *intake.Document, ordered []*entry, atomic bool) error {
	batch := live.Batch{Source: from.source, Document: doc, Atomic: atomic, By: from.by}
	var asked []*entry
	for _, e := range ordered {
		if e.refused != nil || e.reply != nil {
			continue
		}
		if w, ok := e.asWrite(); ok {
			batch.Writes, asked = append(batch.Writes, w), append(asked, e)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	results, err := a.Live.Apply(ctx, batch)
	if failed := (*live.Failed)(nil); errors.As(err, &failed) && failed.Write < len(asked) {
		e := refusalOf(failed.Result, asked[failed.Write].place)
		e.Message = "nothing of the transaction was taken in: " + e.Message
		return e
	} else if err != nil {
		return err
	}
	for i, e := range asked {
		e.came(results[i])
	}
	return nil
}

// came keeps what became of an entry's write. What cannot be used is told with all that is wrong with it.
func (e *entry) came(res live.Result) {
	p, refused := replyTo(res, e.place)
	switch {
	case refused == nil:
		e.reply = &p
		e.outrun = e.method == http.MethodPut && e.condition() != "" && res.Status == live.Unchanged
	case res.Status == live.Refused && len(e.resource.Problems) > 0:
		e.refused = unusable(e.resource.Problems, e.at("resource"))
	default:
		e.refused = refused
	}
}

// respond answers with one response entry per entry, in the order of the request.
func (a *api) respond(w http.ResponseWriter, r *http.Request, entries []*entry, as fhir.BundleType) error {
	base := a.base(r)
	out := fhir.Bundle{Type: as, Entry: make([]fhir.BundleEntry, len(entries))}
	for i, e := range entries {
		if e.refused != nil {
			p := reply{status: e.refused.Status, outcome: web.Outcome(r.Context(), e.refused)}
			out.Entry[i] = p.entry(base)
			continue
		}
		out.Entry[i] = e.reply.entry(base)
	}
	return writeResource(w, r, http.StatusOK, out)
}
