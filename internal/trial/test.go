package trial

import (
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/verdict"
)

// Test is a patient made up by the author, what the criteria should answer for it, and cases that differ from it a little.
type Test struct {
	Name    string
	AsOf    dates.Day
	Patient Patient
	Expect  Expect
	Cases   []Case
	Line    int
}

// Case is a patient that differs from the test's own. What But says of a value set takes the place of all that the test's
// patient has of that set; Without names sets of which nothing is left.
type Case struct {
	Name    string
	AsOf    dates.Day
	But     Patient
	Without []string
	Expect  Expect
	Line    int
}

// Expect is what should come out; criteria that are not named may answer anything.
type Expect struct {
	Outcome  string // "" when not said
	Verdicts []Expected
}

// Expected is what one criterion should answer.
type Expected struct {
	Criterion string
	Verdict   verdict.Verdict
	Line      int
}

// Patient is a made-up record in shorthand, or a bundle by its path beside the trial file. The zero value of anything is
// "not said". Times may be as vague as in real records. A patient with RecordSince has, on that day, a visit and one
// diagnosis, procedure and order of no value set, so that silence about all others may answer; without it nothing is on
// record but what is written.
type Patient struct {
	Bundle      string
	Birth       dates.When
	Sex         string
	Died        dates.When
	RecordSince dates.When
	LastContact dates.When // last visit on record
	Diagnoses   []Diagnosis
	Medications []Medication
	Procedures  []Event
	Allergies   []Event
	Vaccines    []Event
	Visits      []Event
	Labs        []Result
	Vitals      []Result
}

// Of is what every made-up record has: the value set it is about, and one of its codes ("system code") when the first one
// will not do.
type Of struct {
	Set  string
	Code string
	Line int
}

// Diagnosis is a made-up Condition.
type Diagnosis struct {
	Of
	Began, Ended, Recorded dates.When
	Status, Certainty      string
}

// Medication is a made-up order, dispense, administration or statement.
type Medication struct {
	Of
	From, To dates.When
	As       string
	Status   string
	Supply   dates.Period
	Refills  int
	AsNeeded bool
}

// Event is a made-up procedure, allergy, vaccination or visit.
type Event struct {
	Of
	On     dates.When
	Status string
}

// Result is a made-up Observation; without a value its value is missing.
type Result struct {
	Of
	HasValue   bool
	Comparator quantity.Comparator
	Value      quantity.Decimal
	Unit       string
	On         dates.When
	Status     string
}
