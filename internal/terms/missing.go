package terms

import (
	"prescreen/internal/mistake"
	"prescreen/internal/quantity"
)

// ByKind is how an author says, per kind of record, what nothing on record means.
type ByKind struct {
	Diagnosis  mistake.Text `key:"diagnosis" words:"unknown|not met"`
	Procedure  mistake.Text `key:"procedure" words:"unknown|not met"`
	Medication mistake.Text `key:"medication" words:"unknown|not met"`
	Allergy    mistake.Text `key:"allergy" words:"unknown|not met"`
	Vaccine    mistake.Text `key:"vaccine" words:"unknown|not met"`
	Visit      mistake.Text `key:"visit" words:"unknown|not met"`
	Lab        mistake.Text `key:"lab" words:"unknown|not met"`
	Vital      mistake.Text `key:"vital" words:"unknown|not met"`
	Score      mistake.Text `key:"score" words:"unknown|not met"`
	Marker     mistake.Text `key:"marker" words:"unknown|not met"`
	Stage      mistake.Text `key:"stage" words:"unknown|not met"`
	Family     mistake.Text `key:"family" words:"unknown|not met"`
	Flag       mistake.Text `key:"flag" words:"unknown|not met"`
	Language   mistake.Text `key:"language" words:"unknown|not met"`
	Coverage   mistake.Text `key:"coverage" words:"unknown|not met"`
}

// NotMet gives the kinds that were named: true for "not met", false for "unknown".
func (b *ByKind) NotMet() map[Domain]bool {
	said := map[Domain]bool{}
	if b == nil {
		return said
	}
	texts := [...]mistake.Text{
		b.Diagnosis, b.Procedure, b.Medication, b.Allergy, b.Vaccine, b.Visit, b.Lab, b.Vital,
		b.Score, b.Marker, b.Stage, b.Family, b.Flag, b.Language, b.Coverage,
	}
	for d, t := range texts {
		if t.Given() {
			said[Domain(d)] = t.Value == "not met"
		}
	}
	return said
}

// NumberAndUnit takes a quantity apart, both as written.
func NumberAndUnit(s string) (number, unit string, err error) {
	v, unit, err := quantity.ParseQuantity(s)
	if err != nil {
		return "", "", err
	}
	return v.String(), unit, nil
}
