package verdict

import "testing"

var all = [...]Verdict{Unknown, Met, NotMet}

// kleene is the strong three-valued logic as Kleene printed it, written out rather than computed.
var kleene = []struct{ a, b, and, or Verdict }{
	{Met, Met, Met, Met},
	{Met, Unknown, Unknown, Met},
	{Met, NotMet, NotMet, Met},
	{Unknown, Met, Unknown, Met},
	{Unknown, Unknown, Unknown, Unknown},
	{Unknown, NotMet, NotMet, Unknown},
	{NotMet, Met, NotMet, Met},
	{NotMet, Unknown, NotMet, Unknown},
	{NotMet, NotMet, NotMet, NotMet},
}

func TestKleenesTables(t *testing.T) {
	for _, k := range kleene {
		if got := k.a.And(k.b); got != k.and {
			t.Errorf("%v and %v is %v, want %v", k.a, k.b, got, k.and)
		}
		if got := k.a.Or(k.b); got != k.or {
			t.Errorf("%v or %v is %v, want %v", k.a, k.b, got, k.or)
		}
	}
	if Unknown.Not() != Unknown || Met.Not() != NotMet || NotMet.Not() != Met {
		t.Error("not")
	}
}

func TestKleenesLawsHoldForAllVerdicts(t *testing.T) {
	for _, a := range all {
		for _, b := range all {
			if a.And(b) != b.And(a) || a.Or(b) != b.Or(a) {
				t.Errorf("%v, %v: not commutative", a, b)
			}
			if a.And(b).Not() != a.Not().Or(b.Not()) {
				t.Errorf("%v, %v: De Morgan", a, b)
			}
			if a.And(a.Or(b)) != a {
				t.Errorf("%v, %v: absorption", a, b)
			}
			for _, c := range all {
				if a.And(b.And(c)) != a.And(b).And(c) || a.Or(b.Or(c)) != a.Or(b).Or(c) {
					t.Errorf("%v, %v, %v: not associative", a, b, c)
				}
				if a.And(b.Or(c)) != a.And(b).Or(a.And(c)) {
					t.Errorf("%v, %v, %v: not distributive", a, b, c)
				}
			}
		}
	}
}

// TestUnknownNeverDecides: whatever an unknown turns out to be, an answer that was given before stays.
func TestUnknownNeverDecides(t *testing.T) {
	settle := func(v Verdict) []Verdict {
		if v == Unknown {
			return []Verdict{Met, NotMet}
		}
		return []Verdict{v}
	}
	for _, a := range all {
		for _, b := range all {
			for _, x := range settle(a) {
				for _, y := range settle(b) {
					if v := a.And(b); v != Unknown && x.And(y) != v {
						t.Errorf("%v and %v said %v", a, b, v)
					}
					if v := a.Or(b); v != Unknown && x.Or(y) != v {
						t.Errorf("%v or %v said %v", a, b, v)
					}
				}
			}
		}
	}
}

func TestAtLeastIsTheOrOfAllChoices(t *testing.T) {
	for _, a := range all {
		for _, b := range all {
			for _, c := range all {
				met, unknown := 0, 0
				for _, v := range []Verdict{a, b, c} {
					switch v {
					case Met:
						met++
					case Unknown:
						unknown++
					}
				}
				want := map[int]Verdict{1: a.Or(b).Or(c), 2: a.And(b).Or(a.And(c)).Or(b.And(c)), 3: a.And(b).And(c)}
				for n, w := range want {
					if got := AtLeast(n, met, unknown); got != w {
						t.Errorf("at least %d of %v, %v, %v is %v, want %v", n, a, b, c, got, w)
					}
				}
			}
		}
	}
}

func TestMetOnAnExclusionBars(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		v    Verdict
		want Effect
	}{
		{Inclusion, Met, Pass},
		{Inclusion, NotMet, Fail},
		{Inclusion, Unknown, Open},
		{Exclusion, Met, Fail},
		{Exclusion, NotMet, Pass},
		{Exclusion, Unknown, Open},
	} {
		if got := c.kind.Effect(c.v); got != c.want {
			t.Errorf("%v %v: %v, want %v", c.kind, c.v, got, c.want)
		}
	}
}

func TestTheZeroVerdictIsUnknown(t *testing.T) {
	var v Verdict
	var j Judgement
	if v != Unknown || j.Verdict != Unknown || j.Cause() != NoCause {
		t.Error("a zero value decides something")
	}
}

func TestEveryCauseBelongsToItsAction(t *testing.T) {
	want := map[Action][]string{
		Order:  {"never-recorded", "outside-window"},
		Ask:    {"list-empty", "manual", "old-order-active", "record-too-short", "not-seen-since"},
		Read:   {"only-suspected", "note-only", "suggested-not-coded", "sources-conflict", "resolved-but-chronic"},
		Repair: {"unit", "bound", "implausible", "same-time-results", "no-reference-range", "hierarchy-not-loaded", "result-not-understood", "feed-late", "internal-error"},
		Wait:   {"partial-date"},
	}
	n := 0
	for action, names := range want {
		for _, name := range names {
			n++
			c, ok := ParseCause(name)
			if !ok || c.Action() != action || c.String() != name {
				t.Errorf("%s: %v, %v, want %v", name, ok, c.Action(), action)
			}
		}
	}
	if n != int(causeCount)-1 {
		t.Errorf("%d causes in the table, %d in the code", n, causeCount-1)
	}
	if _, ok := ParseCause(""); ok {
		t.Error("no cause has a name")
	}
}

func TestCausesAreASet(t *testing.T) {
	s := Causes(0).With(NoCause).With(Manual).With(Manual).With(Bound)
	if s.Len() != 2 || !s.Has(Manual) || !s.Has(Bound) || s.Has(ListEmpty) {
		t.Errorf("%b", s)
	}
	if Causes(0).Within(s) {
		t.Error("no cause at all is within nothing")
	}
	if !Causes(0).With(Manual).Within(s) || s.Within(Causes(0).With(Manual)) {
		t.Error("within")
	}
}
