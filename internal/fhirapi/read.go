package fhirapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/web"
)

// feed is whose records a request reads: a token's own, else the one that _source names.
func (a *api) feed(r *http.Request) string {
	if c := web.Caller(r.Context()); c.Source != "" {
		return c.Source
	}
	return r.URL.Query().Get("_source")
}

// read answers with a resource as it now is (https://hl7.org/fhir/R4/http.html#read).
func (a *api) read(w http.ResponseWriter, r *http.Request) error {
	e, err := single(r)
	if err != nil {
		return err
	}
	v, err := a.version(r, e)
	if err != nil {
		return err
	}
	if err := a.seen(r, v); err != nil {
		return err
	}
	if web.NotModified(w, r, v.Number, v.At) {
		return nil
	}
	body, err := represented(&v)
	if err != nil {
		return err
	}
	return a.write(w, r, reply{status: http.StatusOK, key: v.Key, version: v.Number, at: v.At, body: body})
}

// vread answers with one version (https://hl7.org/fhir/R4/http.html#vread).
func (a *api) vread(w http.ResponseWriter, r *http.Request) error { return a.read(w, r) }

// version gives what a read names. What was deleted is gone; what was erased was never there.
func (a *api) version(r *http.Request, e *entry) (v live.Version, err error) {
	number := 0
	if e.vid != "" {
		if number, err = strconv.Atoi(e.vid); err != nil || number < 1 {
			return v, noVersion()
		}
	}
	key := live.ResourceKey{Source: a.feed(r), Type: e.typ, ID: e.id}
	v, err = a.Records.Version(r.Context(), key, number)
	switch {
	case errors.Is(err, live.ErrNotFound):
		return v, noVersion()
	case err == nil && v.Deleted:
		return v, web.Gone("the resource was deleted; its earlier versions can be read from its history")
	}
	return v, err
}

func noVersion() error {
	return web.NotFound("there is no such resource, or no such version of it, in this feed")
}

// readEntry is the read of a bundle's entry.
func (a *api) readEntry(r *http.Request, e *entry) (reply, error) {
	if !web.Caller(r.Context()).May(access.SeeRecords, "") {
		return reply{}, web.Forbidden("reading records needs a right of its own, which you do not have")
	}
	v, err := a.version(r, e)
	if err != nil {
		return reply{}, err
	}
	if err := a.seen(r, v); err != nil {
		return reply{}, err
	}
	p := reply{status: http.StatusOK, key: v.Key, version: v.Number, at: v.At}
	if e.method == http.MethodHead {
		return p, nil
	}
	if match := versionIn(e.resource.Request.IfNoneMatch); match != "" && match == strconv.Itoa(v.Number) {
		p.status = http.StatusNotModified
		return p, nil
	}
	p.body, err = represented(&v)
	return p, err
}

// seen writes into the audit log that versions of records are about to be shown. What cannot be recorded is not shown.
func (a *api) seen(r *http.Request, versions ...live.Version) error {
	var persons []int64
	for i := range versions {
		if p := versions[i].Person; p != 0 && !slices.Contains(persons, p) {
			persons = append(persons, p)
		}
	}
	return a.seenPersons(r, persons)
}

func (a *api) seenPersons(r *http.Request, persons []int64) error {
	e := web.Entry(r, audit.Read)
	e.Subjects = persons
	return a.record(r.Context(), e)
}

func (a *api) record(ctx context.Context, e audit.Entry) error {
	if a.Record == nil {
		return errors.New("there is no audit log to write to")
	}
	return a.Record(ctx, e)
}

// represented is a version as a client reads it.
func represented(v *live.Version) ([]byte, error) {
	if len(v.Raw) == 0 {
		return nil, web.NotFound("resources as they were sent are not kept here: only what the criteria read of them")
	}
	whole := intake.WithMeta(v.Raw, strconv.Itoa(v.Number), instant(v.At))
	if v.UnreadableRaw {
		return subsetted(whole)
	}
	return whole, nil
}

// most is how many versions a page of a history tells; there are hardly ever more than a few.
const most = 100

// history answers with the versions of a resource, newest first (https://hl7.org/fhir/R4/http.html#history). _before, which
// the link to the next page has, leaves out the versions from that one on.
func (a *api) history(w http.ResponseWriter, r *http.Request) error {
	e, err := single(r)
	if err != nil {
		return err
	}
	versions, err := a.Records.Versions(r.Context(), live.ResourceKey{Source: a.feed(r), Type: e.typ, ID: e.id})
	if err == nil && len(versions) == 0 || errors.Is(err, live.ErrNotFound) {
		return noVersion()
	} else if err != nil {
		return err
	}
	out := fhir.Bundle{Type: fhir.BundleTypeHistory, Total: ptr(len(versions))}
	if text := r.URL.Query().Get("_before"); text != "" {
		before, err := strconv.Atoi(text)
		if err != nil {
			return web.BadRequest("_before is the number of a version")
		}
		versions = slices.DeleteFunc(versions, func(v live.Version) bool { return v.Number >= before })
	}
	if err := a.seen(r, versions...); err != nil {
		return err
	}
	if len(versions) > most {
		versions = versions[:most]
		next := a.base(r) + "/" + e.typ + "/" + e.id + "/_history?_before=" + strconv.Itoa(versions[most-1].Number)
		out.Link = append(out.Link, fhir.BundleLink{Relation: "next", Url: next})
	}
	for i := range versions {
		entry, err := a.historic(r, &versions[i])
		if err != nil {
			return err
		}
		out.Entry = append(out.Entry, entry)
	}
	return writeResource(w, r, http.StatusOK, out)
}

// historic is one version as an entry of a history.
func (a *api) historic(r *http.Request, v *live.Version) (fhir.BundleEntry, error) {
	name := v.Key.Type + "/" + v.Key.ID
	p := reply{status: http.StatusOK, key: v.Key, version: v.Number, at: v.At}
	request := fhir.BundleEntryRequest{Method: fhir.HTTPVerbPUT, Url: name}
	switch {
	case v.Deleted:
		p.status, request.Method = http.StatusNoContent, fhir.HTTPVerbDELETE
	case v.Number == 1:
		p.status = http.StatusCreated
	}
	if !v.Deleted {
		whole, err := a.Records.Version(r.Context(), v.Key, v.Number)
		if err != nil && !errors.Is(err, live.ErrNotFound) { // dropped meanwhile
			return fhir.BundleEntry{}, err
		}
		if len(whole.Raw) > 0 {
			p.body, _ = represented(&whole)
		}
	}
	out := p.entry(a.base(r))
	out.Request = &request
	out.FullUrl = ptr(a.base(r) + "/" + name)
	return out, nil
}

// search says what is not offered.
func (a *api) search(w http.ResponseWriter, r *http.Request) error {
	if _, err := single(r); err != nil {
		return err
	}
	e := web.Refuse(http.StatusNotImplemented, "searching records is not offered: read a resource by its id, export a trial's patients with Group/{trial}/$export, or search ResearchStudy and ResearchSubject")
	e.Code = "not-supported"
	return e
}
