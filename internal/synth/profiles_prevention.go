package synth

// preventionProfiles are made for the trial of vitamin D in people at risk of diabetes (NCT01942694).
func preventionProfiles() []profile {
	risk := func(ago int) begun { return begun{course: raisedGlucose, ago: ago, stages: 1} }
	pins := func(mass, a1c, fasting int64) []pin {
		return []pin{{bodyMass, mass}, {hba1c, a1c}, {fastingGlucose, fasting}, {systolic, 124000}, {filtration, 88400}, {calcium, 9400}}
	}
	return []profile{
		// Potentially eligible: both tests in range.
		{name: "prediabetes", age: 58, pins: pins(31200, 6000, 110000), courses: []begun{risk(900)}},
		// Potentially eligible: the same in the units of other laboratories.
		{
			name: "prediabetes, molar units", female: true, age: 62, pins: pins(29400, 6000, 113000), courses: []begun{risk(700)},
			quirks: []quirk{ifccUnit(), molarGlucose(fastingGlucose), molarGlucose(glucose), molarCreatinine()},
		},
		// Needs review: no glucose test on record at all.
		{
			name: "prediabetes, never tested", age: 54, pins: pins(30100, 6000, 110000), courses: []begun{risk(600)},
			never: []measure{glucose, fastingGlucose, toleranceGlucose, hba1c},
		},
		// Needs review: of the three tests one is in range, one lacks its unit, one was never done.
		{
			name: "prediabetes, unit missing", female: true, age: 60, pins: pins(28700, 6100, 107000), courses: []begun{risk(800)},
			never: []measure{toleranceGlucose}, quirks: []quirk{unitless(hba1c), vague(prediabetes, 7), states(diabetes, "provisional")},
		},
		// Needs review: last seen more than two years ago, so nothing on record says nothing.
		{name: "prediabetes, not seen for two years", age: 57, lastSeen: 800, years: 7, pins: pins(30800, 6000, 108000), courses: []begun{risk(1500)}},
		// Not yet: turns 30 in 90 days.
		{name: "prediabetes, turns 30 soon", female: true, age: 29, birthdayIn: 90, pins: pins(33600, 6100, 109000), courses: []begun{risk(500)}},
		// Near miss: body-mass index 42.7.
		{name: "prediabetes, too heavy", age: 49, pins: pins(42700, 6000, 111000), courses: []begun{risk(700), {course: overweight, ago: 1400, stages: 2}}},
		// Near miss: one of three tests in range, the others just below.
		{
			name: "prediabetes, one test in range", female: true, age: 59, tests: toleranceTest, courses: []begun{risk(650)},
			pins: append(pins(29900, 5800, 97000), pin{toleranceGlucose, 128000}),
		},
		// Ineligible: kidney stones, and the overactive parathyroid that makes them.
		{name: "prediabetes, kidney stones", age: 55, pins: pins(30500, 6000, 112000), courses: []begun{risk(800), {course: stones, ago: 700, stages: 1}, {course: parathyroid, ago: 640, stages: 1}}},
		// Ineligible: bariatric surgery.
		{name: "prediabetes, stomach surgery", female: true, age: 51, pins: pins(33100, 5900, 106000), courses: []begun{risk(900), {course: stomachSurgery, ago: 500, stages: 2}}},
	}
}
