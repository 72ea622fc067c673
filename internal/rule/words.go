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

// Amount: quantities with units. Whole: whole numbers. Choice: one of Word.Choices. Graded: the answers of the value set,
// in their order, or a plain number where the set lists none. Difference: a quantity, or per cent. Dose: a quantity, taken
// in a day.
const (
	Nothing Gives = iota
	Amount
	Whole
	Choice
	Graded
	Difference
	Dose
)

// Param is one thing that stands in the brackets of a word.
type Param uint8

// SetParam is the name of a value set, WhenParam any number of when phrases, AnswersParam one or more yes/no expressions,
// AnswerParam just one, CountParam a whole number from 1 to the number of answers, ValueParam a value word, QuestionParam a
// text, ReasonParam a text, LanguageParam the name or tag of a language. OptionalSetParam may be left out together with the
// brackets, and so may when phrases that stand alone.
const (
	SetParam Param = iota
	WhenParam
	QuestionParam
	CountParam
	AnswersParam
	ValueParam
	AnswerParam
	ReasonParam
	LanguageParam
	OptionalSetParam
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
	testPhrases = []PhraseKind{WindowPhrase, PickPhrase, ApartPhrase, EventPhrase, ExceptPhrase, PlacePhrase}
	setAndWhen  = []Param{SetParam, WhenParam}
)

const (
	silenceNotMet = "not met if the chart has that kind of record, reaches back beyond the window, was seen lately and no feed of that kind is partial or late; else unknown"
	silenceOpen   = "unknown"
)

// words is the table. A name that expr parses as one of its own functions cannot stand here.
var words = append([]Word{
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
		When: []PhraseKind{WindowPhrase, CurrentPhrase, PresentPhrase, EventPhrase, ExceptPhrase, PlacePhrase}, Silence: silenceNotMet,
		Doc:     "A diagnosis of the set began in the window; without a phrase, ever.",
		Example: `diagnosed("myocardial infarction", "last 90 days")`,
		Instead: []string{"condition", "diagnosis", "has", "disease", "problem", "history"},
	},
	{
		Name: "taking", Form: YesNo, Params: setAndWhen, Domains: []terms.Domain{terms.Medication},
		When: []PhraseKind{ForPhrase, RegularPhrase, ExceptPhrase}, Silence: silenceNotMet,
		Doc:     "Exposure to a medication of the set covers the day asked about.",
		Example: `taking("metformin", "for at least 3 months")`,
		Instead: []string{"medication", "drug", "takes", "on_drug", "receiving", "uses"},
	},
	{
		Name: "took", Form: YesNo, Params: setAndWhen, Domains: []terms.Domain{terms.Medication},
		When: []PhraseKind{WindowPhrase, ForPhrase, EventPhrase, RegularPhrase, ExceptPhrase}, Silence: silenceNotMet,
		Doc:     "Exposure to a medication of the set overlaps the window; without a phrase, ever.",
		Example: `took("GLP-1 receptor agonist", "last 90 days")`,
		Instead: []string{"taken", "received", "exposed", "prescribed", "used"},
	},
	{
		Name: "procedure", Form: YesNo, Params: setAndWhen, Domains: []terms.Domain{terms.Procedure},
		When: []PhraseKind{WindowPhrase, EventPhrase, ExceptPhrase, PlacePhrase}, Silence: silenceNotMet,
		Doc:     "A procedure of the set was done in the window; without a phrase, ever.",
		Example: `procedure("dialysis", "last 3 months")`,
		Instead: []string{"surgery", "operation", "intervention", "operated", "underwent"},
	},
	{
		Name: "visit", Form: YesNo, Params: setAndWhen, Domains: []terms.Domain{terms.Visit},
		When: []PhraseKind{WindowPhrase, EventPhrase, ExceptPhrase}, Silence: "not met if the chart reaches back beyond the window and was seen lately; else unknown",
		Doc:     "A visit or stay of the set touched the window; without a phrase, ever.",
		Example: `visit("emergency visit", "last 6 months")`,
		Instead: []string{"encounter", "admission", "hospitalized", "hospitalised", "stay", "visited"},
	},
	{
		Name: "allergic", Form: YesNo, Params: setAndWhen, Domains: []terms.Domain{terms.Allergy},
		When: []PhraseKind{ExceptPhrase}, Silence: "unknown unless no known allergy is recorded or the list of allergies is not empty",
		Doc:     "An allergy or intolerance of the set is on record and not refuted.",
		Example: `allergic("penicillin")`,
		Instead: []string{"allergy", "intolerance", "hypersensitive", "hypersensitivity"},
	},
	{
		Name: "vaccinated", Form: YesNo, Params: setAndWhen, Domains: []terms.Domain{terms.Vaccine},
		When: []PhraseKind{WindowPhrase, EventPhrase, ExceptPhrase}, Silence: silenceOpen,
		Doc:     "A vaccination of the set was given in the window; without a phrase, ever.",
		Example: `vaccinated("live vaccine", "last 30 days")`,
		Instead: []string{"vaccine", "vaccination", "immunized", "immunised", "immunization"},
	},
	{
		Name: "lab", Form: Value, Gives: Amount, Params: setAndWhen, Domains: []terms.Domain{terms.Lab},
		When: testPhrases, Silence: silenceOpen,
		Doc:     "The latest laboratory result in the window that could answer, or the results that the phrase picks.",
		Example: `"7.0 %" <= lab("HbA1c", "last 3 months") <= "10.5 %"`,
		Instead: []string{"observation", "measurement", "test", "result", "labs", "laboratory"},
	},
	{
		Name: "vital", Form: Value, Gives: Amount, Params: setAndWhen, Domains: []terms.Domain{terms.Vital},
		When: testPhrases, Silence: silenceOpen,
		Doc:     "The same for vital signs and body measures.",
		Example: `vital("systolic blood pressure", "average of latest 3") >= "130 mm[Hg]"`,
		Instead: []string{"vitals", "vital_sign", "sign", "bp"},
	},
	{
		Name: "times", Form: Value, Gives: Whole, Params: setAndWhen,
		Domains: []terms.Domain{terms.Diagnosis, terms.Procedure, terms.Medication, terms.Vaccine, terms.Visit, terms.Lab, terms.Vital, terms.Score, terms.Marker, terms.Stage},
		When:    []PhraseKind{WindowPhrase, EventPhrase, ExceptPhrase, PlacePhrase}, Silence: "0 where the silence of that kind of record is not met; else unknown",
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
	{
		Name: "family_history", Form: YesNo, Params: setAndWhen, Domains: []terms.Domain{terms.Diagnosis, terms.FamilyHistory},
		When: []PhraseKind{ExceptPhrase}, Silence: silenceOpen,
		Doc:     "A relative has or had a disease of the set: it stands in the family history, or as a code that says so.",
		Example: `family_history("breast cancer")`,
		Instead: []string{"family", "familial", "hereditary"},
	},
	{
		Name: "pregnant", Form: YesNo, Silence: silenceOpen,
		Doc:     "Met by a pregnancy, status or positive test less than 42 weeks old with no end of it since, or by an expected date of delivery ahead; not met in a man, from 56 years on, without a uterus or ovaries, and within 14 days of a negative test.",
		Example: `not pregnant`, Instead: []string{"pregnancy", "gravid", "expecting"},
	},
	{
		Name: "breastfeeding", Form: YesNo, Silence: silenceOpen,
		Doc:     "Breastfeeding by a record of the last 12 months; not met in a man, from 56 years on, and within 14 days of a record that denies it.",
		Example: `not breastfeeding`, Instead: []string{"lactating", "lactation", "nursing", "breast_feeding"},
	},
	{
		Name: "childbearing", Form: YesNo, Silence: silenceOpen,
		Doc:     "A woman from 12 to 55 years of age with neither the removal of the uterus nor of both ovaries on record.",
		Example: `childbearing`, Instead: []string{"fertile", "childbearing_potential", "wocbp", "fcbp"},
	},
	{
		Name: "enrolled", Form: YesNo, Params: []Param{WhenParam}, When: []PhraseKind{WindowPhrase}, Silence: silenceOpen,
		Doc:     "On a trial on the day asked about, or at any time in the window. Whoever is on this very trial is in no list at all.",
		Example: `enrolled("last 30 days")`, Instead: []string{"trial", "study", "participating", "enrolment", "enrollment", "participates"},
	},
	{
		Name: "flagged", Form: YesNo, Params: []Param{SetParam}, Domains: []terms.Domain{terms.Alert}, Silence: silenceOpen,
		Doc:     "A flag of the set stands on the chart on the day asked about.",
		Example: `flagged("under guardianship")`, Instead: []string{"flag", "alert", "warning"},
	},
	{
		Name: "insured", Form: YesNo, Params: []Param{OptionalSetParam}, Domains: []terms.Domain{terms.Insurance}, Silence: silenceOpen,
		Doc:     "A coverage, of the set if one is named, is active on the day asked about.",
		Example: `insured`, Instead: []string{"insurance", "coverage", "affiliated", "covered"},
	},
	{
		Name: "speaks", Form: YesNo, Params: []Param{LanguageParam}, Domains: []terms.Domain{terms.Language}, Silence: "unknown, also where only other languages are on record: the list holds what was asked for",
		Doc:     "The language is among those on record: by its name, its tag such as fr, or a value set of languages.",
		Example: `speaks("French")`, Instead: []string{"language", "speaking", "languages", "speaks_language"},
	},
	{
		Name: "note_mentions", Form: YesNo, Params: []Param{SetParam},
		Domains: []terms.Domain{terms.Diagnosis, terms.Procedure, terms.Medication, terms.Allergy, terms.Vaccine, terms.Lab, terms.Vital, terms.Score, terms.Marker, terms.Stage},
		Silence: "unknown until notes are read",
		Doc:     "Clinical text speaks of the set. Notes are not read yet, so a person has to.",
		Example: `note_mentions("heart failure")`, Instead: []string{"note", "notes", "mentions", "mentioned", "document"},
	},
	{
		Name: "score", Form: Value, Gives: Graded, Params: setAndWhen, Domains: []terms.Domain{terms.Score, terms.Lab, terms.Vital},
		When: testPhrases, Silence: silenceOpen,
		Doc:     "A score or class: held against the answers that the value set lists, in their order, or against a number.",
		Example: `score("ECOG", "last 28 days") <= 1`,
		Instead: []string{"scale", "questionnaire", "performance", "ecog", "nyha", "grade"},
	},
	{
		Name: "marker", Form: Value, Gives: Graded, Params: setAndWhen, Domains: []terms.Domain{terms.Marker, terms.Lab},
		When: testPhrases, Silence: silenceOpen,
		Doc:     "A marker that is answered in words, such as positive or negative, or as a quantity.",
		Example: `marker("HBsAg", "last 6 months") == "negative"`,
		Instead: []string{"biomarker", "mutation", "gene", "antigen", "antibody", "serology"},
	},
	{
		Name: "stage", Form: Value, Gives: Graded, Params: setAndWhen, Domains: []terms.Domain{terms.Stage, terms.Lab},
		When: testPhrases, Silence: silenceOpen,
		Doc:     "The stage of a disease, from a result or from the diagnosis itself, held against the answers of the value set.",
		Example: `stage("NSCLC stage") >= "IV"`, Instead: []string{"staging", "tnm", "stadium", "stages"},
	},
	{
		Name: "age_at", Form: Value, Gives: Whole, Params: setAndWhen, Domains: []terms.Domain{terms.Diagnosis, terms.Procedure},
		When: []PhraseKind{ExceptPhrase}, Silence: silenceOpen,
		Doc:     "Completed years of age when the set first was on record: at the onset of a disease, on the day of a procedure.",
		Example: `age_at("type 2 diabetes") >= 30`, Instead: []string{"age_when", "onset_age", "age_at_onset", "age_at_diagnosis"},
	},
	{
		Name: "days_since", Form: Value, Gives: Whole, Params: setAndWhen,
		Domains: []terms.Domain{
			terms.Diagnosis, terms.Procedure, terms.Medication, terms.Vaccine, terms.Visit, terms.Lab, terms.Vital, terms.Score, terms.Marker, terms.Stage,
		},
		When: []PhraseKind{ExceptPhrase, PlacePhrase}, Silence: silenceOpen,
		Doc:     "Days from the latest record of the set to the day asked about: from the onset of a disease, the end of a procedure, visit or medication.",
		Example: `days_since("stroke") > 90`, Instead: []string{"since", "time_since", "days", "elapsed", "days_from"},
	},
	{
		Name: "change", Form: Value, Gives: Difference, Params: setAndWhen,
		Domains: []terms.Domain{terms.Lab, terms.Vital, terms.Score, terms.Marker},
		When:    []PhraseKind{WindowPhrase, EventPhrase, ExceptPhrase, PlacePhrase}, Silence: silenceOpen,
		Doc:     "The latest usable result in the window less the first one, in the unit of the limit; in per cent of the first one where the limit is in per cent and the results are not.",
		Example: `change("body weight", "last 6 months") <= "-5 %"`, Instead: []string{"delta", "difference", "decline", "increase", "decrease", "loss"},
	},
	{
		Name: "daily_dose", Form: Value, Gives: Dose, Params: setAndWhen, Domains: []terms.Domain{terms.Medication},
		When: []PhraseKind{WindowPhrase, ForPhrase, AsPhrase, RegularPhrase, ExceptPhrase}, Silence: "0 where the silence of medications is not met; else unknown",
		Doc:     "How much is taken in a day, by the dosage on record: on the day asked about, the most on any day of a window, the least for as long as asked.",
		Example: `daily_dose("metformin") >= "1500 mg"`, Instead: []string{"dose", "dosage", "daily", "dose_per_day"},
	},
	{
		Name: "smoking", Form: Value, Gives: Choice, Choices: []string{"current", "former", "never"}, Params: []Param{WhenParam},
		When: []PhraseKind{WindowPhrase, EventPhrase}, Silence: silenceOpen,
		Doc:     "The latest smoking status.",
		Example: `smoking in ["current", "former"]`, Instead: []string{"smoker", "tobacco", "smokes", "smoking_status"},
	},
	{
		Name: "assume", Form: Connective, Params: []Param{AnswerParam, ReasonParam},
		Silence: "met where nothing is on record, marked as an assumption; what is on record and doubtful stays unknown",
		Doc:     "Takes a question for met where the record is silent, with the author's reason.",
		Example: `assume(not diagnosed("hypertension"), "asked at the visit")`,
		Instead: []string{"assumed", "presume", "default", "unless_known"},
	},
}, derivedWords...)

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
		if mistake.Distance(name, near) > max(min(1, utf8.RuneCountInString(name)/3), utf8.RuneCountInString(name)/3) { // a wild guess helps nobody
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
	if names := wordsFor(d); len(names) > 0 {
		return findWord(names[0])
	}
	return nil
}

// standsAlone tells that a word may be written without brackets although it takes something in them.
func (w *Word) standsAlone() bool {
	return len(w.Params) == 1 && (w.Params[0] == WhenParam || w.Params[0] == OptionalSetParam)
}

// takes tells whether when phrases of a kind mean something for a word.
func (w *Word) takes(k PhraseKind) bool { return slices.Contains(w.When, k) }
