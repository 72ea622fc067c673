package rule

import "prescreen/internal/terms"

// The records by which words about the person are answered. A value set of one of these names in the library takes the
// place of the codes here, so a site can add its own.
const (
	setPregnancy     = "pregnancy"
	setPregnantNow   = "pregnancy status"
	setPregnancyTest = "pregnancy test"
	setDueDate       = "expected date of delivery"
	setPregnancyEnd  = "end of pregnancy"
	setNoWomb        = "uterus or ovaries removed"
	setHormoneTumour = "germ-cell or trophoblastic tumour"
	setBreastfeeding = "breastfeeding"
	setSmoking       = "smoking status"
)

// personWords says which of them a word looks into, in the order of its slots.
var personWords = map[string][]string{
	"pregnant":      {setPregnancy, setPregnantNow, setPregnancyTest, setDueDate, setPregnancyEnd, setNoWomb, setHormoneTumour},
	"breastfeeding": {setBreastfeeding},
	"childbearing":  {setNoWomb},
	"smoking":       {setSmoking},
}

// The slots of pregnant.
const (
	slotPregnancy = iota
	slotStatus
	slotTest
	slotDue
	slotEnd
	slotWomb
	slotTumour
)

// personSet gives the library's set of a name if it can be asked what is asked of it, else the built-in one.
func personSet(lib *terms.Library, name string) *terms.ValueSet {
	own := builtinSet(name)
	set, ok := lib.Find(name)
	if !ok || set.Domain.OfResults() != own.Domain.OfResults() {
		return own
	}
	for _, a := range own.Answers {
		if _, ok := set.AnswerNamed(a.Value); !ok {
			return own
		}
	}
	return set
}

func builtinSet(name string) *terms.ValueSet {
	v := &terms.ValueSet{Name: name, Domain: terms.Diagnosis}
	codes := func(system string, include terms.Include, list ...string) {
		for _, c := range list {
			v.Entries = append(v.Entries, terms.Entry{Coding: terms.Coding{System: system, Code: c}, Include: include})
		}
	}
	icd := func(list ...string) {
		codes(terms.ICD10CM, terms.Prefix, list...)
		codes(terms.ICD10, terms.Prefix, list...)
	}
	snomed := func(list ...string) { codes(terms.SNOMED, terms.Self, list...) }
	loinc := func(list ...string) {
		v.Domain = terms.Lab
		codes(terms.LOINC, terms.Self, list...)
	}
	answer := func(value string, snomed, loinc []string, texts ...string) {
		a := terms.Answer{Value: value, Texts: texts}
		for _, c := range snomed {
			a.Codes = append(a.Codes, terms.Coding{System: terms.SNOMED, Code: c})
		}
		for _, c := range loinc {
			a.Codes = append(a.Codes, terms.Coding{System: terms.LOINC, Code: c})
		}
		v.Answers = append(v.Answers, a)
	}
	switch name {
	case setPregnancy:
		snomed("77386006", "72892002", "47200007", "237238006", "16356006", "169826009", "398254007", "48194001", "11687002")
		icd("O09", "O10", "O11", "O12", "O13", "O14", "O15", "O16", "O2", "O30", "O31", "O32", "O33", "O34", "O35", "O36", "O40", "O41", "O42",
			"O43", "O44", "O45", "O46", "O47", "O48", "Z33", "Z34", "Z35", "Z3A")
	case setPregnantNow:
		loinc("82810-3")
		answer("pregnant", []string{"77386006"}, []string{"LA15173-0"}, "Pregnant", "yes", "Yes")
		answer("possible", []string{"146799005", "102874004"}, nil, "Possibly pregnant")
		answer("not pregnant", []string{"60001007"}, []string{"LA26683-5"}, "Not pregnant", "no", "No")
	case setPregnancyTest: // qualitative only
		loinc("2106-3", "2118-8", "2112-1", "80384-1", "80385-8", "2110-5")
		answer("positive", []string{"10828004", "260373001"}, []string{"LA6576-8", "LA11882-0"}, "Positive", "POSITIVE", "pos", "Pos", "detected", "Detected")
		answer("negative", []string{"260385009", "260415000"}, []string{"LA6577-6", "LA11883-8"}, "Negative", "NEGATIVE", "neg", "Neg", "not detected", "Not detected")
	case setDueDate:
		loinc("11778-8", "11779-6", "11780-4", "57063-0", "57064-8")
	case setPregnancyEnd:
		snomed("66348005", "236973005", "177184002", "11466000", "236974004", "65588006", "289256000", "118215003", "17369002", "19169002",
			"714812005", "57797005", "386639001", "285409006", "34801009", "79586000", "5880005", "386394001")
		codes(terms.ICD10PCS, terms.Prefix, "10D", "10E", "10A")
		icd("O00", "O01", "O02", "O03", "O04", "O05", "O06", "O07", "O08", "O80", "O81", "O82", "O83", "O84", "O85", "O86", "O87",
			"O88", "O89", "O90", "O91", "O92", "Z37", "Z39")
	case setNoWomb:
		v.Domain = terms.Procedure
		snomed("236886002", "116140006", "116142003", "116143008", "116144002", "236888001", "236891001", "307771009", "35955002",
			"41059002", "387644004", "767610009", "161800001", "29827000")
		codes(terms.ICD10PCS, terms.Prefix, "0UT9", "0UT2")
		codes(terms.ICD10CM, terms.Prefix, "Z90.71", "Z90.722")
	case setHormoneTumour:
		snomed("417570003", "44769000", "402880009", "188188001", "417181009")
		icd("C58", "C62", "D39.2", "O01")
	case setBreastfeeding:
		snomed("413712001", "169741004", "169643005", "169745008")
		codes(terms.LOINC, terms.Self, "63895-7")
		codes(terms.ICD10CM, terms.Prefix, "Z39.1")
		codes(terms.ICD10, terms.Prefix, "Z39.1")
		answer("yes", []string{"169741004", "413712001", "169643005", "169745008", "373066001"}, []string{"LA33-6"}, "Yes", "breastfeeding", "Breastfeeding")
		answer("no", []string{"405029003", "169746009", "373067005"}, []string{"LA32-8"}, "No", "Not breastfeeding")
	case setSmoking:
		loinc("72166-2", "11367-0", "39240-7")
		answer("current", []string{"77176002", "449868002", "428041000124106", "428071000124103", "428061000124105", "230063004", "230060001", "65568007"},
			[]string{"LA18976-3", "LA18977-1", "LA18981-3", "LA18982-1", "LA18979-7"}, "Current smoker", "Current every day smoker", "Smoker")
		answer("former", []string{"8517006"}, []string{"LA15920-4"}, "Former smoker", "Ex-smoker")
		answer("never", []string{"266919005"}, []string{"LA18978-9"}, "Never smoker", "Never smoked")
	}
	return v
}
