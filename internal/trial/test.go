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
	Scores      []Result // scores, markers and stages

	// NoKnownAllergies puts "no known allergy" on record, as of the record's beginning.
	NoKnownAllergies bool
	Family           []Event // diseases of relatives
	Flags            []Event
	Enrolled         []Stay // in trials
	Coverage         []Stay
	Languages        []string // BCP 47, such as fr
	Pregnancy        Pregnancy
	Breastfeeding    string // yes or no, on the last contact
	Smoking          Smoking
}

// Stay is a made-up stretch of time under a name: a trial by its number, an insurance. Without a status it is under way;
// without a beginning it has none on record.
type Stay struct {
	Name     string
	From, To dates.When
	Status   string
	Line     int
}

// Pregnancy is a made-up pregnancy status, an expected date, or both.
type Pregnancy struct {
	Status  string
	On, Due dates.When
	Line    int
}

// Smoking is a made-up smoking status with the pack-years, if they are said.
type Smoking struct {
	Status    string
	On        dates.When
	PackYears string
	Line      int
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
	Dose     string // of one taking, such as "500 mg"
	PerDay   int    // takings a day, 1 when not said
}

// Event is a made-up procedure, allergy, vaccination or visit, a relative's disease or a flag. To is the end of what lasts:
// a stay, a flag.
type Event struct {
	Of
	On, To    dates.When
	Status    string
	Certainty string // of an allergy
	Class     string // of a visit: inpatient, outpatient or emergency
	Relation  string // of a relative, such as mother
}

// Result is a made-up Observation; without a value and an answer its value is missing.
type Result struct {
	Of
	HasValue   bool
	Comparator quantity.Comparator
	Value      quantity.Decimal
	Unit       string
	On         dates.When
	Status     string

	Answer    string // in place of a value: a code with its system before it, or the text itself
	Low, High string // the result's own reference range, in the unit of the value
	Class     string // of the visit it was taken at; "" for none on record
}
