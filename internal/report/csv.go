package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"prescreen/internal/screen"
)

// writeCSV writes one row per patient and trial: the working list.
func writeCSV(w io.Writer, d *Document, _ Options) error {
	return writeRows(w, d, []string{
		"trial", "rank", "patient", "sex", "birth_date", "age", "outcome", "near_miss", "likelihood", "eligible_from", "closes_on",
		"next_visit", "last_contact", "left", "fails", "open", "why",
	}, func(t *Trial, c *screen.Candidate, row func(...string)) {
		row(
			t.Trial.ID, strconv.Itoa(c.Rank), c.Patient.ID, c.Patient.Sex.String(), c.Patient.BirthDate, c.Patient.Age(),
			c.Outcome.String(), strings.Join(c.NearMiss, "; "), likelihoodText(c), dayOf(c.EligibleFrom), dayOf(c.ClosesOn),
			dayOf(c.NextVisit), dayOf(c.LastContact), left(c), ids(c, failing), ids(c, holding), strings.Join(append(why(c), besides(c)...), " "),
		)
	})
}

// writeCSVVerdicts writes one row per patient, trial and criterion.
func writeCSVVerdicts(w io.Writer, d *Document, _ Options) error {
	return writeRows(w, d, []string{
		"trial", "rank", "patient", "criterion", "kind", "text", "check", "verdict", "effect", "basis", "causes", "reason",
		"flips_on", "flips_to", "evidence",
	}, func(t *Trial, c *screen.Candidate, row func(...string)) {
		for i := range c.Criteria {
			k := criterionOf(&c.Criteria[i])
			var evidence []string
			for _, e := range c.Criteria[i].Evidence {
				evidence = append(evidence, evidenceLine(e))
			}
			row(t.Trial.ID, strconv.Itoa(c.Rank), c.Patient.ID, k.ID, k.Kind, k.Text, k.Check, k.Verdict, k.Effect, k.Basis,
				strings.Join(k.Causes, " "), k.Reason, k.FlipsOn, k.FlipsTo, strings.Join(evidence, "; "))
		}
	})
}

func writeRows(w io.Writer, d *Document, header []string, rows func(*Trial, *screen.Candidate, func(...string))) error {
	out := csv.NewWriter(w)
	row := func(cells ...string) {
		for i := range cells {
			cells[i] = safe(cells[i])
		}
		_ = out.Write(cells) // kept by the writer and told by Error
	}
	row(header...)
	for i := range d.Trials {
		for c, err := range d.Trials[i].Candidates {
			if err != nil {
				return err
			}
			rows(&d.Trials[i], c, row)
		}
	}
	out.Flush()
	return out.Error()
}

// safe keeps a spreadsheet from running a cell as a formula, and a terminal from obeying it:
// https://owasp.org/www-community/attacks/CSV_Injection
func safe(cell string) string {
	cell = clean(cell)
	if start, _ := utf8.DecodeRuneInString(strings.TrimSpace(cell)); strings.ContainsRune("=+-@＝＋－＠", start) {
		return "'" + cell
	}
	return cell
}

func likelihoodText(c *screen.Candidate) string {
	if !c.HasOdds || c.Outcome == screen.Ineligible {
		return ""
	}
	return strconv.FormatFloat(c.Likelihood, 'f', 2, 64)
}
