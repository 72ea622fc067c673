package synth

// typeTwo is type 2 diabetes, with what it does to nerves and kidneys later.
var typeTwo = course{[]stage{
	{
		state: diabetes, where: atRoutine, tests: glycaemicTest | kidneyTest, drugs: []dosing{{drug: metformin, times: 1}},
		effects: []effect{{hba1c, 1900}, {fastingGlucose, 52000}, {toleranceGlucose, 110000}},
		plan:    snomed("698360004", "Diabetes self management plan"), advice: []concept{snomed("160670007", "Diabetic diet"), snomed("229065009", "Exercise therapy")},
	},
	{wait: span{200, 700}, chance: 45, where: atRoutine, state: hyperlipidemia, drugs: []dosing{{drug: simvastatin, times: 1}}, effects: []effect{{lowDensity, 25000}, {cholesterol, 30000}}},
	{wait: span{200, 900}, chance: 40, where: atRoutine, state: diabeticNeuropathy},
	{wait: span{100, 700}, chance: 40, where: atRoutine, state: microalbuminuria, effects: []effect{{albuminRatio, 90000}}},
	{wait: span{200, 900}, chance: 40, where: atRoutine, state: diabeticRenal, effects: []effect{{albuminRatio, 320000}, {filtration, -22000}}, drugs: []dosing{{drug: insulin, times: 2}}},
}}

// typeOne is type 1 diabetes.
var typeOne = course{[]stage{
	{
		state: diabetesType1, where: atOffice, tests: glycaemicTest | kidneyTest, drugs: []dosing{{drug: insulin, times: 2}},
		effects: []effect{{hba1c, 2300}, {fastingGlucose, 60000}, {toleranceGlucose, 120000}},
	},
}}
