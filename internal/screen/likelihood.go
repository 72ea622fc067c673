package screen

import "prescreen/internal/verdict"

// fewest is the number of patients below which a share says nothing.
const fewest = 20

// What a last value outside the window counts, as it would pass or fail.
const (
	lastPasses = 0.8
	lastFails  = 0.2
)

// By says what a share was taken from.
type By uint8

// The grounds of a share. ByOthers: patients who fail none of the other criteria. Neutral: too few patients to tell, so it
// is not used.
const (
	ByOthers By = iota
	ByCohort
	ByLastPasses
	ByLastFails
	Neutral
)

// String writes the ground as the JSON document does.
func (b By) String() string {
	return [...]string{"others", "cohort", "last value passes", "last value fails", "neutral"}[b]
}

// Share is how often an open criterion is passed, by patients of whom it is known.
type Share struct {
	Criterion int // its place in the trial
	Pass, Of  int // 0 of 0 by last value
	By        By
}

// value is the factor of the likelihood.
func (s Share) value() float64 {
	switch s.By {
	case ByLastPasses:
		return lastPasses
	case ByLastFails:
		return lastFails
	case Neutral:
		return 1
	}
	return float64(s.Pass+1) / float64(s.Of+2)
}

// known counts, per criterion, who passes and fails it by data: among those who fail none of the other hard criteria, and
// among all. A verdict by silence is data, an assumed one is not.
type known struct{ passOthers, failOthers, passAll, failAll int }

// learn takes one patient into the counts.
func learn(counts []known, t *plannedTrial, answers []Answer) {
	fails, failing := 0, 0
	for k := range answers {
		if t.criteria[k].role.hard() && t.criteria[k].Kind.Effect(answers[k].Verdict) == verdict.Fail {
			fails++
			failing = k
		}
	}
	for k := range answers {
		if answers[k].Verdict == verdict.Unknown || answers[k].Basis == verdict.Assumed {
			continue
		}
		others := fails == 0 || fails == 1 && failing == k
		counts[k].add(t.criteria[k].Kind.Effect(answers[k].Verdict) == verdict.Pass, others)
	}
}

func (n *known) add(pass, others bool) {
	one := 0
	if others {
		one = 1
	}
	if pass {
		n.passAll++
		n.passOthers += one
	} else {
		n.failAll++
		n.failOthers += one
	}
}

func (n *known) merge(m known) {
	n.passOthers += m.passOthers
	n.failOthers += m.failOthers
	n.passAll += m.passAll
	n.failAll += m.failAll
}

// share is the share of a criterion that has no last value.
func (n *known) share(k int) Share {
	switch {
	case n.passOthers+n.failOthers >= fewest:
		return Share{k, n.passOthers, n.passOthers + n.failOthers, ByOthers}
	case n.passAll+n.failAll >= fewest:
		return Share{k, n.passAll, n.passAll + n.failAll, ByCohort}
	}
	return Share{k, n.passAll, n.passAll + n.failAll, Neutral}
}

// shares appends the factors of one patient's likelihood in the order of the criteria, and gives their product. Only what holds
// the patient back is a factor; of the criteria that one order settles, only the lowest share.
func shares(dst []Share, t *plannedTrial, a *arm, counts []known, answers []packed) (list []Share, likelihood float64) {
	list = dst
	for k := range t.criteria {
		if !a.holds[k] || !answers[k].holdsBack(t.criteria[k].role) {
			continue
		}
		s := counts[k].share(k)
		switch t.criteria[k].Kind.Effect(answers[k].byLast()) {
		case verdict.Pass:
			s = Share{Criterion: k, By: ByLastPasses}
		case verdict.Fail:
			s = Share{Criterion: k, By: ByLastFails}
		}
		list = panelled(list, t, s)
	}
	likelihood = 1
	for _, s := range list {
		likelihood *= s.value()
	}
	return list, likelihood
}

// panelled adds a share, or lets it stand for those of its panel if it is lower than theirs.
func panelled(list []Share, t *plannedTrial, s Share) []Share {
	panel := t.criteria[s.Criterion].panel
	for i := range list {
		if panel == "" || t.criteria[list[i].Criterion].panel != panel {
			continue
		}
		if s.value() >= list[i].value() {
			return list
		}
		return append(append(list[:i], list[i+1:]...), s)
	}
	return append(list, s)
}
