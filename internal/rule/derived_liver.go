package rule

import "math"

// fib4Index estimates liver fibrosis from age, AST and ALT in U/L and platelets in 10*9/L (Sterling et al., Hepatology
// 2006;43:1317).
func fib4Index(age, ast, alt, platelets float64) float64 {
	return age * ast / (platelets * math.Sqrt(alt))
}

// meldI is the model for end-stage liver disease, from creatinine and bilirubin in mg/dL and the INR, without the term for
// the cause (OPTN). Nothing is rounded.
func meldI(creatinine, bilirubin, inr float64, dialysis bool) float64 {
	creatinine = min(max(creatinine, 1), 4)
	if dialysis {
		creatinine = 4
	}
	return 9.57*math.Log(creatinine) + 3.78*math.Log(max(bilirubin, 1)) + 11.2*math.Log(max(inr, 1)) + 6.43
}

// meldNa is OPTN's MELD with sodium of 2016, in mmol/L. Kim's of 2008 is another formula.
func meldNa(creatinine, bilirubin, inr, sodium float64, dialysis bool) float64 {
	meld := meldI(creatinine, bilirubin, inr, dialysis)
	if meld <= 11 {
		return meld
	}
	low := 137 - min(max(sodium, 125), 137)
	return meld + 1.32*low - 0.033*meld*low
}

// meld3 is MELD 3.0 (Kim et al., Gastroenterology 2021;161:1887; OPTN 2023), with albumin in g/dL. It has no cap at 40:
// that is how it is displayed.
func meld3(creatinine, bilirubin, inr, sodium, albumin float64, female, dialysis bool) float64 {
	creatinine = min(max(creatinine, 1), 3)
	if dialysis {
		creatinine = 3
	}
	lnC, lnB, lnI := math.Log(creatinine), math.Log(max(bilirubin, 1)), math.Log(max(inr, 1))
	na, alb := 137-min(max(sodium, 125), 137), 3.5-min(max(albumin, 1.5), 3.5)
	sex := 0.0
	if female {
		sex = 1.33
	}
	return sex + 4.56*lnB + 0.82*na - 0.24*na*lnB + 9.09*lnI + 11.14*lnC + 1.85*alb - 1.83*alb*lnC + 6
}

// childPugh adds up the points of bilirubin in mg/dL, albumin in g/dL, INR, and the grades of ascites (1 none, 2 mild, 3
// moderate or severe) and encephalopathy (1 none, 2 grade 1-2, 3 grade 3-4). In cholestatic disease more bilirubin is
// allowed (Pugh et al., Br J Surg 1973;60:646). A is 5-6, B 7-9, C 10-15.
func childPugh(bilirubin, albumin, inr, ascites, encephalopathy float64, cholestatic bool) float64 {
	low, high := 2.0, 3.0
	if cholestatic {
		low, high = 4, 10
	}
	return step(bilirubin, low, high) + 4 - step(albumin, 2.8, 3.5) + step(inr, 1.7, 2.3) + ascites + encephalopathy
}

// step is 1 below the low limit, 3 above the high one, 2 from the one to the other.
func step(x, low, high float64) float64 {
	switch {
	case x < low:
		return 1
	case x > high:
		return 3
	}
	return 2
}

var (
	bilirubinInput = input{sets: []string{"total bilirubin", "bilirubin"}, label: "bilirubin", unit: "mg/dL"}
	albuminInput   = input{sets: []string{"albumin"}, label: "albumin", unit: "g/dL"}
	inrInput       = input{sets: []string{"INR"}, label: "INR", unit: "{INR}"}
	sodiumInput    = input{sets: []string{"sodium"}, label: "sodium", unit: "mmol/L"}
	meldCreatinine = input{sets: []string{"creatinine"}, label: "creatinine", unit: "mg/dL"}
	onDialysis     = input{kind: dialysed, sets: []string{"dialysis"}, label: "dialysis in the week before"}
)

var formulaFIB4 = formula{
	word: "fib4", title: "FIB-4", name: "Sterling 2006", decimals: 2, age: true,
	inputs: []input{
		{sets: []string{"aspartate aminotransferase", "AST"}, label: "AST", unit: "U/L"},
		{sets: []string{"alanine aminotransferase", "ALT"}, label: "ALT", unit: "U/L"},
		{sets: []string{"platelets", "platelet count"}, label: "platelets", unit: "10*9/L"},
	},
	value: func(x *arguments) float64 { return fib4Index(x.of[ageAt], x.of[0], x.of[1], x.of[2]) },
}

var formulaMELD = formula{
	word: "meld", title: "MELD", name: "MELD(i), OPTN 2002 without cause", decimals: 1,
	inputs: []input{meldCreatinine, bilirubinInput, inrInput, onDialysis},
	value:  func(x *arguments) float64 { return meldI(x.of[0], x.of[1], x.of[2], x.of[3] == 1) },
}

var formulaMELDNa = formula{
	word: "meld_na", title: "MELD-Na", name: "OPTN 2016", decimals: 1,
	inputs: []input{meldCreatinine, bilirubinInput, inrInput, sodiumInput, onDialysis},
	value:  func(x *arguments) float64 { return meldNa(x.of[0], x.of[1], x.of[2], x.of[3], x.of[4] == 1) },
}

var formulaMELD3 = formula{
	word: "meld3", title: "MELD 3.0", name: "OPTN 2023", decimals: 1, sex: true,
	inputs: []input{meldCreatinine, bilirubinInput, inrInput, sodiumInput, albuminInput, onDialysis},
	value: func(x *arguments) float64 {
		return meld3(x.of[0], x.of[1], x.of[2], x.of[3], x.of[4], x.female, x.of[5] == 1)
	},
}

// Child and Pugh's limits for bilirubin are 2 and 3 mg/dL, and 34 and 51 umol/L: 17 to 1, not the exact weight.
var formulaChildPugh = formula{
	word: "child_pugh", title: "Child-Pugh score", name: "Pugh 1973", whole: true,
	inputs: []input{
		{sets: bilirubinInput.sets, label: "bilirubin", unit: "mg/dL", round: map[string]float64{"umol/L": 17}},
		albuminInput, inrInput,
		{kind: graded, sets: []string{"ascites grade"}, label: "ascites"},
		{kind: graded, sets: []string{"hepatic encephalopathy grade"}, label: "encephalopathy"},
		{kind: diagnosedFlag, sets: []string{"cholestatic liver disease"}, label: "cholestatic liver disease"},
	},
	value: func(x *arguments) float64 {
		return childPugh(x.of[0], x.of[1], x.of[2], x.of[3], x.of[4], x.of[5] == 1)
	},
}
