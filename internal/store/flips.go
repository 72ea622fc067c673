package store

import (
	"context"

	"prescreen/internal/live"
	"prescreen/internal/verdict"
)

var flipTable = table{"flip (no, seq, at, trial, trial_id, chart, key, criterion, was, is_now, why, resource, what, person)", 14, ""}

// writeFlips notes whose the resource is that moved a verdict, so that Erase finds it also when it moved a chart that the
// person is no longer part of.
func (c *change) writeFlips() error {
	whose := map[string]int64{}
	for i := range c.Open {
		whose[c.Open[i].Key.Type+"/"+c.Open[i].Key.ID] = c.Open[i].Person
	}
	rows := make([][]any, 0, len(c.Flips))
	for i := range c.Flips {
		f := &c.Flips[i]
		rows = append(rows, []any{
			f.No, c.seq, nanos(f.At), f.Trial, []byte(f.TrialID), f.Chart, keyOf(f.Key), []byte(f.Criterion),
			int64(f.From), int64(f.To), []byte(f.Why), some([]byte(f.Resource)), some([]byte(f.What)), whose[f.Resource],
		})
		c.state.flip = max(c.state.flip, f.No)
	}
	return c.insert(flipTable, rows)
}

// Flips gives flips after a number, oldest first; all that there are where limit is 0.
func (s *Store) Flips(ctx context.Context, after int64, trial string, chart int64, limit int) (out []live.Flip, err error) {
	query, args := `SELECT no, seq, at, trial, trial_id, chart, key, criterion, was, is_now, why, resource, what FROM flip WHERE no > ?`, []any{after}
	if trial != "" {
		query, args = query+` AND trial_id = ?`, append(args, []byte(trial))
	}
	if chart != 0 {
		query, args = query+` AND chart = ?`, append(args, chart)
	}
	rows, err := s.query(ctx, query+` ORDER BY no`+upTo(limit), append(args, limits(limit)...)...)
	err = each(rows, err, func(scan func(...any) error) error {
		var f live.Flip
		var at int64
		var from, to uint8
		var trialID, key, criterion, why, resource, what []byte
		if err := scan(&f.No, &f.Seq, &at, &f.Trial, &trialID, &f.Chart, &key, &criterion, &from, &to, &why, &resource, &what); err != nil {
			return err
		}
		f.At, f.TrialID, f.Criterion, f.Why = moment(at), string(trialID), string(criterion), string(why)
		f.Resource, f.What = string(resource), string(what)
		f.From, f.To = verdict.Verdict(from), verdict.Verdict(to)
		f.Key, err = readKey(key)
		out = append(out, f)
		return err
	})
	return out, wrap("reading flips", err)
}
