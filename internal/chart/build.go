package chart

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"math"
	"slices"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// Item is a fact on its way into a chart, with what its spans will point to. Its slices may be reused once Build returned.
type Item struct {
	Fact     Fact // its spans and Supply are set by Build
	Codes    []terms.CodeID
	Answer   []terms.CodeID
	Ranges   []ReferenceRange
	Supply   Supply // the zero one for none
	Text     []byte // a value of form Text: two texts are one value when they are the same bytes
	Feed     string
	ID       []byte // of the resource
	Position int    // of the fact inside its resource
	Source   *Source
}

// Builder assembles charts. One goroutine at a time; its zero value is ready.
type Builder struct {
	items []Item
	order []int32
	alike []hashed
	seed  maphash.Seed
}

type hashed struct {
	sum uint64
	at  int32 // place in order
}

// Grow gives a new item to fill in. It is valid until the next call.
func (b *Builder) Grow() *Item {
	if len(b.items) < cap(b.items) {
		b.items = b.items[:len(b.items)+1]
		return &b.items[len(b.items)-1]
	}
	b.items = append(b.items, Item{})
	return &b.items[len(b.items)-1]
}

// Items gives what Grow has handed out since the last Build, for those who complete facts from other facts.
func (b *Builder) Items() []Item { return b.items }

// Forget drops what items point to in the memory of others.
func (b *Builder) Forget() {
	items := b.items[:cap(b.items)]
	for i := range items {
		it := &items[i]
		*it = Item{Codes: it.Codes[:0], Answer: it.Answer[:0], Ranges: it.Ranges[:0]}
	}
	b.items = b.items[:0]
}

// Build makes the chart of all items: sorted, repeats marked, codes indexed, contacts gathered. The result does not depend
// on the order of the items. With cold, the chart has its Sources.
func (b *Builder) Build(p Person, gaps []Gap, cold bool) *Chart {
	c := &Chart{Person: p, Gaps: gaps}
	b.sort()
	b.markRepeats()
	b.lay(c, cold)
	c.index()
	c.Contacts = contacts(c.Facts)
	b.items = b.items[:0]
	return c
}

func (b *Builder) sort() {
	b.order = b.order[:0]
	for i := range b.items {
		b.order = append(b.order, int32(i))
	}
	slices.SortFunc(b.order, func(i, j int32) int { return compareItems(&b.items[i], &b.items[j]) })
}

func compareItems(x, y *Item) int {
	if c := cmp.Compare(x.Fact.Kind, y.Fact.Kind); c != 0 {
		return c
	}
	if c := CompareTimes(x.Fact.Begin, y.Fact.Begin); c != 0 {
		return c
	}
	if c := CompareTimes(x.Fact.End, y.Fact.End); c != 0 {
		return c
	}
	if c := cmp.Compare(x.Fact.Origin, y.Fact.Origin); c != 0 {
		return c
	}
	if c := bytes.Compare(x.ID, y.ID); c != 0 {
		return c
	}
	if c := cmp.Compare(x.Position, y.Position); c != 0 {
		return c
	}
	if c := cmp.Compare(x.Feed, y.Feed); c != 0 {
		return c
	}
	return compareContent(x, y)
}

// compareContent orders what two versions of one resource say when both are kept, by nothing that depends on arrival.
func compareContent(x, y *Item) int {
	f, g := &x.Fact, &y.Fact
	return cmp.Or(
		cmp.Compare(f.Status, g.Status),
		cmp.Compare(f.Certainty, g.Certainty),
		cmp.Compare(f.Form, g.Form),
		cmp.Compare(f.Comparator, g.Comparator),
		f.Value.Cmp(g.Value),
		f.High.Cmp(g.High),
		cmp.Compare(f.Flags, g.Flags),
		CompareTimes(f.Noted, g.Noted),
		bytes.Compare(x.Text, y.Text),
	)
}

// CompareTimes is a total order of times for sorting alone: unknown first, then by first day, last day and instant. Which
// of two times is newer is dates.When.Compare's to say.
func CompareTimes(x, y dates.When) int {
	switch {
	case x.From != y.From:
		return cmp.Compare(x.From, y.From)
	case x.To != y.To:
		return cmp.Compare(x.To, y.To)
	case x.Milli != y.Milli:
		return cmp.Compare(x.Milli, y.Milli)
	}
	return cmp.Compare(x.Precision, y.Precision)
}

// lay copies the items into the chart's tables.
func (b *Builder) lay(c *Chart, cold bool) {
	codes, ranges, supplies := 0, 0, 0
	for i := range b.items {
		codes += len(b.items[i].Codes) + len(b.items[i].Answer)
		ranges += len(b.items[i].Ranges)
		if b.items[i].Supply != (Supply{}) {
			supplies++
		}
	}
	c.Facts = make([]Fact, 0, len(b.items))
	c.Codes = make([]terms.CodeID, 0, codes)
	c.Ranges = make([]ReferenceRange, 0, ranges)
	c.Supplies = make([]Supply, 0, supplies)
	if cold {
		c.Sources = make([]Source, 0, len(b.items))
	}
	for _, i := range b.order {
		it := &b.items[i]
		f := it.Fact
		f.Codes, c.Codes = span(c.Codes, it.Codes)
		f.Answer, c.Codes = span(c.Codes, it.Answer)
		f.Ranges, c.Ranges = span(c.Ranges, it.Ranges)
		f.Supply = -1
		if it.Supply != (Supply{}) {
			f.Supply = int32(len(c.Supplies))
			c.Supplies = append(c.Supplies, it.Supply)
		}
		c.Facts = append(c.Facts, f)
		if cold {
			c.Sources = append(c.Sources, *it.Source)
		}
	}
}

// span appends part to table. A fact of more parts than a Span holds keeps the first ones.
func span[T any](table, part []T) (Span, []T) {
	part = part[:min(len(part), math.MaxUint16)]
	return Span{uint32(len(table)), uint16(len(part))}, append(table, part...)
}

// index sets Starts, the index of codes, and what it does not hold.
func (c *Chart) index() {
	c.Index = make([]CodeRef, 0, len(c.Codes))
	n := 0
	for k := range KindCount {
		c.Starts[k], c.IndexAt[k] = uint32(n), uint32(len(c.Index))
		for ; n < len(c.Facts) && c.Facts[n].Kind == k; n++ {
			for _, id := range c.CodesIn(c.Facts[n].Codes) {
				c.Index = append(c.Index, CodeRef{id, uint32(n)})
			}
			if c.Facts[n].Codes.Len == 0 && k < Visit {
				c.Uncoded = append(c.Uncoded, uint32(n))
			}
		}
		slices.SortFunc(c.Index[c.IndexAt[k]:], func(a, b CodeRef) int {
			if a.Code != b.Code {
				return cmp.Compare(a.Code, b.Code)
			}
			return cmp.Compare(a.Fact, b.Fact)
		})
	}
	c.Starts[KindCount], c.IndexAt[KindCount] = uint32(n), uint32(len(c.Index))
}

// markRepeats sets Repeat on every fact that says what an earlier one says. Facts that are alike share their times, so
// they stand together.
func (b *Builder) markRepeats() {
	if b.seed == (maphash.Seed{}) {
		b.seed = maphash.MakeSeed()
	}
	for from := 0; from < len(b.order); {
		to := from + 1
		first := &b.items[b.order[from]].Fact
		for to < len(b.order) && sameTime(first, &b.items[b.order[to]].Fact) {
			to++
		}
		if to-from > 1 {
			b.markAmong(from, to)
		}
		from = to
	}
}

func sameTime(f, g *Fact) bool { return f.Kind == g.Kind && f.Begin == g.Begin && f.End == g.End }

func (b *Builder) markAmong(from, to int) {
	b.alike = b.alike[:0]
	for at := from; at < to; at++ {
		b.alike = append(b.alike, hashed{b.sum(&b.items[b.order[at]]), int32(at)})
	}
	slices.SortFunc(b.alike, func(x, y hashed) int {
		return cmp.Or(cmp.Compare(x.sum, y.sum), cmp.Compare(x.at, y.at))
	})
	best := &b.items[b.order[b.alike[0].at]]
	for n := 1; n < len(b.alike); n++ {
		it := &b.items[b.order[b.alike[n].at]]
		switch {
		case b.alike[n].sum != b.alike[n-1].sum || !sameSaying(best, it):
			best = it
		case usability(it) > usability(best):
			best.Fact.Flags |= Repeat
			best = it
		default:
			it.Fact.Flags |= Repeat
		}
	}
}

// told are the flags that make a difference to what a fact says.
const told = AsNeeded | HasFocus | Deny | Research | UnknownModifier | Component

// sum is equal for items of one time that say the same.
func (b *Builder) sum(it *Item) uint64 {
	f := &it.Fact
	h := uint64(f.Form)<<8 | uint64(f.Comparator)<<16 | uint64(f.Certainty)<<24 | uint64(f.Unit)<<32
	h ^= uint64(f.Flags&told) << 48
	for _, id := range it.Codes {
		h += uint64(id) * 0x9E3779B97F4A7C15
	}
	for _, id := range it.Answer {
		h += uint64(id) * 0xC2B2AE3D27D4EB4F
	}
	if f.Form == Number || f.Form == Interval {
		h ^= math.Float64bits(f.Value.Float64()+0) * 0x165667B19E3779F9
	}
	if len(it.Text) > 0 {
		h ^= maphash.Bytes(b.seed, it.Text)
	}
	if f.Kind != Result {
		h ^= uint64(f.Status)<<40 | uint64(f.Origin)<<56
	}
	return h
}

// sameSaying tells whether two facts of one time are one: alike in codes and value with unit. A result's status makes no
// difference: the less usable of two is the repeat. In every other kind the status is part of what is said.
func sameSaying(x, y *Item) bool {
	f, g := &x.Fact, &y.Fact
	if f.Form != g.Form || f.Comparator != g.Comparator || f.Certainty != g.Certainty || f.Unit != g.Unit ||
		f.Flags&told != g.Flags&told || !bytes.Equal(x.Text, y.Text) {
		return false
	}
	if f.Kind != Result && (f.Status != g.Status || f.Origin != g.Origin || x.Supply != y.Supply) {
		return false
	}
	return sameNumber(f.Value, g.Value) && sameNumber(f.High, g.High) &&
		sameSet(x.Codes, y.Codes) && sameSet(x.Answer, y.Answer)
}

func sameNumber(x, y quantity.Decimal) bool { return x.Cmp(y) == 0 }

func sameSet(x, y []terms.CodeID) bool {
	if slices.Equal(x, y) {
		return true
	}
	for _, id := range x {
		if !slices.Contains(y, id) {
			return false
		}
	}
	for _, id := range y {
		if !slices.Contains(x, id) {
			return false
		}
	}
	return true
}

// usability ranks results alike: which of them a verdict should rest on.
func usability(it *Item) int {
	n := 0
	switch it.Fact.Status {
	case Final:
		n = 8
	case Preliminary:
		n = 4
	case NoStatus, OtherStatus, Registered:
		n = 2
	}
	if len(it.Ranges) > 0 {
		n++
	}
	return n
}
