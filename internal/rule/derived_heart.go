package rule

import "math"

// fridericia is the QT interval corrected for heart rate, in ms as the QT (Fridericia, Acta Med Scand 1920;53:469).
func fridericia(qt, rate float64) float64 { return qt / math.Cbrt(60/rate) }

var formulaQTcF = formula{
	word: "qtcf", title: "QTcF", name: "Fridericia 1920", unit: "ms", decimals: 0,
	inputs: []input{
		{sets: []string{"QT interval"}, label: "QT", unit: "ms"},
		{sets: []string{"heart rate"}, label: "heart rate", unit: "/min"},
	},
	report: &report{sets: []string{"QTcF"}, optional: true},
	beside: []string{"QTc by a formula not named"},
	value:  func(x *arguments) float64 { return fridericia(x.of[0], x.of[1]) },
}

// cha2ds2VascAge is what an age adds to CHA2DS2-VASc.
func cha2ds2VascAge(age int) int {
	switch {
	case age >= 75:
		return 2
	case age >= 65:
		return 1
	}
	return 0
}

// scoreCHA2DS2VASc is the stroke risk in atrial fibrillation (Lip et al., Chest 2010;137:263): of each line the points are
// given once, whichever of its diagnoses is there.
var scoreCHA2DS2VASc = score{
	age: cha2ds2VascAge, female: 1,
	lines: []scoreLine{
		{{"heart failure", 1}},
		{{"hypertension", 1}},
		{{"diabetes", 1}},
		{{"stroke", 2}, {"transient ischaemic attack", 2}, {"systemic thromboembolism", 2}},
		{{"myocardial infarction", 1}, {"peripheral artery disease", 1}, {"aortic plaque", 1}},
	},
}

var formulaCHA2DS2VASc = formula{
	word: "cha2ds2_vasc", title: "CHA2DS2-VASc", name: "Lip 2010", age: true, sex: true, score: &scoreCHA2DS2VASc,
}
