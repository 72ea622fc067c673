package trial

import (
	"strconv"
	"strings"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
)

// circumstances reads what a made-up patient has beside diseases, drugs and results.
func (r *reader) circumstances(t patientText, asOf dates.Day, p *Patient) {
	p.NoKnownAllergies = t.NoKnownAllergies
	p.Family, p.Flags = r.events(t.Family, asOf), r.events(t.Flags, asOf)
	p.Enrolled, p.Coverage = r.stays(t.Enrolled, asOf), r.stays(t.Coverage, asOf)
	p.Languages, p.Breastfeeding = values(t.Languages), t.Breastfeeding.Value
	if t.Pregnancy != nil {
		p.Pregnancy = Pregnancy{
			Status: t.Pregnancy.Status.Value, On: r.when(t.Pregnancy.On, asOf), Due: r.when(t.Pregnancy.Due, asOf), Line: t.Pregnancy.Line,
		}
	}
	if s := t.Smoking; s != nil {
		p.Smoking = Smoking{Status: s.Status.Value, On: r.when(s.On, asOf), PackYears: s.PackYears.Value, Line: s.Line}
		if s.PackYears.Given() {
			if _, err := quantity.Parse(s.PackYears.Value); err != nil {
				r.tell(s.PackYears.Place, badQuantity, "pack-years are a number, such as 20")
			}
		}
	}
}

func (r *reader) stays(texts []stayText, asOf dates.Day) []Stay {
	var list []Stay
	for _, t := range texts {
		list = append(list, Stay{
			Name: t.Name.Value, From: r.when(t.From, asOf), To: r.when(t.To, asOf), Status: t.Status.Value, Line: t.Line,
		})
	}
	return list
}

// dose reads how much is taken and how often.
func (r *reader) dose(t medicationText, m *Medication) {
	if t.Dose.Given() {
		if _, unit, err := quantity.ParseQuantity(t.Dose.Value); err != nil || unit == "" {
			r.tell(t.Dose.Place, badQuantity, "a dose is a number with its unit").Fix = "500 mg"
		}
		m.Dose = t.Dose.Value
	}
	if !t.PerDay.Given() {
		return
	}
	n, err := strconv.Atoi(t.PerDay.Value)
	switch {
	case err != nil || n < 1 || n > 24:
		r.tell(t.PerDay.Place, badPatient, "\"per_day\" is how many times a day, such as 2")
	case !t.Dose.Given():
		r.tell(t.PerDay.Place, badPatient, "\"per_day\" needs the \"dose\" of one taking")
	}
	m.PerDay = n
}

// answer reads what stands in place of a value, and the reference range.
func (r *reader) answer(t resultText, into *Result) {
	if t.Answer.Given() && t.Value.Given() {
		r.tell(t.Answer.Place, badPatient, "a result has either a \"value\" or an \"answer\"")
	}
	into.Answer, into.Class = strings.TrimSpace(t.Answer.Value), t.Class.Value
	into.Low, into.High = r.bound(t, t.Low.Value), r.bound(t, t.High.Value)
}

// bound reads one end of a reference range: a number in the unit of the value.
func (r *reader) bound(t resultText, text string) string {
	if text == "" {
		return ""
	}
	if _, err := quantity.Parse(text); err != nil || !t.Value.Given() {
		r.tell(t.Place, badQuantity, "\"low\" and \"high\" are the reference range of the result: numbers, in the unit of its value")
		return ""
	}
	return text
}
