package synth

// shapeProfiles are made for what no criterion asks: who is not in a list at all.
func shapeProfiles() []profile {
	risk := []begun{{course: raisedGlucose, ago: 900, stages: 1}}
	pins := []pin{{bodyMass, 30600}, {hba1c, 6000}, {fastingGlucose, 109000}, {systolic, 125000}, {filtration, 85200}}
	return []profile{
		// Withheld from every list: died 200 days ago.
		{name: "died", age: 77, dead: 200, years: 6, pins: pins, courses: risk},
		// Withheld and not counted anywhere: a refusal of research.
		{name: "refused research", female: true, age: 56, pins: pins, courses: risk, quirks: []quirk{opposes}},
		// Withheld from the trial of vitamin D alone: on study there.
		{name: "on study", age: 53, pins: pins, courses: risk, allergies: noList, quirks: []quirk{takesPart("NCT01942694", "Vitamin D for diabetes prevention", 150)}},
	}
}
