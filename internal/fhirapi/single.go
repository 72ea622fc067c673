package fhirapi

import (
	"errors"
	"net/http"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/web"
)

// single takes a request for one resource apart. The type and id are held against FHIR's forms here, so that nothing else
// ever sees others.
func single(r *http.Request) (*entry, error) {
	typ, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/fhir/"), "/")
	e := &entry{place: typ, alone: true, method: r.Method, typ: typ, id: r.PathValue("id"), vid: r.PathValue("vid")}
	switch {
	case !isResourceType(e.typ):
		return nil, web.NotFound("the first part of the path is a resource type of FHIR R4")
	case r.PathValue("id") != "" && !idForm.MatchString(e.id):
		return nil, web.BadRequest("an id is made of 1 to 64 letters, digits, hyphens and dots")
	}
	return e, nil
}

// body reads the resource of a request for one.
func (a *api) body(r *http.Request, e *entry) error {
	data, err := readBody(r)
	if err != nil {
		return err
	}
	if e.resource, err = intake.ReadResource(a.Live.Options(), data); err != nil {
		return err
	}
	e.resource.Request = intake.Request{
		Method: r.Method, URL: e.typ, IfMatch: r.Header.Get("If-Match"), IfNoneMatch: r.Header.Get("If-None-Match"),
		IfNoneExist: strings.TrimPrefix(r.Header.Get("If-None-Exist"), "?"),
	}
	e.resource.FullURL = ""
	e.bodyFits()
	return nil
}

// carryOut makes the one write that an entry asks for and answers.
func (a *api) carryOut(w http.ResponseWriter, r *http.Request, e *entry) error {
	if e.refused != nil {
		return e.refused
	}
	if e.resource == nil {
		e.resource = &intake.Resource{Request: intake.Request{Method: r.Method, IfMatch: r.Header.Get("If-Match")}}
	}
	if err := a.resolve(r.Context(), senderOf(r), e); err != nil {
		return err
	}
	if _, err := web.IfMatch(r); err != nil {
		return err
	}
	if err := a.writeAll(r.Context(), senderOf(r), nil, []*entry{e}, false); err != nil {
		return err
	}
	if e.refused != nil {
		return e.refused
	}
	return a.prefer(w, r, *e.reply)
}

// prefer answers a write as Prefer asks (https://hl7.org/fhir/R4/http.html#ops): without it, with no body unless there is
// something to say.
func (a *api) prefer(w http.ResponseWriter, r *http.Request, p reply) error {
	asked := strings.Join(r.Header.Values("Prefer"), ",")
	switch {
	case p.outcome != nil || p.status == http.StatusNoContent:
	case strings.Contains(asked, "return=representation") && p.key.ID != "":
		v, err := a.Records.Version(r.Context(), p.key, p.version)
		if err != nil {
			return err
		}
		if p.body, err = represented(&v); err != nil {
			p.body = nil // originals are not kept: the write stands nevertheless
		}
	case strings.Contains(asked, "return=OperationOutcome"):
		p.outcome = saysDone
	}
	return a.write(w, r, p)
}

// create takes in a new resource (https://hl7.org/fhir/R4/http.html#create).
func (a *api) create(w http.ResponseWriter, r *http.Request) error {
	e, err := single(r)
	if err != nil {
		return err
	}
	if err := a.body(r, e); err != nil {
		return err
	}
	return a.carryOut(w, r, e)
}

// put creates or replaces a resource (https://hl7.org/fhir/R4/http.html#update).
func (a *api) put(w http.ResponseWriter, r *http.Request) error {
	e, err := single(r)
	if err != nil {
		return err
	}
	if err := a.body(r, e); err != nil {
		return err
	}
	if e.refused == nil && r.Header.Get("If-None-Match") != "" && a.kinds[e.typ] {
		if err := a.isNew(r, e); err != nil {
			return err
		}
	}
	return a.carryOut(w, r, e)
}

// isNew holds If-None-Match: * of a PUT: only what does not exist yet is written.
func (a *api) isNew(r *http.Request, e *entry) error {
	if strings.TrimSpace(r.Header.Get("If-None-Match")) != "*" {
		return web.BadRequest("If-None-Match of a PUT is *: write only what does not exist yet")
	}
	v, err := a.Records.Version(r.Context(), a.own(r, e), 0)
	switch {
	case errors.Is(err, live.ErrNotFound) || err == nil && v.Deleted:
		return nil
	case err != nil:
		return err
	}
	return web.PreconditionFailed("the resource exists already: leave If-None-Match out to replace it")
}

// own is the key of a resource in the caller's feed.
func (a *api) own(r *http.Request, e *entry) live.ResourceKey {
	return live.ResourceKey{Source: web.Caller(r.Context()).Source, Type: e.typ, ID: e.id}
}

// putWhere is a conditional update (https://hl7.org/fhir/R4/http.html#cond-update).
func (a *api) putWhere(w http.ResponseWriter, r *http.Request) error {
	e, err := single(r)
	if err != nil {
		return err
	}
	if e.where = r.URL.RawQuery; e.where == "" {
		return web.BadRequest("a PUT names the resource: by id in the path, or by ?identifier=system|value")
	}
	if err := a.body(r, e); err != nil {
		return err
	}
	return a.carryOut(w, r, e)
}

// remove takes a resource away; what it was stays in its history (https://hl7.org/fhir/R4/http.html#delete).
func (a *api) remove(w http.ResponseWriter, r *http.Request) error {
	e, err := single(r)
	if err != nil {
		return err
	}
	return a.carryOut(w, r, e)
}

// deleteWhere is a conditional delete of at most one resource. A Patient is not erased by it.
func (a *api) deleteWhere(w http.ResponseWriter, r *http.Request) error {
	e, err := single(r)
	if err != nil {
		return err
	}
	if e.where = r.URL.RawQuery; e.where == "" {
		return web.BadRequest("a DELETE names the resource: by id in the path, or by ?identifier=system|value")
	}
	return a.carryOut(w, r, e)
}

// erase takes away every byte about a patient. Whether there was one is not told: afterwards nothing tells it.
func (a *api) erase(w http.ResponseWriter, r *http.Request) error {
	e, err := single(r)
	if err != nil {
		return err
	}
	if a.Jobs != nil {
		a.Jobs.DropExports() // before, in case nothing comes after, and after, for what was begun meanwhile
		defer a.Jobs.DropExports()
	}
	err = a.Live.Erase(r.Context(), chart.Key{Source: a.feed(r), ID: e.id}, senderOf(r).by)
	if err != nil && !errors.Is(err, live.ErrNotFound) && !errors.Is(err, live.ErrErased) {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
