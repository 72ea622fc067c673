package synth

// kidneyProfiles are made for the trial of dapagliflozin in chronic kidney disease (NCT03036150).
func kidneyProfiles() []profile {
	sick := func(stages int) begun { return begun{course: kidneyDisease, ago: 1300, stages: stages} }
	shielded := begun{course: kidneyProtection, ago: 700, stages: 1}
	pins := func(rate, ratio, pressure int64) []pin {
		return []pin{{filtration, rate}, {albuminRatio, ratio}, {systolic, pressure}, {bodyMass, 26800}, {potassium, 4600}, {hba1c, 5500}, {fastingGlucose, 92000}}
	}
	return []profile{
		// Potentially eligible; also for intensive blood-pressure control: eGFR 46, systolic 138.
		{name: "kidney disease", age: 63, tests: glycaemicTest, pins: pins(46200, 640000, 138000), courses: []begun{sick(3), shielded}, quirks: []quirk{twin(potassium, "4.9")}},
		// Potentially eligible: with type 2 diabetes, on an angiotensin receptor blocker.
		{
			name: "kidney disease with diabetes", female: true, age: 66, courses: []begun{sick(2), {course: typeTwo, ago: 2600, stages: 4}},
			pins:  []pin{{filtration, 52300}, {albuminRatio, 1210000}, {systolic, 136000}, {bodyMass, 31400}, {hba1c, 7600}, {fastingGlucose, 148000}},
			drugs: []started{{dosing{drug: losartan, times: 1}, 900}},
		},
		// Needs review: the albumin ratio was never measured.
		{name: "kidney disease, no albumin ratio", female: true, age: 71, tests: glycaemicTest, pins: pins(41800, 0, 127000), courses: []begun{sick(2), shielded}, never: []measure{albuminRatio}},
		// Not yet: stroke 50 days ago, 12 weeks are asked for.
		{
			name: "kidney disease, stroke 50 days ago", female: true, age: 67, tests: glycaemicTest, pins: pins(43900, 920000, 139000),
			courses: []begun{sick(2), shielded, {course: brainAttack, ago: 50, stages: 1}},
		},
		// Not yet: lisinopril for two weeks, four are asked for.
		{
			name: "kidney disease, treated for two weeks", age: 60, tests: glycaemicTest, pins: pins(55100, 830000, 128000), courses: []begun{sick(3)},
			drugs: []started{{dosing{drug: lisinopril, times: 1}, 14}},
		},
		// Near miss: albumin ratio 186.
		{name: "kidney disease, little albumin", female: true, age: 58, tests: glycaemicTest, pins: pins(49500, 186000, 129000), courses: []begun{sick(2), shielded}},
		// Ineligible: type 1 diabetes.
		{
			name: "kidney disease with type 1 diabetes", age: 47, pins: []pin{{filtration, 48100}, {albuminRatio, 720000}, {systolic, 134000}, {bodyMass, 25100}, {hba1c, 7900}},
			courses: []begun{sick(2), shielded, {course: typeOne, ago: 7000, stages: 1}},
		},
		// Ineligible: polycystic kidneys.
		{
			name: "polycystic kidneys", female: true, age: 52, tests: glycaemicTest, pins: pins(44700, 410000, 137000), courses: []begun{{course: cysticKidneys, ago: 2400, stages: 1}, sick(2), shielded},
			quirks: []quirk{inUnit(filtration, "mL/min", 1, func(v int64) int64 { return v })},
		},
	}
}
