// Package rule is the criteria language: its words, its compiler, the evaluation of a criterion for one chart, and the
// sentences that tell why.
//
// Text is parsed by expr-lang/expr, then everything is ours: the whitelist of syntax, the type check with every mistake
// told at once, and the lowering to a Program of leaves (one word with its when phrase and its comparison) joined by
// Kleene's operators. Nothing of expr runs: a criterion has no loops and costs what its size says.
package rule

import (
	"slices"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// Source is where the text of an expression stands in its file, so that mistakes can point there.
type Source struct {
	File   string
	Line   int // of the text's first line, from 1
	Column int // of the text's first character, from 1: the indentation of a block
	Text   string
	Kind   verdict.Kind // of the criterion: which answer of silence could exclude
	Open   bool         // silence decides nothing in this criterion: its author wrote `missing: unknown`
	// Anchor is the set whose latest event the windows are counted back from; nil for the day asked about, which is also
	// what enrolment is until it has happened.
	Anchor *terms.ValueSet
}

// Op joins answers.
type Op uint8

// The operators. Known asks whether its leaf has a usable value; Assume takes its operand for met where nothing is on record.
const (
	OpLeaf Op = iota
	OpAnd
	OpOr
	OpNot
	OpAtLeast
	OpNoneOf
	OpKnown
	OpAssume
)

// Node is one operator of a program; its operands are numbers of earlier nodes, so the last node is the whole.
type Node struct {
	Op   Op
	Leaf int // for OpLeaf and OpKnown
	N    int // for OpAtLeast
	Args []int
	Text string // for OpAssume: the author's reason
}

// Program is a compiled criterion.
type Program struct {
	Source Source
	Nodes  []Node
	Leaves []Leaf // in the order of the text
}

// Leaf is one question of a criterion: a word, what it is asked about, and the limit its value is held against.
type Leaf struct {
	Word     string // its name in the table of words
	Set      *terms.ValueSet
	When     When
	Limit    *Limit      // nil for the words that answer yes or no themselves
	OneOf    []string    // the values asked for, of sex and of answers: in the order of the scale
	Question string      // for manual
	Language Language    // for speaks
	Derived  *Derivation // for derived values: the formula and the sets it reads
	// Besides are further sets that the leaf looks into: those of its when phrases, and what a word about the person
	// finds its records by. They are found by Program.Sets together with Set.
	Besides []*terms.ValueSet
	At, Len int    // its place in the text, in characters
	Text    string // as the author wrote it
}

// Limit is the comparison of a leaf's value: inside a range, or outside it. For a word compared with answers the range is
// empty and Leaf.OneOf holds what is asked for.
type Limit struct {
	Range    quantity.Range
	Unit     string // as the author wrote it, "" for a bare number: the analyte's canonical unit
	Of       Normal // the range counts multiples of a limit of normal
	Relative bool   // for change: in per cent of the first value
	Negate   bool   // for != : met when outside
	Text     string // for reasons, such as "7.0-10.5 %" or ">= 18"
}

// Normal is a limit of normal that a limit is a multiple of.
type Normal uint8

// The limits of normal; the zero one is none.
const (
	NoNormal Normal = iota
	ULN
	LLN
)

// Language is what speaks asks for: a value set, or a language tag of BCP 47 with the other codes in use for it.
type Language struct {
	Name  string
	Codes []string // in small letters
}

// Sets gives every value set that a program looks into, each once, in the order of the text.
func (p *Program) Sets() []*terms.ValueSet {
	var sets []*terms.ValueSet
	add := func(s *terms.ValueSet) {
		if s != nil && s.File != "" && !slices.Contains(sets, s) {
			sets = append(sets, s)
		}
	}
	for i := range p.Leaves {
		add(p.Leaves[i].Set)
		for _, s := range p.Leaves[i].Besides {
			add(s)
		}
	}
	add(p.Source.Anchor)
	return sets
}

// When is a parsed when phrase.
type When struct {
	Window     dates.Lookback
	HasWindow  bool // a window was written; else the word's own default
	Current    bool // "current"
	Present    bool // "present in the last …": there at any time in the window
	ForAtLeast dates.Period
	Pick       Pick
	Each       Each // how the picked values are judged when there are several
	N          int  // of "latest N", "average of latest N", "all of latest N", "any of latest N"
	Days       bool // N counts days with results
	Apart      dates.Period
	Event      Event             // before, after or within … of a record of another set
	Except     []*terms.ValueSet // records that carry a code of these do not count
	Place      Place
	Regular    bool   // "not as needed"
	As         string // doses are counted as doses of this drug
	Text       string
}

// Event ties a question to the time of another record: the result that the criterion itself used, else the latest of
// the set. Its Set is nil where no event is named.
type Event struct {
	Set    *terms.ValueSet
	Side   Side
	Within dates.Period // zero for any distance
}

// Side is where a record lies as seen from an event.
type Side uint8

// Before and After are on an earlier or later day; Around is on either side and on the day itself. With a distance the day
// itself counts on each side.
const (
	Around Side = iota
	Before
	After
)

// Place is the kind of visit that a record was made at.
type Place uint8

// The places; the zero one is any.
const (
	Anywhere Place = iota
	AsOutpatient
	AsInpatient
)

// Pick says which results in the window are asked.
type Pick uint8

// The pickers; the zero one is the default.
const (
	Latest Pick = iota
	First
	Highest
	Lowest
	AnyOf
	AllOf
	LatestN
)

// Each says how several picked values are judged.
type Each uint8

// All of them, any of them, or their average. "latest 3" alone means all of the latest 3.
const (
	EachAll Each = iota
	EachAny
	Average
)

// Settings are the numbers of the site that evaluation needs; see Defaults.
type Settings struct {
	SilenceOpen   bool         // silence decides nothing
	RecordAtLeast dates.Period // length of record for `ever`
	ContactWithin dates.Period // last contact of any kind
	RefillGap     dates.Period // orders merge over gaps up to this
	OldOrder      dates.Period // an active order without an end goes on this long after the last order
	StoppedWithin dates.Period // a stopped order without an end ended within this
	Feeds         []Feed
	UpperLimits   []UpperLimit
	// Missing says per kind of record what nothing on record means: true is "not met", an assumption that every such
	// verdict is marked with; false is "unknown". A kind that is not in it follows the silence rule.
	Missing map[terms.Domain]bool
}

// Feed is what a site says of its records of one kind.
type Feed struct {
	Kind          string    // a chart.Kind by its terms.Domain name: diagnosis, procedure, medication …
	CompleteSince dates.Day // dates.Min when not said
	Partial       bool
	LateBy        dates.Period
}

// UpperLimit is one line of a site's table of upper limits of normal.
type UpperLimit struct {
	Set      string // name of the value set
	Sex      string // "" for all
	From, To dates.Day
	Value    quantity.Decimal
	Unit     string
}

// Defaults are the settings of semantics where a site says nothing.
func Defaults() Settings {
	return Settings{
		RecordAtLeast: dates.Period{N: 24, Unit: dates.Months},
		ContactWithin: dates.Period{N: 15, Unit: dates.Months},
		RefillGap:     dates.Period{N: 30, Unit: dates.Days},
		OldOrder:      dates.Period{N: 15, Unit: dates.Months},
		StoppedWithin: dates.Period{N: 12, Unit: dates.Months},
	}
}
