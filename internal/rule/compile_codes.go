package rule

import (
	"slices"

	"prescreen/internal/mistake"
)

// Code is one kind of mistake in an expression, for the reference page: a code keeps its meaning for good.
type Code struct {
	Code     string
	Severity mistake.Severity
	Title    string
	Why      string // one line, told with every such mistake
}

// The codes of mistakes in expressions.
const (
	codeTooLong      = "E101"
	codeTooComplex   = "E102"
	codeEmpty        = "E103"
	codeCharacter    = "E104"
	codeQuotes       = "E105"
	codeJoining      = "E106"
	codeSign         = "E107"
	codeComment      = "E108"
	codeNumber       = "E109"
	codeBareQuantity = "E110"
	codeBetween      = "E111"
	codeBrackets     = "E112"
	codeMixed        = "E113"
	codeOrder        = "E114"
	codeForeign      = "E115"
	codeUnknownWord  = "E116"
	codeWordUse      = "E117"
	codeInBrackets   = "E118"
	codeUnknownSet   = "E119"
	codeDomain       = "E120"
	codeYesNo        = "E121"
	codeBareValue    = "E122"
	codeComparison   = "E123"
	codeLimit        = "E124"
	codeUnit         = "E125"
	codeNoUnits      = "E126"
	codeEmptyRange   = "E127"
	codeUpperLimit   = "E128"
	codeChoice       = "E129"
	codeTruth        = "E130"
	codePhrase       = "E131"
	codePhraseUse    = "E132"
	codePhraseClash  = "E133"
	codePhraseNumber = "E134"
	codeHours        = "E135"
	codeNoAnswers    = "E136"
	codeFormulaSet   = "E137"
	codeBareNumber   = "E141"
	codeImplausible  = "E142"
)

var codes = []Code{
	{codeTooLong, mistake.Error, "too long", "an expression is at most 4096 bytes; split the criterion, or use none_of and at_least"},
	{codeTooComplex, mistake.Error, "too much in one expression", "an expression that nobody can read cannot be checked by anybody"},
	{codeEmpty, mistake.Error, "nothing to ask", "a criterion asks at least one question"},
	{codeCharacter, mistake.Error, "character without a meaning", "it is not a character of the language; text pasted from Word or a PDF often brings such characters"},
	{codeQuotes, mistake.Error, "quotes", "names, quantities and when phrases stand between straight double quotes on one line"},
	{codeJoining, mistake.Error, "and, or, not", "questions are joined by the small words and, or, not"},
	{codeSign, mistake.Error, "comparison sign", "comparisons are written == != < <= > >="},
	{codeComment, mistake.Error, "comment", "a comment starts with // and ends with its line"},
	{codeNumber, mistake.Error, "number", "a number is written with digits and at most one decimal point"},
	{codeBareQuantity, mistake.Error, "quantity without quotes", "a number with a unit is a quantity, and a quantity needs quotes"},
	{codeBetween, mistake.Error, "between", "a range is written with its word in the middle, so that both ends are plain"},
	{codeBrackets, mistake.Error, "brackets", "each bracket that opens must close, in order"},
	{codeMixed, mistake.Error, "and mixed with or", "without brackets one reader takes the and first, another goes from left to right"},
	{codeOrder, mistake.Error, "something is missing", "two questions need and, or or a comparison between them, and each of those needs a question on both sides"},
	{codeForeign, mistake.Error, "not part of the language", "expressions hold words, quantities, comparisons, and, or, not and brackets, nothing else"},
	{codeUnknownWord, mistake.Error, "unknown word", "only the words of the language can be asked"},
	{codeWordUse, mistake.Error, "how a word is written", "a word that asks about something names it in brackets; a word about the person stands alone"},
	{codeInBrackets, mistake.Error, "what stands in the brackets", "each word takes a fixed list of things in its brackets"},
	{codeUnknownSet, mistake.Error, "unknown value set", "a name must be that of a value set or one of its synonyms, else nothing could ever be found"},
	{codeDomain, mistake.Error, "value set of another kind", "each word looks into one kind of record"},
	{codeYesNo, mistake.Error, "a yes/no word compared", "a yes/no word is a whole question; a value word is compared"},
	{codeBareValue, mistake.Error, "a value without a comparison", "a value answers nothing until it is held against a limit"},
	{codeComparison, mistake.Error, "comparison", "a comparison holds one value word against one limit, or between two"},
	{codeLimit, mistake.Error, "limit", "results are held against a quantity with its unit, ages and counts against a whole number"},
	{codeUnit, mistake.Error, "unit", "a limit in a unit that cannot be converted would leave every patient unknown"},
	{codeNoUnits, mistake.Error, "value set without units", "results are compared only in units that the value set lists"},
	{codeEmptyRange, mistake.Error, "empty range", "no value can lie in it, so nobody could ever meet the criterion"},
	{codeUpperLimit, mistake.Error, "multiples of a limit of normal", "a multiple is counted for one result at a time, by the reference range on it or by the table of the site"},
	{codeChoice, mistake.Error, "choice", "anything else on record than the listed choices is unknown"},
	{codeTruth, mistake.Error, "true and false", "a yes/no word is its own answer"},
	{codePhrase, mistake.Error, "when phrase", "a when phrase that is not understood would ask another question than the protocol"},
	{codePhraseUse, mistake.Error, "when phrase with the wrong word", "each word takes the when phrases that mean something for its kind of record"},
	{codePhraseClash, mistake.Error, "when phrases that contradict", "one question has one window, one choice of results"},
	{codePhraseNumber, mistake.Error, "number or date in a when phrase", "a window needs a length that can be counted in the calendar"},
	{codeHours, mistake.Error, "hours", "windows are whole calendar days, because many records carry no time of day"},
	{codeNoAnswers, mistake.Error, "value set without answers", "what is recorded in words is compared only with the answers that the value set lists"},
	{codeFormulaSet, mistake.Error, "value set of a formula", "a derived value is computed from results and diagnoses, which it finds by the fixed names of value sets"},
	{codeBareNumber, mistake.Warning, "number without a unit", "a bare number means the unit of the value set, which a reader of the criterion does not see"},
	{codeImplausible, mistake.Warning, "implausible limit", "a value outside the plausible range never decides, so the criterion may never be decided"},
}

// Codes gives the table of mistakes in expressions, for the reference page.
func Codes() []Code { return slices.Clone(codes) }

func findCode(code string) Code {
	for _, c := range codes {
		if c.Code == code {
			return c
		}
	}
	return Code{Code: code}
}
