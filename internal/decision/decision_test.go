package decision

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

var (
	day   = dates.NewDay(2026, 11, 23)
	night = time.Date(2026, 11, 23, 22, 0, 0, 0, time.UTC)
)

func state(protocol string, v verdict.Verdict) State {
	return State{Day: day, Protocol: protocol, Verdict: func(id string) (verdict.Verdict, bool) { return v, id != "GONE" }}
}

func edit(v Values) Edit {
	return Edit{Values: v, By: "a", At: night, Now: state("1", verdict.NotMet), Known: func(id string) bool { return strings.HasPrefix(id, "INC") }}
}

func none() Values { return Values{Due: NoDay, Recheck: NoDay} }

// opened is a line closed by values as of day under protocol 1, where every criterion was not met.
func opened(t *testing.T, v Values) Decision {
	t.Helper()
	d, _, err := First(Decision{Trial: "T", Person: 1, Chart: 1}, edit(v))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func with(change func(*Values)) Values {
	v := none()
	change(&v)
	return v
}

func TestReturns(t *testing.T) {
	fails := with(func(v *Values) { v.Reason = Reason{Fails, "INC-4"} })
	recheck := with(func(v *Values) { v.Reason, v.Recheck = Reason{Kind: NotReachable}, day+10 })
	enrolled := with(func(v *Values) { v.Status = Consented })
	for name, c := range map[string]struct {
		values Values
		now    State
		why    string
	}{
		"criterion as it was":            {fails, state("1", verdict.NotMet), ""},
		"criterion met now":              {fails, state("1", verdict.Met), "INC-4 is met now, it was not met"},
		"criterion unknown now":          {fails, state("1", verdict.Unknown), "INC-4 is unknown now, it was not met"},
		"other criterion":                {with(func(v *Values) { v.Reason = Reason{Kind: NoSlot} }), state("1", verdict.Met), ""},
		"could not be assessed, can now": {with(func(v *Values) { v.Reason = Reason{NotAssessed, "INC-4"} }), state("1", verdict.Met), "INC-4 is met now, it was not met"},
		"protocol amended":               {fails, state("2", verdict.NotMet), "the protocol is version 2 now, it was 1"},
		"protocol amended, no slot":      {with(func(v *Values) { v.Reason = Reason{Kind: NoSlot} }), state("2", verdict.NotMet), "the protocol is version 2 now, it was 1"},
		"re-check day tomorrow":          {recheck, State{Day: day + 9, Protocol: "1"}, ""},
		"re-check day today":             {recheck, State{Day: day + 10, Protocol: "1"}, "its re-check day 2026-12-03 has come"},
		"both":                           {fails, state("2", verdict.Met), "INC-4 is met now, it was not met; the protocol is version 2 now, it was 1"},
		"nothing known of the patient":   {fails, State{Day: day, Protocol: "1"}, ""},
		"declined, protocol amended":     {with(func(v *Values) { v.Status = Declined }), state("2", verdict.Met), ""},
		"declined by reason":             {with(func(v *Values) { v.Reason = Reason{Kind: HasDeclined} }), state("2", verdict.Met), ""},
		"declined for distance":          {with(func(v *Values) { v.Status, v.Reason = Declined, Reason{Kind: DistanceOrLanguage} }), state("2", verdict.Met), ""},
		"declined after INC-4 failed":    {with(func(v *Values) { v.Status, v.Reason = Declined, Reason{Fails, "INC-4"} }), state("2", verdict.Met), ""},
		"opposed":                        {with(func(v *Values) { v.Reason = Reason{Kind: Opposed} }), state("2", verdict.Met), ""},
		"physician disagrees":            {with(func(v *Values) { v.Reason = Reason{Kind: PhysicianDisagrees} }), state("2", verdict.Met), ""},
		"died":                           {with(func(v *Values) { v.Reason = Reason{Kind: Died} }), state("2", verdict.Met), ""},
		"moved away, protocol amended":   {with(func(v *Values) { v.Reason = Reason{Kind: Moved} }), state("2", verdict.Met), "the protocol is version 2 now, it was 1"},
		"open line":                      {none(), state("2", verdict.Met), ""},
		"consented, still open":          {enrolled, state("2", verdict.Met), ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := opened(t, c.values)
			why, back := d.Returns(c.now)
			if why != c.why || back != (c.why != "") {
				t.Errorf("%q, %v; want %q", why, back, c.why)
			}
		})
	}
}

func TestALineOfACriterionThatIsGoneReturns(t *testing.T) {
	d := opened(t, with(func(v *Values) { v.Reason = Reason{Fails, "INC-4"} }))
	now := State{Day: day, Protocol: "1", Verdict: func(string) (verdict.Verdict, bool) { return verdict.Unknown, false }}
	if why, back := d.Returns(now); !back || why != "INC-4 is no longer asked" {
		t.Errorf("%q, %v", why, back)
	}
}

func TestAScreenFailureReturnsByItsCriterionAndEnrolledNever(t *testing.T) {
	d := opened(t, with(func(v *Values) { v.Status = Consented }))
	failed, _, err := d.Apply(edit(with(func(v *Values) { v.Status, v.Reason = ScreenFailure, Reason{Fails, "INC-4"} })))
	if err != nil {
		t.Fatal(err)
	}
	if _, back := failed.Returns(state("1", verdict.Met)); !back {
		t.Error("a screen failure stays away although its criterion is met now")
	}
	in, _, err := d.Apply(edit(with(func(v *Values) { v.Status = Enrolled })))
	if err != nil {
		t.Fatal(err)
	}
	if !in.Closed() {
		t.Error("enrolled is open")
	}
	if _, back := in.Returns(state("2", verdict.Met)); back {
		t.Error("somebody who takes part is proposed again")
	}
}

func TestALineThatCameBackStaysUntilItIsClosedAgain(t *testing.T) {
	closed := with(func(v *Values) { v.Reason = Reason{Fails, "INC-4"} })
	d := opened(t, closed)
	now := state("1", verdict.Met)
	noted := edit(with(func(v *Values) { v.Reason, v.Note = Reason{Fails, "INC-4"}, "seen" }))
	noted.Now = now
	d, _, err := d.Apply(noted)
	if err != nil {
		t.Fatal(err)
	}
	if _, back := d.Returns(now); !back {
		t.Error("a note took the line off the list")
	}
	again := noted
	again.Again = true
	d, c, err := d.Apply(again)
	if err != nil {
		t.Fatal(err)
	}
	if _, back := d.Returns(now); back {
		t.Error("closed again, and still back")
	}
	if _, back := d.Returns(state("1", verdict.Unknown)); !back {
		t.Error("closed while met, unknown now, and not back")
	}
	if len(c.Fields) != 1 || c.Fields[0].Name != "closed again" {
		t.Errorf("%+v", c)
	}
}

// TestWhichStatusMayFollowWhich writes the table out, so that a change of it is seen here.
func TestWhichStatusMayFollowWhich(t *testing.T) {
	want := map[Status]string{
		New:       "told the physician, contacted, consented, declined",
		Told:      "contacted, consented, declined",
		Contacted: "consented, declined",
		Consented: "declined, screen failure, enrolled",
	}
	for from := New; from < statusCount; from++ {
		var next []string
		for to := New; to < statusCount; to++ {
			if to.Follows(from) {
				next = append(next, to.String())
			}
			investigator := from != to && (from >= ScreenFailure || to >= ScreenFailure)
			if NeedsInvestigator(from, to) != investigator {
				t.Errorf("%s to %s: investigator %v", from, to, !investigator)
			}
		}
		if got := strings.Join(next, ", "); got != want[from] {
			t.Errorf("after %s: %s; want %s", from, got, want[from])
		}
	}
}

func TestCorrectionsNeedTheirReasonAndKeepTheOldValue(t *testing.T) {
	d := opened(t, with(func(v *Values) {
		v.Status, v.Note, v.Owner = Contacted, "called twice", "ana"
		v.Answers = []Answer{{Criterion: "INC-1", Verdict: verdict.Met}}
	}))
	for name, c := range map[string]struct {
		change   func(*Values)
		corrects bool
	}{
		"status on":     {func(v *Values) { v.Status = Consented }, false},
		"status back":   {func(v *Values) { v.Status = Told }, true},
		"owner":         {func(v *Values) { v.Owner = "ben" }, false},
		"due day":       {func(v *Values) { v.Due = day }, false},
		"a reason":      {func(v *Values) { v.Reason = Reason{Kind: NoSlot} }, false},
		"note changed":  {func(v *Values) { v.Note = "called once" }, true},
		"answer turned": {func(v *Values) { v.Answers = []Answer{{Criterion: "INC-1", Verdict: verdict.NotMet}} }, true},
		"answer taken":  {func(v *Values) { v.Answers = nil }, true},
		"answer more": {func(v *Values) {
			v.Answers = append(slices.Clone(v.Answers), Answer{Criterion: "INC-2", Verdict: verdict.Met})
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := d.Values
			c.change(&v)
			_, change, err := d.Apply(edit(v))
			var refused Refused
			if errors.As(err, &refused) != c.corrects {
				t.Fatalf("without a reason: %v", err)
			}
			e := edit(v)
			e.Why = "typed into the wrong line"
			_, change, err = d.Apply(e)
			if err != nil || len(change.Fields) != 1 || change.Why == "" || change.Fields[0].Was == change.Fields[0].Is {
				t.Errorf("%+v, %v", change, err)
			}
		})
	}
	if _, _, err := d.Apply(edit(d.Values)); !errors.Is(err, ErrSame) {
		t.Errorf("no change: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Values)
		field  string
	}{
		"no criterion":         {func(v *Values) { v.Reason.Kind = Fails }, "reason.criterion"},
		"unknown criterion":    {func(v *Values) { v.Reason = Reason{Fails, "EXC-99"} }, "reason.criterion"},
		"criterion of no slot": {func(v *Values) { v.Reason = Reason{NoSlot, "INC-1"} }, "reason.criterion"},
		"unknown answer":       {func(v *Values) { v.Answers = []Answer{{Criterion: "EXC-99"}} }, "answers"},
		"answered twice": {func(v *Values) {
			v.Answers = []Answer{{Criterion: "INC-1"}, {Criterion: "INC-1", Verdict: verdict.Met}}
		}, "answers"},
		"re-check after declined": {func(v *Values) { v.Status, v.Recheck = Declined, day+30 }, "recheck"},
		"re-check today":          {func(v *Values) { v.Reason, v.Recheck = Reason{Kind: NoSlot}, day }, "recheck"},
		"enrolled from new":       {func(v *Values) { v.Status = Enrolled }, "correctionReason"},
		"failure without reason":  {func(v *Values) { v.Status = ScreenFailure }, "reason"},
		"enrolled with reason":    {func(v *Values) { v.Status, v.Reason = Enrolled, Reason{Kind: Moved} }, "reason"},
		"long note":               {func(v *Values) { v.Note = strings.Repeat("ä", 4001) }, "note"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := First(Decision{Trial: "T"}, edit(with(c.change)))
			var refused Refused
			if !errors.As(err, &refused) || !slices.ContainsFunc(refused, func(p Problem) bool { return p.Field == c.field }) {
				t.Errorf("%v; want %s", err, c.field)
			}
			if err != nil && strings.Contains(err.Error(), "EXC-99") {
				t.Error("the refusal repeats what was sent")
			}
		})
	}
}

func TestStepsAreTakenBackByCorrections(t *testing.T) {
	d := opened(t, with(func(v *Values) { v.Status = Contacted }))
	move := func(s Status, on dates.Day) {
		t.Helper()
		e := edit(with(func(v *Values) { v.Status = s }))
		if s == ScreenFailure {
			e.Values.Reason = Reason{Kind: Moved}
		}
		e.Why, e.Now.Day = "put right", on
		var err error
		if d, _, err = d.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	move(Consented, day+5)
	move(ScreenFailure, day+9)
	if on, _ := d.Reached(Consented); on != day+5 {
		t.Errorf("%+v", d.Steps)
	}
	move(Enrolled, day+10) // it was no failure after all
	if _, ok := d.Reached(ScreenFailure); ok {
		t.Errorf("a failure that was taken back still stands: %+v", d.Steps)
	}
	if on, _ := d.Reached(Consented); on != day+5 {
		t.Errorf("%+v", d.Steps)
	}
	move(Contacted, day+11)
	want := []Step{{New, day}, {Contacted, day}}
	if diff := cmp.Diff(want, d.Steps); diff != "" {
		t.Error(diff)
	}
}

// TestTheHistoryLeadsBackToEveryValue: whatever is done to a line, its changes alone tell what each value was before.
func TestTheHistoryLeadsBackToEveryValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, _, err := First(Decision{Trial: "T", Person: 1}, edit(none()))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]string{"status": "new"}
		for range rapid.IntRange(1, 12).Draw(t, "edits") {
			e := edit(with(func(v *Values) {
				v.Status = Status(rapid.IntRange(0, int(statusCount)-1).Draw(t, "status"))
				v.Owner = rapid.SampledFrom([]string{"", "ana", "ben"}).Draw(t, "owner")
				v.Note = rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "note")
				v.Reason.Kind = rapid.SampledFrom([]Kind{NoReason, NoSlot, Moved}).Draw(t, "reason")
			}))
			e.Why = "because"
			next, c, err := d.Apply(e)
			if err != nil {
				continue
			}
			if next.Version != d.Version+1 || c.Version != next.Version {
				t.Fatalf("version %d after %d", next.Version, d.Version)
			}
			for _, f := range c.Fields {
				if seen[f.Name] != f.Was {
					t.Fatalf("%s was %q, the change says %q", f.Name, seen[f.Name], f.Was)
				}
				seen[f.Name] = f.Is
			}
			if last := next.Steps[len(next.Steps)-1]; last.Status != next.Values.Status {
				t.Fatalf("steps end with %s, the status is %s", last.Status, next.Values.Status)
			}
			if next.Closed() != (next.Closing != nil) {
				t.Fatalf("closed %v, closing %v", next.Closed(), next.Closing)
			}
			d = next
		}
		if seen["status"] != d.Values.Status.String() || seen["note"] != d.Values.Note || seen["owner"] != d.Values.Owner {
			t.Fatalf("%v leads to %+v", seen, d.Values)
		}
	})
}

func TestGoverning(t *testing.T) {
	open := &Decision{Log: 1, Values: none()}
	closed := &Decision{Log: 3, Values: with(func(v *Values) { v.Reason.Kind = NoSlot })}
	declined := &Decision{Log: 7, Values: with(func(v *Values) { v.Status = Declined })}
	erased := &Decision{Log: 9, Erased: true}
	for name, c := range map[string]struct {
		lines []*Decision
		want  *Decision
	}{
		"none":     {nil, nil},
		"erased":   {[]*Decision{erased}, nil},
		"open":     {[]*Decision{erased, open}, open},
		"closed":   {[]*Decision{open, closed}, closed},
		"declined": {[]*Decision{closed, open, declined}, declined},
	} {
		if got := Governing(c.lines); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
