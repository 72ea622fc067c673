package screen

import (
	"testing"

	"prescreen/internal/dates"
	"prescreen/internal/trial"
)

// turnAt is an answer from so many days on, by its letter; supply tells that it comes of a supply running out.
type turnAt struct {
	days   int
	letter byte
	supply bool
}

func TestJointDay(t *testing.T) {
	for _, c := range []struct {
		name     string
		criteria []trial.Criterion
		today    string
		later    [][]turnAt
		ends     int // of recruitment, in days; 0 for not said
		want     int // days ahead; 0 for none
	}{
		{"an exclusion runs out", []trial.Criterion{inc("i"), exc("e")}, "MM", [][]turnAt{nil, {{37, 'N', false}}}, 0, 37},
		{"never", []trial.Criterion{inc("i"), exc("e")}, "MM", [][]turnAt{nil, nil}, 0, 0},
		{"to unknown is not to pass", []trial.Criterion{exc("e")}, "M", [][]turnAt{{{37, '?', false}}}, 0, 0},
		{"to unknown, then to pass", []trial.Criterion{exc("e")}, "M", [][]turnAt{{{37, '?', false}, {50, 'N', false}}}, 0, 50},
		{"after the end of recruitment", []trial.Criterion{exc("e")}, "M", [][]turnAt{{{37, 'N', false}}}, 36, 0},
		{"on the last day of recruitment", []trial.Criterion{exc("e")}, "M", [][]turnAt{{{37, 'N', false}}}, 37, 37},
		{"a supply runs out", []trial.Criterion{exc("e")}, "M", [][]turnAt{{{37, 'N', true}}}, 0, 0},
		{"a failing value goes stale and a pass is assumed", []trial.Criterion{inc("i")}, "N", [][]turnAt{{{37, 'a', false}}}, 0, 0},
		{"both at last", []trial.Criterion{inc("i"), exc("e")}, "NM", [][]turnAt{{{60, 'M', false}}, {{37, 'N', false}}}, 0, 60},
		{
			"one returns before the other",
			[]trial.Criterion{inc("i"), exc("e")},
			"NM",
			[][]turnAt{{{60, 'M', false}}, {{37, 'N', false}, {50, 'M', false}}},
			0, 0,
		},
		{
			"each in time, both too late",
			[]trial.Criterion{inc("i"), exc("e")},
			"NM",
			[][]turnAt{{{10, 'M', false}, {20, 'N', false}, {60, 'M', false}}, {{30, 'N', false}}},
			50, 0,
		},
		{"what passes goes stale", []trial.Criterion{inc("i"), exc("e")}, "MM", [][]turnAt{{{10, 's', false}}, {{37, 'N', false}}}, 0, 37},
		{
			"what passes goes unknown for another reason",
			[]trial.Criterion{inc("i"), exc("e")},
			"MM",
			[][]turnAt{{{10, '?', false}}, {{37, 'N', false}}},
			0, 0,
		},
		{"what passes fails by then", []trial.Criterion{inc("i"), exc("e")}, "MM", [][]turnAt{{{10, 'N', false}}, {{37, 'N', false}}}, 0, 0},
		{"what is unknown may stay so", []trial.Criterion{inc("i"), exc("e")}, "?M", [][]turnAt{nil, {{37, 'N', false}}}, 0, 37},
		{"what is unknown must not fail", []trial.Criterion{inc("i"), exc("e")}, "?M", [][]turnAt{{{5, 'N', false}}, {{37, 'N', false}}}, 0, 0},
		{
			"the end of one opens later the other",
			[]trial.Criterion{inc("i"), exc("e")},
			"?M",
			[][]turnAt{{{5, 'N', false}, {90, '?', false}}, {{37, 'N', false}}},
			0, 90,
		},
		{
			"soft and assisted are not asked",
			[]trial.Criterion{inc("s", isSoft), inc("h", isAssisted), exc("e")},
			"NNM",
			[][]turnAt{nil, nil, {{37, 'N', false}}},
			0, 37,
		},
		{
			"a visit criterion that goes unknown holds nobody back",
			[]trial.Criterion{inc("v", isVisit), exc("e")},
			"MM",
			[][]turnAt{{{10, '?', false}}, {{37, 'N', false}}},
			0, 37,
		},
		{"a visit criterion that fails waits too", []trial.Criterion{exc("v", isVisit)}, "M", [][]turnAt{{{37, 'N', false}}}, 0, 37},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := &trial.Trial{ID: "t", Criteria: c.criteria}
			if c.ends > 0 {
				tr.RecruitmentEnds = asOf + dates.Day(c.ends)
			}
			w := NewPlan([]*trial.Trial{tr}, plain{}, Settings{AsOf: asOf, Horizon: dates.Period{N: 180}}).NewWorker()
			answers := answersOf(c.today)
			for k := range c.later {
				turns := []turn{{on: asOf, answer: answers[k]}}
				for _, x := range c.later[k] {
					turns = append(turns, turn{asOf + dates.Day(x.days), letters[x.letter], x.supply})
				}
				w.courses = append(w.courses, turns)
			}
			pt := &w.plan.trials[0]
			day, ok := w.jointDay(nil, pt, &pt.arms[0], answers)
			if ok != (c.want > 0) || ok && day != asOf+dates.Day(c.want) {
				t.Errorf("joint day in %d days (%v), want %d", day-asOf, ok, c.want)
			}
		})
	}
}

func TestClosesOnTheFirstDayAPassEnds(t *testing.T) {
	w := planOf(inc("i"), exc("e"), inc("v", isVisit), inc("f")).NewWorker()
	answers := answersOf("MNMN")
	w.courses = [][]turn{
		{{on: asOf, answer: letters['M']}, {on: asOf + 40, answer: letters['s']}},
		{{on: asOf, answer: letters['N']}, {on: asOf + 20, answer: letters['?']}},
		{{on: asOf, answer: letters['M']}, {on: asOf + 3, answer: letters['N']}},
		{{on: asOf, answer: letters['N']}, {on: asOf + 4, answer: letters['?']}},
	}
	pt := &w.plan.trials[0]
	if got := w.closesOn(nil, pt, &pt.arms[0], answers); got != asOf+20 {
		t.Errorf("closes on %s, want %s", got, asOf+20)
	}
}
