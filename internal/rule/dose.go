package rule

import (
	"math/big"
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// doseTable turns doses as recorded into the unit of the limit, and into doses of the drug that they are counted as.
type doseTable struct {
	units   []*quantity.Conversion // by chart.UnitID; where accepted
	accepts []bool
	factors map[terms.CodeID]*big.Rat // nil: doses count as they are
}

func (b *Bound) doseTable(l *boundLeaf) *doseTable {
	t := &doseTable{units: make([]*quantity.Conversion, b.units.Len()), accepts: make([]bool, b.units.Len())}
	limit := "mg"
	if l.Limit != nil {
		limit, _ = quantity.Alias(l.Limit.Unit)
	}
	to, err := quantity.ParseUnit(limit)
	for id := 1; id < len(t.units) && err == nil; id++ {
		name, _ := quantity.Alias(b.units.Name(chart.UnitID(id)))
		from, err := quantity.ParseUnit(name)
		if err != nil || from.Dimensionless() != to.Dimensionless() || from.Dimensionless() && name != limit {
			continue
		}
		if conv, err := from.To(to); err == nil {
			t.units[id], t.accepts[id] = conv, true
		}
	}
	if table, ok := l.Set.EquivalentsAs(l.When.As); ok && l.When.As != "" {
		t.factors = map[terms.CodeID]*big.Rat{}
		for id, n := range table.Bind(b.dict) {
			drug := &table.Drugs[n]
			t.factors[id] = new(big.Rat).Quo(drug.Factor.Ratio().Rat(), drug.Per.Ratio().Rat())
		}
	}
	return t
}

// amount is how much is taken in a day: at least low, at most high; without high there is no telling how much.
type amount struct{ low, high *big.Rat }

func (a amount) plus(o amount) amount {
	sum := amount{low: new(big.Rat).Add(a.low, o.low)}
	if a.high != nil && o.high != nil {
		sum.high = new(big.Rat).Add(a.high, o.high)
	}
	return sum
}

// hull spans both.
func (a amount) hull(o amount) amount {
	out := amount{low: a.low, high: a.high}
	if o.low.Cmp(a.low) < 0 {
		out.low = o.low
	}
	if a.high == nil || o.high == nil {
		out.high = nil
	} else if o.high.Cmp(a.high) > 0 {
		out.high = o.high
	}
	return out
}

// of gives the daily amount of one order.
func (t *doseTable) of(c *chart.Chart, f *chart.Fact) amount {
	unclear := amount{low: new(big.Rat)}
	if f.Form != chart.Number && f.Form != chart.Interval || f.Supply < 0 && f.Origin != chart.FromMedicationAdministration ||
		int(f.Unit) >= len(t.accepts) || !t.accepts[f.Unit] {
		return unclear
	}
	high := f.Value
	if f.Form == chart.Interval {
		high = f.High
	}
	low, ok1 := t.units[f.Unit].Exact(f.Value)
	most, ok2 := t.units[f.Unit].Exact(high)
	if !ok1 || !ok2 {
		return unclear
	}
	a := amount{low.Rat(), most.Rat()}
	if f.Supply >= 0 {
		if days := c.Supplies[f.Supply].PerDays; days > 0 {
			a.low.Quo(a.low, big.NewRat(int64(days), 1))
			a.high.Quo(a.high, big.NewRat(int64(days), 1))
		} else if f.Origin != chart.FromMedicationAdministration {
			return unclear
		}
	}
	if t.factors == nil {
		return a
	}
	for _, id := range c.CodesIn(f.Codes) {
		if factor, ok := t.factors[id]; ok {
			return amount{a.low.Mul(a.low, factor), a.high.Mul(a.high, factor)}
		}
	}
	return unclear
}

// judgeDose compares how much is taken in a day, by the dosage on record: on the day asked about, the most on any day of a
// window, the least for as long as asked.
//
// Orders of one product follow each other: the newest counts. Products begun on one day are taken together; an older one
// beside a newer may have been replaced by it, so it may count or not.
func judgeDose(e *Evaluator, b *Bound, l *boundLeaf) {
	w := l.window(e.on)
	cause, day := e.silent(b, l, w)
	e.doseOrders(b, l)
	if w.From <= dates.Min { // ever: from the first order on
		w.From = w.To
		for i := range e.stays {
			w.From = min(w.From, max(e.stays[i].mayFrom, dates.Day(-100_000)))
		}
	}
	t := doseDays{least: !l.When.ForAtLeast.IsZero()}
	for _, d := range e.doseTurns(w) {
		t.add(e.doseOn(l, d), cause == verdict.NoCause)
	}
	truth := quantity.Yes
	if l.limit != nil {
		truth = holdsAmount(l.limit, t.total)
	}
	e.yes = e.yes[:0]
	for i := range e.stays {
		s := &e.stays[i]
		if s.mayFrom <= w.To && s.mayTo >= w.From {
			e.yes = append(e.yes, s.fact)
			e.leaf.BySupply = e.leaf.BySupply || s.running
		}
	}
	slices.Sort(e.yes)
	e.compared(l, truthOf(truth), sayDose, newest(slices.Compact(e.yes))...)
	e.explainDose(l, &t, cause, day)
}

// explainDose gives a dose its basis, or the cause of its being open: cause and day say why the list of medications may not
// be complete.
func (e *Evaluator) explainDose(l *boundLeaf, t *doseDays, cause verdict.Cause, day dates.Day) {
	leaf := &e.leaf
	switch {
	case cause == verdict.NoteOnly && (leaf.Verdict == verdict.Unknown || l.limit == nil && len(e.yes) == 0) && t.cause == verdict.NoCause:
		e.readWords()
	case l.limit == nil && (len(e.yes) == 0 || t.total.high == nil || t.total.low.Cmp(t.total.high) != 0):
		leaf.Verdict, leaf.Cause = verdict.Unknown, verdict.NeverRecorded
		if len(e.yes) > 0 {
			leaf.Cause, leaf.Code = verdict.ResultNotUnderstood, sayDoseUnclear
		}
	case leaf.Verdict != verdict.Unknown && t.silent():
		leaf.Basis = verdict.Silence
	case leaf.Verdict != verdict.Unknown:
	case t.cause != verdict.NoCause:
		leaf.Cause, leaf.Code = t.cause, sayDoseUnclear
	case cause == verdict.NoCause:
		leaf.Cause, leaf.Code = verdict.ResultNotUnderstood, sayDoseUnclear
	case len(e.yes) > 0:
		leaf.Cause, leaf.Day, leaf.Code = cause, day, sayDoseUnclear
	default:
		leaf.Cause, leaf.Day, leaf.Code = cause, day, saySilenceOpen
		e.assumeNone(l)
	}
}

// assumeNone takes the dose for none where the author or the site says so for medications that are not on record.
func (e *Evaluator) assumeNone(l *boundLeaf) {
	if !l.assumed || l.limit == nil {
		return
	}
	e.compared(l, truthOf(holdsAmount(l.limit, amount{new(big.Rat), new(big.Rat)})), saySilenceOpen)
	e.leaf.Basis, e.leaf.Cause = verdict.Assumed, verdict.NoCause
}

// doseDays gathers the amounts of the days asked about: the most of them, or the least.
type doseDays struct {
	least        bool
	days         int
	empty, taken int // days without and with anything on record
	total        amount
	cause        verdict.Cause // why it is open
}

// silent tells that a day without anything on record decides.
func (t *doseDays) silent() bool { return t.least && t.empty > 0 || t.taken == 0 }

// add takes one more day in. Where the list of medications may not be complete, a day may hold more than is on record.
func (t *doseDays) add(d dayDose, complete bool) {
	if d.cause != verdict.NoCause && t.cause == verdict.NoCause {
		t.cause = d.cause
	}
	if d.any {
		t.taken++
	} else if t.empty++; !complete {
		d.high = nil
	}
	if t.days++; t.days == 1 {
		t.total = d.amount
		return
	}
	if order := d.low.Cmp(t.total.low); t.least && order < 0 || !t.least && order > 0 {
		t.total.low = d.low
	}
	high := t.total.high
	switch {
	case high == nil || d.high == nil:
		if (high == nil) == t.least {
			t.total.high = d.high
		}
	case t.least == (d.high.Cmp(high) < 0):
		t.total.high = d.high
	}
}

func holdsAmount(r *quantity.Range, a amount) quantity.Truth {
	low := r.HoldsRatio(quantity.FromRat(a.low), nil)
	if a.high != nil {
		if high := r.HoldsRatio(quantity.FromRat(a.high), nil); high == low && (low == quantity.Yes || a.low.Cmp(a.high) == 0 || sameSide(r, a)) {
			return low
		}
		return quantity.Undecided
	}
	switch {
	case r.High != nil:
		if low == quantity.No && (r.Low == nil || quantity.FromRat(a.low).CmpDecimal(r.Low.Value) >= 0) {
			return quantity.No
		}
		return quantity.Undecided
	case low == quantity.Yes:
		return quantity.Yes
	}
	return quantity.Undecided
}

// sameSide tells that an amount lies wholly below or wholly above a range.
func sameSide(r *quantity.Range, a amount) bool {
	below := r.Low != nil && quantity.FromRat(a.high).CmpDecimal(r.Low.Value) <= 0
	above := r.High != nil && quantity.FromRat(a.low).CmpDecimal(r.High.Value) >= 0
	return below || above
}

// doseOrders makes the stays of all orders; one that is followed by another of its product within the usual gap lasts up
// to it.
func (e *Evaluator) doseOrders(b *Bound, l *boundLeaf) {
	e.orders(b, l, e.gatherAll(&l.picked, chart.Medication), l.When.Regular)
	for i := 0; i < len(e.stays); {
		j := i
		for j < len(e.stays) && e.stays[j].code == e.stays[i].code {
			j++
		}
		gap := e.refillGap(b, e.stays[i:j])
		for k := i + 1; k < j; k++ {
			a, next := &e.stays[k-1], &e.stays[k]
			if joins(a, next, gap) {
				a.sureTo, a.mayTo = max(a.sureTo, next.sureFrom-1), max(a.mayTo, next.sureFrom-1)
			}
		}
		i = j
	}
}

// doseTurns gives the days of a window on which the amount may change, its first day among them.
func (e *Evaluator) doseTurns(w dates.Window) []dates.Day {
	e.points = append(e.points[:0], w.From)
	for i := range e.stays {
		s := &e.stays[i]
		for _, d := range [...]dates.Day{s.mayFrom, s.sureFrom, s.sureTo + 1, s.mayTo + 1} {
			if d > w.From && d <= w.To {
				e.points = append(e.points, d)
			}
		}
	}
	slices.Sort(e.points)
	e.points = slices.Compact(e.points)
	return e.points
}

// dayDose is the amount of one day: any tells that something is on record for it.
type dayDose struct {
	amount
	any   bool
	cause verdict.Cause
}

func (e *Evaluator) doseOn(l *boundLeaf, d dates.Day) dayDose {
	day := dayDose{amount: amount{new(big.Rat), new(big.Rat)}}
	var products []product
	newest := dates.Min
	for i := 0; i < len(e.stays); {
		j := i
		for j < len(e.stays) && e.stays[j].code == e.stays[i].code {
			j++
		}
		if p, ok := e.doseOfProduct(l, e.stays[i:j], d, &day); ok {
			products = append(products, p)
			newest = max(newest, p.start)
		}
		i = j
	}
	day.any = len(products) > 0
	day.together(products, newest)
	return day
}

// product is what is taken of one product on a day, since when, and from which kind of record that is known.
type product struct {
	amount
	start  dates.Day
	origin chart.Origin
}

// together adds products up. Those begun last are taken together if one kind of record says so; an order and what was
// dispensed or given may be about the same thing, so of several kinds the largest is the least, and their sum the most. A
// product begun earlier may have been replaced.
func (day *dayDose) together(products []product, newest dates.Day) {
	var sums [chart.OriginCount]amount
	least, kinds := new(big.Rat), 0
	for _, p := range products {
		if p.start == newest {
			if sums[p.origin].low == nil {
				sums[p.origin].low, kinds = new(big.Rat), kinds+1
			}
			sums[p.origin].low = new(big.Rat).Add(sums[p.origin].low, p.low)
			if sums[p.origin].low.Cmp(least) > 0 {
				least = sums[p.origin].low
			}
		}
		if p.start < newest || kinds > 1 {
			day.doubt(verdict.OldOrderActive)
		}
		day.amount = day.plus(p.amount)
	}
	day.low = least
}

// doubt keeps one cause whatever the order of the products: a dose that is not told before all others.
func (day *dayDose) doubt(c verdict.Cause) {
	untold := verdict.ResultNotUnderstood
	if day.cause == verdict.NoCause || c == untold || day.cause != untold && c < day.cause {
		day.cause = c
	}
}

// doseOfProduct gives what the newest orders of one product amount to on a day: those of one kind of record begun on one day
// are taken together, and what may but need not cover the day widens it.
func (e *Evaluator) doseOfProduct(l *boundLeaf, orders []stay, d dates.Day, day *dayDose) (p product, ok bool) {
	covers := func(s *stay) bool { return s.sureFrom <= d && d <= s.sureTo && !s.doubt }
	p.start = dates.Min
	for i := range orders {
		if covers(&orders[i]) {
			p.start = max(p.start, orders[i].mayFrom)
		}
	}
	sure := p.start > dates.Min
	var sums [chart.OriginCount]amount
	var may []amount
	for i := range orders {
		s := &orders[i]
		if s.mayFrom > d || s.mayTo < d || sure && s.mayFrom < p.start {
			continue
		}
		f := &e.chart.Facts[s.fact]
		a := l.doses.of(e.chart, f)
		if ok, p.origin = true, f.Origin; a.high == nil {
			day.doubt(verdict.ResultNotUnderstood)
		}
		switch sum := &sums[f.Origin]; {
		case !sure || s.mayFrom != p.start || !covers(s):
			may = append(may, a)
			day.doubt(s.cause)
		case sum.low == nil:
			*sum = a
		default:
			*sum = sum.plus(a)
		}
	}
	if !sure { // or nothing is taken of it
		may = append(may, amount{new(big.Rat), new(big.Rat)})
	}
	for _, a := range append(sums[:], may...) {
		switch {
		case a.low == nil:
		case p.low == nil:
			p.amount = a
		default:
			p.amount = p.hull(a)
		}
	}
	return p, ok
}
