package synth

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"prescreen/internal/dates"

	"pgregory.net/rapid"
)

// TestRecordsAreLivedInOrder draws patients of any seed and checks what must hold for all of them.
func TestRecordsAreLivedInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, patient := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 5000).Draw(t, "patient")
		day := dates.NewDay(rapid.IntRange(1995, 2040).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), 28)
		r := live(seed, patient, day)
		var before *visit
		orders, procedures, problems := 0, 0, 0
		for _, v := range r.visits {
			if before != nil && v.day < before.day {
				t.Fatal("visits out of order")
			}
			before = v
			if v.day > day || v.day < r.person.birth || r.person.death != 0 && v.day > r.person.death {
				t.Fatal("a visit before birth, after death or after the as-of day")
			}
			orders, procedures = orders+len(v.orders), procedures+len(v.procedures)
			for _, p := range v.problems {
				problems++
				if p.abated != 0 && (p.abated < p.onset || p.clinical != "resolved") || p.onset > v.day {
					t.Fatal("a problem that is over before it began, or recorded before it began")
				}
			}
		}
		if r.visits[0].day > day-730 {
			t.Fatal("less than 24 months of record")
		}
		if orders == 0 || procedures == 0 || problems == 0 {
			t.Fatal("a kind of record is empty")
		}
	})
}

// TestNothingIsWrittenAfterTheAsOfDay reads every date of the clinical resources.
func TestNothingIsWrittenAfterTheAsOfDay(t *testing.T) {
	date := regexp.MustCompile(`\d{4}-\d{2}-\d{2}T`)
	for n := range 44 {
		var line []byte
		w := writer{record: live(9, n, asOf), staff: newStaff(9), emit: func(kind, _ string, r object) {
			if kind == "ExplanationOfBenefit" {
				return // a policy's year may end later
			}
			line = appendJSON(line[:0], r)
			for _, d := range date.FindAll(line, -1) {
				if string(d[:10]) > "2026-06-30" {
					t.Errorf("%s: %s lies after the as-of day", kind, d)
				}
			}
		}}
		w.write()
	}
}

func TestProfilesAreAllPlacedOnce(t *testing.T) {
	names := Profiles()
	if len(slices.Compact(slices.Clone(names))) != len(names) || len(names) != 39 {
		t.Errorf("%d names: %v", len(names), names)
	}
	if Profile(40) != "" || Profile(1000) != "" {
		t.Error("a named profile after the fortieth patient")
	}
}

// TestAwkwardShapesOccur counts, over drawn patients, each shape that real data have.
func TestAwkwardShapesOccur(t *testing.T) {
	met := map[string]int{}
	note := func(what string, yes bool) {
		if met[what] += 0; yes {
			met[what]++
		}
	}
	for n := range 400 {
		r := live(2, places+n, asOf)
		note("dead", r.person.death != 0)
		note("refusal", r.opposed != nil)
		note("on study", r.enrolled != nil)
		note("no allergy list", len(r.allergies) == 0)
		note("no known allergy", len(r.allergies) == 1 && r.allergies[0].code == noKnownAllergy)
		note("not seen for two years", r.person.death == 0 && r.visits[len(r.visits)-1].day < asOf-730)
		for _, v := range r.visits {
			note("inpatient", v.class == "IMP")
			note("emergency", v.class == "EMER")
			for _, p := range v.problems {
				note("year-only onset", len(p.onsetText) == 4)
				note("month-only onset", len(p.onsetText) == 7)
				note("provisional", p.certainty == "provisional")
				note("refuted", p.certainty == "refuted")
				note("suspected state, confirmed", p.code == suspectedLungCancer && p.certainty == "confirmed")
				note("history, confirmed", p.code == infarctionHistory && p.certainty == "confirmed")
			}
			for _, o := range v.orders {
				note("old active order", o.status == "active" && v.day < asOf-1000)
				note("stopped order", o.status == "stopped")
				note("as needed", o.asNeeded)
				note("no dosage", o.times == 0)
				note("medication by reference", o.medication != "")
			}
			for _, o := range v.results {
				note("value without a unit", o.noUnit)
				note("HbA1c in mmol/mol", o.of == hba1c && o.unit == "mmol/mol")
				note("creatinine in umol/L", o.of == creatinine && o.unit == "umol/L")
				note("glucose in mmol/L", o.of == fastingGlucose && o.unit == "mmol/L")
				note("eGFR in mL/min", o.of == filtration && o.unit == "mL/min")
				note("below a bound", o.comparator == "<")
				note("above a bound", o.comparator == ">")
				note("preliminary", o.status == "preliminary")
				note("absent", o.absent != "" || len(o.parts) > 0 && o.parts[1].absent != "")
				note("fifteen decimals", strings.Contains(string(o.value), ".") && len(o.value)-strings.Index(string(o.value), ".") == 16)
			}
		}
	}
	for what, n := range met {
		if n == 0 {
			t.Errorf("%s: none among 400 patients", what)
		}
	}
}

func TestValuesAreWrittenAsTheyWereMeant(t *testing.T) {
	for want, r := range map[string]result{
		`{"valueQuantity":{"value":6.0,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}}`:                                                  {value: "6.0", unit: "%"},
		`{"valueQuantity":{"value":6.0,"system":"http://unitsofmeasure.org"}}`:                                                                        {value: "6.0", unit: "%", noUnit: true},
		`{"valueQuantity":{"value":5,"comparator":"<","unit":"mg/g","system":"http://unitsofmeasure.org","code":"mg/g"}}`:                             {value: "5", comparator: "<", unit: "mg/g"},
		`{"dataAbsentReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"error","display":"error"}]}}`:    {unit: "%", absent: "error"},
		`{"valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"266919005","display":"Never smoker"}],"text":"Never smoker"}}`: {answer: neverSmoked},
		`{}`: {},
	} {
		if got := string(appendJSON(nil, r.answered())); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestOtherUnitsTellTheSame takes pairs from the NGSP's table and from molar masses.
func TestOtherUnitsTellTheSame(t *testing.T) {
	for _, c := range []struct {
		of    measure
		quirk quirk
		in    string
		want  string
	}{{hba1c, ifccUnit(), "7.0", "53"}, {hba1c, ifccUnit(), "6.0", "42"}, {creatinine, molarCreatinine(), "1.00", "88"}, {fastingGlucose, molarGlucose(fastingGlucose), "126.0", "7.0"}} {
		r := &result{of: c.of, code: c.of.codeFor(older), value: number(c.in)}
		c.quirk(&life{record: record{visits: []*visit{{results: []*result{r}}}}})
		if string(r.value) != c.want {
			t.Errorf("%s becomes %s, want %s", c.in, r.value, c.want)
		}
	}
}

func TestDecimalRoundsHalfAwayFromZero(t *testing.T) {
	for _, c := range []struct {
		in     int64
		places int
		want   string
	}{{5949, 1, "5.9"}, {5950, 1, "6.0"}, {122500, 0, "123"}, {1240, 2, "1.24"}, {7, 3, "0.007"}, {999999, 1, "1000.0"}, {-1250, 1, "-1.3"}, {0, 0, "0"}} {
		if got := decimal(c.in, c.places); got != c.want {
			t.Errorf("decimal(%d, %d) = %s, want %s", c.in, c.places, got, c.want)
		}
	}
}

// TestCreatinineGoesWithFiltration takes pairs worked out by hand from the published formula.
func TestCreatinineGoesWithFiltration(t *testing.T) {
	for _, c := range []struct {
		egfr   int64
		age    int
		female bool
		want   int64
	}{{50400, 58, true, 1240}, {91600, 50, false, 1000}, {25700, 70, false, 2600}} {
		if got := creatinineFor(c.egfr, c.age, c.female); got < c.want-10 || got > c.want+10 {
			t.Errorf("eGFR %d at %d: creatinine %d, want about %d", c.egfr, c.age, got, c.want)
		}
	}
}

func TestUUIDsAreOfVersionFour(t *testing.T) {
	d := roll(1, 1)
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for range 100 {
		if u := d.uuid(); !form.MatchString(u) {
			t.Fatal(u)
		}
	}
}

func TestStringsReadBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		var back string
		if err := json.Unmarshal(appendString(nil, s), &back); err != nil || back != strings.ToValidUTF8(s, "\uFFFD") {
			t.Fatalf("%q reads back as %q, %v", s, back, err)
		}
	})
}

func TestEmptyMembersAreLeftOut(t *testing.T) {
	o := object{{"resourceType", "Basic"}, {"text", ""}, {"a", list{}}, {"b", object{}}, {"c", nil}, {"n", number("1.50")}, {"f", false}, {"z", 0}}
	if got := string(appendJSON(nil, o)); got != `{"resourceType":"Basic","n":1.50,"f":false,"z":0}` {
		t.Error(got)
	}
}
