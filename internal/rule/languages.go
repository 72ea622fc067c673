package rule

import "strings"

// spoken is a language with the codes by which records name it: the tag of BCP 47 (https://www.rfc-editor.org/info/bcp47),
// and the three-letter codes of ISO 639-2.
type spoken struct{ name, codes string }

var spokenLanguages = []spoken{
	{"Albanian", "sq sqi alb"},
	{"Arabic", "ar ara"},
	{"Armenian", "hy hye arm"},
	{"Bengali", "bn ben"},
	{"Bosnian", "bs bos"},
	{"Bulgarian", "bg bul"},
	{"Chinese", "zh zho chi cmn yue"},
	{"Croatian", "hr hrv"},
	{"Czech", "cs ces cze"},
	{"Danish", "da dan"},
	{"Dutch", "nl nld dut"},
	{"English", "en eng"},
	{"Estonian", "et est"},
	{"Finnish", "fi fin"},
	{"French", "fr fra fre"},
	{"Georgian", "ka kat geo"},
	{"German", "de deu ger"},
	{"Greek", "el ell gre"},
	{"Hebrew", "he heb"},
	{"Hindi", "hi hin"},
	{"Hungarian", "hu hun"},
	{"Italian", "it ita"},
	{"Japanese", "ja jpn"},
	{"Korean", "ko kor"},
	{"Latvian", "lv lav"},
	{"Lithuanian", "lt lit"},
	{"Norwegian", "no nor nb nob nn nno"},
	{"Persian", "fa fas per"},
	{"Polish", "pl pol"},
	{"Portuguese", "pt por"},
	{"Punjabi", "pa pan"},
	{"Romanian", "ro ron rum"},
	{"Russian", "ru rus"},
	{"Serbian", "sr srp"},
	{"Slovak", "sk slk slo"},
	{"Slovenian", "sl slv"},
	{"Somali", "so som"},
	{"Spanish", "es spa"},
	{"Swedish", "sv swe"},
	{"Tamil", "ta tam"},
	{"Thai", "th tha"},
	{"Turkish", "tr tur"},
	{"Ukrainian", "uk ukr"},
	{"Urdu", "ur urd"},
	{"Vietnamese", "vi vie"},
	{"sign language", "sgn ase fsl gsg bfi"},
}

// languageNamed finds a language by its name or one of its codes.
func languageNamed(text string) (Language, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	for _, s := range spokenLanguages {
		codes := strings.Fields(s.codes)
		if strings.ToLower(s.name) == text {
			return Language{Name: s.name, Codes: codes}, true
		}
		for _, c := range codes {
			if c == text {
				return Language{Name: s.name, Codes: codes}, true
			}
		}
	}
	return Language{}, false
}

// has tells whether a recorded code, such as fr-CA, is of the language.
func (l *Language) has(code string) bool {
	code = strings.ToLower(code)
	if i := strings.IndexAny(code, "-_"); i >= 0 {
		code = code[:i]
	}
	for _, c := range l.Codes {
		if c == code {
			return true
		}
	}
	return false
}
