package synth

import "prescreen/internal/dates"

// style is the release of the exporter whose shape a record takes.
type style uint8

const (
	older style = iota // organizations and practitioners inside the bundle, no notes
	newer              // conditional references to them, notes, profiles, conditions with a category
)

// record is one patient's life as it will be written: nothing in it knows FHIR.
type record struct {
	style     style
	asOf      dates.Day
	person    person
	visits    []*visit
	allergies []*allergy
	opposed   *optOut
	enrolled  *enrolment
}

// person is who the patient is.
type person struct {
	id, given, family, prefix string
	maiden, city, street      string
	phone, ssn                string
	language                  concept
	female                    bool
	birth                     dates.Day
	death                     dates.Day // 0: alive
	insurer                   string
	smoker                    concept
}

// visit is one contact and what was recorded at it.
type visit struct {
	id         string
	day        dates.Day
	minute     int // of the day
	length     int // minutes
	class      string
	kind       concept
	reason     *problem
	doctor     int // number in the staff
	routine    bool
	problems   []*problem
	results    []*result
	panels     []*panel
	orders     []*order
	procedures []*procedure
	vaccines   []*vaccine
	plans      []*plan
	image      string // id of an imaging study, if there was one
	claim      string // ids of its claim and its explanation of benefit
	benefit    string
	note       string // ids of the note as report and as document
	document   string
}

// problem is a diagnosis. Onset and abatement are texts where they were written less exactly than to the second.
type problem struct {
	id                  string
	code                concept
	onset               dates.Day
	onsetText           string // "" : written to the second
	abated              dates.Day
	clinical, certainty string
	visit               *visit
}

// result is an observation.
type result struct {
	id         string
	code       concept
	category   string
	status     string // "" : final
	value      number
	comparator string
	unit       string
	noUnit     bool
	answer     concept
	absent     string // a dataAbsentReason in place of a value
	of         measure
	parts      []*result
	visit      *visit
}

// panel is a laboratory report over some results.
type panel struct {
	id      string
	code    concept
	results []*result
}

// order is a prescription.
type order struct {
	id, claim  string
	drug       concept
	status     string
	reason     *problem
	times      int // a day; 0: no dosage written
	asNeeded   bool
	medication string // id of a Medication it points to; "": coded in place
}

type procedure struct {
	id      string
	code    concept
	reason  *problem
	minutes int
}

type vaccine struct {
	id   string
	code concept
}

// plan is a care plan with the team behind it.
type plan struct {
	id, team   string
	code       concept
	reason     *problem
	activities []concept
}

type allergy struct {
	id       string
	code     concept
	category string
	day      dates.Day
}

// optOut is a patient's refusal of research.
type optOut struct {
	id  string
	day dates.Day
}

// enrolment is a patient's part in a trial.
type enrolment struct {
	id, study, registry, title string
	from                       dates.Day
}
