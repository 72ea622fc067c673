package synth

// kidneyDisease is chronic kidney disease going down the stages, without its treatment.
var kidneyDisease = course{[]stage{
	{state: kidneyStage2, where: atRoutine, tests: kidneyTest, effects: []effect{{filtration, -18000}, {albuminRatio, 60000}}, procedures: []concept{renalUltrasound, urineProtein}},
	{wait: span{250, 600}, chance: 60, where: atRoutine, state: kidneyStage3, effects: []effect{{filtration, -20000}, {albuminRatio, 250000}}},
	{wait: span{100, 300}, chance: 60, where: atRoutine, state: proteinuria, effects: []effect{{albuminRatio, 200000}}},
	{wait: span{100, 500}, chance: 35, where: atRoutine, state: anemia, effects: []effect{{hemoglobin, -2600}}, drugs: []dosing{{drug: vitaminB12, times: 1}}},
	{wait: span{500, 1200}, chance: 35, where: atRoutine, state: kidneyStage4, effects: []effect{{filtration, -18000}, {potassium, 400}}},
}}

// kidneysGone is kidney failure: written down once, and dialysis from then on.
var kidneysGone = course{[]stage{
	{state: kidneyFailure, where: atHospital, procedures: []concept{renalDialysis}, effects: []effect{{filtration, -40000}, {potassium, 600}}},
}}

// kidneyProtection is what albuminuria is treated with.
var kidneyProtection = course{[]stage{
	{where: atRoutine, drugs: []dosing{{drug: lisinopril, times: 1}}, effects: []effect{{systolic, -5000}, {potassium, 200}}},
}}

// cysticKidneys are polycystic kidneys.
var cysticKidneys = course{[]stage{
	{state: polycysticKidney, where: atOffice, tests: kidneyTest, procedures: []concept{renalUltrasound}, effects: []effect{{filtration, -30000}, {systolic, 8000}}, imaging: true},
}}

// lupus is lupus nephritis.
var lupus = course{[]stage{
	{state: lupusNephritis, where: atOffice, tests: kidneyTest, procedures: []concept{urineProtein}, effects: []effect{{filtration, -25000}, {albuminRatio, 700000}}},
}}
