package author

import (
	"context"
	"fmt"
	"runtime"

	"prescreen/internal/chart"
	"prescreen/internal/intake"
	"prescreen/internal/mistake"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
)

// Seen is what a cohort's records hold, counted over all patients: nothing in it is about one of them.
type Seen struct {
	Patients int

	kinds [chart.KindCount]int
	dict  *terms.Dictionary
}

// Look counts a cohort's facts by kind.
func Look(ctx context.Context, cohort *intake.Cohort) (*Seen, error) {
	workers := runtime.GOMAXPROCS(0)
	counts := make([][chart.KindCount]int, workers)
	err := cohort.Each(ctx, workers, func(v intake.Visit) error {
		for i := range v.Chart.Facts {
			counts[v.Worker][v.Chart.Facts[i].Kind]++
		}
		return nil
	})
	s := &Seen{Patients: cohort.Patients, dict: cohort.Dictionary}
	for _, c := range counts {
		for k, n := range c {
			s.kinds[k] += n
		}
	}
	return s, err
}

// kindOf is the kind of fact that a set's domain picks from.
func kindOf(d terms.Domain) (chart.Kind, bool) {
	switch d {
	case terms.Diagnosis:
		return chart.Diagnosis, true
	case terms.Procedure:
		return chart.Procedure, true
	case terms.Medication:
		return chart.Medication, true
	case terms.Allergy:
		return chart.Allergy, true
	case terms.Vaccine:
		return chart.Vaccination, true
	case terms.Visit:
		return chart.Visit, true
	case terms.FamilyHistory:
		return chart.FamilyHistory, true
	case terms.Alert:
		return chart.Flag, true
	case terms.Insurance:
		return chart.Coverage, true
	}
	return chart.Result, d.OfResults()
}

// Against tells what the records of a cohort show of the rules: kinds of record that the source never sends, and value sets
// of which no code occurs.
func (c *Checker) Against(all []*Checked, seen *Seen) mistake.List {
	var list mistake.List
	for _, k := range all {
		l := newLinter(k.page, k.Trial, c)
		told := map[string]bool{}
		for i := range k.Trial.Criteria {
			p := k.Trial.Criteria[i].Program
			if p == nil {
				continue
			}
			for n := range p.Leaves {
				l.against(k.Trial.Criteria[i].ID, &p.Source, &p.Leaves[n], seen, told)
			}
		}
		list = append(list, k.silences.hush(l.list)...)
	}
	list.Sort()
	return list
}

// against tells each kind once for a file and each set once.
func (l *linter) against(id string, src *rule.Source, q *rule.Leaf, seen *Seen, told map[string]bool) {
	if q.Set == nil || seen.Patients == 0 || q.Word == "note_mentions" {
		return
	}
	at := leafPlace(src, q)
	kind, ok := kindOf(q.Set.Domain)
	if q.Word == "family_history" {
		kind, ok = chart.FamilyHistory, true
	}
	if ok && seen.kinds[kind] == 0 {
		if !told["kind "+kind.String()] {
			l.tell(at, neverSent, fmt.Sprintf("the records of %d patients hold no %s at all: %s stays open wherever nothing else decides", seen.Patients, kind, id))
		}
		told["kind "+kind.String()] = true
		return
	}
	if told["set "+q.Set.Name] {
		return
	}
	told["set "+q.Set.Name] = true
	if len(q.Set.Bind(seen.dict).All()) == 0 {
		l.tell(at, neverOccurs, fmt.Sprintf("no code of %q (it lists %d) occurs in the records of %d patients", q.Set.Name, len(q.Set.Entries), seen.Patients))
	}
}
