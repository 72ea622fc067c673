package trial

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"prescreen/internal/mistake"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

func (r *reader) criteria(texts []criterionText) {
	lines := map[string]int{}
	for _, t := range texts {
		r.id(t.ID)
		switch first, twice := lines[t.ID.Value]; {
		case !t.ID.Given():
		case twice:
			r.tell(t.ID.Place, idTwice, fmt.Sprintf("%q is the id of the criterion in line %d", t.ID.Value, first))
		case t.ID.Value == outcomeKey:
			r.tell(t.ID.Place, badID, "\"outcome\" cannot be the id of a criterion: tests say with it what becomes of the patient")
		default:
			lines[t.ID.Value] = t.ID.Line
		}
		r.trial.Criteria = append(r.trial.Criteria, r.criterion(t))
	}
}

func (r *reader) criterion(t criterionText) Criterion {
	c := Criterion{
		ID: t.ID.Value, Text: oneLine(t.Text), Line: t.ID.Line,
		Soft: t.Strength.Value == "soft", Visit: t.Settled.Value == "visit", Repeatable: t.Repeatable,
		Question: oneLine(t.Manual), Ask: oneLine(t.Ask), Note: oneLine(t.Note),
		Show: values(t.Show), Arm: values(t.Arm),
	}
	if t.Kind.Value == verdict.Exclusion.String() {
		c.Kind = verdict.Exclusion
	}
	c.Missing = Missing(max(slices.Index(missingNames, t.Missing.Value), 0))
	c.Check = r.check(t)
	r.shown(t)
	r.arms(t)
	if t.Expr.Given() && t.Expr.Style == mistake.Block && !t.Manual.Given() {
		c.Program = r.program(t.Expr, c.Kind, t.Missing.Value == "unknown", r.anchor(t, &c))
	}
	return c
}

// check says who answers, and refuses what contradicts itself.
func (r *reader) check(t criterionText) Check {
	switch {
	case t.Expr.Given() && t.Manual.Given():
		r.tell(t.Manual.Place, twoQuestions, "a criterion is either an expression or a question").
			Because("a question inside an expression is written manual(\"…\")", "")
	case !t.Expr.Given() && !t.Manual.Given():
		r.tell(t.Place, noQuestion, "this criterion asks nothing: give it an \"expr\", or a question under \"manual\"")
	case t.Manual.Given():
		r.questionOnly(t)
		return Manual
	case t.Check.Value == "manual":
		r.tell(t.Check.Place, questionUnasked, "a criterion with an expression is not manual").
			Because("assisted shows what the record says and leaves the answer to a person", "assisted")
	}
	return Check(max(slices.Index(checkNames, t.Check.Value), 0))
}

// enrolment is the anchor that has not come yet: until then it is the day asked about.
const enrolment = "enrolment"

// anchor finds the set whose latest event the windows of a criterion are counted back from; nil for the day asked about.
func (r *reader) anchor(t criterionText, c *Criterion) *terms.ValueSet {
	text := r.defaultAnchor
	if t.Anchor != nil {
		text = t.Anchor
	}
	if text == nil || !text.Event.Given() {
		return nil
	}
	if c.Anchor = text.Event.Value; c.Anchor == enrolment {
		return nil
	}
	set, ok := r.known(text.Event)
	if !ok {
		return nil
	}
	switch set.Domain {
	case terms.Diagnosis, terms.Procedure, terms.Medication, terms.Vaccine, terms.Visit:
		return set
	}
	if set.Domain.OfResults() {
		return set
	}
	r.tell(text.Event.Place, noAnchor, fmt.Sprintf("%q is a set of domain %s, which has no day to count from", set.Name, set.Domain))
	return nil
}

func (r *reader) questionOnly(t criterionText) {
	if oneLine(t.Manual) == "" {
		r.tell(t.Manual.Place, noQuestion, "the question is empty")
	}
	if t.Check.Given() && t.Check.Value != "manual" {
		r.tell(t.Check.Place, notForQuestion, "a question is answered by a person: take \"check\" away, or write an expression").Fix = "manual"
	}
	if t.Missing.Given() {
		r.tell(t.Missing.Place, notForQuestion, "\"missing\" is about data, and a question has none")
	}
	if t.Repeatable {
		r.tell(t.Manual.Place, notForQuestion, "\"repeatable\" is about measurements, and a question has none")
	}
}

func (r *reader) shown(t criterionText) {
	for _, s := range t.Show {
		r.known(s)
	}
}

// known tells of a value set that does not exist.
func (r *reader) known(s mistake.Text) (*terms.ValueSet, bool) {
	set, ok := r.lib.Find(s.Value)
	if s.Given() && !ok {
		r.tell(s.Place, unknownSet, fmt.Sprintf("there is no value set %q", s.Value)).Fix = mistake.Nearest(s.Value, r.lib.Names())
	}
	return set, ok
}

func (r *reader) arms(t criterionText) {
	for _, a := range t.Arm {
		if a.Given() && !slices.Contains(r.trial.Arms, a.Value) {
			m := r.tell(a.Place, unknownArm, fmt.Sprintf("the trial has no arm %q", a.Value))
			m.Why, m.Fix = "arms are listed under \"trial\"", mistake.Nearest(a.Value, r.trial.Arms)
		}
	}
}

func (r *reader) program(t mistake.Text, kind verdict.Kind, open bool, anchor *terms.ValueSet) *rule.Program {
	src := rule.Source{
		File: r.page.Name, Line: t.Line, Column: t.Column, Text: strings.TrimRight(t.Value, "\n"), Kind: kind, Open: open, Anchor: anchor,
	}
	if strings.TrimSpace(src.Text) == "" {
		r.tell(t.Place, noQuestion, "the expression is empty")
		return nil
	}
	p, mistakes := r.compile(src, r.lib)
	r.mistakes = append(r.mistakes, mistakes...)
	if p == nil || len(r.trial.Use) == 0 {
		return p
	}
	for _, set := range p.Sets() {
		if !slices.Contains(r.trial.Use, path.Base(set.File)) {
			at := mistake.Place{Line: t.Line, Column: t.Column, Length: 1}
			r.tell(at, setNotUsed, fmt.Sprintf("%q stands in %s, which is not among the files under \"use\"", set.Name, path.Base(set.File))).
				Fix = "use: [" + strings.Join(append(slices.Clone(r.trial.Use), path.Base(set.File)), ", ") + "]"
		}
	}
	return p
}
