package synth

// overweight is obesity, written down once the body-mass index passes 30 and again past 40.
var overweight = course{[]stage{
	{state: obesity, where: atRoutine, effects: []effect{{bodyMass, 6500}, {systolic, 4000}}},
	{wait: span{300, 900}, chance: 15, where: atRoutine, state: severeObesity, effects: []effect{{bodyMass, 8000}}},
}}

// stomachSurgery is bariatric surgery and the loss of weight after it.
var stomachSurgery = course{[]stage{
	{where: atHospital, procedures: []concept{gastricBypass}, drugs: []dosing{{drug: oxycodone, times: 3, days: 7, asNeeded: true}}, effects: []effect{{bodyMass, -5000}}},
	{wait: span{90, 120}, where: atOffice, effects: []effect{{bodyMass, -4000}}, drugs: []dosing{{drug: vitaminB12, times: 1}}},
}}
