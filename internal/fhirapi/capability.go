package fhirapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/intake"
	"prescreen/internal/web"
)

// capabilities tells what is mounted (https://hl7.org/fhir/R4/capabilitystatement.html): it is made from the routes, so that
// it says no more and no less. It holds for as long as the process runs.
func (a *api) capabilities(routes []web.Route) web.Handler {
	statement := capabilityStatement(routes)
	return func(w http.ResponseWriter, r *http.Request) error {
		s := statement
		s.Date = instant(a.Started)
		s.Implementation = &fhir.CapabilityStatementImplementation{Description: "prescreen", Url: ptr(a.base(r))}
		if a.Version != "" {
			s.Software = &fhir.CapabilityStatementSoftware{Name: "prescreen", Version: ptr(a.Version)}
		}
		return writeResource(w, r, http.StatusOK, s)
	}
}

func capabilityStatement(routes []web.Route) fhir.CapabilityStatement {
	m := mounted(routes)
	rest := fhir.CapabilityStatementRest{
		Mode: fhir.RestfulCapabilityModeServer, Security: security(),
		Documentation: ptr("Resources of kinds that are not listed are answered as not kept. References are those of one feed."),
	}
	for _, kind := range intake.Kinds() {
		rest.Resource = append(rest.Resource, m.kind(kind))
	}
	for _, kind := range []string{"Group", "List", "ResearchStudy"} {
		rest.Resource = append(rest.Resource, m.ofOurs(kind))
	}
	slices.SortFunc(rest.Resource, func(x, y fhir.CapabilityStatementRestResource) int {
		return strings.Compare(x.Type.Code(), y.Type.Code())
	})
	if m.has("POST /fhir") {
		rest.Interaction = []fhir.CapabilityStatementRestInteraction{
			{Code: fhir.SystemRestfulInteractionTransaction}, {Code: fhir.SystemRestfulInteractionBatch},
		}
	}
	for _, op := range operations {
		if m.has(op.route) && !strings.Contains(op.route, "Group") {
			rest.Operation = append(rest.Operation, op.told())
		}
	}
	return fhir.CapabilityStatement{
		Status: fhir.PublicationStatusActive, Kind: fhir.CapabilityStatementKindInstance, FhirVersion: fhir.FHIRVersion4_0_1,
		Format: []string{web.FHIR, "json"}, Rest: []fhir.CapabilityStatementRest{rest}, Name: ptr("prescreen"),
	}
}

func security() *fhir.CapabilityStatementRestSecurity {
	return &fhir.CapabilityStatementRestSecurity{
		Service: []fhir.CodeableConcept{{
			Coding: []fhir.Coding{{
				System: ptr("http://terminology.hl7.org/CodeSystem/restful-security-service"), Code: ptr("SMART-on-FHIR"), Display: ptr("SMART-on-FHIR"),
			}},
			Text: ptr("API tokens, SMART Backend Services, and the sessions of people who are logged in"),
		}},
		Description: ptr("Every call but this one needs a login. Each right is given by trial or for all."),
	}
}

// operation is an operation with the route it stands on.
type operation struct{ name, route, definition, text string }

var operations = []operation{
	{"evaluate", "POST /fhir/$evaluate", "urn:prescreen:operation:evaluate", "A Bundle in, candidates out; nothing is kept."},
	{"import", "POST /fhir/$import", "urn:prescreen:operation:import", "NDJSON as a job."},
	{"export", "GET /fhir/Group/{id}/$export", "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export", "The records of a trial's candidates."},
}

func (o operation) told() fhir.CapabilityStatementRestResourceOperation {
	return fhir.CapabilityStatementRestResourceOperation{Name: o.name, Definition: o.definition, Documentation: ptr(o.text)}
}

// mounts are the routes by method and pattern.
type mounts map[string]bool

func mounted(routes []web.Route) mounts {
	m := mounts{}
	for _, r := range routes {
		m[r.Method+" "+r.Pattern] = true
	}
	return m
}

func (m mounts) has(route string) bool { return m[route] }

// typed are the interactions with a kind, by the route that each stands on.
var typed = []struct {
	route string
	code  fhir.TypeRestfulInteraction
}{
	{"GET /fhir/{type}/{id}", fhir.TypeRestfulInteractionRead},
	{"GET /fhir/{type}/{id}/_history/{vid}", fhir.TypeRestfulInteractionVread},
	{"PUT /fhir/{type}/{id}", fhir.TypeRestfulInteractionUpdate},
	{"DELETE /fhir/{type}/{id}", fhir.TypeRestfulInteractionDelete},
	{"GET /fhir/{type}/{id}/_history", fhir.TypeRestfulInteractionHistoryInstance},
	{"POST /fhir/{type}", fhir.TypeRestfulInteractionCreate},
}

// kind tells what can be done with a kind of record.
func (m mounts) kind(name string) fhir.CapabilityStatementRestResource {
	c := fhir.CapabilityStatementRestResource{
		Type: resourceType(name), Versioning: ptr(fhir.ResourceVersionPolicyVersioned),
		ReadHistory: ptr(m.has("GET /fhir/{type}/{id}/_history/{vid}")), UpdateCreate: ptr(m.has("PUT /fhir/{type}/{id}")),
		ConditionalCreate: ptr(m.has("POST /fhir/{type}")), ConditionalUpdate: ptr(m.has("PUT /fhir/{type}")),
		ConditionalRead: ptr(fhir.ConditionalReadStatusFullSupport),
	}
	if m.has("DELETE /fhir/{type}") {
		c.ConditionalDelete = ptr(fhir.ConditionalDeleteStatusSingle)
	}
	for _, i := range typed {
		if m.has(i.route) {
			c.Interaction = append(c.Interaction, fhir.CapabilityStatementRestResourceInteraction{Code: i.code})
		}
	}
	switch name {
	case "Patient":
		c.Documentation = ptr("DELETE by itself erases every version of every record of the patient, and stops another intake.")
	case "ResearchSubject":
		m.searched(&c, "study", "individual", "patient")
	}
	return c
}

// searched adds the search of a kind.
func (m mounts) searched(c *fhir.CapabilityStatementRestResource, params ...string) {
	if !m.has("GET /fhir/" + c.Type.Code()) {
		return
	}
	c.Interaction = append(c.Interaction, fhir.CapabilityStatementRestResourceInteraction{Code: fhir.TypeRestfulInteractionSearchType})
	for _, p := range params {
		t := fhir.SearchParamTypeReference
		if p == "_id" {
			t = fhir.SearchParamTypeToken
		}
		c.SearchParam = append(c.SearchParam, fhir.CapabilityStatementRestResourceSearchParam{Name: p, Type: t})
	}
}

// ofOurs tells what can be done with a kind that we write ourselves.
func (m mounts) ofOurs(name string) fhir.CapabilityStatementRestResource {
	c := fhir.CapabilityStatementRestResource{Type: resourceType(name)}
	if m.has("GET /fhir/" + name + "/{id}") {
		c.Interaction = append(c.Interaction, fhir.CapabilityStatementRestResourceInteraction{Code: fhir.TypeRestfulInteractionRead})
	}
	m.searched(&c, "_id")
	for _, op := range operations {
		if name == "Group" && strings.Contains(op.route, "Group") && m.has(op.route) {
			c.Operation = append(c.Operation, op.told())
		}
	}
	return c
}

func resourceType(name string) (t fhir.ResourceType) {
	if err := t.UnmarshalJSON([]byte(name)); err != nil {
		panic(err) // a name of our own tables
	}
	return t
}
