package synth

// brainAttack is a stroke and the visit after it.
var brainAttack = course{[]stage{
	{
		state: stroke, where: atEmergency, lasts: span{20, 60}, procedures: []concept{brainTomography, electrocardiogram}, imaging: true,
		drugs: []dosing{{drug: clopidogrel, times: 1}, {drug: simvastatin, times: 1}}, effects: []effect{{systolic, 6000}},
	},
	{wait: span{25, 50}, where: atOffice, procedures: []concept{snomed("91251008", "Physical therapy procedure")}},
}}
