// Package fhirapi is the FHIR R4 side of the server: records in, one by one and in bundles, and the trials' lists out.
//
// A resource belongs to the feed that sent it, and its id is unique within that feed only: a token writes and reads its
// own, a person may name another in a read by _source. Resources go through as the JSON they came in; what we write
// ourselves is of the library's types. Whatever of a kind that is not read is answered as not kept, never as a failure, so
// that a sender need not know which kinds those are.
//
// Refusals are returned as errors of package web, which makes OperationOutcomes of them; none holds a value or an id.
package fhirapi

import (
	"context"
	"net/http"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/web"
)

// Options say what the endpoints stand on.
type Options struct {
	Live    *live.Live
	Records Records
	// Record writes an entry of the audit log; a read is answered only after it.
	Record   func(context.Context, audit.Entry) error
	Evaluate Evaluate // nil does not offer it
	Jobs     *Jobs    // of $import and $export; nil offers neither
	// Decided gives what a person decided of a trial and chart, as a ResearchSubject.status; "" for nothing. It may be nil.
	Decided   func(ctx context.Context, trial string, chart int64) (status string, err error)
	BaseURL   func(*http.Request) string // of the server, without /fhir; for Location and links alone
	CursorKey []byte                     // 32 bytes that seal the marks of pages
	Version   string                     // of the program
	Started   time.Time
	Now       func() time.Time // for jobs; requests have a time of their own
}

// Records is what is read of the store: package store has it.
type Records interface {
	Version(ctx context.Context, key live.ResourceKey, number int) (live.Version, error)
	Versions(ctx context.Context, key live.ResourceKey) ([]live.Version, error)
	Holding(ctx context.Context, typ string, digest []byte) ([]live.ResourceKey, error)
	// EachOf hands out the open versions of a chart's resources with Raw, by type and id.
	EachOf(ctx context.Context, chart int64, visit func(*live.Version) error) error
}

// The bounds of one request. A bundle of a whole life is 2 to 10 MB.
const (
	bodyLimit  = 64 << 20
	entryLimit = 20_000
)

// api is the endpoints' common ground.
type api struct {
	Options
	kinds map[string]bool
}

func newAPI(o Options) *api {
	a := &api{Options: o, kinds: map[string]bool{}}
	for _, k := range intake.Kinds() {
		a.kinds[k] = true
	}
	return a
}

// Routes gives the endpoints.
func Routes(o Options) []web.Route {
	a := newAPI(o)
	routes := append(a.recordRoutes(), a.studyRoutes()...)
	if o.Evaluate != nil {
		routes = append(routes, a.evaluateRoute())
	}
	if o.Jobs != nil {
		routes = append(routes, a.jobRoutes()...)
	}
	return append(routes, web.Route{
		Method: http.MethodGet, Pattern: "/fhir/metadata", Needs: access.Anybody, Handle: a.capabilities(routes),
		Doc: doc("fhirMetadata", "What this FHIR server can do (CapabilityStatement)"),
	})
}

func (a *api) recordRoutes() []web.Route {
	route := func(method, pattern string, needs access.Right, handle web.Handler, id, summary string) web.Route {
		r := web.Route{Method: method, Pattern: pattern, Needs: needs, Handle: handle, Doc: doc(id, summary)}
		if method == http.MethodPost || method == http.MethodPut {
			r.Body = bodyLimit
		}
		return r
	}
	return []web.Route{
		route(http.MethodPost, "/fhir", access.SendRecords, a.exchange, "fhirTransaction", "Take in a transaction or batch"),
		route(http.MethodPost, "/fhir/Bundle", access.SendRecords, a.collect, "fhirBundle", "Take in the entries of a collection, searchset, document or history"),
		route(http.MethodPost, "/fhir/{type}", access.SendRecords, a.create, "fhirCreate", "Take in a resource, also conditionally (If-None-Exist)"),
		route(http.MethodPut, "/fhir/{type}", access.SendRecords, a.putWhere, "fhirUpdateWhere", "Replace the one resource that has an identifier, or create it"),
		route(http.MethodDelete, "/fhir/{type}", access.SendRecords, a.deleteWhere, "fhirDeleteWhere", "Take away the one resource that has an identifier"),
		route(http.MethodGet, "/fhir/{type}", access.SeeRecords, a.search, "fhirSearch", "Searching records is not offered: 501"),
		route(http.MethodPut, "/fhir/{type}/{id}", access.SendRecords, a.put, "fhirUpdate", "Create or replace a resource"),
		route(http.MethodDelete, "/fhir/{type}/{id}", access.SendRecords, a.remove, "fhirDelete", "Take a resource away; its history stays"),
		route(http.MethodDelete, "/fhir/Patient/{id}", access.EraseRecords, a.erase, "fhirErase", "Erase a patient: every version of every record"),
		route(http.MethodGet, "/fhir/{type}/{id}", access.SeeRecords, a.read, "fhirRead", "A resource as stored"),
		route(http.MethodGet, "/fhir/{type}/{id}/_history", access.SeeRecords, a.history, "fhirHistory", "All versions of a resource, newest first"),
		route(http.MethodGet, "/fhir/{type}/{id}/_history/{vid}", access.SeeRecords, a.vread, "fhirVersionRead", "One version of a resource"),
	}
}

func doc(id, summary string) web.Doc {
	return web.Doc{ID: id, Summary: summary}
}
