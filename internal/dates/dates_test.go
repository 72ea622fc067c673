package dates

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func day(t *testing.T, s string) Day {
	t.Helper()
	d, err := ParseDay(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return d
}

func when(t *testing.T, s string, zone *time.Location) When {
	t.Helper()
	w, err := Parse(s, zone)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return w
}

func paris(t *testing.T) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestCivilDaysAgainstTheStandardLibrary: every day of 800 years, against time.Date.
func TestCivilDaysAgainstTheStandardLibrary(t *testing.T) {
	for at := time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2400; at = at.AddDate(0, 0, 1) {
		want := Day(at.Unix() / 86400)
		if at.Unix() < 0 {
			want = Day((at.Unix() - 86399) / 86400)
		}
		if got := NewDay(at.Year(), int(at.Month()), at.Day()); got != want {
			t.Fatalf("%v is %d, want %d", at, got, want)
		}
		if got := want.String(); got != at.Format(time.DateOnly) {
			t.Fatalf("%d is %s, want %v", want, got, at)
		}
	}
}

func TestMonthsAreClampedToTheMonthsEnd(t *testing.T) {
	for _, c := range []struct {
		from string
		by   Period
		want string
	}{
		{"2026-01-31", Period{1, Months}, "2026-02-28"},
		{"2024-01-31", Period{1, Months}, "2024-02-29"},
		{"2024-02-29", Period{1, Years}, "2025-02-28"},
		{"2026-08-31", Period{18, Months}, "2028-02-29"},
		{"2026-12-31", Period{2, Months}, "2027-02-28"},
		{"2026-11-23", Period{90, Days}, "2027-02-21"},
		{"2026-11-23", Period{6, Weeks}, "2027-01-04"},
	} {
		if got := day(t, c.from).Add(c.by).String(); got != c.want {
			t.Errorf("%s and %v is %s, want %s", c.from, c.by, got, c.want)
		}
	}
	if got := day(t, "2026-03-31").Sub(Period{1, Months}).String(); got != "2026-02-28" {
		t.Errorf("31 March less a month is %s", got)
	}
}

func TestBornOnTheLeapDayHasTheBirthdayOnTheFirstOfMarch(t *testing.T) {
	born := day(t, "1960-02-29")
	for on, want := range map[string]int{"2025-02-28": 64, "2025-03-01": 65, "2024-02-28": 63, "2024-02-29": 64} {
		if got := YearsOn(born, day(t, on)); got != want {
			t.Errorf("on %s: %d, want %d", on, got, want)
		}
	}
}

func TestPartialDatesAreIntervals(t *testing.T) {
	for text, want := range map[string][2]string{
		"2026":       {"2026-01-01", "2026-12-31"},
		"2024-02":    {"2024-02-01", "2024-02-29"},
		"2026-11-23": {"2026-11-23", "2026-11-23"},
	} {
		w := when(t, text, nil)
		if w.From.String() != want[0] || w.To.String() != want[1] {
			t.Errorf("%s is %v to %v", text, w.From, w.To)
		}
	}
}

// TestTheDayOfAnInstantIsItsDayInTheSitesZone: half past midnight in Paris is the day before in UTC, in summer and winter.
func TestTheDayOfAnInstantIsItsDayInTheSitesZone(t *testing.T) {
	z := paris(t)
	for text, want := range map[string]string{
		"2026-07-14T22:30:00Z":      "2026-07-15",
		"2026-07-14T21:59:59Z":      "2026-07-14",
		"2026-01-14T23:00:00Z":      "2026-01-15",
		"2026-01-14T22:59:59.999Z":  "2026-01-14",
		"2026-07-14T20:30:00-05:00": "2026-07-15",
		"2026-03-29T00:30:00+01:00": "2026-03-29",
		"2026-10-25T23:30:00+01:00": "2026-10-25",
		"2026-07-14T00:30:00":       "2026-07-14",
	} {
		if got := when(t, text, z).From.String(); got != want {
			t.Errorf("%s is on %s, want %s", text, got, want)
		}
	}
	if got := when(t, "2026-07-14T22:30:00Z", nil).From.String(); got != "2026-07-14" {
		t.Errorf("without a zone the day is as written, not %s", got)
	}
	if got := when(t, "2026-07-14T23:30:00-05:00", nil).From.String(); got != "2026-07-14" {
		t.Errorf("without a zone the day is as written in its own offset, not %s", got)
	}
}

func TestWhatIsNoDate(t *testing.T) {
	for _, text := range []string{
		"", "20", "2026-", "2026-13", "2026-00", "2026-02-30", "2025-02-29", "2026-1-1", "0000", "2026-11-23T", "2026-11-23T25:00:00Z",
		"2026-11-23T10:60:00Z", "2026-11-23T10:00:00+15:00", "2026-11-23T10:00:00+0100", "2026-11-23T10:00:00.Z", "2026-11-23 10:00", "23.11.2026",
		"2026-11-23T24:00:01Z", "2026-11-23T24:01:00Z",
	} {
		if w, err := Parse(text, nil); err == nil {
			t.Errorf("%q was read as %v to %v", text, w.From, w.To)
		}
	}
}

func TestWindowsAreInclusiveCalendarDays(t *testing.T) {
	d := day(t, "2026-11-23")
	for _, c := range []struct {
		look Lookback
		want [2]string
	}{
		{Lookback{Kind: Last, Far: Period{28, Days}}, [2]string{"2026-10-26", "2026-11-23"}},
		{Lookback{Kind: Last, Far: Period{3, Months}}, [2]string{"2026-08-23", "2026-11-23"}},
		{Lookback{Kind: Between, Near: Period{3, Months}, Far: Period{12, Months}}, [2]string{"2025-11-23", "2026-08-23"}},
		{Lookback{Kind: Ago, Near: Period{6, Months}}, [2]string{"-", "2026-05-23"}},
		{Lookback{Kind: Since, From: NewDay(2020, 1, 1)}, [2]string{"2020-01-01", "2026-11-23"}},
		{Lookback{Kind: OnDay}, [2]string{"2026-11-23", "2026-11-23"}},
		{Lookback{}, [2]string{"-", "2026-11-23"}},
	} {
		w := c.look.On(d)
		if w.From.String() != c.want[0] || w.To.String() != c.want[1] {
			t.Errorf("%+v: %v to %v", c.look, w.From, w.To)
		}
	}
}

func TestAPartialDateThatStraddlesAWindowIsUndecided(t *testing.T) {
	w := Lookback{Kind: Last, Far: Period{90, Days}}.On(day(t, "2026-11-23")) // since 2026-08-25
	for text, want := range map[string]Truth{
		"2026-08-24": No, "2026-08-25": Yes, "2026-11-23": Yes, "2026-11-24": No,
		"2026": Maybe, "2026-08": Maybe, "2026-09": Yes, "2026-07": No, "2025": No,
	} {
		if got := w.Holds(when(t, text, nil)); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	if w.Holds(When{}) != Maybe {
		t.Error("no date at all decides nothing")
	}
}

// TestWindowsAgreeWithEveryDayTheDateMayBe: Yes is yes for each possible day, No for none.
func TestWindowsAgreeWithEveryDayTheDateMayBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) Day { return Day(rapid.IntRange(0, 40).Draw(t, name)) }
		w := Window{draw("w0"), draw("w1")}
		a, b, c, d := draw("a"), draw("b"), draw("c"), draw("d")
		begin, end := Within(min(a, b), max(a, b)), Within(min(c, d), max(c, d))
		in, touching, n := 0, 0, 0
		for x := begin.From; x <= begin.To; x++ {
			if w.From <= x && x <= w.To {
				in++
			}
			for y := max(end.From, x); y <= end.To; y++ {
				n++
				if max(x, w.From) <= min(y, w.To) {
					touching++
				}
			}
		}
		check := func(name string, got Truth, yes, total int) {
			if got == Yes && yes != total || got == No && yes != 0 {
				t.Fatalf("%s: %v though %d of %d", name, got, yes, total)
			}
		}
		check("holds", w.Holds(begin), in, int(begin.To-begin.From)+1)
		if n > 0 {
			check("touches", w.Touches(begin, end), touching, n)
		}
		if w.From <= w.To && (in == 0 || in == int(begin.To-begin.From)+1) && w.Holds(begin) == Maybe {
			t.Fatal("holds is undecided though all days agree")
		}
	})
}

func TestTimesThatOverlapTie(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want Order
	}{
		{"2026-11-23", "2026-11-22", After},
		{"2026-11-23T10:00:00Z", "2026-11-23T09:00:00Z", After},
		{"2026-11-23T10:00:00Z", "2026-11-23T11:00:00+01:00", Tied},
		{"2026-11-23", "2026-11-23T10:00:00Z", Tied},
		{"2026-11", "2026-11-23", Tied},
		{"2026", "2027-01-01", Before},
	} {
		if got := when(t, c.a, nil).Compare(when(t, c.b, nil)); got != c.want {
			t.Errorf("%s to %s: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func TestFirstFindsTheDayItTurns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		after := Day(rapid.IntRange(-50, 50).Draw(t, "after"))
		until := after + Day(rapid.IntRange(-2, 200).Draw(t, "length"))
		turn := Day(rapid.IntRange(-60, 300).Draw(t, "turn"))
		d, ok := First(after, until, func(d Day) bool { return d >= turn })
		want := max(turn, after+1)
		if ok != (want <= until && after < until) || ok && d != want {
			t.Fatalf("(%d, %d] turning on %d: %d, %v", after, until, turn, d, ok)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026", "2026-11", "2026-11-23", "2026-11-23T10:11:12.123+01:00", "2026-11-23T24:00:00Z", "x", "2026-11-23T10:11Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := Parse(s, nil)
		if err != nil {
			return
		}
		if !w.Known() || w.From > w.To {
			t.Fatalf("%q: %+v", s, w)
		}
		b, err := ParseBytes([]byte(s), nil)
		if err != nil || b != w {
			t.Fatalf("%q: %+v and %+v", s, w, b)
		}
	})
}
