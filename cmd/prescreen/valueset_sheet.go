package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"prescreen/internal/chart"
	"prescreen/internal/intake"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
)

// setSheet prints a value set for people.
type setSheet struct {
	set   *terms.ValueSet
	names map[terms.Coding]string // of what stands below a code
}

// definition prints what a set holds and where each of its lines stands.
func (s *setSheet) definition(w io.Writer) error {
	s.head(w)
	if err := s.look(); err != nil {
		return failed(err)
	}
	err := columns(w, func(t io.Writer) {
		fmt.Fprintln(t, "code\tname\tsays\tfrom")
		for i := range s.set.Entries {
			s.line(t, i)
		}
	})
	if err != nil {
		return err
	}
	return s.foot(w)
}

// columns lines up what is written in columns, without blanks at the ends of lines.
func columns(w io.Writer, write func(io.Writer)) error {
	var text bytes.Buffer
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	write(t)
	if err := t.Flush(); err != nil {
		return failed(err)
	}
	for line := range strings.Lines(text.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
			return failed(err)
		}
	}
	return nil
}

func (s *setSheet) head(w io.Writer) {
	v := s.set
	fmt.Fprint(w, v.Name)
	if len(v.Synonyms) > 0 {
		fmt.Fprint(w, ", also ", strings.Join(v.Synonyms, ", "))
	}
	fmt.Fprintf(w, "\n%s", v.Domain)
	if v.Course != terms.NoCourse {
		fmt.Fprintf(w, ", %s", v.Course)
	}
	fmt.Fprintf(w, ", %s:%d\n\n", v.File, v.Line)
}

// look finds names for what stands below the set's codes.
func (s *setSheet) look() error {
	var below []terms.Coding
	for i := range s.set.Entries {
		codes, _ := s.set.Below(i)
		for _, c := range codes {
			below = append(below, terms.Coding{System: s.set.Entries[i].System, Code: c})
		}
	}
	var err error
	s.names, err = s.set.Displays(below)
	return err
}

func (s *setSheet) line(w io.Writer, i int) {
	e := &s.set.Entries[i]
	set, file, at := s.set.Origin(i)
	from := fmt.Sprintf("%s:%d", path.Base(file), at.Line)
	if set != s.set.Name {
		from += ", " + set
	}
	says := ""
	if e.Says != terms.Disease {
		says = e.Says.String()
	}
	below, whole := s.set.Below(i)
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.standsFor(i, len(below), whole), e.Display, says, from)
	for _, c := range below {
		fmt.Fprintf(w, "  %s %s\t%s\t\t\n", terms.ShortName(e.System), c, s.names[terms.Coding{System: e.System, Code: c}])
	}
}

func (s *setSheet) standsFor(i, below int, whole bool) string {
	e := &s.set.Entries[i]
	text := terms.ShortName(e.System) + " " + e.Code
	if e.Include != terms.Prefix && s.set.Out(i) {
		text += " (excluded)"
	}
	switch {
	case e.Include == terms.Prefix:
		return text + " and all that begin so"
	case e.Include == terms.Self:
		return text
	case !whole && below == 0:
		return text + " and what is below it: not known"
	case !whole:
		return fmt.Sprintf("%s and %d below it, perhaps more", text, below)
	}
	return fmt.Sprintf("%s and %d below it", text, below)
}

// foot tells what is excluded and what cannot be known.
func (s *setSheet) foot(w io.Writer) error {
	if len(s.set.Exclude) > 0 {
		fmt.Fprintln(w, "\nExcluded:")
		if err := columns(w, s.excluded); err != nil {
			return err
		}
	}
	for _, system := range s.set.Unloaded() {
		fmt.Fprintf(w, "\nThe hierarchy of %s is not loaded, or does not hold all the codes: without it what rests on this set stays open.\n"+
			"Name it with --hierarchy, or under hierarchies in site.yaml.\n", terms.ShortName(system))
	}
	return nil
}

func (s *setSheet) excluded(w io.Writer) {
	for i := range s.set.Exclude {
		e := &s.set.Exclude[i]
		what := ""
		switch e.Include {
		case terms.Prefix:
			what = " and all that begin so"
		case terms.Descendants:
			what = " and what is below it"
		}
		fmt.Fprintf(w, "%s %s%s\t%s\n", terms.ShortName(e.System), e.Code, what, e.Display)
	}
}

// codeCount is how often a code is recorded.
type codeCount struct{ records, patients int }

// countCodes counts the codes of a set, each worker for itself.
func countCodes(ctx context.Context, cohort *intake.Cohort, set *terms.ValueSet, workers int) (map[terms.CodeID]codeCount, error) {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	bringing := set.Bringing(cohort.Dictionary)
	counts := make([]map[terms.CodeID]codeCount, workers)
	for i := range counts {
		counts[i] = map[terms.CodeID]codeCount{}
	}
	err := cohort.Each(ctx, workers, func(v intake.Visit) error {
		for id, n := range recordsOf(v.Chart, set.Domain, bringing) {
			c := counts[v.Worker][id]
			counts[v.Worker][id] = codeCount{c.records + n, c.patients + 1}
		}
		return nil
	})
	for _, more := range counts[1:] {
		for id, c := range more {
			counts[0][id] = codeCount{counts[0][id].records + c.records, counts[0][id].patients + c.patients}
		}
	}
	return counts[0], err
}

// recordsOf counts a chart's records by the codes of a set. A visit has its class beside its type.
func recordsOf(c *chart.Chart, d terms.Domain, bringing map[terms.CodeID]int) map[terms.CodeID]int {
	found := map[terms.CodeID]int{}
	add := func(id terms.CodeID) {
		if _, in := bringing[id]; in {
			found[id]++
		}
	}
	if d == terms.Language {
		for _, id := range c.Person.Languages {
			add(id)
		}
		return found
	}
	_, facts := c.Of(rule.KindOf(d))
	for i := range facts {
		for _, id := range c.CodesIn(facts[i].Codes) {
			add(id)
		}
		if d == terms.Visit {
			for _, id := range c.CodesIn(facts[i].Answer) {
				add(id)
			}
		}
	}
	return found
}

// occurrences prints which codes occur, the most frequent first, and which lines of the set stand for nothing that does.
func (s *setSheet) occurrences(w io.Writer, dict *terms.Dictionary, counts map[terms.CodeID]codeCount, patients int) error {
	s.head(w)
	bringing := s.set.Bringing(dict)
	ids := make([]terms.CodeID, 0, len(counts))
	used := map[int]bool{}
	for id := range counts {
		ids = append(ids, id)
		used[bringing[id]] = true
	}
	slices.SortFunc(ids, func(a, b terms.CodeID) int {
		if counts[a].patients != counts[b].patients {
			return counts[b].patients - counts[a].patients
		}
		return strings.Compare(dict.Coding(a).System+dict.Coding(a).Code, dict.Coding(b).System+dict.Coding(b).Code)
	})
	if len(ids) == 0 {
		fmt.Fprintf(w, "None of its codes occurs in the records of %d patients.\n", patients)
		return s.foot(w)
	}
	if err := columns(w, func(t io.Writer) {
		fmt.Fprintln(t, "patients\trecords\tcode\tby")
		for _, id := range ids {
			c, e := dict.Coding(id), &s.set.Entries[bringing[id]]
			by := "itself"
			if e.Code != c.Code {
				by = e.Code
			}
			if e.Display != "" {
				by += ", " + e.Display
			}
			fmt.Fprintf(t, "%d\t%d\t%s %s\t%s\n", counts[id].patients, counts[id].records, terms.ShortName(c.System), c.Code, by)
		}
	}); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%d of its %d lines occur in the records of %d patients.\n", len(used), len(s.set.Entries), patients)
	return s.foot(w)
}
