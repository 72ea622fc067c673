package live

import (
	"errors"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/intake"
	"prescreen/internal/screen"
)

// namer finds the resource that moved a verdict: one that this change wrote and on which the new judgement rests, or, if it
// is gone, the old one. Charts get their cold part here, so only for those whose verdicts moved.
type namer struct {
	t         *taking
	after     *made
	worker    *screen.Worker
	old       *made
	changed   map[string]bool
	described map[describedKey]*screen.Candidate
	whole     map[describedKey]*chart.Chart // with their cold parts; of no trial
}

type describedKey struct {
	chart  chart.Key
	number int
	old    bool
}

func (n *namer) name(flips []Flip, key chart.Key, st *state) error {
	if len(flips) == 0 {
		return nil
	}
	if n.changed == nil {
		n.changed, n.described, n.whole = map[string]bool{}, map[describedKey]*screen.Candidate{}, map[describedKey]*chart.Chart{}
		for _, v := range n.t.change.closed {
			n.changed[v.Key.Type+"/"+v.Key.ID] = true
		}
		for _, o := range n.t.change.opened {
			n.changed[o.Key.Type+"/"+o.Key.ID] = true
		}
	}
	for i := range flips {
		if err := n.nameOne(&flips[i], key, st); err != nil {
			return err
		}
	}
	return nil
}

func (n *namer) nameOne(f *Flip, key chart.Key, st *state) error {
	t, ok := st.find(f.TrialID)
	if !ok {
		return nil
	}
	for _, old := range []bool{false, true} {
		c, err := n.describe(describedKey{key, t.Number, old})
		if err != nil || c == nil {
			return err
		}
		for i := range c.Criteria {
			if c.Criteria[i].Criterion.ID == f.Criterion && n.found(f, &c.Criteria[i]) {
				if old && f.What != "" {
					f.What += ", withdrawn or changed,"
				}
				return nil
			}
		}
	}
	if len(n.changed) == 1 { // it is not evidence, as a visit that only shows that somebody was seen
		for resource := range n.changed {
			f.Resource = resource
		}
	}
	return nil
}

// found names the first of the evidence that this change wrote.
func (n *namer) found(f *Flip, told *screen.Told) bool {
	for i := range told.Evidence {
		if e := &told.Evidence[i]; n.changed[e.Resource] {
			f.Resource, f.What = e.Resource, what(e)
			return true
		}
	}
	return false
}

// what writes evidence as a person names it: "HbA1c 7.9 % of 2026-11-12".
func what(e *screen.Evidence) string {
	var parts []string
	for _, p := range []string{e.Display, e.Value, e.Unit} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if day, _, _ := strings.Cut(e.Date, "T"); day != "" {
		parts = append(parts, "of "+day)
	}
	return strings.Join(parts, " ")
}

func (n *namer) describe(k describedKey) (*screen.Candidate, error) {
	if c, ok := n.described[k]; ok {
		return c, nil
	}
	c, err := n.chart(describedKey{chart: k.chart, old: k.old})
	if err != nil || c == nil {
		return nil, err
	}
	n.described[k] = n.worker.Describe(c, k.number)
	return n.described[k], nil
}

// chart makes a chart with its cold part, once for all trials; nil if there was none then.
func (n *namer) chart(k describedKey) (*chart.Chart, error) {
	if c, ok := n.whole[k]; ok {
		return c, nil
	}
	from := n.after
	if k.old {
		if err := n.before(); err != nil {
			return nil, err
		}
		from = n.old
	}
	c, err := from.cohort.Chart(k.chart)
	if err != nil && !errors.Is(err, intake.ErrNoPatient) {
		return nil, err
	}
	n.whole[k] = c
	return c, nil
}

// before assembles the group as it was.
func (n *namer) before() (err error) {
	if n.old != nil {
		return nil
	}
	drugs, err := n.t.l.medicines(n.t.ctx, n.t.people.list)
	if err == nil {
		n.old, err = n.t.l.assemble(n.t.ctx, n.t.people, drugs, true)
	}
	return err
}
