package rule

import (
	"slices"
	"strconv"
	"strings"

	"prescreen/internal/chart"
)

// inWords tells what stands on record without a code, newest first, for somebody to read.
func (t *teller) inWords() string {
	const told = 3
	var list []string
	named := 0
	for i := t.last(); i >= 0; i-- {
		one := t.wording(i)
		if slices.Contains(list, one) {
			continue
		}
		if list = append(list, one); t.source(i).Display != "" {
			named++
		}
	}
	if len(list) == 1 && named == 0 {
		return t.wordless()
	}
	n, kind := len(list), t.fact(t.last()).Kind
	count := kind.Count(n)
	switch {
	case n == 1:
		return article(kind) + " is on record in words only: " + list[0] + ". To settle: read it."
	case len(t.leaf.Facts) > wordsShown:
		count, list = "Many "+kind.String(), append(list[:min(n, told)], "and others")
	case n > told:
		list = append(list[:told], "and "+strconv.Itoa(n-told)+" more")
	}
	return count + " are on record in words only: " + strings.Join(list, "; ") + ". To settle: read them."
}

// article begins a sentence with one record of a kind.
func article(k chart.Kind) string {
	one := strings.TrimPrefix(k.Count(1), "1 ")
	if strings.HasPrefix(one, "a") {
		return "An " + one
	}
	return "A " + one
}

// wording is one record in its own words, with its day.
func (t *teller) wording(i int) string {
	f, s := t.fact(i), t.source(i)
	words := "“" + s.Display + "”"
	if s.Display == "" {
		words = "one without words"
	}
	switch {
	case !written(f).Known():
		return words + ", no date on record"
	case f.Kind == chart.Medication:
		return words + ", " + medicated[f.Origin] + " " + t.day(begun(f), s.Date)
	case f.Kind == chart.Procedure:
		return words + ", on " + t.day(f.Begin, s.Date)
	case f.Noted.Known():
		return words + ", recorded " + t.day(f.Noted, "")
	}
	return words + ", " + t.began(i)
}

// wordless tells of one record that says neither by code nor by words what it is about.
func (t *teller) wordless() string {
	i := t.last()
	f, s := t.fact(i), t.source(i)
	of := ""
	if w := written(f); w.Known() {
		of = " of " + t.day(w, s.Date)
	}
	if f.Kind != chart.Medication {
		return article(f.Kind) + of + " is on record without code or words. To settle: read the chart."
	}
	record := map[chart.Origin]string{
		chart.FromMedicationRequest: "An order", chart.FromMedicationStatement: "A statement",
		chart.FromMedicationAdministration: "An administration", chart.FromMedicationDispense: "A dispense",
	}[f.Origin]
	return record + of + " names no drug that could be found. To settle: read the chart."
}
