package chart

import (
	"cmp"
	"slices"

	"prescreen/internal/quantity"
)

// Difference is what differs between the hot parts of two charts of one patient, as far as an answer can rest on it.
//
// Facts are compared by all they say, not by their numbers. Those that are not in Gone or Came stand in both charts in the
// same order among each other, so that whoever reads none of Gone and Came reads the same facts in the same order.
type Difference struct {
	Person     bool     // birth, sex, death or languages
	Gone, Came []uint32 // numbers of facts of the old chart that the new one does not have, and of the new one
	Contacts   bool     // the days on which the patient was seen
}

// None tells that nothing differs.
func (d *Difference) None() bool {
	return !d.Person && !d.Contacts && len(d.Gone) == 0 && len(d.Came) == 0
}

// Compare finds what differs between two charts.
func Compare(old, now *Chart) Difference {
	d := Difference{Person: !samePerson(&old.Person, &now.Person), Contacts: !slices.Equal(old.Contacts, now.Contacts)}
	for i, j := 0, 0; i < len(old.Facts) || j < len(now.Facts); {
		order := 0
		switch {
		case i == len(old.Facts):
			order = 1
		case j == len(now.Facts):
			order = -1
		default:
			order = comparePlaces(&old.Facts[i], &now.Facts[j])
		}
		switch {
		case order < 0:
			d.Gone = append(d.Gone, uint32(i))
			i++
		case order > 0:
			d.Came = append(d.Came, uint32(j))
			j++
		default:
			toOld, toNow := old.runEnd(i), now.runEnd(j)
			d.run(old, now, i, toOld, j, toNow)
			i, j = toOld, toNow
		}
	}
	return d
}

// samePerson tells that two persons are the same to every question. Names of practitioners and the birth date as written
// answer none.
func samePerson(p, q *Person) bool {
	return p.Birth == q.Birth && p.ClinicalSex == q.ClinicalSex && p.BirthSex == q.BirthSex && p.Gender == q.Gender &&
		p.Deceased == q.Deceased && p.Death == q.Death && slices.Equal(p.Languages, q.Languages)
}

// comparePlaces is how the hot part can tell the order of two facts: see compareItems.
func comparePlaces(f, g *Fact) int {
	if c := cmp.Compare(f.Kind, g.Kind); c != 0 {
		return c
	}
	if c := CompareTimes(f.Begin, g.Begin); c != 0 {
		return c
	}
	if c := CompareTimes(f.End, g.End); c != 0 {
		return c
	}
	return cmp.Compare(f.Origin, g.Origin)
}

// runEnd gives the end of the facts that stand in one place with the one at i: what orders them is in the cold part.
func (c *Chart) runEnd(i int) int {
	to := i + 1
	for to < len(c.Facts) && comparePlaces(&c.Facts[i], &c.Facts[to]) == 0 {
		to++
	}
	return to
}

// run compares facts of one place. What lies between the first and the last that differ is taken to differ too: a fact that
// only changed its place among others may be told in another order.
func (d *Difference) run(old, now *Chart, i, toOld, j, toNow int) {
	for i < toOld && j < toNow && sameFact(old, now, i, j) {
		i, j = i+1, j+1
	}
	for i < toOld && j < toNow && sameFact(old, now, toOld-1, toNow-1) {
		toOld, toNow = toOld-1, toNow-1
	}
	for ; i < toOld; i++ {
		d.Gone = append(d.Gone, uint32(i))
	}
	for ; j < toNow; j++ {
		d.Came = append(d.Came, uint32(j))
	}
}

func sameFact(old, now *Chart, i, j int) bool {
	f, g := &old.Facts[i], &now.Facts[j]
	return f.Status == g.Status && f.Certainty == g.Certainty && f.Form == g.Form && f.Comparator == g.Comparator && f.Flags == g.Flags &&
		f.Unit == g.Unit && f.Begin == g.Begin && f.End == g.End && f.Noted == g.Noted && f.Origin == g.Origin && f.Kind == g.Kind &&
		sameDigits(f.Value, g.Value) && sameDigits(f.High, g.High) &&
		slices.Equal(old.CodesIn(f.Codes), now.CodesIn(g.Codes)) && slices.Equal(old.CodesIn(f.Answer), now.CodesIn(g.Answer)) &&
		slices.EqualFunc(old.rangesIn(f.Ranges), now.rangesIn(g.Ranges), sameRange) && old.supplyOf(f) == now.supplyOf(g)
}

func (c *Chart) rangesIn(s Span) []ReferenceRange { return c.Ranges[s.At : s.At+uint32(s.Len)] }

func (c *Chart) supplyOf(f *Fact) Supply {
	if f.Supply < 0 {
		return Supply{}
	}
	return c.Supplies[f.Supply]
}

func sameRange(r, s ReferenceRange) bool {
	return r.HasLow == s.HasLow && r.HasHigh == s.HasHigh && r.Normal == s.Normal && r.Sex == s.Sex && r.AgeLow == s.AgeLow &&
		r.AgeHigh == s.AgeHigh && sameDigits(r.Low, s.Low) && sameDigits(r.High, s.High)
}

// sameDigits tells that two numbers were written with the same digits.
func sameDigits(x, y quantity.Decimal) bool {
	a, n, small := x.Small()
	b, m, alike := y.Small()
	if small != alike {
		return false
	}
	if small {
		return a == b && n == m
	}
	return x.String() == y.String()
}
