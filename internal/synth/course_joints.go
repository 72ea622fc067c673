package synth

// wornJoints is osteoarthritis of the knee.
var wornJoints = course{[]stage{
	{state: kneeOsteoarthritis, where: atOffice, drugs: []dosing{{drug: naproxen, times: 2, asNeeded: true}}, effects: []effect{{pain, 1800}}},
}}

// polyps are polyps of the colon.
var polyps = course{[]stage{
	{state: colonPolyp, where: atOffice, procedures: []concept{colonoscopy}, lasts: span{20, 90}},
}}
