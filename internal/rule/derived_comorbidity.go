package rule

// charlsonAge is what an age adds to Charlson's index: a point for each decade from 50 on (Charlson et al., J Clin
// Epidemiol 1994;47:1245).
func charlsonAge(age int) int { return max(0, age/10-4) }

// scoreCharlson is the comorbidity index of 1987 (J Chronic Dis 1987;40:373). On one line stand diagnoses that count once:
// of one organ only the heavier, of a tumour only its spread.
var scoreCharlson = score{
	age: charlsonAge,
	lines: []scoreLine{
		{{"myocardial infarction", 1}},
		{{"heart failure", 1}},
		{{"peripheral vascular disease", 1}},
		{{"cerebrovascular disease", 1}},
		{{"dementia", 1}},
		{{"chronic pulmonary disease", 1}},
		{{"connective tissue disease", 1}},
		{{"peptic ulcer disease", 1}},
		{{"moderate or severe liver disease", 3}, {"mild liver disease", 1}},
		{{"diabetes with end-organ damage", 2}, {"diabetes", 1}},
		{{"hemiplegia", 2}},
		{{"moderate or severe kidney disease", 2}},
		{{"metastatic solid tumour", 6}, {"solid tumour", 2}},
		{{"leukaemia", 2}},
		{{"lymphoma", 2}},
		{{"AIDS", 6}},
	},
}

var formulaCharlson = formula{
	word: "charlson", title: "Charlson index", name: "Charlson 1987 with age", age: true, score: &scoreCharlson,
}
