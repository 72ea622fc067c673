package synth

// raisedGlucose is prediabetes: found at a routine visit, tests from then on.
var raisedGlucose = course{[]stage{
	{
		state: prediabetes, where: atRoutine, tests: glycaemicTest,
		effects:    []effect{{hba1c, 700}, {fastingGlucose, 21000}, {toleranceGlucose, 40000}},
		procedures: []concept{urineProtein},
		plan:       snomed("698360004", "Diabetes self management plan"), advice: []concept{snomed("160670007", "Diabetic diet"), snomed("229065009", "Exercise therapy")},
	},
	{wait: span{300, 900}, chance: 30, where: atRoutine, state: metabolicSyndrome},
}}
