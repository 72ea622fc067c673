package screen

import (
	"slices"
	"strconv"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/rule"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// Candidate is everything that is printed of one patient under one trial. Texts are made here, for those who are printed
// only.
type Candidate struct {
	Rank         int // from 1; 0 when the patient stands in no list
	Patient      Patient
	Withheld     Why
	Outcome      Outcome
	NearMiss     []string // the distances; only if it is one
	BySilence    bool     // ineligible by silence alone
	Arm          string
	Likelihood   float64
	HasOdds      bool // a likelihood was given: not in a cohort of one
	Shares       []Share
	EligibleFrom dates.Day
	ClosesOn     dates.Day
	NextVisit    dates.Day
	LastContact  dates.Day
	Actions      [verdict.ActionCount]int
	ToRepeat     []string // on the joint day: ids of passing criteria whose last value will have grown old
	Criteria     []Told
}

// Patient is who a candidate is, without a name.
type Patient struct {
	ID        string // Patient.id, after the feed's name and a slash where a feed has one
	Sex       chart.Sex
	BirthDate string // as recorded
	AgeLow    int    // completed years on the as-of day; -1 when not known
	AgeHigh   int    // differs from AgeLow where the birth date is partial
}

// Told is one criterion of a candidate.
type Told struct {
	Criterion *trial.Criterion
	Role      string // "" for those that decide; else why it holds nobody back
	Answer    Answer
	Effect    verdict.Effect
	Causes    []verdict.Cause // in the order of the text
	Reason    string
	Flip      *verdict.Flip
	Evidence  []Evidence
	Shown     []Evidence // what the trial asks to be shown beside it, in time order: for a person to read, never counted
}

// OnlyAsked tells that nothing but a person's answer is missing.
func (t *Told) OnlyAsked() bool { return t.Answer.waitsForPerson() }

// Evidence is a fact that a verdict rests on, as recorded.
type Evidence struct {
	Resource                                 string // Type/id
	System, Code, Display, Value, Unit, Date string
}

// Describe tells all about a chart under one trial of the plan, whether it is withheld or not. The chart must have its cold
// part. Rank and likelihood stay empty: see List.Describe.
func (w *Worker) Describe(c *chart.Chart, number int) *Candidate {
	t := &w.plan.trials[number]
	asOf := w.plan.settings.AsOf
	row := w.row(c, t, make([]Answer, 0, len(t.criteria)))
	out := &Candidate{
		Patient: patientOf(c, asOf), Withheld: w.plan.withheld(c, t.Trial), Outcome: row.Outcome, BySilence: row.BySilence, Arm: t.arms[row.Arm].name,
		EligibleFrom: row.EligibleFrom, ClosesOn: row.ClosesOn, NextVisit: nextVisit(c, asOf), LastContact: lastContact(c, asOf),
	}
	for k := range t.criteria {
		told, distance := w.tell(c, t, k, row.Answers[k])
		out.Criteria = append(out.Criteria, told)
		if row.NearMiss && t.criteria[k].role.hard() && told.Effect == verdict.Fail {
			out.NearMiss = append(out.NearMiss, distance)
		}
		out.count(t.criteria[k].role, &told)
	}
	if row.EligibleFrom != NoDay {
		out.ToRepeat = w.toRepeat(t, row.Arm, row.EligibleFrom, row.Answers)
	}
	return out
}

// count counts what a criterion leaves to do: what only a person answers is asked, whatever hint the record gives; what is
// seen at the visit and what is soft leave nothing.
func (c *Candidate) count(r role, t *Told) {
	switch r {
	case byPerson:
		c.Actions[verdict.Ask]++
	case deciding:
		for _, cause := range t.Causes {
			c.Actions[cause.Action()]++
		}
	}
}

// Describe tells all about the patient at a place of a list; c must be that patient's chart, with its cold part.
func (l *List) Describe(w *Worker, c *chart.Chart, place int) *Candidate {
	out := w.Describe(c, l.number)
	out.Rank = place + 1
	out.Shares, out.HasOdds = l.Shares(place), l.Len() > 1
	out.Likelihood = l.At(place).Likelihood
	return out
}

// tell makes the text of a criterion, and how far a near miss is off.
func (w *Worker) tell(c *chart.Chart, t *plannedTrial, k int, a Answer) (Told, string) {
	cr := &t.criteria[k]
	out := Told{Criterion: cr.Criterion, Role: cr.role.String(), Answer: a, Effect: cr.Kind.Effect(a.Verdict)}
	out.Shown = w.shown(c, cr.Criterion)
	if cr.bound == nil {
		out.Causes, out.Reason = []verdict.Cause{verdict.Manual}, question(cr.Criterion)
		return out, ""
	}
	out.Flip = w.flip(c, t, k, a)
	j := w.evaluate(c, cr, w.plan.settings.AsOf)
	if a.Verdict == verdict.Unknown {
		out.Causes = causes(&j)
	}
	out.Evidence = w.evidence(c, cr.Program, &j)
	distance := w.distanceOf(c, cr, &j)
	out.Reason = w.sentence(c, cr, &j, out.Flip)
	if a.Basis == verdict.Assumed {
		out.Reason = "assumed, by the rule, to be " + a.Verdict.String() + ": " + out.Reason
	}
	return out, distance
}

func question(c *trial.Criterion) string {
	if c.Question != "" {
		return "To ask: " + c.Question
	}
	return "To ask: " + c.Text
}

// causes are a judgement's in the order of its text, each once.
func causes(j *verdict.Judgement) []verdict.Cause {
	if j.Causes == onlyInternal {
		return []verdict.Cause{verdict.InternalError}
	}
	var out []verdict.Cause
	for i := range j.Leaves {
		if cause := j.Leaves[i].Cause; cause != verdict.NoCause && !slices.Contains(out, cause) {
			out = append(out, cause)
		}
	}
	return out
}

// evidence gives the facts of a judgement in the order of its questions, each once; questions about the person rest on the
// Patient resource.
func (w *Worker) evidence(c *chart.Chart, p *rule.Program, j *verdict.Judgement) []Evidence {
	var out []Evidence
	var told []uint32
	for i := range j.Leaves {
		q := &p.Leaves[j.Leaves[i].Number]
		for _, word := range asked(q, j.Leaves[i].Basis) {
			if e, ok := ofPerson(c, word); ok && !slices.Contains(out, e) {
				out = append(out, e)
			}
		}
		for _, n := range j.Leaves[i].Facts {
			if slices.Contains(told, n) || int(n) >= len(c.Sources) {
				continue
			}
			told = append(told, n)
			f, s := &c.Facts[n], &c.Sources[n]
			e := Evidence{Resource: f.Origin.String() + "/" + s.ID, Display: s.Display, Value: s.Value, Unit: s.Unit, Date: s.Date}
			e.System, e.Code = w.plan.terms.Coding(q, c, f)
			out = append(out, e)
		}
	}
	return out
}

// newestShown is how many records of one set are shown beside a criterion: the newest, oldest of them first.
const newestShown = 8

// shown gives the records of the sets that a criterion wants beside it, each set in time order; repeats and what lies after
// the as-of day are left out.
func (w *Worker) shown(c *chart.Chart, k *trial.Criterion) []Evidence {
	var out []Evidence
	for _, set := range k.Show {
		var of []Evidence
		for _, n := range w.plan.terms.Records(set, c) {
			f := &c.Facts[n]
			if int(n) >= len(c.Sources) || f.Flags.Has(chart.Repeat) || f.Begin.Known() && f.Begin.From > w.plan.settings.AsOf {
				continue
			}
			s := &c.Sources[n]
			e := Evidence{Resource: f.Origin.String() + "/" + s.ID, Display: s.Display, Value: s.Value, Unit: s.Unit, Date: s.Date}
			e.System, e.Code = w.plan.terms.Coding(&rule.Leaf{}, c, f)
			of = append(of, e)
		}
		out = append(out, of[max(0, len(of)-newestShown):]...)
	}
	return out
}

// asked gives the words about the person that an answer rests on: itself, or age and sex where a formula computed with them.
func asked(q *rule.Leaf, basis verdict.Basis) []string {
	words := []string{q.Word}
	if basis == verdict.Record {
		return words
	}
	if d := q.Derived; d != nil && d.AsksAge() {
		words = append(words, "age")
	}
	if d := q.Derived; d != nil && d.AsksSex() {
		words = append(words, "sex")
	}
	return words
}

// ofPerson gives the evidence of a word that asks about the person.
func ofPerson(c *chart.Chart, word string) (Evidence, bool) {
	e := Evidence{Resource: "Patient/" + c.Person.Key.ID}
	switch word {
	case "age":
		e.Display, e.Date = "date of birth", c.Person.BirthText
		return e, e.Date != ""
	case "sex":
		e.Display, e.Value = "sex", sexOf(&c.Person).String()
		return e, e.Value != ""
	}
	return Evidence{}, false
}

// distanceOf says how far a failing criterion is off, with its value, its limit and its day.
func (w *Worker) distanceOf(c *chart.Chart, k *criterion, j *verdict.Judgement) string {
	for i := range j.Leaves {
		l := &j.Leaves[i]
		limit := k.Program.Leaves[l.Number].Limit
		if limit == nil || len(l.Facts) == 0 || int(l.Facts[0]) >= len(c.Sources) {
			continue
		}
		if value, on, ok := k.bound.DerivedValue(c, l, w.plan.settings.AsOf); ok {
			return value + ", limit " + limit.Text + ", of " + on.String()
		}
		s := &c.Sources[l.Facts[0]]
		return strings.TrimSpace(s.Value+" "+s.Unit) + ", limit " + limit.Text + ", of " + day(s.Date)
	}
	return k.Text
}

// day is the day of a date as recorded.
func day(recorded string) string {
	if i := strings.IndexByte(recorded, 'T'); i > 0 {
		return recorded[:i]
	}
	return recorded
}

// toRepeat names the criteria that pass today and will merely be out of date on the joint day.
func (w *Worker) toRepeat(t *plannedTrial, arm int, on dates.Day, answers []Answer) []string {
	var ids []string
	for k := range t.criteria {
		cr := &t.criteria[k]
		if !t.arms[arm].holds[k] || cr.role != deciding || cr.Kind.Effect(answers[k].Verdict) != verdict.Pass {
			continue
		}
		if w.courses[k] != nil && stale(&at(w.courses[k], on).answer) {
			ids = append(ids, cr.ID)
		}
	}
	return ids
}

func patientOf(c *chart.Chart, asOf dates.Day) Patient {
	p := Patient{ID: ShownID(c.Person.Key), Sex: sexOf(&c.Person), BirthDate: c.Person.BirthText, AgeLow: -1, AgeHigh: -1}
	if b := c.Person.Birth; b.Known() && b.To <= asOf {
		p.AgeLow, p.AgeHigh = dates.YearsOn(b.To, asOf), dates.YearsOn(b.From, asOf)
	}
	return p
}

// ShownID is how a patient is named to people: Patient.id, after the feed's name where the feed has one.
func ShownID(k chart.Key) string {
	if k.Source == "" {
		return k.ID
	}
	return k.Source + "/" + k.ID
}

// Age writes the age, as a span where the birth date leaves it open; "" when not known.
func (p Patient) Age() string {
	switch {
	case p.AgeLow < 0:
		return ""
	case p.AgeLow != p.AgeHigh:
		return strconv.Itoa(p.AgeLow) + "-" + strconv.Itoa(p.AgeHigh)
	}
	return strconv.Itoa(p.AgeLow)
}

// sexOf is the sex that counts clinically, as far as it is recorded.
func sexOf(p *chart.Person) chart.Sex {
	switch {
	case p.ClinicalSex != chart.NoSex:
		return p.ClinicalSex
	case p.BirthSex != chart.NoSex:
		return p.BirthSex
	}
	return p.Gender
}
