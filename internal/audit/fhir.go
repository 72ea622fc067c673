package audit

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"
)

// Systems of the identifiers in an AuditEvent that are ours.
const (
	PseudonymSystem = "urn:prescreen:pseudonym"
	userSystem      = "urn:prescreen:user"
	requestSystem   = "urn:prescreen:request"
	trialSystem     = "urn:prescreen:study"
	objectSystem    = "urn:prescreen:object"
)

// The code systems of R4's AuditEvent (https://hl7.org/fhir/R4/auditevent.html).
const (
	typeSystem        = "http://terminology.hl7.org/CodeSystem/audit-event-type"
	interactionSystem = "http://hl7.org/fhir/restful-interaction"
	sourceSystem      = "http://terminology.hl7.org/CodeSystem/security-source-type"
	entitySystem      = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	roleSystem        = "http://terminology.hl7.org/CodeSystem/object-role"
)

// actions is the table of FHIR's names for what was done.
var actions = map[Action]struct {
	code        fhir.AuditEventAction
	interaction string
}{
	Create:  {fhir.AuditEventActionC, "create"},
	Read:    {fhir.AuditEventActionR, "read"},
	Update:  {fhir.AuditEventActionU, "update"},
	Delete:  {fhir.AuditEventActionD, "delete"},
	Execute: {fhir.AuditEventActionE, "operation"},
}

// Outcomes of an entry that are not a kind of refusal.
const (
	OK     = "ok"
	Failed = "failed" // ours: what was asked for was right
)

// Event is an entry as FHIR R4's AuditEvent. Patients appear as their pseudonyms.
func Event(e *Entry) fhir.AuditEvent {
	id, system := strconv.FormatInt(e.No, 10), userSystem
	ev := fhir.AuditEvent{
		Id:       &id,
		Type:     coding(typeSystem, "rest", "RESTful Operation"),
		Recorded: Instant(e.At).Format(time.RFC3339Nano),
		Outcome:  outcome(e.Outcome),
		Agent:    []fhir.AuditEventAgent{{Requestor: true, Who: &fhir.Reference{Identifier: &fhir.Identifier{System: &system, Value: &e.Who}}}},
		Source: fhir.AuditEventSource{
			Observer: fhir.Reference{Display: text("prescreen")},
			Type:     []fhir.Coding{coding(sourceSystem, "4", "Application Server")},
		},
	}
	if a, ok := actions[e.Action]; ok {
		ev.Action = &a.code
		ev.Subtype = []fhir.Coding{coding(interactionSystem, a.interaction, a.interaction)}
	}
	if e.Outcome != OK {
		ev.OutcomeDesc = &e.Outcome
	}
	if e.Role != "" {
		ev.Agent[0].Role = []fhir.CodeableConcept{{Text: &e.Role}}
	}
	ev.Entity = entities(e)
	return ev
}

// outcome is 0 for success, 4 for what the one who asked may put right, 8 for what they cannot
// (https://hl7.org/fhir/R4/valueset-audit-event-outcome.html).
func outcome(of string) *fhir.AuditEventOutcome {
	code := fhir.AuditEventOutcome4
	switch of {
	case OK:
		code = fhir.AuditEventOutcome0
	case Failed:
		code = fhir.AuditEventOutcome8
	}
	return &code
}

func entities(e *Entry) []fhir.AuditEventEntity {
	var out []fhir.AuditEventEntity
	for _, p := range e.Patients {
		patient, role := coding(entitySystem, "1", "Person"), coding(roleSystem, "1", "Patient")
		out = append(out, fhir.AuditEventEntity{What: named(PseudonymSystem, p), Type: &patient, Role: &role})
	}
	for _, of := range []struct{ system, value, name string }{
		{trialSystem, e.Trial, ""},
		{objectSystem, e.Object, ""},
		{requestSystem, e.Request, e.Route},
	} {
		if of.value == "" && of.name == "" {
			continue
		}
		thing := coding(entitySystem, "2", "System Object")
		entity := fhir.AuditEventEntity{Type: &thing, What: named(of.system, of.value)}
		if of.name != "" {
			entity.Name = &of.name
		}
		out = append(out, entity)
	}
	return out
}

// named refers to something by identifier; nil where it has none.
func named(system, value string) *fhir.Reference {
	if value == "" {
		return nil
	}
	return &fhir.Reference{Identifier: &fhir.Identifier{System: &system, Value: &value}}
}

func coding(system, code, display string) fhir.Coding {
	return fhir.Coding{System: &system, Code: &code, Display: &display}
}

func text(s string) *string { return &s }

// WriteEvents writes entries as NDJSON, one AuditEvent a line.
func WriteEvents(w io.Writer, entries iter.Seq2[Entry, error]) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for e, err := range entries {
		if err != nil {
			return fmt.Errorf("reading the audit log: %w", err)
		}
		if err := enc.Encode(Event(&e)); err != nil {
			return fmt.Errorf("writing entry %d of the audit log: %w", e.No, err)
		}
	}
	return out.Flush()
}
