package decision

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Line is a line of the identified log: for the site's own file, never for a sponsor.
type Line struct {
	Log         int          `json:"log"`
	Removed     bool         `json:"removed,omitzero"` // nothing but the number is left, or may be shown
	Source      string       `json:"source,omitempty"`
	Patient     string       `json:"patient,omitempty"`
	BirthDate   string       `json:"birthDate,omitempty"`
	Sex         string       `json:"sex,omitempty"`
	Proposed    string       `json:"proposed,omitempty"`
	Rules       string       `json:"rulesVersion,omitempty"`
	Protocol    string       `json:"protocolVersion,omitempty"`
	Outcome     string       `json:"outcomeThen,omitempty"`
	Status      string       `json:"status,omitempty"`
	Steps       []LineStep   `json:"steps,omitempty"`
	Reason      string       `json:"reason,omitempty"`
	Criterion   string       `json:"criterion,omitempty"`
	Answers     []LineAnswer `json:"answers,omitempty"`
	Owner       string       `json:"owner,omitempty"`
	Next        string       `json:"next,omitempty"`
	Due         string       `json:"due,omitempty"`
	Recheck     string       `json:"recheck,omitempty"`
	Note        string       `json:"note,omitempty"`
	ChangedBy   string       `json:"changedBy,omitempty"`
	LastChanged string       `json:"lastChanged,omitempty"`
}

// LineStep is a status with the day on which it was reached.
type LineStep struct {
	Status string `json:"status"`
	On     string `json:"on"`
}

// LineAnswer is what a person answered about a criterion.
type LineAnswer struct {
	Criterion string `json:"criterion"`
	Verdict   string `json:"verdict"`
	By        string `json:"by"`
	At        string `json:"at"`
	Note      string `json:"note,omitempty"`
}

// Coded is a line of the coded log: nothing by which anybody outside the site could know the person.
type Coded struct {
	Log         int    `json:"log"`
	Removed     bool   `json:"removed,omitzero"`
	YearOfBirth string `json:"yearOfBirth,omitempty"`
	Sex         string `json:"sex,omitempty"`
	Proposed    string `json:"proposed,omitempty"`
	Told        string `json:"told,omitempty"`
	Contacted   string `json:"contacted,omitempty"`
	Consented   string `json:"consented,omitempty"`
	Closed      string `json:"closed,omitempty"`
	Enrolled    string `json:"enrolled,omitempty"`
	Criterion   string `json:"criterion,omitempty"`
	Reason      string `json:"reason,omitempty"` // its code
}

// Identified gives the lines of a log by number. Whoever hidden names, and whoever was erased, leaves a number and nothing
// else: the two look the same.
func Identified(lines []Decision, hidden func(*Decision) bool) []Line {
	out := make([]Line, 0, len(lines))
	for i := range lines {
		d := &lines[i]
		if d.Erased || hidden(d) {
			out = append(out, Line{Log: d.Log, Removed: true})
			continue
		}
		out = append(out, lineOf(d))
	}
	slices.SortFunc(out, func(a, b Line) int { return a.Log - b.Log })
	return out
}

func lineOf(d *Decision) Line {
	v := &d.Values
	l := Line{
		Log: d.Log, Source: d.Source, Patient: d.Patient, BirthDate: d.Born, Sex: d.Sex, Proposed: dayText(d.Proposed),
		Rules: d.Then.Rules, Protocol: d.Then.Protocol, Outcome: d.Then.Outcome, Status: v.Status.String(),
		Reason: v.Reason.Kind.String(), Criterion: v.Reason.Criterion, Owner: v.Owner, Next: v.Next, Due: dayText(v.Due),
		Recheck: dayText(v.Recheck), Note: v.Note, ChangedBy: d.By, LastChanged: d.At.UTC().Format(time.RFC3339),
	}
	for _, s := range d.Steps {
		l.Steps = append(l.Steps, LineStep{s.Status.String(), dayText(s.On)})
	}
	for _, a := range v.Answers {
		l.Answers = append(l.Answers, LineAnswer{a.Criterion, a.Verdict.String(), a.By, a.At.UTC().Format(time.RFC3339), a.Note})
	}
	return l
}

// CodedLog gives the lines of a log as a sponsor may see them.
func CodedLog(lines []Decision, hidden func(*Decision) bool) []Coded {
	out := make([]Coded, 0, len(lines))
	for i := range lines {
		d := &lines[i]
		if d.Erased || hidden(d) {
			out = append(out, Coded{Log: d.Log, Removed: true})
			continue
		}
		out = append(out, codedOf(d))
	}
	slices.SortFunc(out, func(a, b Coded) int { return a.Log - b.Log })
	return out
}

func codedOf(d *Decision) Coded {
	reached := func(s Status) string {
		on, _ := d.Reached(s)
		return dayText(on)
	}
	c := Coded{
		Log: d.Log, YearOfBirth: yearOf(d.Born), Sex: d.Sex, Proposed: dayText(d.Proposed), Told: reached(Told),
		Contacted: reached(Contacted), Consented: reached(Consented), Enrolled: reached(Enrolled),
		Criterion: d.Values.Reason.Criterion, Reason: d.Values.Reason.Kind.Code(),
	}
	if d.Closing != nil && d.Values.Status != Enrolled {
		c.Closed = dayText(d.Closing.On)
	}
	return c
}

// yearOf is the year of a date of birth as recorded; nothing of a text that does not begin with one.
func yearOf(born string) string {
	if len(born) < 4 {
		return ""
	}
	if _, err := strconv.Atoi(born[:4]); err != nil || len(born) > 4 && born[4] != '-' {
		return ""
	}
	return born[:4]
}

// WriteLog writes the identified log as CSV.
func WriteLog(w io.Writer, lines []Line) error {
	rows := [][]string{{
		"log", "removed", "source", "patient", "birth_date", "sex", "proposed", "rules_version", "protocol_version", "outcome_then",
		"status", "steps", "reason", "criterion", "answers", "owner", "next", "due", "recheck", "note", "changed_by", "last_changed",
	}}
	for i := range lines {
		l := &lines[i]
		var steps, answers []string
		for _, s := range l.Steps {
			steps = append(steps, s.Status+" "+s.On)
		}
		for _, a := range l.Answers {
			answers = append(answers, strings.TrimSpace(a.Criterion+" "+a.Verdict+" ("+a.By+", "+a.At+") "+a.Note))
		}
		rows = append(rows, []string{
			strconv.Itoa(l.Log), yes(l.Removed), l.Source, l.Patient, l.BirthDate, l.Sex, l.Proposed, l.Rules, l.Protocol, l.Outcome,
			l.Status, strings.Join(steps, "; "), l.Reason, l.Criterion, strings.Join(answers, "; "), l.Owner, l.Next, l.Due, l.Recheck,
			l.Note, l.ChangedBy, l.LastChanged,
		})
	}
	return writeCSV(w, rows)
}

// WriteCoded writes the coded log as CSV.
func WriteCoded(w io.Writer, lines []Coded) error {
	rows := [][]string{{
		"log", "removed", "year_of_birth", "sex", "proposed", "told", "contacted", "consented", "closed", "enrolled", "criterion", "reason",
	}}
	for i := range lines {
		l := &lines[i]
		rows = append(rows, []string{
			strconv.Itoa(l.Log), yes(l.Removed), l.YearOfBirth, l.Sex, l.Proposed, l.Told, l.Contacted, l.Consented, l.Closed,
			l.Enrolled, l.Criterion, l.Reason,
		})
	}
	return writeCSV(w, rows)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func writeCSV(w io.Writer, rows [][]string) error {
	out := csv.NewWriter(w)
	for _, row := range rows {
		for i := range row {
			row[i] = guarded(row[i])
		}
		_ = out.Write(row) // kept by the writer and told by Error
	}
	out.Flush()
	return out.Error()
}

// guarded keeps a spreadsheet from running a cell as a formula: https://owasp.org/www-community/attacks/CSV_Injection
func guarded(cell string) string {
	cell = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, cell)
	if start, _ := utf8.DecodeRuneInString(strings.TrimSpace(cell)); strings.ContainsRune("=+-@＝＋－＠", start) {
		return "'" + cell
	}
	return cell
}
