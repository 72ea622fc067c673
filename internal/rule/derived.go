package rule

import (
	"math/big"

	"prescreen/internal/dates"
	"prescreen/internal/terms"
)

// formula is a derived value: a word whose answer is computed from several results, the age, the sex and diagnoses. What it
// reads it finds by the fixed names of value sets.
type formula struct {
	word     string
	title    string // as sentences begin
	inside   string // as it stands inside them, where that differs
	name     string // of the formula, with its version
	unit     string // of its value; "" for a score
	decimals int    // that people print it with
	inputs   []input
	report   *report
	beside   []string // results that look like the value and never answer for it: named where nothing else is on record
	scale    []string // the set whose units a limit may be written in; else the report's, else the formula's own
	age, sex bool
	adult    bool // not defined below 18 years
	whole    bool // points
	value    func(*arguments) float64
	exact    func(*exactly) *big.Rat // the same without rounding, for formulas that are ratios; nil where they are none
	score    *score                  // in place of inputs
}

// formulas is the table, in the order of the reference page.
var formulas = []*formula{
	&formulaBMI, &formulaBSA, &formulaEGFR, &formulaCrCl, &formulaQTcF, &formulaFIB4, &formulaCorrectedCalcium,
	&formulaChildPugh, &formulaMELD, &formulaMELDNa, &formulaMELD3, &formulaCHA2DS2VASc, &formulaCharlson,
}

func findFormula(word string) *formula {
	for _, f := range formulas {
		if f.word == word {
			return f
		}
	}
	return nil
}

// inputKind says what a slot of a formula holds.
type inputKind uint8

const (
	measured      inputKind = iota // a result, in the input's unit
	graded                         // a grade from 1 to 3, by the answers of its set
	dialysed                       // 1 if on dialysis in the week before the sample, else 0
	diagnosedFlag                  // 1 if diagnosed, else 0
)

// input is one slot of a formula.
type input struct {
	kind  inputKind
	sets  []string // names of the value set, the first that is there
	label string   // in reasons
	unit  string   // that the formula takes
	apart apart    // how far it may lie from the others
	round map[string]float64
}

// apart says how far an input may lie from the inputs that lead: those lie within 7 days of each other, inside the window.
// Weight and height may be older, and outside the window.
type apart uint8

const (
	together    apart = iota // 7 days
	ninetyDays               // body weight beside a laboratory result
	adultHeight              // 5 years once grown up, else 7 days
)

var (
	sevenDays  = dates.Period{N: 7, Unit: dates.Days}
	weightDays = dates.Period{N: 90, Unit: dates.Days}
	heightTime = dates.Period{N: 5, Unit: dates.Years}
)

// grownUp is the age from which a height lasts and CKD-EPI is defined.
const grownUp = 18

// report says where a laboratory's or device's own value of the formula stands.
type report struct {
	sets     []string
	forms    map[string]form // by LOINC code
	only     bool            // codes that are not in forms are another quantity
	optional bool            // the library may lack the set
}

// form is the formula behind a reported value. A lower rank is preferred.
type form struct {
	rank int
	name string
	race bool // one of two values that differ by race
}

var formUnnamed = form{rank: 9, name: "formula not named"}

// maxSlots is the room for inputs of a formula; ageAt is the slot of the age.
const (
	maxSlots = 8
	ageAt    = maxSlots - 1
)

// arguments are what a formula computes with.
type arguments struct {
	of     [maxSlots]float64
	female bool
}

// exactly is the same without rounding.
type exactly struct {
	of     []*big.Rat
	age    int64
	female bool
}

// score adds up the points of diagnoses.
type score struct {
	lines  []scoreLine
	age    func(int) int
	female int
}

// scoreLine holds diagnoses of which the heaviest counts, once.
type scoreLine []scoreItem

type scoreItem struct {
	set    string
	points int
}

// Derivation is the formula of a leaf and the value sets that its inputs are found by.
type Derivation struct {
	Sets    []*terms.ValueSet // all that the answer rests on, in the order of the formula
	formula *formula
	inputs  []*terms.ValueSet // by slot; nil for one that the library may lack
	report  *terms.ValueSet
	beside  *terms.ValueSet
	items   [][]*terms.ValueSet // of a score, by line
}

// Name is the formula with its version, as reasons name it.
func (d *Derivation) Name() string { return d.formula.name }

// AsksAge and AsksSex tell whether the answer rests on the Patient resource.
func (d *Derivation) AsksAge() bool { return d.formula.age }

// AsksSex tells whether the formula differs between the sexes.
func (d *Derivation) AsksSex() bool { return d.formula.sex }

// Panel names the order that settles the question: that of its set, or the one that all results have in common which a
// formula needs at one time; "" where there is none.
func (l *Leaf) Panel() string {
	if l.Derived == nil {
		if l.Set == nil {
			return ""
		}
		return l.Set.Panel
	}
	panel := ""
	for i, set := range l.Derived.inputs {
		if in := &l.Derived.formula.inputs[i]; in.kind != measured || in.apart != together {
			continue
		}
		if set.Panel == "" || panel != "" && panel != set.Panel {
			return ""
		}
		panel = set.Panel
	}
	return panel
}
