package synth

// tiredLungs is chronic obstructive bronchitis.
var tiredLungs = course{[]stage{
	{
		state: obstructiveLung, where: atOffice, tests: airflowTest, procedures: []concept{spirometry}, effects: []effect{{airflow, -22000}, {breathing, 3000}},
		drugs: []dosing{{drug: inhaledSteroid, times: 2}, {drug: albuterol, times: 1, asNeeded: true}},
		plan:  snomed("412776001", "Chronic obstructive pulmonary disease clinical management plan"), advice: []concept{snomed("229065009", "Exercise therapy")},
	},
	{wait: span{200, 700}, chance: 40, where: atOffice, procedures: []concept{pulmonaryRehab}},
}}
