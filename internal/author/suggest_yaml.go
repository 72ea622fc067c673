package author

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/trial"
)

// WriteSuggested writes suggested tests as they are pasted below "tests:" of a trial file.
func WriteSuggested(w io.Writer, t *trial.Trial, list []Suggested) {
	fmt.Fprintf(w, "# For %s, below \"tests:\". Every answer below is what the criteria say today, not what they should say:\n", t.File)
	fmt.Fprintf(w, "# check each against the protocol, put it right where it is wrong, and take its mark %q away.\n", Tick)
	for _, s := range list {
		for _, text := range s.Besides {
			fmt.Fprintf(w, "  # %s: no case can be made up for %s; write one by hand.\n", s.Criterion.ID, strings.Join(strings.Fields(text), " "))
		}
		if len(s.Test.Cases) == 0 {
			continue
		}
		fmt.Fprintf(w, "  # %s: %s\n", s.Criterion.Kind, clean(s.Criterion.Text))
		fmt.Fprintf(w, "  - name: %s\n    as_of: %s\n    patient:\n", scalar(s.Test.Name), s.Test.AsOf)
		writePatient(w, &s.Test.Patient, "      ")
		fmt.Fprintln(w, "    cases:")
		for i := range s.Test.Cases {
			writeCase(w, &s.Test.Cases[i])
		}
	}
}

func writeCase(w io.Writer, c *trial.Case) {
	fmt.Fprintf(w, "      - name: %s\n", scalar(c.Name))
	var but strings.Builder
	writePatient(&but, &c.But, "          ")
	if but.Len() > 0 {
		fmt.Fprint(w, "        but:\n"+but.String())
	}
	for _, e := range c.Expect.Verdicts {
		fmt.Fprintf(w, "        expect: {%s: %s}  %s\n", scalar(e.Criterion), e.Verdict, Tick)
	}
}

// writePatient writes what is said of a patient, in the shorthand.
func writePatient(w io.Writer, p *trial.Patient, indent string) {
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s%s: %s\n", indent, key, value)
		}
	}
	line("birth", written(p.Birth))
	line("sex", p.Sex)
	line("died", written(p.Died))
	line("record_since", written(p.RecordSince))
	line("last_contact", written(p.LastContact))
	if p.NoKnownAllergies {
		line("no_known_allergies", "true")
	}
	list := func(key string, n int, item func(i int) pairs) {
		if n == 0 {
			return
		}
		fmt.Fprintf(w, "%s%s:\n", indent, key)
		for i := range n {
			fmt.Fprintf(w, "%s  - {%s}\n", indent, item(i))
		}
	}
	list("diagnoses", len(p.Diagnoses), func(i int) pairs { return diagnosisPairs(&p.Diagnoses[i]) })
	list("medications", len(p.Medications), func(i int) pairs { return medicationPairs(&p.Medications[i]) })
	for _, k := range [...]struct {
		key  string
		list []trial.Event
	}{
		{"procedures", p.Procedures},
		{"allergies", p.Allergies},
		{"vaccines", p.Vaccines},
		{"visits", p.Visits},
		{"family", p.Family},
		{"flags", p.Flags},
	} {
		list(k.key, len(k.list), func(i int) pairs { return eventPairs(&k.list[i]) })
	}
	writeCircumstances(line, list, p)
	for _, k := range [...]struct {
		key  string
		list []trial.Result
	}{{"labs", p.Labs}, {"vitals", p.Vitals}, {"scores", p.Scores}} {
		list(k.key, len(k.list), func(i int) pairs { return resultPairs(&k.list[i]) })
	}
}

// writeCircumstances writes what is said of the person beside diseases, drugs and results.
func writeCircumstances(line func(key, value string), list func(key string, n int, item func(i int) pairs), p *trial.Patient) {
	stay := func(s *trial.Stay) pairs {
		return pairs(nil).with("name", scalar(s.Name)).with("from", written(s.From)).with("to", written(s.To)).with("status", s.Status)
	}
	list("enrolled", len(p.Enrolled), func(i int) pairs { return stay(&p.Enrolled[i]) })
	list("coverage", len(p.Coverage), func(i int) pairs { return stay(&p.Coverage[i]) })
	if len(p.Languages) > 0 {
		var names []string
		for _, l := range p.Languages {
			names = append(names, scalar(l))
		}
		line("languages", "["+strings.Join(names, ", ")+"]")
	}
	group := func(key string, said pairs) {
		if len(said) > 0 {
			line(key, "{"+said.String()+"}")
		}
	}
	group("pregnancy", pairs(nil).with("status", p.Pregnancy.Status).with("on", written(p.Pregnancy.On)).with("due", written(p.Pregnancy.Due)))
	line("breastfeeding", scalar(p.Breastfeeding))
	group("smoking", pairs(nil).with("status", p.Smoking.Status).with("on", written(p.Smoking.On)).with("pack_years", p.Smoking.PackYears))
}

// pairs are the keys of one record, those that say something.
type pairs []string

func (p pairs) with(key, value string) pairs {
	if value == "" {
		return p
	}
	return append(p, key+": "+value)
}

func (p pairs) String() string { return strings.Join(p, ", ") }

func ofPairs(of *trial.Of) pairs {
	return pairs(nil).with("of", scalar(of.Set)).with("code", scalar(of.Code))
}

func diagnosisPairs(d *trial.Diagnosis) pairs {
	return ofPairs(&d.Of).with("began", written(d.Began)).with("ended", written(d.Ended)).with("recorded", written(d.Recorded)).
		with("status", d.Status).with("certainty", d.Certainty)
}

func medicationPairs(m *trial.Medication) pairs {
	p := ofPairs(&m.Of).with("from", written(m.From)).with("to", written(m.To)).with("as", m.As).with("status", m.Status)
	if !m.Supply.IsZero() {
		p = p.with("supply", m.Supply.String())
	}
	if m.AsNeeded {
		p = p.with("as_needed", "true")
	}
	return p.with("dose", m.Dose)
}

func eventPairs(e *trial.Event) pairs {
	return ofPairs(&e.Of).with("on", written(e.On)).with("to", written(e.To)).with("status", e.Status).
		with("certainty", e.Certainty).with("class", e.Class)
}

func resultPairs(r *trial.Result) pairs {
	p := ofPairs(&r.Of)
	if r.HasValue {
		sign := ""
		if r.Comparator != quantity.None {
			sign = r.Comparator.String()
		}
		p = p.with("value", `"`+strings.TrimSpace(sign+r.Value.String()+" "+r.Unit)+`"`)
	}
	return p.with("answer", scalar(r.Answer)).with("low", scalar(r.Low)).with("high", scalar(r.High)).
		with("on", written(r.On)).with("status", r.Status).with("class", r.Class)
}

func written(w dates.When) string {
	if s := moment(w); s != nil {
		return *s
	}
	return ""
}

var plainForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 _.()/+-]*$`)

// scalar writes a text as YAML takes it for that text.
func scalar(s string) string {
	switch strings.ToLower(s) {
	case "":
		return ""
	case "true", "false", "null", "yes", "no", "on", "off":
		return `"` + s + `"`
	}
	if plainForm.MatchString(s) && strings.TrimSpace(s) == s {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
