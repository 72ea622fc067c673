package rule

import (
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// wordKinds are the words that look for a set's codes in another kind of record than the set's own.
var wordKinds = map[string]chart.Kind{
	"family_history": chart.FamilyHistory, "flagged": chart.Flag, "insured": chart.Coverage, "note_mentions": chart.Document,
	"enrolled": chart.Enrolment, "pregnant": chart.Diagnosis, "breastfeeding": chart.Diagnosis, "childbearing": chart.Procedure,
}

// bindMore resolves what not every leaf has.
func (b *Bound) bindMore(l *boundLeaf, lib *terms.Library) {
	if l.Set == nil {
		if k, ok := wordKinds[l.Word]; ok {
			l.kind = k
		}
	}
	if len(personWords[l.Word]) > 0 && l.Set == nil {
		for _, set := range l.Besides {
			l.beside = append(l.beside, pick(set, b.dict))
			l.scales = append(l.scales, b.scaleOf(set))
		}
		l.units = plainUnits(b.units)
	}
	if set := l.When.Event.Set; set != nil {
		l.event = b.eventLeaf(set, lib)
	}
	for _, set := range l.When.Except {
		l.picked.except = with(l.picked.except, pick(set, b.dict).bits)
	}
	if l.Set == nil {
		return
	}
	l.answers = b.answerScale(l)
	l.special = l.answers != nil || l.Limit != nil && l.Limit.Of != NoNormal
	if l.kind == chart.Result && l.Set.Analyte == nil && l.answers == nil {
		l.units = plainUnits(b.units)
	}
	if l.Limit != nil && l.Limit.Of == ULN {
		b.bindSites(l, lib)
	}
	switch l.Word {
	case "change":
		l.change, l.limit = l.limit, nil
	case "daily_dose":
		l.doses = b.doseTable(l)
	}
}

// eventLeaf is a set as an event is looked up in it.
func (b *Bound) eventLeaf(set *terms.ValueSet, lib *terms.Library) *boundLeaf {
	e := &boundLeaf{Leaf: &Leaf{Word: "times", Set: set}}
	b.bindSet(e, lib)
	e.assumed = false
	return e
}

// with gives the union of two sets of codes.
func with(a, b []uint64) []uint64 {
	out := make([]uint64, max(len(a), len(b)))
	copy(out, a)
	for i, bits := range b {
		out[i] |= bits
	}
	return out
}

// orderOf puts the leaves that hang on an event behind the others, so that the result which the criterion itself used is
// known by then.
func orderOf(leaves []boundLeaf) []int {
	var first, last []int
	for i := range leaves {
		if leaves[i].event == nil {
			first = append(first, i)
		} else {
			last = append(last, i)
		}
	}
	if len(last) == 0 {
		return nil
	}
	return append(first, last...)
}

// assumptions gives for each leaf the reason of the assumption that it stands in, "" for none.
func (p *Program) assumptions() []string {
	reasons := make([]string, len(p.Leaves))
	var walk func(node int, reason string)
	walk = func(node int, reason string) {
		n := &p.Nodes[node]
		switch n.Op {
		case OpLeaf, OpKnown:
			reasons[n.Leaf] = reason
		case OpAssume:
			reason = n.Text
		}
		for _, a := range n.Args {
			walk(a, reason)
		}
	}
	walk(len(p.Nodes)-1, "")
	return reasons
}

// answerScale is the answers of a set as a leaf asks for them.
type answerScale struct {
	codes    map[terms.CodeID]int
	texts    map[terms.CodeID]int
	numbers  []quantity.Decimal // by answer; only where isNumber
	isNumber []bool
	truth    [2]int        // of false and true, -1 for none
	accepted []bool        // nil: any answer will do
	signs    []dates.Truth // by answer: for or against the state that a word about the person asks for
}

// answerScale binds the answers of a leaf that asks for one, nil for any other.
func (b *Bound) answerScale(l *boundLeaf) *answerScale {
	set := l.Set
	if len(set.Answers) == 0 || len(l.OneOf) == 0 && (!l.known || set.Analyte != nil) {
		return nil
	}
	s := b.scaleOf(set)
	if len(l.OneOf) > 0 {
		s.accepted = make([]bool, len(set.Answers))
		for _, v := range l.OneOf {
			if n, ok := set.AnswerNamed(v); ok {
				s.accepted[n] = true
			}
		}
	}
	l.units = plainUnits(b.units)
	return s
}

// scaleOf binds the answers of a set, any of which will do.
func (b *Bound) scaleOf(set *terms.ValueSet) *answerScale {
	s := &answerScale{
		codes: set.BindAnswers(b.dict), texts: map[terms.CodeID]int{},
		numbers: make([]quantity.Decimal, len(set.Answers)), isNumber: make([]bool, len(set.Answers)),
	}
	for i := range set.Answers {
		a := &set.Answers[i]
		s.signs = append(s.signs, signOf(a.Value))
		for _, text := range append([]string{a.Value}, a.Texts...) {
			s.texts[b.dict.ID(terms.Coding{System: terms.TextSystem, Code: strings.TrimSpace(text)})] = i
		}
		if v, err := quantity.Parse(a.Value); err == nil {
			s.numbers[i], s.isNumber[i] = v, true
		}
	}
	for i, word := range [...]string{"false", "true"} {
		s.truth[i] = -1
		if n, ok := set.AnswerOfText(word); ok {
			s.truth[i] = n
		}
	}
	return s
}

// signOf tells which way an answer speaks, by its name: a site's own set may list its answers in any order.
func signOf(answer string) dates.Truth {
	switch answer {
	case "positive", "pregnant", "yes":
		return dates.Yes
	case "negative", "not pregnant", "no":
		return dates.No
	}
	return dates.Maybe
}

// plainUnits accepts values that are plain numbers: without a unit, or with an annotation such as {score} alone.
func plainUnits(units *chart.Units) []unitUse {
	uses := make([]unitUse, units.Len())
	for id := range uses {
		uses[id].accepted = id == 0 || isPlain(units.Name(chart.UnitID(id)))
	}
	return uses
}

func isPlain(unit string) bool {
	switch strings.ToLower(unit) {
	case "1", "score", "points", "point", "{score}":
		return true
	}
	return strings.HasPrefix(unit, "{") && strings.IndexByte(unit, '}') == len(unit)-1
}

// siteLimit is a line of the site's table of upper limits of normal, with the conversions that lead to its unit.
type siteLimit struct {
	*UpperLimit
	sex     chart.Sex
	days    dates.Window
	toLimit []*quantity.Conversion // by chart.UnitID; where accepted
	usable  []bool
}

func (b *Bound) bindSites(l *boundLeaf, lib *terms.Library) {
	for i := range b.Settings.UpperLimits {
		u := &b.Settings.UpperLimits[i]
		set, ok := lib.Find(u.Set)
		if !ok || set != l.Set || l.Set.Analyte == nil {
			continue
		}
		s := siteLimit{UpperLimit: u, days: dates.Window{From: u.From, To: u.To}}
		for _, sex := range []chart.Sex{chart.Male, chart.Female} {
			if u.Sex == sex.String() {
				s.sex = sex
			}
		}
		s.toLimit, s.usable = make([]*quantity.Conversion, b.units.Len()), make([]bool, b.units.Len())
		for id := range s.toLimit {
			name := b.units.Name(chart.UnitID(id))
			if id == 0 {
				name = l.Set.Analyte.UnitIfAbsent
			}
			if conv, err := l.Set.Analyte.Between(name, u.Unit); name != "" && err == nil {
				s.toLimit[id], s.usable[id] = conv, true
			}
		}
		l.sites = append(l.sites, s)
	}
}
