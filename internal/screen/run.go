package screen

import "prescreen/internal/dates"

// Run is what every document says of the run it comes from. Workers, order and folder of the input change none of it.
type Run struct {
	AsOf           dates.Day
	Zone           string
	Engine         int
	RulesSha256    string // of trial files, the value sets they use and loaded hierarchies
	SettingsSha256 string // of the effective site settings
	Files          int
	Patients       int // without those who are opposed
	Resources      int
	Withheld       []Withheld
	Rejected       []Rejected
	Gaps           []Gap
}

// Rejected is an input, or a resource of one, that could not be used. It never holds a value.
type Rejected struct{ Input, Pointer, Reason string }

// Gap counts what could not be used of the inputs that were.
type Gap struct {
	Kind  string
	Count int
}
