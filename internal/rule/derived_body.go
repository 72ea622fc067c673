package rule

import (
	"math"
	"math/big"
)

// bodyMassIndex is kg/m2 of a weight in kg and a height in cm.
func bodyMassIndex(kg, cm float64) float64 { return kg * 10000 / (cm * cm) }

func bodyMassIndexExactly(x []*big.Rat) *big.Rat {
	square := new(big.Rat).Mul(x[1], x[1])
	return over(new(big.Rat).Mul(x[0], big.NewRat(10000, 1)), square)
}

// over divides; nil where there is no answer.
func over(a, b *big.Rat) *big.Rat {
	if b.Sign() == 0 {
		return nil
	}
	return new(big.Rat).Quo(a, b)
}

// mosteller is the body surface in m2 of a weight in kg and a height in cm (Mosteller, N Engl J Med 1987;317:1098).
func mosteller(kg, cm float64) float64 { return math.Sqrt(kg * cm / 3600) }

var formulaBMI = formula{
	word: "bmi", title: "BMI", name: "weight / height²", unit: "kg/m2", decimals: 1,
	inputs: []input{
		{sets: []string{"body weight", "weight"}, label: "weight", unit: "kg"},
		{sets: []string{"body height", "height"}, label: "height", unit: "cm", apart: adultHeight},
	},
	report: &report{sets: []string{"BMI"}},
	value:  func(x *arguments) float64 { return bodyMassIndex(x.of[0], x.of[1]) },
	exact:  func(x *exactly) *big.Rat { return bodyMassIndexExactly(x.of) },
}

var formulaBSA = formula{
	word: "bsa", title: "Body surface area", inside: "body surface area", name: "Mosteller 1987", unit: "m2", decimals: 2,
	inputs: []input{
		{sets: []string{"body weight", "weight"}, label: "weight", unit: "kg"},
		{sets: []string{"body height", "height"}, label: "height", unit: "cm", apart: adultHeight},
	},
	value: func(x *arguments) float64 { return mosteller(x.of[0], x.of[1]) },
}
