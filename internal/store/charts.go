package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/live"
	"prescreen/internal/screen"
)

var (
	chartTable    = replacing("chart", "no", "key", "last_contact", "next_visit", "next_look")
	hotTable      = replacing("hot", "chart", "bytes")
	standingTable = replacing("standing", "trial, chart", "bytes")
)

// dropCharts takes charts away with their rows.
func (c *change) dropCharts() error {
	if len(c.GoneCharts) == 0 {
		return nil
	}
	return c.withoutCharts(c.GoneCharts)
}

func (t *tx) withoutCharts(charts []int64) error {
	trials, err := t.trialsWithRows()
	if err != nil {
		return err
	}
	return lists(charts, func(args []any) error {
		list := in(len(args))
		for _, trial := range trials {
			if _, err := t.exec(`DELETE FROM standing WHERE trial = ? AND chart IN `+list, append([]any{trial}, args...)...); err != nil {
				return err
			}
		}
		if _, err := t.exec(`DELETE FROM hot WHERE chart IN `+list, args...); err != nil {
			return err
		}
		_, err := t.exec(`DELETE FROM chart WHERE no IN `+list, args...)
		return err
	})
}

func (c *change) writeCharts() error {
	if len(c.Charts) == 0 {
		return nil
	}
	here := map[int64]bool{}
	for i := range c.People {
		here[c.People[i].No] = true
	}
	var asked []int64
	var rows, hot [][]any
	for i := range c.Charts {
		k := &c.Charts[i]
		rows = append(rows, []any{k.No, keyOf(k.Key), int64(k.LastContact), int64(k.NextVisit), int64(k.NextLook)})
		hot = append(hot, []any{k.No, notNil(k.Hot)})
		if !here[k.No] {
			asked = append(asked, k.No)
		}
	}
	if err := c.exist("person", asked); err != nil {
		return err
	}
	if err := c.insert(chartTable, rows); err != nil {
		return err
	}
	return c.insert(hotTable, hot)
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// trialsWithRows are the versions of trials whose rows are kept, ascending.
func (t *tx) trialsWithRows() (out []int64, err error) {
	rows, err := t.query(`SELECT no FROM trial WHERE state IN ('preparing', 'current') ORDER BY no`)
	err = each(rows, err, func(scan func(...any) error) error {
		var no int64
		err := scan(&no)
		out = append(out, no)
		return err
	})
	return out, err
}

func (c *change) dropRows() error {
	for _, r := range c.GoneRows {
		if _, err := c.exec(`DELETE FROM standing WHERE trial = ? AND chart = ?`, r.Trial, r.Chart); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) writeRows() error {
	if len(c.Rows) == 0 {
		return nil
	}
	trials, err := c.trialsWithRows()
	if err != nil {
		return err
	}
	rows := make([][]any, 0, len(c.Rows))
	for _, r := range c.Rows {
		if _, ok := slices.BinarySearch(trials, r.Trial); !ok {
			return live.ErrStale
		}
		rows = append(rows, []any{r.Trial, r.Chart, notNil(r.Bytes)})
	}
	slices.SortStableFunc(rows, func(a, b []any) int {
		return cmp.Or(cmp.Compare(a[0].(int64), b[0].(int64)), cmp.Compare(a[1].(int64), b[1].(int64)))
	})
	return c.insert(standingTable, rows)
}

// Charts gives charts by number, ascending; those that are not there are left out.
func (s *Store) Charts(ctx context.Context, numbers []int64) (out []live.Chart, err error) {
	err = lists(numbers, func(args []any) error {
		rows, err := s.query(ctx, `SELECT c.no, c.key, c.last_contact, c.next_visit, c.next_look, h.bytes
			FROM chart c JOIN hot h ON h.chart = c.no WHERE c.no IN `+in(len(args)), args...)
		return each(rows, err, func(scan func(...any) error) error {
			var c live.Chart
			var key []byte
			if err := scan(&c.No, &key, &c.LastContact, &c.NextVisit, &c.NextLook, &c.Hot); err != nil {
				return err
			}
			c.Key, err = readKey(key)
			out = append(out, c)
			return err
		})
	})
	slices.SortFunc(out, func(a, b live.Chart) int { return cmp.Compare(a.No, b.No) })
	out = slices.CompactFunc(out, func(a, b live.Chart) bool { return a.No == b.No }) // asked for twice in two lists
	return out, wrap("reading charts", err)
}

// ChartOf gives the number of the chart that a patient key is part of; ErrNotFound where there is none.
func (s *Store) ChartOf(ctx context.Context, key chart.Key) (no int64, err error) {
	err = s.row(ctx, `SELECT chart FROM person WHERE key = ?`, keyOf(key)).Scan(&no)
	if err == sql.ErrNoRows || err == nil && no == 0 {
		return 0, live.ErrNotFound
	}
	return no, wrap("looking for a chart", err)
}

// Due gives the charts whose next look is on a day or before it. The sums keep the databases from walking through all charts
// by number: the index of next looks is to be used.
func (s *Store) Due(ctx context.Context, day dates.Day, after int64, limit int) (out []int64, err error) {
	rows, err := s.query(ctx, `SELECT no FROM chart WHERE next_look > ? AND next_look <= ? AND no + 0 > ? ORDER BY no + 0`+upTo(limit),
		append([]any{int64(screen.NoDay), int64(day), after}, limits(limit)...)...)
	err = each(rows, err, func(scan func(...any) error) error {
		var no int64
		err := scan(&no)
		out = append(out, no)
		return err
	})
	return out, wrap("looking for charts that are due", err)
}

// upTo and limits write a limit; none for 0.
func upTo(limit int) string {
	if limit <= 0 {
		return ""
	}
	return ` LIMIT ?`
}

func limits(limit int) []any {
	if limit <= 0 {
		return nil
	}
	return []any{int64(limit)}
}

// EachChart hands out charts by ascending number, all of them where limit is 0.
func (s *Store) EachChart(ctx context.Context, after int64, limit int, visit func(*live.Chart) error) error {
	rows, err := s.query(ctx, `SELECT c.no, c.key, c.last_contact, c.next_visit, c.next_look, h.bytes
		FROM chart c JOIN hot h ON h.chart = c.no WHERE c.no > ? ORDER BY c.no`+upTo(limit), append([]any{after}, limits(limit)...)...)
	var c live.Chart
	return each(rows, err, func(scan func(...any) error) error {
		var key, hot sql.RawBytes
		if err := scan(&c.No, &key, &c.LastContact, &c.NextVisit, &c.NextLook, &hot); err != nil {
			return err
		}
		if c.Key, err = readKey(key); err != nil {
			return err
		}
		c.Hot = hot
		return visit(&c)
	})
}

// RowsOf gives the rows of charts, by trial and chart.
func (s *Store) RowsOf(ctx context.Context, charts []int64) (out []live.Row, err error) {
	err = lists(charts, func(args []any) error {
		rows, err := s.query(ctx, `SELECT trial, chart, bytes FROM standing
			WHERE trial IN (SELECT no FROM trial WHERE state IN ('preparing', 'current')) AND chart IN `+in(len(args)), args...)
		return each(rows, err, func(scan func(...any) error) error {
			var r live.Row
			err := scan(&r.Trial, &r.Chart, &r.Bytes)
			out = append(out, r)
			return err
		})
	})
	slices.SortFunc(out, func(a, b live.Row) int {
		return cmp.Or(cmp.Compare(a.Trial, b.Trial), cmp.Compare(a.Chart, b.Chart))
	})
	return out, wrap("reading rows", err)
}

// RowsIn gives the rows of one chart in versions of trials.
func (s *Store) RowsIn(ctx context.Context, chart int64, trials []int64) (out []live.Row, err error) {
	out = make([]live.Row, 0, len(trials))
	err = lists(trials, func(args []any) error {
		rows, err := s.query(ctx, `SELECT trial, bytes FROM standing WHERE chart = ? AND trial IN `+in(len(args)), append([]any{chart}, args...)...)
		return each(rows, err, func(scan func(...any) error) error {
			r := live.Row{Chart: chart}
			err := scan(&r.Trial, &r.Bytes)
			out = append(out, r)
			return err
		})
	})
	return out, wrap("reading rows", err)
}

// EachRow hands out the rows of a trial's version with the days and the key of the chart, by chart. Both are valid during
// the call.
func (s *Store) EachRow(ctx context.Context, trial int64, visit func(*live.Chart, []byte) error) error {
	rows, err := s.query(ctx, `SELECT c.no, c.key, c.last_contact, c.next_visit, c.next_look, r.bytes
		FROM standing r JOIN chart c ON c.no = r.chart WHERE r.trial = ? ORDER BY r.chart`, trial)
	var c live.Chart
	return each(rows, err, func(scan func(...any) error) error {
		var key, bytes sql.RawBytes
		if err := scan(&c.No, &key, &c.LastContact, &c.NextVisit, &c.NextLook, &bytes); err != nil {
			return err
		}
		if c.Key, err = readKey(key); err != nil {
			return err
		}
		return visit(&c, bytes)
	})
}
