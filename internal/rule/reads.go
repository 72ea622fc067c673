package rule

import (
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
)

// Reads is what the answers of a criterion can rest on. What is not in it may change without changing an answer, on the day
// or on any day ahead.
type Reads struct {
	codes   []uint64              // by CodeID: of every set that the criterion looks into, in whatever kind of record
	whole   [chart.KindCount]bool // kinds of which every record counts
	person  bool
	words   [chart.KindCount]bool // kinds of which records in words count
	present [chart.KindCount]bool // kinds of which it counts whether there is any record: silence hangs on it
	within  []dates.Period        // how recent the last contact must be for silence to decide; none where it never does
}

// wholeKinds are the words that look at every record of a kind: at a list that is not empty, at enrolment in any trial.
var wholeKinds = map[string]chart.Kind{"allergic": chart.Allergy, "enrolled": chart.Enrolment}

// neverSilent are the words with a set of codes whose silence decides nothing, or not by what the rest of the chart holds.
var neverSilent = map[string]bool{
	"family_history": true, "flagged": true, "insured": true, "allergic": true, "vaccinated": true, "age_at": true, "days_since": true,
	"note_mentions": true, "speaks": true,
}

// ofPerson are the words that ask about the person.
var ofPerson = map[string]bool{
	"age": true, "sex": true, "deceased": true, "pregnant": true, "breastfeeding": true, "childbearing": true, "age_at": true, "speaks": true,
}

// Reads gives what the answers of the criterion can rest on.
func (b *Bound) Reads() *Reads {
	r := &Reads{}
	for i := range b.leaves {
		r.leaf(b, &b.leaves[i])
	}
	if b.anchor != nil {
		r.part(b, b.anchor)
	}
	return r
}

// leaf adds a question with all it looks into. Exceptions only take away records that have a code of the set itself.
func (r *Reads) leaf(b *Bound, l *boundLeaf) {
	r.part(b, l)
	for i := range l.beside {
		r.codes = with(r.codes, l.beside[i].bits)
	}
	if l.event != nil {
		r.part(b, l.event)
	}
	if l.derived != nil {
		r.derived(b, l.derived)
	}
	if k, ok := wholeKinds[l.Word]; ok {
		r.whole[k] = true
	}
	r.whole[chart.Coverage] = r.whole[chart.Coverage] || l.Word == "insured" && l.Set == nil
	if l.Word == "childbearing" {
		r.present[chart.Procedure], r.words[chart.Procedure], r.words[chart.Diagnosis] = true, true, true
	}
	r.person = r.person || ofPerson[l.Word] || l.derived != nil || l.Limit != nil && l.Limit.Of != NoNormal
}

// part adds a set with what suggests it, and what its silence hangs on.
func (r *Reads) part(b *Bound, l *boundLeaf) {
	if l == nil || l.Set == nil {
		return
	}
	r.codes = with(r.codes, l.picked.bits)
	for i := range l.suggest {
		r.codes = with(r.codes, l.suggest[i].bits)
	}
	r.words[l.kind] = r.words[l.kind] || slices.Contains(spokenKinds[:], l.kind)
	if l.kind == chart.Result || neverSilent[l.Word] || l.open {
		return
	}
	r.present[l.kind] = r.present[l.kind] || l.kind != chart.Visit
	if p := b.Settings.ContactWithin; !slices.Contains(r.within, p) {
		r.within = append(r.within, p)
	}
}

func (r *Reads) derived(b *Bound, d *boundDerived) {
	for i := range d.inputs {
		r.part(b, d.inputs[i].leaf)
	}
	r.part(b, d.report)
	r.part(b, d.beside)
	for i := range d.items {
		for _, l := range d.items[i] {
			r.part(b, l)
		}
	}
}

// Person tells whether it is asked who the patient is: birth, sex, death, languages.
func (r *Reads) Person() bool { return r.person }

// Fact tells whether a fact can count.
func (r *Reads) Fact(c *chart.Chart, f *chart.Fact) bool {
	return r.whole[f.Kind] || r.words[f.Kind] && f.Codes.Len == 0 || r.anyOf(c, f.Codes) || f.Kind == chart.Visit && r.anyOf(c, f.Answer)
}

func (r *Reads) anyOf(c *chart.Chart, s chart.Span) bool {
	for _, id := range c.CodesIn(s) {
		if int(id/64) < len(r.codes) && r.codes[id/64]&(1<<(id%64)) != 0 {
			return true
		}
	}
	return false
}

// Silence is what the silence of a chart hangs on, as of a day: which kinds of record it has, and when the patient was seen.
type Silence struct {
	present [chart.KindCount]bool
	contact contacts
}

// SilenceOf sums it up.
func SilenceOf(c *chart.Chart, seen dates.Day) Silence {
	e := Evaluator{chart: c, seen: seen}
	s := Silence{contact: contactsUpTo(c, seen)}
	for k := range chart.KindCount {
		s.present[k] = e.keeps(k)
	}
	return s
}

// Hears tells whether the answers from the day up to another can tell two states of a chart apart by silence. A later last
// contact makes none where the earlier one is recent enough on all of those days.
func (r *Reads) Hears(x, y *Silence, until dates.Day) bool {
	for k := range chart.KindCount {
		if r.present[k] && x.present[k] != y.present[k] {
			return true
		}
	}
	if len(r.within) == 0 || x.contact == y.contact {
		return false
	}
	if x.contact.any != y.contact.any || x.contact.first != y.contact.first {
		return true
	}
	last := min(x.contact.last, y.contact.last)
	for _, p := range r.within {
		if last < until.Sub(p) {
			return true
		}
	}
	return false
}
