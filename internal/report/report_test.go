package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/google/go-cmp/cmp"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/rule"
	"prescreen/internal/screen"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

var update = flag.Bool("update", false, "write the golden files again")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

var asOf = dates.NewDay(2026, 11, 23)

func never(c verdict.Cause) screen.Answer { return screen.Answer{Causes: verdict.Causes(0).With(c)} }

// document is a made-up run of one trial with one candidate of each kind.
func document() *Document {
	program := &rule.Program{}
	tr := &trial.Trial{
		ID: "HF-1", NCT: "NCT00000001", Version: "3", Title: "A drug for heart failure",
		Criteria: []trial.Criterion{
			{ID: "INC-1", Kind: verdict.Inclusion, Text: "HbA1c between 7.0 % and 10.5 % within 3 months", Program: program, Ask: "Order HbA1c"},
			{ID: "INC-2", Kind: verdict.Inclusion, Text: "Potassium at most 5.0 mmol/L", Program: program, Repeatable: true},
			{ID: "EXC-1", Kind: verdict.Exclusion, Text: "Stroke within 90 days", Program: program},
			{ID: "EXC-2", Kind: verdict.Exclusion, Text: "Pregnancy", Program: program, Visit: true},
			{ID: "INC-3", Kind: verdict.Inclusion, Text: "Able to consent", Check: trial.Manual, Question: "Can the patient consent?"},
		},
	}
	list := candidates(tr)
	return &Document{
		Run: screen.Run{
			AsOf: asOf, Zone: "Europe/Paris", Engine: 1, RulesSha256: "aa", SettingsSha256: "bb", Files: 4, Patients: 5, Resources: 812,
			Withheld: []screen.Withheld{{Why: screen.Deceased, Count: 1}},
			Rejected: []screen.Rejected{{Input: "a.json", Pointer: "/entry/3", Reason: "not a FHIR date"}},
			Gaps:     []screen.Gap{{Kind: "unknown-subject", Count: 2}},
		},
		Trials: []Trial{{
			Trial: tr, Outcomes: [...]int{1, 1, 1, 1}, NearMiss: 1, Listed: 4, Candidates: given(list, nil),
			Funnel: []screen.Step{
				{Criterion: &tr.Criteria[0], Pass: 3, Open: 1, In: 3, Unknown: 1},
				{Criterion: &tr.Criteria[1], Pass: 3, Fail: 1, In: 2, Unknown: 1, Out: 1},
				{Criterion: &tr.Criteria[2], Pass: 3, Fail: 1, BySilence: 2, In: 1, Unknown: 1, Out: 2},
			},
		}},
	}
}

func given(list []*screen.Candidate, err error) iter.Seq2[*screen.Candidate, error] {
	return func(yield func(*screen.Candidate, error) bool) {
		for _, c := range list {
			if !yield(c, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func candidates(tr *trial.Trial) []*screen.Candidate {
	hba1c := screen.Evidence{
		Resource: "Observation/o1", System: "http://loinc.org", Code: "4548-4", Display: "HbA1c",
		Value: "8.2", Unit: "%", Date: "2026-10-14T09:30:00+02:00",
	}
	base := func(rank int, id string, sex chart.Sex, o screen.Outcome) *screen.Candidate {
		c := &screen.Candidate{
			Rank: rank, Outcome: o, Patient: screen.Patient{ID: id, Sex: sex, BirthDate: "1968-03-02", AgeLow: 58, AgeHigh: 58},
			Likelihood: 1, HasOdds: true, EligibleFrom: screen.NoDay, ClosesOn: screen.NoDay, NextVisit: screen.NoDay,
			LastContact: dates.NewDay(2026, 11, 3), Actions: [...]int{0, 1, 0, 0, 0},
		}
		for i := range tr.Criteria {
			k := &tr.Criteria[i]
			told := screen.Told{Criterion: k, Answer: screen.Answer{Verdict: verdict.Met}, Effect: verdict.Pass}
			if k.Kind == verdict.Exclusion {
				told.Answer = screen.Answer{Verdict: verdict.NotMet, Basis: verdict.Silence}
				told.Reason = "Nothing on record: none among 14 diagnoses since 2011; last seen 2026-11-03. Absence is assumed, not proven."
			}
			c.Criteria = append(c.Criteria, told)
		}
		c.Criteria[0].Reason = "HbA1c 8.2 % on 2026-10-14 (40 days ago), asked 7.0-10.5 % within 3 months. Lab, final. Valid until 2027-01-14."
		c.Criteria[0].Evidence = []screen.Evidence{hba1c}
		c.Criteria[1].Reason = "Potassium 4.6 mmol/L on 2026-11-02; limit 5.0."
		c.Criteria[3].Role = screen.RoleVisit
		c.Criteria[4] = screen.Told{
			Criterion: &tr.Criteria[4], Role: screen.RolePerson, Effect: verdict.Open,
			Answer: screen.Answer{Basis: verdict.Person, Causes: verdict.Causes(0).With(verdict.Manual)},
			Causes: []verdict.Cause{verdict.Manual}, Reason: "To ask: Can the patient consent?",
		}
		return c
	}
	eligible := base(1, "p-1", chart.Female, screen.PotentiallyEligible)
	eligible.ClosesOn = dates.NewDay(2027, 1, 15)
	eligible.Criteria[0].Flip = &verdict.Flip{On: eligible.ClosesOn, To: verdict.Unknown}

	review := base(2, "p-2", chart.Male, screen.NeedsReview)
	review.Patient.AgeHigh, review.Patient.BirthDate = 59, "1967"
	review.Likelihood, review.Shares = 148.0/214, []screen.Share{{Criterion: 0, Pass: 147, Of: 212, By: screen.ByOthers}}
	review.NextVisit, review.Actions[verdict.Order] = dates.NewDay(2026, 12, 1), 1
	review.Criteria[0] = screen.Told{
		Criterion: &tr.Criteria[0], Answer: never(verdict.NeverRecorded), Causes: []verdict.Cause{verdict.NeverRecorded},
		Reason: "No HbA1c on record (since 2019). To settle: order HbA1c.",
	}

	later := base(3, "p-3", chart.Male, screen.NotYet)
	later.EligibleFrom, later.ToRepeat = dates.NewDay(2026, 12, 30), []string{"INC-1"}
	later.Criteria[2] = screen.Told{
		Criterion: &tr.Criteria[2], Answer: screen.Answer{Verdict: verdict.Met}, Effect: verdict.Fail,
		Flip: &verdict.Flip{On: later.EligibleFrom, To: verdict.NotMet},
		Reason: "Stroke (ischaemic), began 2026-09-30, 54 days ago; excluded within 90 days. Problem list, confirmed. " +
			"No longer excludes from 2026-12-30.",
	}

	near := base(4, "p-4", chart.Female, screen.Ineligible)
	near.NearMiss = []string{"5.1 mmol/L, limit <= 5.0 mmol/L, of 2026-11-02"}
	near.Criteria[1].Answer, near.Criteria[1].Effect = screen.Answer{Verdict: verdict.NotMet}, verdict.Fail
	near.Criteria[1].Reason = "Potassium 5.1 mmol/L on 2026-11-02; limit 5.0. Inpatient sample. May be repeated."
	return []*screen.Candidate{eligible, review, later, near}
}

func written(t *testing.T, format string, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, document(), o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		file, format string
		options      Options
	}{
		{"run.json", "json", Options{}},
		{"run.ndjson", "ndjson", Options{}},
		{"run.csv", "csv", Options{}},
		{"run-verdicts.csv", "csv-verdicts", Options{}},
		{"table-piped.txt", "table", Options{}},
		{"table-wide.txt", "table", Options{Width: 140}},
		{"table-narrow.txt", "table", Options{Width: 60}},
	} {
		t.Run(c.file, func(t *testing.T) { golden(t, c.file, written(t, c.format, c.options)) })
	}
}

func TestSheetGolden(t *testing.T) {
	d := document()
	for c := range d.Trials[0].Candidates {
		for width, name := range map[int]string{0: "sheet-" + c.Patient.ID + ".txt", 50: "sheet-" + c.Patient.ID + "-narrow.txt"} {
			if width > 0 && c.Rank != 2 {
				continue
			}
			var b bytes.Buffer
			if err := WriteSheet(&b, &Sheet{AsOf: asOf, Trial: d.Trials[0].Trial, Candidate: c}, Options{Width: width}); err != nil {
				t.Fatal(err)
			}
			golden(t, name, b.Bytes())
		}
	}
}

// freshRecords are those of two charts, counted by a tally.
func freshRecords(t *testing.T) screen.Records {
	t.Helper()
	fact := chart.Fact{Kind: chart.Result, Begin: dates.On(dates.NewDay(2026, 11, 20))}
	later := chart.Fact{Kind: chart.Result, Begin: dates.On(asOf + 1)}
	c := &chart.Chart{Facts: []chart.Fact{fact, later}}
	p := screen.NewPlan([]*trial.Trial{{ID: "t"}}, nil, screen.Settings{AsOf: asOf})
	tally := p.NewTally()
	tally.Add(c, p.NewWorker().Screen(c))
	return tally.Report().Records
}

func TestSummaryGolden(t *testing.T) {
	d := document()
	tr := d.Trials[0].Trial
	bases := func(record, silence, open int) screen.Bases {
		return screen.Bases{Record: record, Silence: silence, Open: open}
	}
	self := screen.SelfReport{
		Records: freshRecords(t),
		Trials: []screen.TrialReport{{
			Trial: tr, Asked: 4, BySilence: 1, Empty: []screen.EmptySet{{Name: "HbA1c", Codes: 12, Criterion: "INC-1"}},
			Criteria: []screen.CriterionReport{
				{Criterion: &tr.Criteria[0], Bases: bases(0, 0, 4)},
				{Criterion: &tr.Criteria[1], Bases: bases(3, 0, 1)},
				{Criterion: &tr.Criteria[2], Bases: bases(1, 3, 0)},
				{Criterion: &tr.Criteria[3], Bases: bases(0, 3, 1), Role: screen.RoleVisit},
				{Criterion: &tr.Criteria[4], Bases: bases(0, 0, 4), Role: screen.RolePerson},
			},
		}},
	}
	var b bytes.Buffer
	if err := WriteSummary(&b, &d.Run, &self, Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.txt", b.Bytes())
}

// The names and their order are what others read by; absent is omitted, never null.
func TestJSONKeys(t *testing.T) {
	text := written(t, "json", Options{})
	if !json.Valid(text) {
		t.Fatal("not JSON")
	}
	if bytes.Contains(text, []byte("null")) {
		t.Error("a null")
	}
	at := -1
	for _, key := range []string{
		"format", "run", "asOf", "zone", "engine", "rulesSha256", "settingsSha256", "files", "patients", "resources", "withheld", "why",
		"count", "rejected", "input", "pointer", "reason", "gaps", "kind", "trials", "id", "version", "title", "funnel", "criterion", "pass",
		"fail", "open", "bySilence", "in", "unknown", "out", "candidates", "rank", "patient", "sex", "birthDate", "age", "outcome",
		"likelihood", "closesOn", "lastContact", "actions", "ask", "criteria", "text", "check", "verdict", "effect", "basis", "flipsOn",
		"flipsTo", "evidence", "resource", "system", "code", "display", "value", "unit", "date", "shares", "nextVisit", "order", "causes",
		"eligibleFrom", "nearMiss",
	} {
		i := bytes.Index(text, []byte(`"`+key+`":`))
		if i < 0 {
			t.Errorf("no %q", key)
		}
		if i < at && !strings.Contains("shares nextVisit order causes eligibleFrom nearMiss", key) {
			t.Errorf("%q stands too early", key)
		}
		at = max(at, i)
	}
}

func TestNDJSONLinesAreTheCandidatesOfTheDocument(t *testing.T) {
	var whole struct {
		Run    json.RawMessage
		Trials []struct{ Candidates []map[string]any }
	}
	if err := json.Unmarshal(written(t, "json", Options{}), &whole); err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(written(t, "ndjson", Options{})), []byte("\n"))
	var head struct{ Run json.RawMessage }
	if err := json.Unmarshal(lines[0], &head); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(whole.Run), string(head.Run)); diff != "" {
		t.Error(diff)
	}
	for i, want := range whole.Trials[0].Candidates {
		var got map[string]any
		if err := json.Unmarshal(lines[i+1], &got); err != nil {
			t.Fatal(err)
		}
		if got["trial"] != "HF-1" {
			t.Errorf("line %d is of trial %v", i+1, got["trial"])
		}
		delete(got, "trial")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// https://owasp.org/www-community/attacks/CSV_Injection
func TestCSVCellsAreNoFormulas(t *testing.T) {
	d := document()
	for c := range d.Trials[0].Candidates {
		for _, bad := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", "a\x1b[31mb\x07\u009b"} {
			c.Patient.ID, c.Criteria[0].Reason = bad, bad
			c.Criteria[0].Evidence = []screen.Evidence{{Resource: bad}}
			d.Trials[0].Candidates = given([]*screen.Candidate{c}, nil)
			for _, format := range []string{"csv", "csv-verdicts"} {
				var b bytes.Buffer
				if err := Write(&b, format, d, Options{}); err != nil {
					t.Fatal(err)
				}
				rows, err := csv.NewReader(&b).ReadAll()
				if err != nil {
					t.Fatal(err)
				}
				for _, row := range rows {
					for i, cell := range row {
						start := strings.TrimSpace(cell)
						if start != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(start)[0]) || strings.ContainsAny(cell, "\x1b\x07\u009b\t\r\n") {
							t.Errorf("%s: %q in column %s", format, cell, rows[0][i])
						}
					}
				}
			}
		}
		break
	}
}

func TestUnknownFormatNamesTheFormats(t *testing.T) {
	err := Write(&bytes.Buffer{}, "xml", document(), Options{})
	if err == nil || !strings.Contains(err.Error(), "table, json, ndjson, csv, csv-verdicts") {
		t.Errorf("%v", err)
	}
}

func TestAnErrorOfACandidateEndsEveryFormat(t *testing.T) {
	broken := errors.New("chart is gone")
	for _, format := range Formats() {
		d := document()
		d.Trials[0].Candidates = given(nil, broken)
		if err := Write(&bytes.Buffer{}, format, d, Options{}); !errors.Is(err, broken) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// No line of a list is wider than the place, nothing but colour differs between a terminal that shows colours and one that
// does not, and a record's control characters never reach the terminal.
func TestTableFitsAndColourAddsNothing(t *testing.T) {
	for _, width := range []int{40, 60, 80, 89, 90, 100, 120, 200} {
		plain := string(written(t, "table", Options{Width: width}))
		for line := range strings.Lines(plain) {
			if n := lipgloss.Width(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("width %d: a line of %d: %s", width, n, line)
			}
		}
		coloured := stripped(string(written(t, "table", Options{Width: width, Colour: true})))
		if diff := cmp.Diff(plain, coloured); diff != "" {
			t.Errorf("width %d: %s", width, diff)
		}
		if strings.Contains(plain, "\x1b") {
			t.Errorf("width %d: an escape without colour", width)
		}
	}
}

func TestControlCharactersOfARecordStayOut(t *testing.T) {
	d := document()
	for c := range d.Trials[0].Candidates {
		c.Patient.ID, c.Criteria[0].Reason = "p\x1b[31m", "a\x1b]0;title\x07b"
		c.Outcome = screen.NeedsReview
		c.Criteria[0].Effect = verdict.Open
		d.Trials[0].Candidates = given([]*screen.Candidate{c}, nil)
		var b bytes.Buffer
		if err := errors.Join(Write(&b, "table", d, Options{}), WriteSheet(&b, &Sheet{asOf, d.Trials[0].Trial, c}, Options{})); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(b.String(), "\x1b\x07") {
			t.Errorf("%q", b.String())
		}
		break
	}
}

func stripped(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "\x1b[")
		if i < 0 {
			b.WriteString(s)
			return trimLinesKeepEnd(b.String())
		}
		b.WriteString(s[:i])
		s = s[i:]
		s = s[strings.IndexByte(s, 'm')+1:]
	}
}

func trimLinesKeepEnd(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestBarHoldsEverybodyWhoIsThere(t *testing.T) {
	for _, s := range []screen.Step{{In: 1000, Unknown: 1}, {Out: 3}, {In: 1, Unknown: 1, Out: 100000}, {In: 7, Unknown: 7, Out: 7}} {
		bar := barOf(&s, 20, palette{})
		if n := lipgloss.Width(bar); n != 20 {
			t.Errorf("%+v: %d columns", s, n)
		}
		for sign, count := range map[string]int{"█": s.In, "░": s.Unknown, "·": s.Out} {
			if strings.Contains(bar, sign) != (count > 0) {
				t.Errorf("%+v: %s", s, bar)
			}
		}
	}
}

func TestEveryListTellsHowFreshTheRecordsAre(t *testing.T) {
	d := document()
	d.Records = freshRecords(t)
	var b bytes.Buffer
	if err := Write(&b, "table", d, Options{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "Newest records: results 2026-11-20") {
		t.Error(b.String())
	}
}

func TestLongIDsAreShortenedOnlyWhereTheyLeaveNoRoom(t *testing.T) {
	list := func(width int) string {
		d := document()
		var all []*screen.Candidate
		for c := range d.Trials[0].Candidates {
			c.Patient.ID = "0123456" + c.Patient.ID + "-aaaa-bbbb-cccc-dddddddddddd"
			all = append(all, c)
		}
		d.Trials[0].Candidates = given(all, nil)
		var b bytes.Buffer
		if err := Write(&b, "table", d, Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if s := list(120); !strings.Contains(s, "0123456p-1-a…") || !strings.Contains(s, "beginnings are enough") {
		t.Error(s)
	}
	if s := list(160); !strings.Contains(s, "0123456p-1-aaaa-bbbb-cccc-dddddddddddd  female") || strings.Contains(s, "…") {
		t.Error(s)
	}
}
