// Package chart is one patient's record: typed facts with their source, and the gaps.
//
// A chart has a hot part, all that a verdict reads (facts, codes, contacts), and a cold part, read for evidence only
// (resource ids, displays, values and dates as recorded). Nothing in it depends on a rule: it holds every coded fact of
// the kinds read, whatever its status; what a status or a date means clinically is decided by package rule. Only what
// was entered in error is left out, as a gap.
package chart

import (
	"strconv"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// Kind is the kind of a fact. The four medication resources are one kind.
type Kind uint8

// The kinds of facts.
const (
	Diagnosis     Kind = iota // Condition
	Result                    // Observation, or one component of it
	Medication                // MedicationRequest, -Statement, -Administration, -Dispense
	Procedure                 // Procedure
	Allergy                   // AllergyIntolerance
	Vaccination               // Immunization
	Visit                     // Encounter
	Appointment               // Appointment: may lie ahead
	FamilyHistory             // FamilyMemberHistory.condition
	Document                  // DiagnosticReport, DocumentReference
	Consent                   // Consent
	Enrolment                 // ResearchSubject
	Coverage                  // Coverage
	Flag                      // Flag
	Team                      // CareTeam
	KindCount
)

// String names the kind as people read it.
func (k Kind) String() string {
	return [...]string{
		"diagnoses", "results", "medications", "procedures", "allergies", "vaccinations", "visits",
		"appointments", "family history", "documents", "consents", "trial enrolments", "coverage", "flags", "care teams",
	}[k]
}

// Count writes a number of records of the kind: "1 diagnosis", "14 diagnoses".
func (k Kind) Count(n int) string {
	if n != 1 {
		return strconv.Itoa(n) + " " + k.String()
	}
	return "1 " + [...]string{
		"diagnosis", "result", "medication", "procedure", "allergy", "vaccination", "visit",
		"appointment", "family history", "document", "consent", "trial enrolment", "coverage", "flag", "care team",
	}[k]
}

// Status is the state that the resource's own status code says, one list for all kinds.
type Status uint8

// The states. NoStatus: the code is absent where FHIR lets it be. OtherStatus: FHIR's "unknown".
const (
	NoStatus Status = iota
	OtherStatus
	// Diagnosis and Allergy: clinicalStatus.
	Active
	Recurrence
	Relapse
	Inactive
	Remission
	Resolved
	// Result, Document.
	Final // final, amended, corrected
	Preliminary
	Registered
	Cancelled
	// Medication; Active, Cancelled and Stopped serve it too.
	Completed // also Procedure, Vaccination, Visit (finished)
	Stopped
	OnHold
	Draft
	NotTaken // not-taken, not-done, declined, doNotPerform; also Procedure and Vaccination not-done
	Intended // intended statements, and orders whose intent is plan, proposal or option
	InProgress
	Planned // planned visits, booked appointments, procedures in preparation
	// Enrolment.
	OnTrial   // on-study…, follow-up, pending-on-study, screening
	Candidate // candidate, potential-candidate, eligible, ineligible, not-registered
	OffTrial  // off-study, withdrawn: was on the trial
	StatusCount
)

// Certainty is a Condition's or AllergyIntolerance's verificationStatus.
type Certainty uint8

// The certainties. Unsaid counts as Confirmed.
const (
	Unsaid Certainty = iota
	Confirmed
	Doubtful // provisional, differential, unconfirmed
	Refuted
)

// Origin is the resource type that a fact comes from.
type Origin uint8

// The resource types, in the order in which evidence lists them when all else is equal.
const (
	FromPatient Origin = iota
	FromCondition
	FromObservation
	FromMedicationRequest
	FromMedicationStatement
	FromMedicationAdministration
	FromMedicationDispense
	FromProcedure
	FromAllergyIntolerance
	FromImmunization
	FromEncounter
	FromAppointment
	FromFamilyMemberHistory
	FromDiagnosticReport
	FromDocumentReference
	FromConsent
	FromResearchSubject
	FromCoverage
	FromFlag
	FromCareTeam
	OriginCount
)

var originNames = [OriginCount]string{
	"Patient", "Condition", "Observation", "MedicationRequest", "MedicationStatement", "MedicationAdministration",
	"MedicationDispense", "Procedure", "AllergyIntolerance", "Immunization", "Encounter", "Appointment",
	"FamilyMemberHistory", "DiagnosticReport", "DocumentReference", "Consent", "ResearchSubject", "Coverage", "Flag", "CareTeam",
}

// String is the FHIR resource type.
func (o Origin) String() string { return originNames[o] }

// Flags are single bits about a fact.
type Flags uint16

// The flags.
const (
	AsNeeded        Flags = 1 << iota // an order to be taken as needed
	HasFocus                          // Observation.focus: the value is somebody else's
	ProxyTime                         // Begin is the day it was issued, or the visit's, not the clinical time
	RecordedFor                       // Begin is only "up to" a recorded date
	ByVisit                           // Begin is only "up to" or "during" a visit
	Repeat                            // alike an earlier fact in kind, code, clinical time as written and value: counts once
	Conflicting                       // the same resource came twice, of one version, and differs
	Uncoded                           // text only: no coding
	Inpatient                         // visit of class inpatient, or a fact of such a visit
	Deny                              // a Consent's provision type deny
	Research                          // a Consent about research
	UnknownModifier                   // a modifierExtension that we do not know: counted as a gap, never decides
	Component                         // a component of its Observation
	NotDone                           // a dataAbsentReason says that it was not performed
	PerNumber                         // the value came without a unit and is an integer or score
	Outpatient                        // visit of a class other than inpatient, or a fact of such a visit
)

// Has tells whether all the bits of g are set.
func (f Flags) Has(g Flags) bool { return f&g == g }

// Form is the shape of a result's value.
type Form uint8

// The forms. Absent: a dataAbsentReason in place of a value.
const (
	NoValue Form = iota
	Number
	Interval // valueRange: Value to High
	Coded
	Text
	Boolean // Value is 1 or 0
	Absent
	OtherForm // ratio, sampled data, time, period
)

// Span is a stretch of one of the chart's tables.
type Span struct {
	At  uint32
	Len uint16
}

// UnitID numbers the units as recorded (Quantity.code if its system is UCUM, else Quantity.unit) in Units; 0 is "none".
type UnitID uint32

// Fact is one thing on record. Its number is its index in Chart.Facts.
type Fact struct {
	Kind       Kind
	Status     Status
	Certainty  Certainty
	Origin     Origin
	Form       Form
	Comparator quantity.Comparator
	Flags      Flags
	Codes      Span // in Chart.Codes: all codings of the resource's code
	Answer     Span // in Chart.Codes: codings of a Coded value, short texts in terms.TextSystem; for a Visit its class; for a Consent its study
	Ranges     Span // in Chart.Ranges: reference ranges of a result
	Unit       UnitID
	Supply     int32 // in Chart.Supplies, -1 for none: medications only
	Value      quantity.Decimal
	High       quantity.Decimal // of an Interval

	// Begin and End are the clinical time. Diagnosis: onset (bounded by the recorded date) and abatement. Result: Begin
	// alone; where the value itself is a date, End is that date. Medication: what the resource itself says of start and end. Visit, Procedure, Consent, Coverage,
	// Enrolment: the period. A time that is not given is unknown, not open: status and kind decide what it means.
	Begin, End dates.When
	// Noted is when it was written down: recordedDate, authoredOn, issued, date.
	Noted dates.When
}

// Supply is what a medication resource says about how long it lasts and how much is taken.
//
// The dose itself stands in the fact: a Number or an Interval in Unit, of which so much is taken in PerDays days; with
// PerDays 0 it was given once. A dose that is on record and cannot be told as an amount of time has OtherForm.
type Supply struct {
	Days    int32 // days of supply, 0 for not said
	Refills int32
	PerDays int32
}

// ReferenceRange is one of a result's own ranges, in the result's unit.
type ReferenceRange struct {
	Low, High       quantity.Decimal
	HasLow, HasHigh bool
	Normal          bool  // type normal, or no type
	Sex             Sex   // NoSex: for all
	AgeLow, AgeHigh int16 // completed years, both included; -1 for open
}

// Sex is male, female, other or unknown, as written in one place.
type Sex uint8

// The sexes as recorded. NoSex: nothing written.
const (
	NoSex Sex = iota
	Male
	Female
	OtherSex
	UnknownSex
)

// String writes the code of FHIR's administrative-gender.
func (s Sex) String() string { return [...]string{"", "male", "female", "other", "unknown"}[s] }

// Key names a patient: the feed's name and Patient.id.
type Key struct{ Source, ID string }

// Person is what the Patient resource says.
type Person struct {
	Key             Key
	Birth           dates.When
	ClinicalSex     Sex // sex-parameter-for-clinical-use
	BirthSex        Sex
	Gender          Sex
	Deceased        bool       // deceasedBoolean true, or any deceasedDateTime
	Death           dates.When // deceasedDateTime
	Inactive        bool       // active = false
	BirthText       string     // as recorded
	Languages       []terms.CodeID
	Practitioners   []string // references
	MultiplePatient bool     // charts of several Patients joined by link
}

// CodeRef says that a fact carries a code.
type CodeRef struct {
	Code terms.CodeID
	Fact uint32
}

// Chart is one patient's record, assembled. It is read-only once built and may be shared.
type Chart struct {
	Person   Person
	Facts    []Fact // sorted by Kind, then by Begin, then by source: never by order of arrival
	Codes    []terms.CodeID
	Ranges   []ReferenceRange
	Supplies []Supply
	Starts   [KindCount + 1]uint32 // Facts[Starts[k]:Starts[k+1]] are of kind k
	Index    []CodeRef             // per kind sorted by code, then fact; IndexStarts as Starts
	IndexAt  [KindCount + 1]uint32
	Uncoded  []uint32     // facts of the kinds before Visit that carry no code at all, so that Index cannot find them
	Contacts []dates.When // dated contacts of any kind (visits, results, orders, notes …), oldest first by To; see Contact
	Sources  []Source     // cold: one per fact; empty when only the hot part was unpacked
	Gaps     []Gap
}

// Of gives the facts of a kind and the number of the first of them.
func (c *Chart) Of(k Kind) (first uint32, facts []Fact) {
	return c.Starts[k], c.Facts[c.Starts[k]:c.Starts[k+1]]
}

// CodesOf gives the index of a kind: sorted by code.
func (c *Chart) CodesOf(k Kind) []CodeRef { return c.Index[c.IndexAt[k]:c.IndexAt[k+1]] }

// CodesIn gives the codes of a span.
func (c *Chart) CodesIn(s Span) []terms.CodeID { return c.Codes[s.At : s.At+uint32(s.Len)] }

// Source is the cold part of a fact: where it stands and how it was written.
type Source struct {
	Feed    string // name of the source
	ID      string // resource id; the type is the fact's Origin
	Version string
	Updated string
	Display string // of the code: its text, else the first coding's display
	Value   string // as recorded: number with comparator, text, or the answer's display
	Unit    string // as recorded
	Date    string // as recorded, of Begin
	DateEnd string
	Visit   string // reference of the encounter, as resolved
	People  string // of a visit or care team: references of who took part, as written, joined by blanks
	Text    string // of a document: its conclusion and its text attachments, for reading; empty lines between them
}

// GapKind names something in the source that could not be used.
type GapKind string

// Gap is something about this patient in the source that we could not use. It never holds a value.
type Gap struct {
	Kind     GapKind
	Resource string // Type/id
	Pointer  string // JSON pointer inside the resource
}
