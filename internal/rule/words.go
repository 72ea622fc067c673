package rule

import (
	"slices"
	"unicode/utf8"

	"prescreen/internal/mistake"
	"prescreen/internal/terms"
)

// Form says how a word is used.
type Form uint8

// A yes/no word is a question by itself, a value word is compared with a limit, a connective joins or counts answers.
const (
	YesNo Form = iota
	Value
	Connective
)

// Gives says what a value word is compared with.
type Gives uint8

// Amount: quantities with units. Whole: whole numbers. Choice: one of Word.Choices.
const (
	Nothing Gives = iota
	Amount
	Whole
	Choice
)

// Param is one thing that stands in the brackets of a word.
type Param uint8

// SetParam is the name of a value set, WhenParam any number of when phrases, AnswersParam one or more yes/no expressions,
// CountParam a whole number from 1 to the number of answers, ValueParam a value word, QuestionParam a text.
const (
	SetParam Param = iota
	WhenParam
	QuestionParam
	CountParam
	AnswersParam
	ValueParam
)

// Word is one word of the language. Parser, checker, suggestions and the reference all range over the table of words, so a
// word that is not in it does not exist.
type Word struct {
	Name    string
	Form    Form
	Gives   Gives
	Params  []Param // none: the word stands without brackets
	Domains []terms.Domain
	When    []PhraseKind // the when phrases it takes
	Choices []string     // for Choice
	Silence string       // what nothing on record means
	Doc     string
	Example string
	Instead []string // what people write when they mean this word
}

var (
	resultPhrases = []PhraseKind{WindowPhrase, PickPhrase, ApartPhrase}
	setAndWhen    = []Param{SetParam, WhenParam}
)

const (
	silenceNotMet = "not met if the chart has that kind of record, reaches back beyond the window, was seen lately and no feed of that kind is partial or late; else unknown"
	silenceOpen   = "unknown"
)

// words is the table. A name that expr parses as one of its own functions cannot stand here.
var words = []Word{
	{
		Name: "age", Form: Value, Gives: Whole, Silence: silenceOpen,
		Doc:     "Completed years on the day asked about. A birth date without its day is an interval.",
		Example: `18 <= age <= 75`, Instead: []string{"years", "birthdate", "age_years"},
	},
	{
		Name: "sex", Form: Value, Gives: Choice, Choices: []string{"female", "male"}, Silence: silenceOpen,
		Doc:     "Sex for clinical use, else birth sex, else administrative gender; anything but female or male is unknown.",
		Example: `sex == "female"`, Instead: []string{"gender", "birthsex"},
	},
	{
		Name: "deceased", Form: YesNo, Silence: "not met",
		Doc:     "Dead on or before the day asked about.",
		Example: `not deceased`, Instead: []string{"dead", "died", "death"},
	},
	{
		Name: "diagnosed", Form: YesNo, Params: setAndWhen, Domains: []terms.Domain{terms.Diagnosis},
		When: []PhraseKind{WindowPhrase, CurrentPhrase, PresentPhrase}, Silence: silenceNotMet,
		Doc:     "A diagnosis of the set began in the window; without a phrase, ever.",
		Example: `diagnosed("myocardial infarction", "last 90 days")`,
		Instead: []string{"condition", "diagnosis", "has", "disease", "problem", "history"},
	},
	{
		Name: "taking", Form: YesNo, Params: setAndWhen, Domains: []terms.Domain{terms.Medication},
		When: []PhraseKind{ForPhrase}, Silence: silenceNotMet,
		Doc:     "Exposure to a medication of the set covers the day asked about.",
		Example: `taking("metformin", "for at least 3 months")`,
		Instead: []string{"medication", "drug", "takes", "on_drug", "receiving", "uses"},
	},
	{
		Name: "took", Form: YesNo, Params: setAndWhen, Domains: []terms.Domain{terms.Medication},
		When: []PhraseKind{WindowPhrase, ForPhrase}, Silence: silenceNotMet,
		Doc:     "Exposure to a medication of the set overlaps the window; without a phrase, ever.",
		Example: `took("GLP-1 receptor agonist", "last 90 days")`,
		Instead: []string{"taken", "received", "exposed", "prescribed", "used"},
	},
	{
		Name: "procedure", Form: YesNo, Params: setAndWhen, Domains: []terms.Domain{terms.Procedure},
		When: []PhraseKind{WindowPhrase}, Silence: silenceNotMet,
		Doc:     "A procedure of the set was done in the window; without a phrase, ever.",
		Example: `procedure("dialysis", "last 3 months")`,
		Instead: []string{"surgery", "operation", "intervention", "operated", "underwent"},
	},
	{
		Name: "visit", Form: YesNo, Params: setAndWhen, Domains: []terms.Domain{terms.Visit},
		When: []PhraseKind{WindowPhrase}, Silence: "not met if the chart reaches back beyond the window and was seen lately; else unknown",
		Doc:     "A visit or stay of the set touched the window; without a phrase, ever.",
		Example: `visit("emergency visit", "last 6 months")`,
		Instead: []string{"encounter", "admission", "hospitalized", "hospitalised", "stay", "visited"},
	},
	{
		Name: "allergic", Form: YesNo, Params: setAndWhen, Domains: []terms.Domain{terms.Allergy},
		Silence: "unknown unless no known allergy is recorded or the list of allergies is not empty",
		Doc:     "An allergy or intolerance of the set is on record and not refuted.",
		Example: `allergic("penicillin")`,
		Instead: []string{"allergy", "intolerance", "hypersensitive", "hypersensitivity"},
	},
	{
		Name: "vaccinated", Form: YesNo, Params: setAndWhen, Domains: []terms.Domain{terms.Vaccine},
		When: []PhraseKind{WindowPhrase}, Silence: silenceOpen,
		Doc:     "A vaccination of the set was given in the window; without a phrase, ever.",
		Example: `vaccinated("live vaccine", "last 30 days")`,
		Instead: []string{"vaccine", "vaccination", "immunized", "immunised", "immunization"},
	},
	{
		Name: "lab", Form: Value, Gives: Amount, Params: setAndWhen, Domains: []terms.Domain{terms.Lab},
		When: resultPhrases, Silence: silenceOpen,
		Doc:     "The latest laboratory result in the window that could answer, or the results that the phrase picks.",
		Example: `"7.0 %" <= lab("HbA1c", "last 3 months") <= "10.5 %"`,
		Instead: []string{"observation", "measurement", "test", "result", "labs", "laboratory"},
	},
	{
		Name: "vital", Form: Value, Gives: Amount, Params: setAndWhen, Domains: []terms.Domain{terms.Vital},
		When: resultPhrases, Silence: silenceOpen,
		Doc:     "The same for vital signs and body measures.",
		Example: `vital("systolic blood pressure", "average of latest 3") >= "130 mm[Hg]"`,
		Instead: []string{"vitals", "vital_sign", "sign", "bp"},
	},
	{
		Name: "times", Form: Value, Gives: Whole, Params: setAndWhen,
		Domains: []terms.Domain{terms.Diagnosis, terms.Procedure, terms.Medication, terms.Vaccine, terms.Visit, terms.Lab, terms.Vital},
		When:    []PhraseKind{WindowPhrase}, Silence: "0 where the silence of that kind of record is not met; else unknown",
		Doc:     "On how many different days the set is on record in the window.",
		Example: `times("asthma exacerbation", "last 12 months") >= 2`,
		Instead: []string{"count", "number", "number_of", "how_many", "occurrences", "frequency"},
	},
	{
		Name: "at_least", Form: Connective, Params: []Param{CountParam, AnswersParam},
		Silence: "unknown answers count as unknown: met once enough are met, not met once too few are left",
		Doc:     "At least so many of the answers are met.",
		Example: `at_least(2, age >= 65, diagnosed("hypertension"), taking("statin"))`,
		Instead: []string{"atleast", "at_least_of", "n_of", "min_of", "any", "any_of", "one_of"},
	},
	{
		Name: "none_of", Form: Connective, Params: []Param{AnswersParam},
		Silence: "one unknown answer leaves it unknown unless another is met",
		Doc:     "None of the answers is met.",
		Example: `none_of(diagnosed("stroke"), procedure("dialysis"))`,
		Instead: []string{"none", "neither", "without", "noneof"},
	},
	{
		Name: "manual", Form: YesNo, Params: []Param{QuestionParam}, Silence: "unknown until a person answers",
		Doc:     "A question for a person: always unknown here, listed to be asked.",
		Example: `manual("Is the 10-year cardiovascular risk 15 % or more?")`,
		Instead: []string{"ask", "question", "human", "judgement", "judgment"},
	},
	{
		Name: "known", Form: Connective, Params: []Param{ValueParam}, Silence: "not met",
		Doc:     "A usable value is on record, whatever it is.",
		Example: `known(lab("HbA1c", "last 12 months"))`,
		Instead: []string{"exists", "available", "recorded", "measured", "present"},
	},
}

// Words gives the table of words in the order of the reference page. Callers must not change what the entries point to.
func Words() []Word { return slices.Clone(words) }

// findWord looks a word up by its name.
func findWord(name string) *Word {
	for i := range words {
		if words[i].Name == name {
			return &words[i]
		}
	}
	return nil
}

// maxGuessed is the longest name for which another is suggested: longer ones are no slip of the pen.
const maxGuessed = 80

// nearestWord gives the word that an unknown name most likely means, or nil.
func nearestWord(name string) *Word {
	if utf8.RuneCountInString(name) > maxGuessed {
		return nil
	}
	var names []string
	for i := range words {
		names = append(names, words[i].Name)
	}
	for i := range words {
		names = append(names, words[i].Instead...)
	}
	near := name
	if !slices.Contains(names, name) {
		near = mistake.Nearest(name, names)
		if mistake.Distance(name, near) > max(1, utf8.RuneCountInString(name)/3) { // a wild guess helps nobody
			return nil
		}
	}
	for i := range words {
		if words[i].Name == near || slices.Contains(words[i].Instead, near) {
			return &words[i]
		}
	}
	return nil
}

// wordFor gives the word that asks for sets of a domain.
func wordFor(d terms.Domain) *Word {
	for i := range words {
		if slices.Contains(words[i].Domains, d) {
			return &words[i]
		}
	}
	return nil
}

// takes tells whether when phrases of a kind mean something for a word.
func (w *Word) takes(k PhraseKind) bool { return slices.Contains(w.When, k) }
