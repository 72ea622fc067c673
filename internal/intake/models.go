package intake

import (
	stdjson "encoding/json"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
)

// The rarer kinds are decoded into small structs whose data types are the library's. Their codes are pointers to strings:
// the library's own enumerations read an absent code as the first of the list.

// numberAsWritten lets the library's json.Number take a JSON number.
var numberAsWritten = json.WithUnmarshalers(json.UnmarshalFromFunc(func(d *jsontext.Decoder, n *stdjson.Number) error {
	v, err := d.ReadValue()
	*n = stdjson.Number(v)
	return err
}))

// model decodes the resource at n; a misfit rejects it at the place that the decoder names.
func model[T any](r *reader, n node) (v T, ok bool) {
	if err := json.Unmarshal(n.raw(), &v, numberAsWritten); err != nil {
		r.bad = badField{at: n, reason: "a value of the wrong kind for its element", path: errorPath(err)}
		return v, false
	}
	return v, true
}

// marks are the members that say a resource may not mean what it seems to.
type marks struct {
	ModifierExtension []jsontext.Value `json:"modifierExtension"`
	ImplicitRules     *string          `json:"implicitRules"`
}

func (m marks) flags(r *reader, n node) (f chart.Flags) {
	if len(m.ModifierExtension) > 0 {
		r.modifier(n.get("modifierExtension"), &f)
	} else if m.ImplicitRules != nil {
		r.modifier(n.get("implicitRules"), &f)
	}
	return f
}

func (r *reader) libraryConcept(c *fhir.CodeableConcept, dst []terms.CodeID) ([]terms.CodeID, []byte) {
	if c == nil {
		return dst, nil
	}
	var words []byte
	for _, coding := range c.Coding {
		if id := r.codes.id(textOf(coding.System), textOf(coding.Code)); id != 0 {
			dst = append(dst, id)
		}
		if words == nil {
			words = textOf(coding.Display)
		}
	}
	if c.Text != nil {
		words = textOf(c.Text)
	}
	return dst, words
}

func textOf(s *string) []byte {
	if s == nil || *s == "" {
		return nil
	}
	return []byte(*s)
}

func (r *reader) libraryPeriod(e *entry, p *fhir.Period, at node) {
	if p == nil {
		return
	}
	f := &e.fact
	f.Begin, e.date = r.libraryTime(p.Start, at)
	f.End, e.dateEnd = r.libraryTime(p.End, at)
	if f.Begin.Known() && f.End.Known() && f.Begin.Compare(f.End) == dates.After {
		r.gap(GapDate, at)
		f.Begin, f.End, e.date, e.dateEnd = dates.When{}, dates.When{}, nil, nil
	}
}

func (r *reader) libraryTime(s *string, at node) (dates.When, []byte) {
	b := textOf(s)
	if b == nil {
		return dates.When{}, nil
	}
	w, err := r.zone.when(b)
	if err != nil {
		r.gap(GapDate, at)
		return dates.When{}, nil
	}
	return w, b
}

// code looks up a code of the small structs, as status does for the tape.
func (r *reader) code(n node, member string, code *string, list map[string]chart.Status) (s chart.Status, erroneous bool) {
	at := n.get(member)
	if r.erroneous(textOf(code), at) {
		return chart.NoStatus, true
	}
	return r.status(n, at, list), false
}

type familyMember struct {
	marks
	Status       *string               `json:"status"`
	Date         *string               `json:"date"`
	Relationship *fhir.CodeableConcept `json:"relationship"`
	Condition    []struct {
		ModifierExtension []jsontext.Value      `json:"modifierExtension"`
		Code              *fhir.CodeableConcept `json:"code"`
	} `json:"condition"`
}

var familyStatus = map[string]chart.Status{
	"partial": chart.Completed, "completed": chart.Completed, "health-unknown": chart.OtherStatus,
}

// familyHistory makes a fact of each condition of the relative; the relationship is its answer.
func (r *reader) familyHistory(n node) {
	v, ok := model[familyMember](r, n)
	if !ok {
		return
	}
	status, erroneous := r.code(n, "status", v.Status, familyStatus)
	if erroneous {
		return
	}
	flags := v.flags(r, n)
	for i := range v.Condition {
		e := r.draft.add(chart.FamilyHistory)
		e.fact.Status = status
		e.codes, e.display = r.libraryConcept(v.Condition[i].Code, e.codes)
		e.answer, e.value = r.libraryConcept(v.Relationship, e.answer)
		e.fact.Noted, e.date = r.libraryTime(v.Date, n.get("date"))
		if len(v.Condition[i].ModifierExtension) > 0 {
			e.fact.Flags |= chart.UnknownModifier
			r.gap(GapModifier, n.get("condition"))
		}
	}
	r.finish(flags)
}

type subjectOfStudy struct {
	marks
	Status *string         `json:"status"`
	Period *fhir.Period    `json:"period"`
	Study  *fhir.Reference `json:"study"`
}

// https://hl7.org/fhir/R4/valueset-research-subject-status.html
var studyStatus = map[string]chart.Status{
	"candidate": chart.Candidate, "potential-candidate": chart.Candidate, "eligible": chart.Candidate,
	"ineligible": chart.Candidate, "not-registered": chart.Candidate,
	"follow-up": chart.OnTrial, "off-study": chart.OffTrial, "on-study": chart.OnTrial, "on-study-intervention": chart.OnTrial,
	"on-study-observation": chart.OnTrial, "pending-on-study": chart.OnTrial, "screening": chart.OnTrial, "withdrawn": chart.OffTrial,
}

// StudySystem is the system of the codes by which facts name a study: the id of the ResearchStudy referred to, or the
// value of the study's identifier, which also stands there in its own system.
const StudySystem = "urn:prescreen:study"

func (r *reader) researchSubject(n node) {
	v, ok := model[subjectOfStudy](r, n)
	if !ok {
		return
	}
	status, erroneous := r.code(n, "status", v.Status, studyStatus)
	if erroneous {
		return
	}
	e := r.draft.add(chart.Enrolment)
	e.fact.Status = status
	e.answer = r.study(v.Study, e.answer)
	r.libraryPeriod(e, v.Period, n.get("period"))
	if v.Study != nil {
		e.display = textOf(v.Study.Display)
	}
	r.finish(v.flags(r, n))
}

func (r *reader) study(ref *fhir.Reference, dst []terms.CodeID) []terms.CodeID {
	if ref == nil {
		return dst
	}
	if to := parseReference(textOf(ref.Reference)); to.known {
		id := to.id
		if to.urn != nil {
			id = to.urn
		}
		if c := r.codes.id([]byte(StudySystem), id); c != 0 {
			dst = append(dst, c)
		}
	}
	if id := ref.Identifier; id != nil && id.Value != nil {
		for _, system := range []string{StudySystem, string(textOf(id.System))} {
			if c := r.codes.id([]byte(system), []byte(*id.Value)); c != 0 {
				dst = append(dst, c)
			}
		}
	}
	return dst
}

type coverageOf struct {
	marks
	Status *string               `json:"status"`
	Type   *fhir.CodeableConcept `json:"type"`
	Period *fhir.Period          `json:"period"`
}

// https://hl7.org/fhir/R4/valueset-fm-status.html
var coverageStatus = map[string]chart.Status{
	"active": chart.Active, "cancelled": chart.Cancelled, "draft": chart.Draft,
}

func (r *reader) coverage(n node) {
	v, ok := model[coverageOf](r, n)
	if !ok {
		return
	}
	status, erroneous := r.code(n, "status", v.Status, coverageStatus)
	if erroneous {
		return
	}
	e := r.draft.add(chart.Coverage)
	e.fact.Status = status
	e.codes, e.display = r.libraryConcept(v.Type, e.codes)
	r.libraryPeriod(e, v.Period, n.get("period"))
	r.finish(v.flags(r, n))
}

type flagOn struct {
	marks
	Status *string               `json:"status"`
	Code   *fhir.CodeableConcept `json:"code"`
	Period *fhir.Period          `json:"period"`
}

var flagStatus = map[string]chart.Status{"active": chart.Active, "inactive": chart.Inactive}

func (r *reader) flagged(n node) {
	v, ok := model[flagOn](r, n)
	if !ok {
		return
	}
	status, erroneous := r.code(n, "status", v.Status, flagStatus)
	if erroneous {
		return
	}
	e := r.draft.add(chart.Flag)
	e.fact.Status = status
	e.codes, e.display = r.libraryConcept(v.Code, e.codes)
	r.libraryPeriod(e, v.Period, n.get("period"))
	r.finish(v.flags(r, n))
}

type teamOf struct {
	marks
	Status   *string                `json:"status"`
	Name     *string                `json:"name"`
	Category []fhir.CodeableConcept `json:"category"`
	Period   *fhir.Period           `json:"period"`
}

// https://hl7.org/fhir/R4/valueset-care-team-status.html; the element is optional.
var teamStatus = map[string]chart.Status{
	"proposed": chart.Planned, "active": chart.Active, "suspended": chart.OnHold, "inactive": chart.Inactive,
}

func (r *reader) careTeam(n node) {
	v, ok := model[teamOf](r, n)
	if !ok {
		return
	}
	e := r.draft.add(chart.Team)
	if v.Status != nil {
		status, erroneous := r.code(n, "status", v.Status, teamStatus)
		if erroneous {
			return
		}
		e.fact.Status = status
	}
	for i := range v.Category {
		e.codes, e.display = r.libraryConcept(&v.Category[i], e.codes)
	}
	if v.Name != nil {
		e.display = textOf(v.Name)
	}
	e.people = r.people(n.get("participant"), "member", e.people)
	r.libraryPeriod(e, v.Period, n.get("period"))
	r.finish(v.flags(r, n))
}

type booking struct {
	marks
	Status      *string                `json:"status"`
	Start       *string                `json:"start"`
	End         *string                `json:"end"`
	Created     *string                `json:"created"`
	ServiceType []fhir.CodeableConcept `json:"serviceType"`
	Participant []struct {
		Actor *fhir.Reference `json:"actor"`
	} `json:"participant"`
}

// https://hl7.org/fhir/R4/valueset-appointmentstatus.html
var bookingStatus = map[string]chart.Status{
	"proposed": chart.Draft, "pending": chart.Draft, "booked": chart.Planned, "arrived": chart.InProgress,
	"checked-in": chart.InProgress, "fulfilled": chart.Completed, "cancelled": chart.Cancelled, "noshow": chart.Cancelled,
	"waitlist": chart.Draft,
}

// appointment belongs to the one patient among its participants; which of several urns that is, the document tells.
func (r *reader) appointment(n node) {
	v, ok := model[booking](r, n)
	if !ok {
		return
	}
	status, erroneous := r.code(n, "status", v.Status, bookingStatus)
	if erroneous {
		return
	}
	for _, p := range v.Participant {
		if p.Actor == nil {
			continue
		}
		ref := parseReference(textOf(p.Actor.Reference))
		typed := p.Actor.Type != nil && *p.Actor.Type == "Patient"
		if string(ref.kind) == "Patient" || ref.known && typed || ref.urn != nil && p.Actor.Type == nil {
			r.draft.anyOf = append(r.draft.anyOf, ref)
		}
	}
	e := r.draft.add(chart.Appointment)
	e.fact.Status = status
	e.fact.Begin, e.date = r.libraryTime(v.Start, n.get("start"))
	e.fact.End, e.dateEnd = r.libraryTime(v.End, n.get("end"))
	e.fact.Noted, _ = r.libraryTime(v.Created, n.get("created"))
	for i := range v.ServiceType {
		e.codes, e.display = r.libraryConcept(&v.ServiceType[i], e.codes)
	}
	r.finish(v.flags(r, n))
}

// errorPath is the JSON pointer of a decoding error.
func errorPath(err error) string {
	var e *json.SemanticError
	if !errors.As(err, &e) {
		return ""
	}
	path := ""
	for step := range e.JSONPointer.Tokens() {
		path += "/" + pointerName([]byte(step))
	}
	return path
}
