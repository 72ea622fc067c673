package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/screen"
)

// firstRejected is how many rejected inputs a summary names; the document has all.
const firstRejected = 10

// WriteSummary tells the person at the terminal what a run says about itself: what could not be read, who is in no list,
// how fresh the records are, and what looks like a mistake in a rule. Empty value sets come first.
func WriteSummary(w io.Writer, run *screen.Run, self *screen.SelfReport, o Options) error {
	out := bufio.NewWriter(w)
	p := palette{o.Colour}
	for i := range self.Trials {
		writeSuspicions(out, &self.Trials[i], p)
	}
	fmt.Fprintf(out, "Read %s, %s of %s, as of %s.\n", plural(run.Files, "file", "files"), plural(run.Resources, "resource", "resources"),
		plural(run.Patients, "patient", "patients"), run.AsOf)
	writeLost(out, run, p)
	for _, x := range run.Withheld {
		fmt.Fprintf(out, "Withheld: %s, %s.\n", plural(x.Count, "patient", "patients"), withheldWords[x.Why])
	}
	if n := self.Records.Later; n > 0 {
		fmt.Fprintf(out, "%s dated after %s, not seen.\n", plural(n, "record is", "records are"), run.AsOf)
	}
	if s := freshness(&self.Records); s != "" {
		fmt.Fprintln(out, wrap("Newest records: "+s+".", o.width(), "  "))
	}
	for i := range self.Trials {
		writeBases(out, &self.Trials[i], p)
	}
	return out.Flush()
}

// writeSuspicions names what most likely is a mistake of an author.
func writeSuspicions(out io.Writer, t *screen.TrialReport, p palette) {
	for _, e := range t.Empty {
		fmt.Fprintf(out, "%s %s %s: none of the %s of %q occurs in %s: %s\n", p.paint("!", yellow), t.Trial.ID, e.Criterion,
			plural(e.Codes, "code", "codes"), e.Name, plural(t.Asked, "chart", "charts"), share(t, e.Criterion))
	}
	for i := range t.Criteria {
		c := &t.Criteria[i]
		if e, same := c.Bases.Same(); same && c.Bases.Total() > 1 && c.Role != screen.RolePerson {
			fmt.Fprintf(out, "%s %s %s decides everybody the same way: %s.\n", p.paint("!", yellow), t.Trial.ID, c.Criterion.ID,
				effectWord(c.Criterion.Kind, e))
		}
	}
}

// share says how much of a criterion is open.
func share(t *screen.TrialReport, id string) string {
	for i := range t.Criteria {
		if b := &t.Criteria[i].Bases; t.Criteria[i].Criterion.ID == id && b.Total() > 0 {
			return fmt.Sprintf("%d %% open.", percent(b.Open, b.Total()))
		}
	}
	return "nobody was asked."
}

// writeLost tells what could not be used. Inputs are named: this is for the person at the terminal.
func writeLost(out io.Writer, run *screen.Run, p palette) {
	if n := len(run.Rejected); n > 0 {
		fmt.Fprintf(out, "%s could not be used:\n", p.paint(plural(n, "input or resource", "inputs or resources"), red))
		for _, r := range run.Rejected[:min(n, firstRejected)] {
			at := clean(r.Input)
			if r.Pointer != "" {
				at += " " + clean(r.Pointer)
			}
			fmt.Fprintf(out, "  %s: %s\n", at, clean(r.Reason))
		}
		if n > firstRejected {
			fmt.Fprintf(out, "  and %d more; --format json has them all.\n", n-firstRejected)
		}
	}
	var gaps []string
	for _, g := range run.Gaps {
		gaps = append(gaps, fmt.Sprintf("%d %s", g.Count, g.Kind))
	}
	if len(gaps) > 0 {
		fmt.Fprintf(out, "Gaps: %s.\n", strings.Join(gaps, ", "))
	}
}

// freshness gives the newest date of each kind of record.
func freshness(r *screen.Records) string {
	var parts []string
	for k := chart.Kind(0); k < chart.KindCount; k++ {
		if d := r.Newest[k]; d != screen.NoDay && r.Seen() {
			parts = append(parts, k.String()+" "+d.String())
		}
	}
	return strings.Join(parts, ", ")
}

// writeBases tells what each criterion's verdicts rest on.
func writeBases(out io.Writer, t *screen.TrialReport, p palette) {
	fmt.Fprintf(out, "%s: verdicts by record, by silence, open", p.bold(t.Trial.ID))
	assumed := false
	for i := range t.Criteria {
		assumed = assumed || t.Criteria[i].Bases.Assumed > 0
	}
	if assumed {
		fmt.Fprint(out, ", assumed by the rule")
	}
	if t.BySilence > 0 {
		fmt.Fprintf(out, " (%d ineligible by silence alone)", t.BySilence)
	}
	fmt.Fprintln(out)
	for i := range t.Criteria {
		c := &t.Criteria[i]
		b := &c.Bases
		if c.Criterion.Program == nil {
			continue
		}
		fmt.Fprintf(out, "  %-8s %3d %%  %3d %%  %3d %%", c.Criterion.ID, percent(b.Record, b.Total()), percent(b.Silence, b.Total()),
			percent(b.Open, b.Total()))
		if assumed {
			fmt.Fprintf(out, "  %3d %%", percent(b.Assumed, b.Total()))
		}
		if c.Role != "" {
			fmt.Fprintf(out, "  %s", c.Role)
		}
		fmt.Fprintln(out)
	}
}

// percent rounds to whole percents, but never to 0 or 100 what is neither.
func percent(n, of int) int {
	if of == 0 {
		return 0
	}
	p := (200*n + of) / (2 * of)
	switch {
	case n > 0 && p == 0:
		return 1
	case n < of && p == 100:
		return 99
	}
	return p
}
