package synth

// coronary is stable coronary disease.
var coronary = course{[]stage{
	{
		state: coronaryDisease, where: atOffice, procedures: []concept{electrocardiogram, coronaryAngiography},
		drugs: []dosing{{drug: simvastatin, times: 1}, {drug: clopidogrel, times: 1}, {drug: nitroglycerin, times: 1, asNeeded: true}}, effects: []effect{{lowDensity, -15000}},
	},
	{wait: span{400, 1500}, chance: 20, where: atHospital, procedures: []concept{bypassGraft}, echo: true},
}}

// heartAttack is a myocardial infarction and the months after it.
var heartAttack = course{[]stage{
	{
		state: infarction, where: atEmergency, lasts: span{20, 40}, procedures: []concept{electrocardiogram, coronaryIntervention}, echo: true, imaging: true,
		drugs:   []dosing{{drug: clopidogrel, times: 1}, {drug: atorvastatin, times: 1}, {drug: metoprolol, times: 1}, {drug: nitroglycerin, times: 1, asNeeded: true}},
		effects: []effect{{lowDensity, -25000}, {ejection, -6000}},
	},
	{wait: span{60, 90}, where: atOffice, state: infarctionHistory},
}}
