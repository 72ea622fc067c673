package fhirapi

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/intake"
)

// The statement says what is mounted: each interaction it tells of is answered by a route, and each route is told of.
func TestCapabilityStatementIsWhatIsMounted(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	got := h.ask("GET", "/fhir/metadata", "").want(200)
	s := read[fhir.CapabilityStatement](got)
	if s.FhirVersion != fhir.FHIRVersion4_0_1 || s.Kind != fhir.CapabilityStatementKindInstance || len(s.Rest) != 1 || s.Rest[0].Security == nil {
		t.Fatalf("%s", got.Body)
	}
	if s.Implementation == nil || s.Date == "" { // cpb-15, and a required element
		t.Error("an instance tells its implementation and date")
	}
	told := map[string]fhir.CapabilityStatementRestResource{}
	for _, r := range s.Rest[0].Resource {
		told[r.Type.Code()] = r
	}
	for _, kind := range intake.Kinds() {
		if _, ok := told[kind]; !ok {
			t.Errorf("%s is taken in and not told of", kind)
		}
	}
	requests := map[fhir.TypeRestfulInteraction][2]string{
		fhir.TypeRestfulInteractionRead: {"GET", "/x"}, fhir.TypeRestfulInteractionVread: {"GET", "/x/_history/1"},
		fhir.TypeRestfulInteractionUpdate: {"PUT", "/x"}, fhir.TypeRestfulInteractionDelete: {"DELETE", "/x"},
		fhir.TypeRestfulInteractionHistoryInstance: {"GET", "/x/_history"}, fhir.TypeRestfulInteractionCreate: {"POST", ""},
		fhir.TypeRestfulInteractionSearchType: {"GET", ""},
	}
	for kind, r := range told {
		for _, i := range r.Interaction {
			request, ok := requests[i.Code]
			if !ok {
				t.Fatalf("%s: %s is in no route's reach", kind, i.Code.Code())
			}
			body := ""
			if request[0] == "PUT" || request[0] == "POST" {
				body = `{"resourceType":"` + kind + `"}`
			}
			if code := h.ask(request[0], "/fhir/"+kind+request[1], body).Code; code == http.StatusMethodNotAllowed || code == http.StatusNotImplemented {
				t.Errorf("%s %s is told of and answers %d", request[0], kind+request[1], code)
			}
		}
	}
	var operations []string
	for _, o := range s.Rest[0].Operation {
		operations = append(operations, o.Name)
	}
	for _, route := range h.routes {
		if _, op, ok := strings.Cut(route.Pattern, "/$"); ok && !strings.HasPrefix(op, "job") && op != "export" && !slices.Contains(operations, op) {
			t.Errorf("$%s is mounted and not told of", op)
		}
	}
	if len(told["Group"].Operation) != 1 {
		t.Error("$export is mounted and not told of")
	}
}

// Without evaluation and jobs the statement does not tell of them.
func TestCapabilityStatementWithoutOperations(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	o := h.options()
	o.Jobs = nil
	h.mount(o)
	s := read[fhir.CapabilityStatement](h.ask("GET", "/fhir/metadata", "").want(200))
	if len(s.Rest[0].Operation) != 0 {
		t.Errorf("%+v", s.Rest[0].Operation)
	}
}
