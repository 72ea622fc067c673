package decision

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/verdict"
)

func shown(*Decision) bool { return false }

// planted is a line of which every text that could name a person, or was written by one, is a word of its own.
func planted(t *testing.T) Decision {
	t.Helper()
	d, _, err := First(Decision{
		Trial: "T", Person: 1, Chart: 1, Source: "PLANTFEED", Patient: "PLANTID", Born: "1961-04-17", Sex: "female", Proposed: day,
		Then: Then{"PLANTRULES", "PLANTPROTOCOL", "PLANTOUTCOME"},
	}, edit(with(func(v *Values) {
		v.Status, v.Reason = Contacted, Reason{Fails, "INC-4"}
		v.Owner, v.Next, v.Note = "PLANTOWNER", "PLANTNEXT", "PLANTNOTE"
		v.Answers = []Answer{{Criterion: "INC-1", Verdict: verdict.Met, Note: "PLANTANSWER"}}
	})))
	if err != nil {
		t.Fatal(err)
	}
	d.Log, d.By = 12, "PLANTWHO"
	return d
}

func TestTheCodedLogHoldsNothingThatNamesAPerson(t *testing.T) {
	lines := CodedLog([]Decision{planted(t)}, shown)
	want := []Coded{{
		Log: 12, YearOfBirth: "1961", Sex: "female", Proposed: "2026-11-23", Contacted: "2026-11-23", Closed: "2026-11-23",
		Criterion: "INC-4", Reason: "FAIL",
	}}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	text, err := json.Marshal(lines)
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := WriteCoded(&table, lines); err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{string(text), table.String()} {
		if strings.Contains(got, "PLANT") || strings.Contains(got, "04-17") {
			t.Error(got)
		}
	}
}

func TestBirthDatesAsRecordedGiveAYearOrNothing(t *testing.T) {
	for text, want := range map[string]string{"1961-04-17": "1961", "1961": "1961", "1961-04": "1961", "": "", "19": "", "17.04.1961": "", "19610417": ""} {
		if got := yearOf(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestTheErasedAndTheHiddenLeaveTheSameLine(t *testing.T) {
	d := planted(t)
	gone := Decision{Trial: "T", Log: 12, Version: 3, Erased: true}
	hide := func(*Decision) bool { return true }
	if diff := cmp.Diff(Identified([]Decision{gone}, shown), Identified([]Decision{d}, hide)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(CodedLog([]Decision{gone}, shown), CodedLog([]Decision{d}, hide)); diff != "" {
		t.Error(diff)
	}
}

func TestCellsAreNoFormulas(t *testing.T) {
	for _, start := range []string{"=", "+", "-", "@", " =", "\t=", "\r=", "＝", "＋", "－", "＠"} {
		d := planted(t)
		d.Values.Note, d.Values.Owner, d.Patient = start+"1+1", start+"cmd|' /C calc'!A0", start+"id"
		d.Values.Reason.Criterion = start + "x"
		var table bytes.Buffer
		if err := WriteLog(&table, Identified([]Decision{d}, shown)); err != nil {
			t.Fatal(err)
		}
		if err := WriteCoded(&table, CodedLog([]Decision{d}, shown)); err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(&table)
		r.FieldsPerRecord = -1
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		guarded := 0
		for _, row := range rows {
			for _, cell := range row {
				if trimmed := strings.TrimSpace(cell); trimmed != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(trimmed)[0]) {
					t.Errorf("%q begins a formula", cell)
				}
				if strings.HasPrefix(cell, "'") {
					guarded++
				}
				if strings.ContainsAny(cell, "\t\r") {
					t.Errorf("%q holds a control character", cell)
				}
			}
		}
		if guarded != 5 {
			t.Errorf("%q: %d cells guarded", start, guarded)
		}
	}
}

// TestTotalsAddUp makes a line for every way a line can end and counts them against the table.
func TestTotalsAddUp(t *testing.T) {
	var lines []Decision
	add := func(change func(*Values)) {
		d := Decision{Trial: "T", Log: len(lines) + 1, Person: int64(len(lines) + 1), Values: with(change)}
		d.Steps = []Step{{d.Values.Status, day}}
		if d.Values.Status >= ScreenFailure {
			d.Steps = []Step{{Consented, day}, {d.Values.Status, day}}
		}
		lines = append(lines, d)
	}
	add(func(*Values) {})
	add(func(v *Values) { v.Status = Contacted })
	add(func(v *Values) { v.Status = Consented })
	add(func(v *Values) { v.Status = Enrolled })
	add(func(v *Values) { v.Status, v.Reason = ScreenFailure, Reason{Fails, "INC-4"} })
	add(func(v *Values) { v.Status, v.Reason = Declined, Reason{Kind: DistanceOrLanguage} })
	add(func(v *Values) { v.Reason = Reason{Kind: HasDeclined} })
	add(func(v *Values) { v.Reason = Reason{Fails, "INC-4"} })
	add(func(v *Values) { v.Reason = Reason{NotAssessed, "INC-4"} })
	add(func(v *Values) { v.Reason = Reason{Fails, "INC-4"} })
	add(func(v *Values) { v.Reason = Reason{Kind: NoSlot} })
	lines = append(lines, Decision{Trial: "T", Log: len(lines) + 1, Erased: true})
	var got Totals
	got.Count(lines, shown)
	want := Totals{
		Proposed: 11, Open: 2, NotSuitable: 3, NotSuitableBy: []ReasonCount{{"fails", "INC-4", 2}, {"could not be assessed", "INC-4", 1}},
		Declined: 2, Other: 1, OtherBy: []ReasonCount{{"no slot", "", 1}}, ScreenFailures: 1, InScreening: 1, Enrolled: 1, Consented: 3,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if sum := got.Open + got.NotSuitable + got.Declined + got.Other + got.ScreenFailures + got.InScreening + got.Enrolled; sum != got.Proposed {
		t.Errorf("%d of %d lines", sum, got.Proposed)
	}
	var table bytes.Buffer
	if err := WriteTotals(&table, &got); err != nil || !strings.Contains(table.String(), "not suitable: fails,INC-4,2\n") {
		t.Errorf("%v\n%s", err, table.String())
	}
}

func TestNamesAreReadAsWritten(t *testing.T) {
	for s := New; s < statusCount; s++ {
		if got, ok := ParseStatus(s.String()); !ok || got != s {
			t.Error(s)
		}
	}
	codes := map[string]bool{}
	for k := Fails; k < kindCount; k++ {
		if got, ok := ParseKind(k.String()); !ok || got != k {
			t.Error(k)
		}
		if codes[k.Code()] || k.Code() == "" {
			t.Errorf("code of %s: %q", k, k.Code())
		}
		codes[k.Code()] = true
	}
	if _, ok := ParseKind(""); ok {
		t.Error("no reason has a name")
	}
	if fmt.Sprint(Kinds()) != "[fails could not be assessed declined opposed physician disagrees no slot other trial distance or language not reachable moved died]" {
		t.Error(Kinds())
	}
}
