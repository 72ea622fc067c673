package intake

import (
	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/chart"
)

type consentOf struct {
	marks
	Status     *string                `json:"status"`
	Scope      *fhir.CodeableConcept  `json:"scope"`
	Category   []fhir.CodeableConcept `json:"category"`
	DateTime   *string                `json:"dateTime"`
	PolicyRule *fhir.CodeableConcept  `json:"policyRule"`
	Provision  *provision             `json:"provision"`
}

type provision struct {
	Type    *string       `json:"type"`
	Period  *fhir.Period  `json:"period"`
	Purpose []fhir.Coding `json:"purpose"`
	Data    []struct {
		Reference *fhir.Reference `json:"reference"`
	} `json:"data"`
	Provision []provision `json:"provision"`
}

// https://hl7.org/fhir/R4/valueset-consent-state-codes.html
var consentStatus = map[string]chart.Status{
	"draft": chart.Draft, "proposed": chart.Draft, "active": chart.Active, "rejected": chart.Cancelled, "inactive": chart.Inactive,
}

// consent makes a fact of the whole and one of every nested provision that refuses research. An opt-out policy without a
// provision of its own is a refusal (https://hl7.org/fhir/R4/consent.html).
func (r *reader) consent(n node) {
	v, ok := model[consentOf](r, n)
	if !ok {
		return
	}
	status, erroneous := r.code(n, "status", v.Status, consentStatus)
	if erroneous {
		return
	}
	research := aboutResearch(v.Scope)
	for i := range v.Category {
		research = research || aboutResearch(&v.Category[i])
	}
	top := v.Provision
	if top == nil {
		top = &provision{}
	}
	if top.Type == nil && hasCode(v.PolicyRule, "OPTOUT") {
		deny := "deny"
		top.Type = &deny
	}
	at := n.get("provision")
	r.provision(top, &v, status, research, at, 0)
	for i := range top.Provision {
		r.nested(&top.Provision[i], &v, status, at, 1)
	}
	r.finish(v.flags(r, n))
}

const nestedProvisions = 8

func (r *reader) nested(p *provision, v *consentOf, status chart.Status, at node, depth int) {
	if p.Type != nil && *p.Type == "deny" && (forResearch(p.Purpose) || len(r.studies(p)) > 0) {
		r.provision(p, v, status, true, at, depth)
	}
	if depth < nestedProvisions {
		for i := range p.Provision {
			r.nested(&p.Provision[i], v, status, at, depth+1)
		}
	}
}

func (r *reader) provision(p *provision, v *consentOf, status chart.Status, research bool, at node, depth int) {
	e := r.draft.add(chart.Consent)
	e.fact.Status = status
	switch {
	case p.Type == nil || *p.Type == "permit":
	case *p.Type == "deny":
		e.fact.Flags |= chart.Deny
	default:
		r.fail(at, "a code outside FHIR's list for this element")
	}
	if research || forResearch(p.Purpose) {
		e.fact.Flags |= chart.Research
	}
	e.codes, e.display = r.libraryConcept(v.Scope, e.codes)
	for _, c := range p.Purpose {
		if id := r.codes.id(textOf(c.System), textOf(c.Code)); id != 0 {
			e.codes = append(e.codes, id)
		}
	}
	for _, ref := range r.studies(p) {
		e.answer = r.study(ref, e.answer)
	}
	e.fact.Noted, e.date = r.libraryTime(v.DateTime, at)
	r.libraryPeriod(e, p.Period, at)
}

func (r *reader) studies(p *provision) (refs []*fhir.Reference) {
	for _, d := range p.Data {
		if d.Reference == nil {
			continue
		}
		isStudy := d.Reference.Type != nil && *d.Reference.Type == "ResearchStudy"
		if isStudy || string(parseReference(textOf(d.Reference.Reference)).kind) == "ResearchStudy" {
			refs = append(refs, d.Reference)
		}
	}
	return refs
}

func aboutResearch(c *fhir.CodeableConcept) bool {
	return hasCode(c, "research") || hasCode(c, "HRESCH") || hasCode(c, "RESEARCH")
}

func hasCode(c *fhir.CodeableConcept, code string) bool {
	if c == nil {
		return false
	}
	for _, x := range c.Coding {
		if x.Code != nil && *x.Code == code {
			return true
		}
	}
	return false
}

// forResearch tells the purposes of use below research
// (https://terminology.hl7.org/ValueSet-v3-PurposeOfUse.html).
func forResearch(purposes []fhir.Coding) bool {
	for _, c := range purposes {
		switch string(textOf(c.Code)) {
		case "HRESCH", "RESEARCH", "CLINTRCH", "CLINTRCHNPC", "CLINTRCHPC", "BIORCH", "PRECLINTRCH", "DSRCH", "POARCH", "TRANSRCH":
			return true
		}
	}
	return false
}
