package terms

import (
	"fmt"
	"strings"

	"prescreen/internal/mistake"
	"prescreen/internal/quantity"
)

// Equivalents turns doses of drugs into doses of one of them, such as steroids into prednisone.
type Equivalents struct {
	As    string // the name that `as …` in a when phrase asks for
	Drugs []Equivalent
}

// Equivalent is one drug of such a table: a dose of it, times Factor, divided by Per, is the dose of the drug that it is
// compared with. The two are kept apart because 5/0.75 has no end as a decimal.
type Equivalent struct {
	Factor, Per quantity.Decimal
	Text        string // the factor as its author wrote it
	Set         string // the set it was taken from, "" for a code
	of          ValueSet
}

type equivalentsText struct {
	mistake.Place
	As    mistake.Text     `key:"as,required"`
	Drugs []equivalentText `key:"drugs,required"`
}

type equivalentText struct {
	mistake.Place
	Set     mistake.Text `key:"set"`
	System  mistake.Text `key:"system"`
	Code    mistake.Text `key:"code"`
	Display mistake.Text `key:"display"`
	Include mistake.Text `key:"include" words:"self|prefix|with-descendants"`
	Factor  mistake.Text `key:"factor,required"`
}

// equivalents reads a set's tables of equal doses, once all sets are composed.
func (r *reader) equivalents(d *draft) {
	lines := map[string]int{}
	for _, t := range d.text.Equivalents {
		if !t.As.Given() {
			continue
		}
		key := strings.ToLower(t.As.Value)
		if first, taken := lines[key]; taken {
			r.tell(d, t.As.Place, wrongEquivalent, fmt.Sprintf("doses as %q stand in line %d already", t.As.Value, first))
			continue
		}
		lines[key] = t.As.Line
		table := Equivalents{As: t.As.Value}
		for _, row := range t.Drugs {
			if drug, ok := r.equivalent(d, row); ok {
				table.Drugs = append(table.Drugs, drug)
			}
		}
		if len(t.Drugs) == 0 {
			r.tell(d, t.As.Place, wrongEquivalent, "this table names no drug")
		}
		d.set.Equivalents = append(d.set.Equivalents, table)
	}
}

func (r *reader) equivalent(d *draft, t equivalentText) (Equivalent, bool) {
	var drug Equivalent
	switch coded := t.System.Given() || t.Code.Given(); {
	case t.Set.Given() == coded || coded && !(t.System.Given() && t.Code.Given()):
		m := r.tell(d, t.Place, wrongEquivalent, "a drug is either a set or a code with its system")
		m.Fix = `{set: …, factor: "…"}`
		return drug, false
	case coded:
		e, ok := r.entry(d, codeText{Place: t.Place, System: t.System, Code: t.Code, Display: t.Display, Include: t.Include})
		if !ok {
			return drug, false
		}
		drug.of = ValueSet{Entries: []Entry{e}}
	default:
		part, ok := r.byName[strings.ToLower(t.Set.Value)]
		if !ok {
			r.unknownSet(d, t.Set)
			return drug, false
		}
		if part.set.Domain != Medication {
			r.tell(d, t.Set.Place, wrongDomain, fmt.Sprintf("%q is a set of domain %s, doses are of medications", part.set.Name, part.set.Domain))
			return drug, false
		}
		drug.Set, drug.of = part.set.Name, ValueSet{Entries: part.set.Entries, Exclude: part.set.Exclude, origins: part.set.origins}
	}
	return drug, r.factor(d, t.Factor, &drug)
}

// factor reads a decimal or a quotient of two.
func (r *reader) factor(d *draft, t mistake.Text, into *Equivalent) bool {
	if !t.Given() {
		return false
	}
	number, per, quotient := strings.Cut(t.Value, "/")
	if !quotient {
		per = "1"
	}
	var err1, err2 error
	into.Factor, err1 = quantity.Parse(strings.TrimSpace(number))
	into.Per, err2 = quantity.Parse(strings.TrimSpace(per))
	if err1 != nil || err2 != nil || into.Factor.Sign() <= 0 || into.Per.Sign() <= 0 {
		m := r.tell(d, t.Place, wrongEquivalent, fmt.Sprintf("%q is not a positive number, nor a quotient such as 5/0.75", t.Value))
		m.Why = "the dose, times this, is the dose of the drug it is compared with: 0.75 mg of dexamethasone are 5 mg of prednisone"
		return false
	}
	into.Text = t.Value
	return true
}

// Entries are the drug's codes.
func (e *Equivalent) Entries() []Entry { return e.of.Entries }

// EquivalentsAs finds the table of doses as a drug; names do not differ by letter case.
func (v *ValueSet) EquivalentsAs(name string) (*Equivalents, bool) {
	for i := range v.Equivalents {
		if strings.EqualFold(v.Equivalents[i].As, name) {
			return &v.Equivalents[i], true
		}
	}
	return nil, false
}

// Bind resolves a table against the codings that the dictionary holds now: the number of the drug by code. Of two drugs
// that claim a code the nearer entry wins, of equals the first.
func (t *Equivalents) Bind(d *Dictionary) map[CodeID]int {
	found, near := map[CodeID]int{}, map[CodeID]int{}
	for n := range t.Drugs {
		t.Drugs[n].of.walk(d, func(id CodeID, nearness, _ int) {
			if had, ok := near[id]; !ok || nearness > had {
				found[id], near[id] = n, nearness
			}
		})
	}
	return found
}
