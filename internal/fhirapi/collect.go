package fhirapi

import (
	"net/http"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/intake"
)

// collect takes in the resources of a bundle that states them and asks for nothing. Each is kept under its own id, else
// the uuid of its fullUrl, else the digest of its content: sending it twice changes nothing.
func (a *api) collect(w http.ResponseWriter, r *http.Request) error {
	doc, err := a.readBundle(r)
	if err != nil {
		return err
	}
	var entries []*entry
	switch doc.Type {
	case "collection", "searchset", "document", "message":
		entries = a.stated(r, doc)
	case "history":
		entries = a.happened(r, doc)
	default:
		return misplaced("Bundle.type", "value", "POST /fhir/Bundle takes a collection, searchset, document, message or history; POST a transaction or batch to /fhir")
	}
	if err := a.resolveAll(r, entries); err != nil {
		return err
	}
	if err := a.writeAll(r.Context(), senderOf(r), doc, entries, false); err != nil {
		return err
	}
	return a.respond(w, r, entries, fhir.BundleTypeBatchResponse)
}

// stated makes each resource a PUT under the id that it goes by.
func (a *api) stated(r *http.Request, doc *intake.Document) []*entry {
	entries := make([]*entry, len(doc.Resources))
	for i := range doc.Resources {
		entries[i] = a.state(&doc.Resources[i], i)
	}
	return entries
}

func (a *api) state(r *intake.Resource, n int) *entry {
	e := &entry{place: entryPlace(n), resource: r, method: http.MethodPut, typ: r.Type, id: r.ID}
	switch {
	case len(r.Problems) > 0 && r.Packed == nil:
		e.refuse(unusable(r.Problems, e.at("resource")))
	case r.Type == "":
		e.refuse(misplaced(e.at("resource"), "required", "this entry holds no resource"))
	case a.kinds[r.Type] && !idForm.MatchString(r.ID):
		e.refuse(misplaced(e.at("resource.id"), "value", "an id is made of 1 to 64 letters, digits, hyphens and dots"))
	}
	return e
}

// happened makes each entry of a history what it was: a DELETE, else what the resource then was. A history is written newest
// first (https://hl7.org/fhir/R4/http.html#history), and what it ends in is what counts: where a resource was deleted in
// it, the entries before the newest are not carried out, whatever their versions say.
func (a *api) happened(r *http.Request, doc *intake.Document) []*entry {
	type name struct{ typ, id string }
	base, entries := a.base(r), make([]*entry, len(doc.Resources))
	deleted, newest := map[name]bool{}, map[name]*entry{}
	for i := range doc.Resources {
		resource := &doc.Resources[i]
		e := a.state(resource, i)
		if resource.Request.Method == http.MethodDelete {
			e = a.takeApart(resource, i, base)
		}
		n := name{e.typ, e.id}
		entries[i], deleted[n] = e, deleted[n] || e.method == http.MethodDelete
		if newest[n] == nil {
			newest[n] = e
		}
	}
	for _, e := range entries {
		if n := (name{e.typ, e.id}); e.refused == nil && deleted[n] && newest[n] != e && a.kinds[e.typ] {
			e.reply = &reply{status: http.StatusOK, outcome: saysOlder}
		}
	}
	return entries
}
