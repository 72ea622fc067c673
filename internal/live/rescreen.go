package live

import (
	"bytes"
	"cmp"
	"context"
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
	old, err := t.before()
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
		touched, err := r.touched(t.ctx, was, c)
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
		if err := r.chart(p.No, c, bytes.Clone(r.hot), was, touched); err != nil {
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

// before loads the charts of the group as they are kept.
func (t *taking) before() (map[int64]*Chart, error) {
	var numbers []int64
	for _, p := range t.people.list {
		if p.before.Chart != 0 {
			numbers = append(numbers, p.before.Chart)
		}
	}
	numbers = unique(numbers, cmp.Compare[int64])
	if len(numbers) == 0 {
		return nil, nil
	}
	charts, err := t.l.store.Charts(t.ctx, numbers)
	old := map[int64]*Chart{}
	for i := range charts {
		old[charts[i].No] = &charts[i]
	}
	return old, err
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

// touching is what a change of a chart comes to.
type touching struct {
	numbers []int     // trials to answer again
	rows    []Row     // of those trials at least, as they are kept
	look    dates.Day // the next one
}

// touched tells what the difference of a chart to the one before comes to; nil if there is none. To a chart that has no row
// yet in a trial that is being screened for the first time, the sweep is still to come.
func (r *rescreening) touched(ctx context.Context, was *Chart, c *chart.Chart) (*touching, error) {
	r.hot = c.AppendHot(r.hot[:0])
	switch {
	case was != nil && bytes.Equal(was.Hot, r.hot) && was.Key == c.Person.Key:
		return nil, nil // if it is due, whoever is going through all charts will come to it
	case was == nil:
		return &touching{numbers: upTo(len(r.state.all())), look: r.worker.NextLook(c)}, nil
	case r.state.whole || was.NextLook <= r.state.day:
		t := &touching{numbers: upTo(len(r.state.all())), look: r.worker.NextLook(c)}
		return t, r.read(ctx, was.No, t)
	case bytes.Equal(was.Hot, r.hot):
		return nil, nil
	}
	before, err := chart.DecodeHot(was.Hot)
	if err != nil {
		return nil, err
	}
	t := &touching{numbers: r.state.plan.Touched(before, c)}
	t.look = r.worker.NextLookAfter(before, c, was.NextLook, t.numbers)
	return t, r.read(ctx, was.No, t)
}

// read reads the rows of a chart in the trials that are touched.
func (r *rescreening) read(ctx context.Context, chartNo int64, t *touching) (err error) {
	versions := make([]int64, len(t.numbers))
	for i, n := range t.numbers {
		versions[i] = r.state.at(n).Version.No
	}
	t.rows, err = r.l.store.RowsIn(ctx, chartNo, versions)
	return err
}

// rowOf finds the row of a trial's version; -1 if there is none.
func rowOf(rows []Row, version int64) int {
	return slices.IndexFunc(rows, func(k Row) bool { return k.Trial == version })
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// chart answers trials for a chart: what is another than before goes into the change. was is nil for a new one.
func (r *rescreening) chart(no int64, c *chart.Chart, hot []byte, was *Chart, t *touching) error {
	for _, n := range t.numbers {
		if err := r.trial(no, c, n, was != nil, t.rows); err != nil {
			return err
		}
	}
	r.l.counted.screened(len(t.numbers))
	now := Chart{
		No: no, Key: c.Person.Key, Hot: hot,
		LastContact: r.state.plan.LastContact(c), NextVisit: r.state.plan.NextVisit(c), NextLook: t.look,
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
	i := rowOf(rows, f.Version.No)
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
