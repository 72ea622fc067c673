package synth

// highPressure is hypertension: a thiazide first, amlodipine on top where that is not enough.
var highPressure = course{[]stage{
	{
		state: hypertension, where: atRoutine, drugs: []dosing{{drug: thiazide, times: 1}}, effects: []effect{{systolic, 18000}, {diastolic, 8000}},
		plan: snomed("443402002", "Lifestyle education regarding hypertension"), advice: []concept{snomed("386463000", "Prescribed activity/exercise education"), snomed("225323000", "Smoking cessation education")},
	},
	{wait: span{150, 500}, chance: 55, where: atRoutine, drugs: []dosing{{drug: amlodipine, times: 1}}, effects: []effect{{systolic, -6000}}},
	{wait: span{150, 600}, chance: 40, where: atRoutine, drugs: []dosing{{drug: lisinopril, times: 1}}, effects: []effect{{systolic, -6000}}},
}}
