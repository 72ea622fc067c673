package rule

import (
	"math"
	"math/big"
)

// ckdEPI2021 is the estimated filtration rate in mL/min per 1.73 m2 of an adult, from creatinine in mg/dL, without race
// (Inker et al., N Engl J Med 2021;385:1737).
func ckdEPI2021(creatinine, age float64, female bool) float64 {
	kappa, alpha, sex := 0.9, -0.302, 1.0
	if female {
		kappa, alpha, sex = 0.7, -0.241, 1.012
	}
	r := creatinine / kappa
	return 142 * math.Pow(min(r, 1), alpha) * math.Pow(max(r, 1), -1.200) * math.Pow(0.9938, age) * sex
}

// cockcroftGault is the creatinine clearance in mL/min, from creatinine in mg/dL and weight in kg (Cockcroft and Gault,
// Nephron 1976;16:31). Beyond 140 years it has no meaning and is 0.
func cockcroftGault(creatinine, kg, age float64, female bool) float64 {
	clearance := max(140-age, 0) * kg / (72 * creatinine)
	if female {
		clearance *= 0.85
	}
	return clearance
}

func cockcroftGaultExactly(x *exactly) *big.Rat {
	top := new(big.Rat).Mul(big.NewRat(max(140-x.age, 0), 1), x.of[1])
	if x.female {
		top.Mul(top, big.NewRat(85, 100))
	}
	return over(top, new(big.Rat).Mul(x.of[0], big.NewRat(72, 1)))
}

var formulaEGFR = formula{
	word: "egfr", title: "eGFR", name: "CKD-EPI 2021", unit: "mL/min/{1.73_m2}", decimals: 0,
	age: true, sex: true, adult: true,
	inputs: []input{{sets: []string{"creatinine"}, label: "creatinine", unit: "mg/dL"}},
	report: &report{sets: []string{"eGFR"}, forms: reportedEGFR},
	value:  func(x *arguments) float64 { return ckdEPI2021(x.of[0], x.of[ageAt], x.female) },
}

var formulaCrCl = formula{
	word: "crcl", title: "Creatinine clearance", inside: "creatinine clearance", name: "Cockcroft-Gault 1976", unit: "mL/min", decimals: 0,
	age: true, sex: true,
	inputs: []input{
		{sets: []string{"creatinine"}, label: "creatinine", unit: "mg/dL"},
		{sets: []string{"body weight", "weight"}, label: "actual body weight", unit: "kg", apart: ninetyDays},
	},
	report: &report{sets: []string{"creatinine clearance"}, forms: reportedCrCl, only: true, optional: true},
	value:  func(x *arguments) float64 { return cockcroftGault(x.of[0], x.of[1], x.of[ageAt], x.female) },
	exact:  cockcroftGaultExactly,
}

// reportedEGFR tells by which formula a laboratory computed, by LOINC code; the order of semantics is the rank.
var reportedEGFR = map[string]form{
	"98979-8": {0, "CKD-EPI 2021", false},
	"98980-6": {0, "CKD-EPI 2021 with cystatin C", false},
	"62238-1": {1, "CKD-EPI 2009", false},
	"88293-6": {1, "CKD-EPI 2009, race-specific", true},
	"88294-4": {1, "CKD-EPI 2009, race-specific", true},
	"33914-3": {2, "MDRD", false},
	"77147-7": {2, "MDRD", false},
	"48642-3": {2, "MDRD, race-specific", true},
	"48643-1": {2, "MDRD, race-specific", true},
}

// reportedCrCl: a clearance measured in urine is another quantity and never answers for Cockcroft and Gault's.
var reportedCrCl = map[string]form{"35591-7": {0, "Cockcroft-Gault", false}}
