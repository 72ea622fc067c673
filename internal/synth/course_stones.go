package synth

// stones are kidney stones: they pass, and some come back.
var stones = course{[]stage{
	{
		state: kidneyStone, where: atEmergency, lasts: span{10, 40}, procedures: []concept{renalUltrasound}, imaging: true,
		drugs: []dosing{{drug: ibuprofen, times: 3, days: 7, asNeeded: true}},
	},
	{wait: span{300, 900}, chance: 35, state: kidneyStone, where: atEmergency, lasts: span{10, 40}, drugs: []dosing{{drug: naproxen, times: 2, days: 7, asNeeded: true}}},
}}

// parathyroid is hyperparathyroidism, with the calcium that gives it away.
var parathyroid = course{[]stage{
	{state: hyperparathyroidism, where: atOffice, effects: []effect{{calcium, 1400}}},
}}
