// Package rule is the criteria language: its words, its compiler, the evaluation of a criterion for one chart, and the
// sentences that tell why.
//
// Text is parsed by expr-lang/expr, then everything is ours: the whitelist of syntax, the type check with every mistake
// told at once, and the lowering to a Program of leaves (one word with its when phrase and its comparison) joined by
// Kleene's operators. Nothing of expr runs: a criterion has no loops and costs what its size says.
package rule

import (
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
}

// Op joins answers.
type Op uint8

// The operators. Known asks whether its leaf has a usable value.
const (
	OpLeaf Op = iota
	OpAnd
	OpOr
	OpNot
	OpAtLeast
	OpNoneOf
	OpKnown
)

// Node is one operator of a program; its operands are numbers of earlier nodes, so the last node is the whole.
type Node struct {
	Op   Op
	Leaf int // for OpLeaf and OpKnown
	N    int // for OpAtLeast
	Args []int
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
	Limit    *Limit   // nil for the words that answer yes or no themselves
	OneOf    []string // for sex: the values asked for
	Question string   // for manual
	At, Len  int      // its place in the text, in characters
	Text     string   // as the author wrote it
}

// Limit is the comparison of a leaf's value: inside a range, or outside it.
type Limit struct {
	Range  quantity.Range
	Unit   string // as the author wrote it, "" for a bare number: the analyte's canonical unit
	Negate bool   // for != : met when outside
	Text   string // for reasons, such as "7.0-10.5 %" or ">= 18"
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
	Apart      dates.Period
	Text       string
}

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
