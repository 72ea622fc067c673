package live

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"prescreen/internal/audit"
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/screen"
	"prescreen/internal/verdict"
)

// rescreen compares the charts of the change with those that are kept and answers again what they touch.
func (t *taking) rescreen(after *made) error {
	old, rows, err := t.before()
	if err != nil {
		return err
	}
	st := t.l.current()
	w := st.workers.Get().(*screen.Worker)
	defer st.workers.Put(w)
	r := &rescreening{l: t.l, state: st, worker: w, change: &t.change.Change, why: whyResource}
	namer := &namer{t: t, after: after, worker: w}
	for _, c := range after.charts {
		p := t.people.byKey[c.Person.Key]
		was := old[p.No]
		delete(old, p.No)
		touched, err := r.touched(was, c, rows[p.No])
		if err != nil {
			return err
		}
		if touched == nil {
			continue
		}
		if was == nil {
			t.newCharts++
		}
		from := len(t.change.Flips)
		if err := r.chart(p.No, c, bytes.Clone(r.hot), was, rows[p.No], touched); err != nil {
			return err
		}
		if err := namer.name(t.change.Flips[from:], c.Person.Key, st); err != nil {
			return err
		}
	}
	for no := range old {
		t.change.GoneCharts = append(t.change.GoneCharts, no)
	}
	slices.Sort(t.change.GoneCharts)
	return nil
}

// before loads the charts of the group as they are kept, and their rows.
func (t *taking) before() (map[int64]*Chart, map[int64][]Row, error) {
	var numbers []int64
	for _, p := range t.people.list {
		if p.before.Chart != 0 {
			numbers = append(numbers, p.before.Chart)
		}
	}
	numbers = unique(numbers, cmp.Compare[int64])
	if len(numbers) == 0 {
		return nil, nil, nil
	}
	charts, err := t.l.store.Charts(t.ctx, numbers)
	if err != nil {
		return nil, nil, err
	}
	old := map[int64]*Chart{}
	for i := range charts {
		old[charts[i].No] = &charts[i]
	}
	rows, err := t.l.store.RowsOf(t.ctx, numbers)
	return old, byChart(rows), err
}

func byChart(rows []Row) map[int64][]Row {
	by := map[int64][]Row{}
	for _, r := range rows {
		by[r.Chart] = append(by[r.Chart], r)
	}
	return by
}

// Why a verdict changed.
const (
	whyResource = "resource"
	whyTime     = "time"
	whyRules    = "rules"
)

// rescreening answers trials again for one chart after the other and notes in a change what is another.
type rescreening struct {
	l      *Live
	state  *state
	worker *screen.Worker
	change *Change
	why    string
	hot    []byte
	row    []byte
	old    screen.Row
}

// touched gives the trials to answer again for a chart that was another; nil if it is not.
func (r *rescreening) touched(was *Chart, c *chart.Chart, rows []Row) ([]int, error) {
	r.hot = c.AppendHot(r.hot[:0])
	if was == nil || r.state.whole || was.NextLook <= r.state.day {
		if was != nil && bytes.Equal(was.Hot, r.hot) && was.Key == c.Person.Key {
			return nil, nil // whoever is going through all charts will come to it
		}
		return upTo(len(r.state.all())), nil
	}
	if bytes.Equal(was.Hot, r.hot) {
		return nil, nil
	}
	before, err := chart.DecodeHot(was.Hot)
	if err != nil {
		return nil, err
	}
	numbers := slices.Clone(r.state.plan.Touched(before, c))
	for i, f := range r.state.all() {
		has := slices.ContainsFunc(rows, func(row Row) bool { return row.Trial == f.Version.No })
		if !has && !slices.Contains(numbers, i) {
			numbers = append(numbers, i)
		}
	}
	if numbers == nil {
		numbers = []int{}
	}
	return numbers, nil
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// chart answers trials for a chart: what is another than before goes into the change. was is nil for a new one.
func (r *rescreening) chart(no int64, c *chart.Chart, hot []byte, was *Chart, rows []Row, numbers []int) error {
	for _, n := range numbers {
		if err := r.trial(no, c, n, was != nil, rows); err != nil {
			return err
		}
	}
	r.l.counted.screened(len(numbers))
	now := Chart{
		No: no, Key: c.Person.Key, Hot: hot,
		LastContact: r.state.plan.LastContact(c), NextVisit: r.state.plan.NextVisit(c), NextLook: r.worker.NextLook(c),
	}
	if was == nil || !now.same(was) {
		r.change.Charts = append(r.change.Charts, now)
	}
	return nil
}

func (c *Chart) same(o *Chart) bool {
	return c.Key == o.Key && bytes.Equal(c.Hot, o.Hot) && c.LastContact == o.LastContact && c.NextVisit == o.NextVisit && c.NextLook == o.NextLook
}

func (r *rescreening) trial(no int64, c *chart.Chart, number int, known bool, rows []Row) error {
	f := r.state.at(number)
	row := r.worker.ScreenOne(c, number)
	r.row = screen.AppendRow(r.row[:0], row)
	i := slices.IndexFunc(rows, func(k Row) bool { return k.Trial == f.Version.No })
	if i >= 0 && bytes.Equal(rows[i].Bytes, r.row) {
		return nil
	}
	r.change.Rows = append(r.change.Rows, Row{Trial: f.Version.No, Chart: no, Bytes: bytes.Clone(r.row)})
	if i < 0 || !known || number >= len(r.state.force) {
		return nil
	}
	if err := screen.DecodeRow(rows[i].Bytes, &r.old); err != nil {
		return fmt.Errorf("reading a row: %w", err)
	}
	r.flips(f, no, c.Person.Key, row)
	return nil
}

// flips notes each verdict that changed. Who is withheld, or was, has none to compare.
func (r *rescreening) flips(f InForce, no int64, key chart.Key, row *screen.Row) {
	if len(row.Answers) != len(r.old.Answers) || len(row.Answers) != len(f.Trial.Criteria) {
		return
	}
	for k := range row.Answers {
		if from, to := r.old.Answers[k].Verdict, row.Answers[k].Verdict; from != to {
			r.change.Flips = append(r.change.Flips, r.flip(f, no, key, f.Trial.Criteria[k].ID, from, to))
		}
	}
}

func (r *rescreening) flip(f InForce, no int64, key chart.Key, criterion string, from, to verdict.Verdict) Flip {
	return Flip{
		At: r.change.At, Trial: f.Version.No, TrialID: f.Trial.ID, Chart: no, Key: key, Criterion: criterion,
		From: from, To: to, Why: r.why,
	}
}

// at gives a trial by its number in the plan.
func (s *state) at(number int) InForce {
	if number < len(s.force) {
		return s.force[number]
	}
	return s.next[number-len(s.force)]
}

// sign completes the change: its time, and the entry of the audit log.
func (t *taking) sign() error {
	if t.change.idle() {
		return nil
	}
	t.change.At, t.change.Day = t.at, dates.Day(screen.NoDay)
	for i := range t.change.Flips {
		t.change.Flips[i].At = t.at
	}
	e := entryOf(t.By, t.at, t.action())
	for _, p := range t.change.People {
		e.Subjects = append(e.Subjects, p.No)
	}
	t.change.Audit = append(t.change.Audit, e)
	return nil
}

// action is what happened as a whole.
func (t *taking) action() audit.Action {
	created, deleted := 0, 0
	for _, r := range t.results {
		switch r.Status {
		case Created:
			created++
		case Deleted:
			deleted++
		}
	}
	switch n := len(t.change.opened); {
	case n > 0 && n == deleted:
		return audit.Delete
	case n > 0 && n == created:
		return audit.Create
	}
	return audit.Update
}
