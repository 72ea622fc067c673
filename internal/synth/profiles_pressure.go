package synth

// pressureProfiles are made for the trial of intensive blood-pressure control (NCT01206062).
func pressureProfiles() []profile {
	pressed := begun{course: highPressure, ago: 1900, stages: 2}
	narrow := begun{course: coronary, ago: 1500, stages: 1}
	pins := func(pressure int64) []pin {
		return []pin{{systolic, pressure}, {diastolic, 82000}, {bodyMass, 27900}, {filtration, 71300}, {hba1c, 5500}, {fastingGlucose, 93000}, {potassium, 4300}}
	}
	return []profile{
		// Potentially eligible: coronary disease.
		{name: "hypertension with coronary disease", age: 67, tests: glycaemicTest, pins: pins(146000), courses: []begun{pressed, narrow}, quirks: []quirk{preliminary(potassium)}},
		// Potentially eligible: by age alone.
		{name: "hypertension at 78", female: true, age: 78, tests: glycaemicTest, pins: pins(152000), courses: []begun{pressed}, quirks: []quirk{states(suspectedLungCancer, "confirmed"), forgotten(warfarin)}},
		// Needs review: no blood pressure on record.
		{name: "hypertension, never measured", female: true, age: 70, tests: glycaemicTest, pins: pins(140000), courses: []begun{pressed, narrow}, never: []measure{systolic, diastolic}},
		// Needs review: the newest systolic value is missing, with a reason.
		{name: "hypertension, systolic not performed", age: 72, tests: glycaemicTest, pins: pins(141000), courses: []begun{pressed, narrow}, quirks: []quirk{missing(systolic, "not-performed")}},
		// Not yet: turns 50 in 100 days.
		{name: "hypertension, turns 50 soon", age: 49, birthdayIn: 100, tests: glycaemicTest, pins: pins(144000), courses: []begun{pressed, narrow}},
		// Ineligible while heart failure counts as present; where its beginning counts, not yet: six months are asked for.
		{name: "heart failure five months ago", female: true, age: 66, tests: glycaemicTest, pins: append(pins(142000), pin{ejection, 36000}), courses: []begun{pressed, narrow, {course: weakHeart, ago: 152, stages: 1}}},
		// Ineligible here as for the other trials that exclude diabetes.
		{
			name: "hypertension with diabetes", age: 64, courses: []begun{pressed, {course: typeTwo, ago: 2300, stages: 2}},
			pins:   []pin{{systolic, 148000}, {bodyMass, 33800}, {hba1c, 7400}, {fastingGlucose, 142000}, {filtration, 82100}, {albuminRatio, 22000}},
			quirks: []quirk{bounded(albuminRatio, "<", "5"), vague(diabetes, 7)},
		},
		// Ineligible everywhere: on dialysis.
		{
			name: "dialysis", age: 65, pins: []pin{{systolic, 151000}, {filtration, 8900}, {albuminRatio, 2100000}, {bodyMass, 27600}, {potassium, 5400}},
			courses: []begun{pressed, {course: kidneyDisease, ago: 3200, stages: 5}, {course: kidneysGone, ago: 420, stages: 1}}, quirks: []quirk{done(renalDialysis, 360, 28)},
		},
	}
}
