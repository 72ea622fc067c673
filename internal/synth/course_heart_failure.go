package synth

// weakHeart is heart failure: an admission, then care at home.
var weakHeart = course{[]stage{
	{
		state: heartFailure, where: atHospital, procedures: []concept{electrocardiogram, oxygenMask}, echo: true, imaging: true,
		drugs: []dosing{{drug: furosemide, times: 1}, {drug: metoprolol, times: 1}}, effects: []effect{{ejection, -24000}, {heartRate, 6000}},
		plan: snomed("735984001", "Heart failure self management plan"), advice: []concept{snomed("423475008", "Heart failure education")},
	},
	{wait: span{60, 200}, chance: 70, where: atOffice, echo: true},
	{wait: span{300, 700}, chance: 30, where: atHospital, procedures: []concept{oxygenMask}, echo: true},
}}
