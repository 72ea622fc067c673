package rule

import "math/big"

// correctedCalcium is the calcium in mg/dL that a normal albumin would give; albumin in g/dL (Payne et al., BMJ
// 1973;4:643, in the units of the United States).
func correctedCalcium(calcium, albumin float64) float64 { return calcium + 0.8*(4-albumin) }

func correctedCalciumExactly(x *exactly) *big.Rat {
	low := new(big.Rat).Sub(big.NewRat(4, 1), x.of[1])
	return low.Add(low.Mul(low, big.NewRat(8, 10)), x.of[0])
}

var formulaCorrectedCalcium = formula{
	word: "corrected_calcium", title: "Corrected calcium", inside: "corrected calcium", name: "Payne 1973", unit: "mg/dL", decimals: 1,
	inputs: []input{
		{sets: []string{"calcium"}, label: "calcium", unit: "mg/dL"},
		albuminInput,
	},
	report: &report{sets: []string{"albumin-corrected calcium"}, optional: true},
	scale:  []string{"calcium"},
	value:  func(x *arguments) float64 { return correctedCalcium(x.of[0], x.of[1]) },
	exact:  correctedCalciumExactly,
}
