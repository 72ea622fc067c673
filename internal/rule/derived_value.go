package rule

import (
	"math"
	"math/big"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// drawn holds the inputs of one computation. An input is an interval where its result has a comparator, where several
// results tie, where a grade or the birth date is not clear.
type drawn struct {
	lo, hi [maxSlots]float64
	facts  [maxSlots][]uint32
	loose  looseness
	silent [maxSlots]bool          // 0 because nothing is on record
	doubt  [maxSlots]verdict.Cause // why a flag is open
	newest dates.When              // time of the newest input
	first  dates.Day               // of the inputs that lead
	last   dates.Day
	young  int // age in completed years, and the oldest it may be
	old    int
}

// looseness says why an input is an interval.
type looseness uint8

const (
	byTie looseness = 1 << iota
	byComparator
	byGrade
	byFlag
	byBirth
)

// cause is what a value is open for when it lies on both sides of the limit.
func (x *drawn) cause() verdict.Cause {
	switch {
	case x.loose&byTie != 0:
		return verdict.SameTimeResults
	case x.loose&byComparator != 0:
		return verdict.Bound
	case x.loose&byGrade != 0:
		return verdict.NeverRecorded
	case x.loose&byFlag != 0:
		for _, c := range x.doubt {
			if c != verdict.NoCause {
				return c
			}
		}
	case x.loose&byBirth != 0:
		return verdict.PartialDate
	}
	return verdict.Bound
}

// reset empties what was drawn, keeping the room.
func (x *drawn) reset() {
	for i := range x.facts {
		x.facts[i] = x.facts[i][:0]
		x.lo[i], x.hi[i], x.silent[i], x.doubt[i] = 0, 0, false, verdict.NoCause
	}
	x.loose, x.newest, x.first, x.last, x.young, x.old = 0, dates.When{}, dates.Max, dates.Min, 0, 0
}

// value is what a formula comes to: somewhere from lo to hi. exact is its value without rounding where floating point came
// too near to a limit to be trusted.
type value struct {
	lo, hi float64
	exact  *big.Rat
	level  bool // so near to a limit it is the limit: the mean of rounded values
	whole  bool // points, which floating point does not round
}

func (v value) point() bool { return v.lo == v.hi }

// compute takes the formula over the box of its inputs. Every formula of the table goes one way in each input while the
// others stay, so that it is lowest and highest at corners of the box.
func (k *deriving) compute(d *boundDerived, female bool) value {
	x, args := &k.got, &k.args
	var loose [maxSlots]int
	n := 0
	args.female = female
	for i := range x.lo {
		args.of[i] = x.lo[i]
		if x.lo[i] != x.hi[i] {
			loose[n] = i
			n++
		}
	}
	v := value{lo: math.Inf(1), hi: math.Inf(-1), whole: d.formula.whole}
	for corner := range 1 << n {
		for i := range n {
			args.of[loose[i]] = x.lo[loose[i]]
			if corner>>i&1 == 1 {
				args.of[loose[i]] = x.hi[loose[i]]
			}
		}
		at := d.formula.value(args)
		if math.IsNaN(at) {
			return value{lo: math.Inf(-1), hi: math.Inf(1)}
		}
		v.lo, v.hi = min(v.lo, at), max(v.hi, at)
	}
	return v
}

// near is the relative distance from a limit within which floating point may err: there a ratio is computed exactly, a
// logarithm or root is taken as it comes out, unrounded, and the end of an interval does not decide.
const near = 1e-9

func (x *edge) near(v float64) bool {
	return x != nil && math.Abs(v-x.at) <= near*math.Max(math.Abs(x.at), math.SmallestNonzeroFloat64)
}

// side tells on which side of an edge one end of a value lies; sure is false where rounding could have moved it there.
func (v *value) side(end float64, x *edge) (side int, sure bool) {
	switch {
	case !x.near(end) || v.whole:
	case v.exact != nil:
		return v.exact.Cmp(x.exact.Rat()), true
	case v.level:
		return 0, true
	case !v.point():
		return 0, false
	}
	switch {
	case end > x.at:
		return 1, true
	case end < x.at:
		return -1, true
	}
	return 0, true
}

// beyond tells whether a value lies on the inner side of an edge: above it for direction 1, below it for -1.
func (v *value) beyond(x *edge, direction int) dates.Truth {
	if x == nil {
		return dates.Yes
	}
	worst, best := v.lo, v.hi
	if direction < 0 {
		worst, best = best, worst
	}
	inner := func(end float64) (bool, bool) {
		side, sure := v.side(end, x)
		return side*direction > 0 || side == 0 && !x.open, sure
	}
	if yes, sure := inner(worst); yes && sure {
		return dates.Yes
	}
	if yes, sure := inner(best); !yes && sure {
		return dates.No
	}
	return dates.Maybe
}

// holds asks a range of a value.
func (v *value) holds(low, high *edge) dates.Truth {
	a, b := v.beyond(low, 1), v.beyond(high, -1)
	switch {
	case a == dates.No || b == dates.No:
		return dates.No
	case a == dates.Yes && b == dates.Yes:
		return dates.Yes
	}
	return dates.Maybe
}

// settleExactly computes without rounding where a point comes too near to a limit.
func (e *Evaluator) settleExactly(d *boundDerived, x *drawn, female bool, v *value) {
	if d.formula.exact == nil || !v.point() || !d.low.near(v.lo) && !d.high.near(v.lo) {
		return
	}
	args := exactly{age: int64(x.young), female: female}
	for i := range d.inputs {
		in := &d.inputs[i]
		if len(x.facts[i]) == 0 || in.kind != measured {
			return
		}
		f := &e.chart.Facts[x.facts[i][0]]
		exact, ok := in.leaf.units[f.Unit].toLimit.Exact(f.Value)
		if !ok {
			return
		}
		args.of = append(args.of, exact.Rat())
	}
	v.exact = d.formula.exact(&args)
}

// sexes tells for which sexes a formula has to be computed: for both where sex is not recorded as female or male, or
// differently in different fields.
func sexes(p *chart.Person) (male, female bool) {
	for _, s := range []chart.Sex{p.ClinicalSex, p.BirthSex, p.Gender} {
		switch s {
		case chart.Male:
			male = true
		case chart.Female:
			female = true
		case chart.OtherSex, chart.UnknownSex:
			return true, true
		}
	}
	if !male && !female {
		return true, true
	}
	return male, female
}

// sexCause is why sex leaves a value open.
func sexCause(p *chart.Person) verdict.Cause {
	recorded := 0
	for _, s := range []chart.Sex{p.ClinicalSex, p.BirthSex, p.Gender} {
		if s != chart.NoSex {
			recorded++
		}
	}
	if recorded > 1 && !(p.ClinicalSex == p.BirthSex && p.BirthSex == p.Gender) {
		return verdict.SourcesConflict
	}
	return verdict.NeverRecorded
}

func sign(x float64) int {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}
