package synth

// legArteries is peripheral artery disease.
var legArteries = course{[]stage{
	{state: peripheralArtery, where: atOffice, drugs: []dosing{{drug: clopidogrel, times: 1}, {drug: simvastatin, times: 1}}, effects: []effect{{lowDensity, -15000}}},
}}
