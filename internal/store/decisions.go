package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"prescreen/internal/audit"
	"prescreen/internal/dates"
	"prescreen/internal/decision"
)

var _ decision.Store = (*Store)(nil)

// keptLine is a line of a log as it is kept.
type keptLine struct {
	Source, Patient string // as when it was written last, for a person whose record is gone
	Proposed        dates.Day
	Then            decision.Then
	Born, Sex       string
	Values          decision.Values
	Steps           []decision.Step
	Closing         *decision.Closing
	Opened, At      time.Time
	By              string
}

func packLine(d *decision.Decision) ([]byte, error) {
	return json.Marshal(keptLine{
		d.Source, d.Patient, d.Proposed, d.Then, d.Born, d.Sex, d.Values, d.Steps, d.Closing, d.Opened.UTC(), d.At.UTC(), d.By,
	})
}

func unpackLine(b []byte, d *decision.Decision) error {
	var k keptLine
	if err := json.Unmarshal(b, &k); err != nil {
		return errors.New("a line of a log cannot be read: restore the store from a backup")
	}
	d.Source, d.Patient, d.Proposed, d.Then, d.Born, d.Sex = k.Source, k.Patient, k.Proposed, k.Then, k.Born, k.Sex
	d.Values, d.Steps, d.Closing, d.Opened, d.At, d.By = k.Values, k.Steps, k.Closing, k.Opened, k.At, k.By
	return nil
}

// AddDecision opens a line. One transaction at a time is made, so the next number is the highest and one.
func (s *Store) AddDecision(ctx context.Context, d *decision.Decision, c decision.Change, a audit.Entry) error {
	entries := []audit.Entry{a}
	line := *d
	err := s.write(ctx, entries, func(t *tx) error {
		var has int64
		err := t.row(`SELECT log FROM decision WHERE person = ? AND trial = ?`, d.Person, []byte(d.Trial)).Scan(&has)
		switch {
		case err == nil:
			return decision.ErrTaken
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		if line.Log, err = t.nextLog(d.Trial); err != nil {
			return err
		}
		entries[0].Object = d.Trial + "/" + strconv.Itoa(line.Log)
		bytes, err := packLine(&line)
		if err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO decision (trial, log, version, person, bytes) VALUES (?, ?, ?, ?, ?)`,
			[]byte(d.Trial), line.Log, line.Version, line.Person, bytes); err != nil {
			return err
		}
		return t.keepChange(&line, c)
	})
	if err == nil {
		*d = line
	}
	return decided("opening a line of a log", err)
}

// nextLog takes the next number of a trial's log. A transaction that fails gives it back.
func (t *tx) nextLog(trial string) (int, error) {
	var last int
	err := t.row(`SELECT last FROM decision_log WHERE trial = ?`, []byte(trial)).Scan(&last)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		_, err = t.exec(`INSERT INTO decision_log (trial, last) VALUES (?, ?)`, []byte(trial), 1)
		return 1, err
	case err != nil:
		return 0, err
	}
	_, err = t.exec(`UPDATE decision_log SET last = ? WHERE trial = ?`, last+1, []byte(trial))
	return last + 1, err
}

// keepChange writes an entry of a line's history.
func (t *tx) keepChange(d *decision.Decision, c decision.Change) error {
	bytes, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO decision_change (trial, log, version, person, bytes) VALUES (?, ?, ?, ?, ?)`,
		[]byte(d.Trial), d.Log, d.Version, d.Person, bytes); err != nil {
		return err
	}
	return t.decisionsMoved()
}

func (t *tx) decisionsMoved() error {
	_, err := t.exec(`UPDATE decision_moves SET n = n + 1`)
	return err
}

// SaveDecision writes the next version of a line.
func (s *Store) SaveDecision(ctx context.Context, d *decision.Decision, c decision.Change, a audit.Entry) error {
	bytes, err := packLine(d)
	if err != nil {
		return err
	}
	a.Object = d.Trial + "/" + strconv.Itoa(d.Log)
	err = s.write(ctx, []audit.Entry{a}, func(t *tx) error {
		var version int
		var person int64
		err := t.row(`SELECT version, person FROM decision WHERE trial = ? AND log = ?`, []byte(d.Trial), d.Log).Scan(&version, &person)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return decision.ErrNone
		case err != nil:
			return err
		case person == 0:
			return decision.ErrErased
		case version != d.Version-1:
			return decision.ErrConflict
		}
		if _, err := t.exec(`UPDATE decision SET version = ?, bytes = ? WHERE trial = ? AND log = ?`, d.Version, bytes, []byte(d.Trial), d.Log); err != nil {
			return err
		}
		return t.keepChange(d, c)
	})
	return decided("changing a line of a log", err)
}

const lines = `SELECT d.trial, d.log, d.version, d.person, d.bytes, p.chart, p.key FROM decision d LEFT JOIN person p ON p.no = d.person `

// Decision gives one line.
func (s *Store) Decision(ctx context.Context, trial string, log int) (decision.Decision, error) {
	list, err := s.lines(ctx, lines+`WHERE d.trial = ? AND d.log = ?`, []byte(trial), log)
	if err == nil && len(list) == 0 {
		err = decision.ErrNone
	}
	if err != nil {
		return decision.Decision{}, decided("reading a line of a log", err)
	}
	return list[0], nil
}

// Decisions gives the lines of a trial.
func (s *Store) Decisions(ctx context.Context, trial string) ([]decision.Decision, error) {
	list, err := s.lines(ctx, lines+`WHERE d.trial = ? ORDER BY d.log`, []byte(trial))
	return list, decided("reading a log", err)
}

// DecisionsOf gives the lines of a chart's persons.
func (s *Store) DecisionsOf(ctx context.Context, chart int64) ([]decision.Decision, error) {
	list, err := s.lines(ctx, lines+`WHERE d.person IN (SELECT no FROM person WHERE no = ? AND chart = ?
		UNION ALL SELECT no FROM person WHERE chart = ? AND chart <> no) ORDER BY d.trial, d.log`, chart, chart, chart)
	return list, decided("reading what was decided about a patient", err)
}

func (s *Store) lines(ctx context.Context, query string, args ...any) ([]decision.Decision, error) {
	var out []decision.Decision
	rows, err := s.query(ctx, query, args...)
	err = each(rows, err, func(scan func(...any) error) error {
		var d decision.Decision
		var trial, bytes, key []byte
		var chart sql.NullInt64
		if err := scan(&trial, &d.Log, &d.Version, &d.Person, &bytes, &chart, &key); err != nil {
			return err
		}
		d.Trial, d.Chart, d.Erased = string(trial), chart.Int64, d.Person == 0
		if !d.Erased {
			if err := unpackLine(bytes, &d); err != nil {
				return err
			}
			if key != nil {
				k, err := readKey(key)
				if err != nil {
					return err
				}
				d.Source, d.Patient = k.Source, k.ID
			}
		}
		out = append(out, d)
		return nil
	})
	return out, err
}

// DecisionHistory gives the changes of a line.
func (s *Store) DecisionHistory(ctx context.Context, trial string, log int) ([]decision.Change, error) {
	var out []decision.Change
	rows, err := s.query(ctx, `SELECT bytes FROM decision_change WHERE trial = ? AND log = ? ORDER BY version`, []byte(trial), log)
	err = each(rows, err, func(scan func(...any) error) error {
		var bytes []byte
		if err := scan(&bytes); err != nil {
			return err
		}
		var c decision.Change
		if json.Unmarshal(bytes, &c) != nil {
			return errors.New("an entry of a line's history cannot be read: restore the store from a backup")
		}
		out = append(out, c)
		return nil
	})
	return out, decided("reading the history of a line", err)
}

// DecisionState rises with whatever moves a line: its own changes, erasure, and every change of records, which may join
// charts.
func (s *Store) DecisionState(ctx context.Context) (int64, error) {
	var n int64
	err := s.row(ctx, `SELECT m.n + s.seq FROM decision_moves m, state s`).Scan(&n)
	return n, decided("reading the state of the logs", err)
}

// eraseDecisions removes what was decided about persons. It is named in erasers (erase.go).
func eraseDecisions(t *tx, persons []int64) error {
	for _, p := range persons {
		if p == 0 {
			continue
		}
		if _, err := t.exec(`UPDATE decision SET person = 0, version = version + 1, bytes = NULL WHERE person = ?`, p); err != nil {
			return err
		}
		if _, err := t.exec(`DELETE FROM decision_change WHERE person = ?`, p); err != nil {
			return err
		}
	}
	return t.decisionsMoved()
}

// decided wraps what is no answer to the caller.
func decided(doing string, err error) error {
	for _, known := range []error{decision.ErrNone, decision.ErrTaken, decision.ErrConflict, decision.ErrErased} {
		if errors.Is(err, known) {
			return known
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
