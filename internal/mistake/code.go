package mistake

// A code names one kind of mistake and never changes its meaning; a kind that is given up leaves its number unused.
//
//	E001-E099  the file itself and its YAML: package mistake
//	E100-E199  expressions: package rule
//	E200-E299  value sets: package terms
//	E300-E399  site settings: package site
//	E400-E499  trial files: package trial
//
// The codes of the file itself.
const (
	Syntax       = "E001"
	UnknownKey   = "E002"
	SameKeyTwice = "E003"
	WrongShape   = "E004"
	KeyMissing   = "E005"
	NotAllowed   = "E006"
	NotInBlock   = "E007"
	NotPlainYAML = "E008"
	TwoDocuments = "E009"
	NotText      = "E010"
	TooLarge     = "E011"
	EmptyFile    = "E012"
	WrongFormat  = "E013"
	NoValue      = "E014"
	Unreadable   = "E015"
)
