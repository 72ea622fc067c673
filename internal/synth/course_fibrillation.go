package synth

// flutteringHeart is atrial fibrillation, with an anticoagulant.
var flutteringHeart = course{[]stage{
	{state: atrialFibrillation, where: atOffice, procedures: []concept{electrocardiogram}, drugs: []dosing{{drug: apixaban, times: 2}}, effects: []effect{{heartRate, 14000}}},
	{wait: span{30, 200}, chance: 50, where: atOffice, procedures: []concept{cardioversion}, effects: []effect{{heartRate, -10000}}},
	{wait: span{100, 500}, chance: 30, where: atRoutine, drugs: []dosing{{drug: digoxin, times: 1}}},
}}
