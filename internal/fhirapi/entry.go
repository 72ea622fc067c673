package fhirapi

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/web"
)

// idForm is FHIR's id (https://hl7.org/fhir/R4/datatypes.html#id).
var idForm = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)

// entry is one entry of a bundle, or a request for a single resource, taken apart.
type entry struct {
	place    string // FHIRPath of what a refusal is about
	alone    bool   // a request for a single resource: what was in the URL and headers has no FHIRPath
	resource *intake.Resource
	method   string
	typ, id  string // of the URL
	vid      string // of a version read
	where    string // the search that the URL names the resource by, in place of an id
	outrun   bool   // a PUT by condition that found what somebody made meanwhile: it is still to replace that
	reply    *reply
	refused  *web.Error
}

// entryPlace is the FHIRPath of a bundle's entry.
func entryPlace(n int) string { return "Bundle.entry[" + strconv.Itoa(n) + "]" }

// refuse keeps the first refusal of an entry.
func (e *entry) refuse(why *web.Error) {
	if e.refused == nil {
		e.refused = why
	}
}

// at is the place of a member of the entry.
func (e *entry) at(member string) string {
	if !e.alone {
		return e.place + "." + member
	}
	if of, ok := strings.CutPrefix(member, "resource"); ok {
		return e.place + of
	}
	return ""
}

// takeApart reads the request of a bundle's entry (https://hl7.org/fhir/R4/http.html#transaction).
func (a *api) takeApart(r *intake.Resource, n int, base string) *entry {
	e := &entry{place: entryPlace(n), resource: r, method: r.Request.Method}
	switch r.Request.Method {
	case "":
		e.refuse(misplaced(e.at("request"), "required", "every entry of a transaction or batch needs request.method and request.url"))
		return e
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete:
	default:
		e.refuse(misplaced(e.at("request.method"), "not-supported", "entries may be GET, HEAD, POST, PUT and DELETE"))
		return e
	}
	e.address(r.Request.URL, base)
	if e.refused == nil {
		e.fits()
	}
	return e
}

// address takes request.url apart: Type, Type/id, Type/id/_history/vid or Type?search.
func (e *entry) address(address, base string) {
	path, search, conditional := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(address, base), "/"), "?")
	parts := strings.Split(path, "/")
	wrong := func(message string) { e.refuse(misplaced(e.at("request.url"), "value", message)) }
	if !isResourceType(parts[0]) {
		wrong("request.url begins with a resource type of FHIR R4, such as Observation/id, relative to the base")
		return
	}
	e.typ, e.where = parts[0], search
	switch {
	case len(parts) >= 2 && !idForm.MatchString(parts[1]):
		wrong("an id is made of 1 to 64 letters, digits, hyphens and dots")
	case len(parts) == 4 && parts[2] == "_history" && idForm.MatchString(parts[3]) && e.reads():
		e.id, e.vid = parts[1], parts[3]
	case len(parts) > 2 || conditional && len(parts) > 1 && !e.reads():
		wrong("request.url is Type, Type/id or Type?identifier=system|value; operations and versions are not taken in a bundle")
	case len(parts) == 2:
		e.id = parts[1]
	}
}

func (e *entry) reads() bool { return e.method == http.MethodGet || e.method == http.MethodHead }

// fits holds the parts of an entry against each other.
func (e *entry) fits() {
	switch e.method {
	case http.MethodPost:
		if e.id != "" || e.where != "" {
			e.refuse(misplaced(e.at("request.url"), "value", "the url of a POST is the resource type alone; a condition stands in ifNoneExist"))
			return
		}
		if uuid, ok := e.uuid(); ok && !idForm.MatchString(uuid) {
			e.refuse(misplaced(e.at("fullUrl"), "value", "a fullUrl of urn:uuid: ends in a uuid, which becomes the id"))
			return
		}
	case http.MethodDelete:
		if e.id == "" && e.where == "" {
			e.refuse(misplaced(e.at("request.url"), "required", "a DELETE names the resource, by id or by identifier"))
		}
		return
	case http.MethodGet, http.MethodHead:
		if e.id == "" {
			e.refuse(misplaced(e.at("request.url"), "not-supported", "a bundle may read single resources by id; searching records is not offered"))
		}
		return
	case http.MethodPut:
		if e.id == "" && e.where == "" {
			e.refuse(misplaced(e.at("request.url"), "required", "a PUT names the resource, by id or by identifier"))
			return
		}
	}
	e.bodyFits()
}

// uuid is the id that a resource is created under by its fullUrl.
func (e *entry) uuid() (string, bool) { return strings.CutPrefix(e.resource.FullURL, "urn:uuid:") }

// bodyFits holds the resource against the URL (https://hl7.org/fhir/R4/http.html#update).
func (e *entry) bodyFits() {
	r := e.resource
	switch {
	case e.alone && r.Type == "" && len(r.Problems) > 0:
		e.refuse(unreadable(r.Problems))
	case len(r.Problems) > 0 && r.Packed == nil:
		e.refuse(unusable(r.Problems, e.at("resource")))
	case r.Type == "":
		e.refuse(misplaced(e.at("resource"), "required", "a POST or PUT needs a resource"))
	case r.Type != e.typ:
		e.refuse(misplaced(e.at("resource"), "value", "the resource is of another type than the URL names"))
	case e.method == http.MethodPut && e.id != "" && !r.OwnID:
		e.refuse(misplaced(e.at("resource.id"), "required", "a resource that is PUT says its id"))
	case e.method == http.MethodPut && e.id != "" && r.ID != e.id:
		e.refuse(misplaced(e.at("resource.id"), "value", "the id of the resource and that of the URL differ"))
	case r.OwnID && !idForm.MatchString(r.ID):
		e.refuse(misplaced(e.at("resource.id"), "value", "an id is made of 1 to 64 letters, digits, hyphens and dots"))
	}
}

// condition is the search that must find nothing for an entry to make a new resource; "" where there is none.
func (e *entry) condition() string {
	switch {
	case e.method == http.MethodPost && e.resource.Request.IfNoneExist != "":
		return e.typ + "?" + e.resource.Request.IfNoneExist
	case e.method == http.MethodPut && e.id == "" && e.where != "":
		return e.typ + "?" + e.where
	}
	return ""
}

// asWrite is the write that an entry asks for; ok is false where there is none to make.
func (e *entry) asWrite() (w live.Write, ok bool) {
	request := &e.resource.Request
	w = live.Write{Type: e.typ, ID: e.id}
	switch e.method {
	case http.MethodPost:
		w.Verb, w.Resource, w.IfNoneExist = live.Create, e.resource, request.IfNoneExist
	case http.MethodPut:
		w.Verb, w.Resource, w.IfMatch = live.Put, e.resource, versionIn(request.IfMatch)
		w.IfNew = strings.TrimSpace(request.IfNoneMatch) == "*"
		if e.id == "" { // nobody has that identifier yet
			w.Verb, w.IfNoneExist = live.Create, e.where
		}
	case http.MethodDelete:
		w.Verb, w.IfMatch = live.Delete, versionIn(request.IfMatch)
	default:
		return w, false
	}
	return w, true
}

// versionIn is the version that an If-Match names (https://hl7.org/fhir/R4/http.html#concurrency).
func versionIn(match string) string {
	match = strings.TrimSpace(match)
	if match == "*" {
		return ""
	}
	return strings.Trim(strings.TrimPrefix(match, "W/"), `"`)
}
