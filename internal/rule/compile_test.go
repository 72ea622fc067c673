package rule

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/mistake"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// compileLibrary holds the value sets that the tests of the compiler and the examples of the table of words name.
func compileLibrary(t testing.TB) *terms.Library {
	t.Helper()
	decimal := func(s string) quantity.Decimal {
		d, err := quantity.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	analyte := func(low, high, canonical string, accepted ...quantity.Accepted) *quantity.Analyte {
		var plausible *quantity.Range
		if low != "" {
			plausible = &quantity.Range{Low: &quantity.Bound{Value: decimal(low)}, High: &quantity.Bound{Value: decimal(high)}}
		}
		a, err := quantity.NewAnalyte(canonical, accepted, plausible, "")
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	set := func(d terms.Domain, names ...string) *terms.ValueSet {
		return &terms.ValueSet{Name: names[0], Synonyms: names[1:], Domain: d}
	}
	results := func(d terms.Domain, a *quantity.Analyte, names ...string) *terms.ValueSet {
		v := set(d, names...)
		v.Analyte = a
		return v
	}
	answered := func(d terms.Domain, name string, values ...string) *terms.ValueSet {
		v := set(d, name)
		for _, value := range values {
			v.Answers = append(v.Answers, terms.Answer{Value: value})
		}
		return v
	}
	steroid := set(terms.Medication, "systemic corticosteroid")
	steroid.Equivalents = []terms.Equivalents{{As: "prednisone"}}
	sets := []*terms.ValueSet{
		set(terms.Diagnosis, "myocardial infarction", "heart attack"), set(terms.Diagnosis, "stroke"),
		set(terms.Diagnosis, "hypertension"), set(terms.Diagnosis, "diabetes"), set(terms.Diagnosis, "asthma exacerbation"),
		set(terms.Medication, "metformin"), set(terms.Medication, "statin"), set(terms.Medication, "GLP-1 receptor agonist"),
		set(terms.Procedure, "dialysis"), set(terms.Visit, "emergency visit"), set(terms.Allergy, "penicillin"),
		set(terms.Vaccine, "live vaccine"), set(terms.Lab, "covid test"),
		results(terms.Lab, analyte("2", "25", "%", quantity.Accepted{Unit: "mmol/mol", Factor: "0.09148", Offset: "2.152"}), "HbA1c"),
		results(terms.Lab, analyte("", "", "mg/dL", quantity.Accepted{Unit: "umol/L", Factor: "1/88.4"}), "creatinine"),
		results(terms.Lab, analyte("", "", "mmol/L"), "base excess"),
		results(terms.Lab, analyte("", "", "mL/min/{1.73_m2}"), "eGFR"),
		results(terms.Vital, analyte("40", "300", "mm[Hg]"), "systolic blood pressure"),
		set(terms.Diagnosis, "breast cancer"), set(terms.Diagnosis, "type 2 diabetes"), set(terms.Diagnosis, "heart failure"),
		set(terms.Diagnosis, "transient stroke"), set(terms.Alert, "under guardianship"), set(terms.Insurance, "statutory insurance"),
		set(terms.Language, "French dialects"), set(terms.Diagnosis, "Crohn's disease"), steroid,
		answered(terms.Score, "ECOG", "0", "1", "2", "3", "4", "5"), answered(terms.Score, "NYHA", "I", "II", "III", "IV"),
		answered(terms.Marker, "HBsAg", "negative", "positive"), answered(terms.Marker, "HER2", "0", "1+", "2+", "3+"),
		answered(terms.Stage, "NSCLC stage", "I", "II", "III", "IV"), set(terms.Score, "MMSE"), set(terms.Marker, "ctDNA"),
		results(terms.Marker, analyte("", "", "%"), "PD-L1"), results(terms.Vital, analyte("1", "400", "kg"), "body weight"),
	}
	return terms.NewLibrary(append(sets, formulaSets(sets, results, analyte)...))
}

// formulaSets are the sets that formulas find by their names, as far as they are not there.
func formulaSets(sets []*terms.ValueSet, results func(terms.Domain, *quantity.Analyte, ...string) *terms.ValueSet, analyte func(string, string, string, ...quantity.Accepted) *quantity.Analyte) (more []*terms.ValueSet) {
	taken := map[string]bool{}
	for _, s := range sets {
		taken[strings.ToLower(s.Name)] = true
	}
	add := func(name string, d terms.Domain, unit string) {
		if taken[strings.ToLower(name)] {
			return
		}
		taken[strings.ToLower(name)] = true
		var a *quantity.Analyte
		if unit != "" {
			a = analyte("", "", unit)
		}
		more = append(more, results(d, a, name))
	}
	for _, f := range formulas {
		for i := range f.inputs {
			add(f.inputs[i].sets[0], f.inputs[i].kind.domain(), f.inputs[i].unit)
		}
		if f.report != nil {
			add(f.report.sets[0], terms.Lab, f.unit)
		}
		if f.score == nil {
			continue
		}
		for _, line := range f.score.lines {
			for _, item := range line {
				add(item.set, terms.Diagnosis, "")
			}
		}
	}
	return more
}

func compileText(t testing.TB, text string) (*Program, mistake.List) {
	t.Helper()
	return Compile(Source{File: "trial.yaml", Line: 10, Column: 7, Text: text}, compileLibrary(t))
}

func mustCompile(t testing.TB, text string) *Program {
	t.Helper()
	p, list := compileText(t, text)
	if p == nil {
		t.Fatalf("%s\n%v", text, list)
	}
	return p
}

// picture writes a program as its operators over its leaves.
func picture(p *Program) string {
	names := [...]string{OpAnd: "and", OpOr: "or", OpNot: "not", OpAtLeast: "atleast", OpNoneOf: "noneof"}
	done := make([]string, len(p.Nodes))
	for i, n := range p.Nodes {
		switch n.Op {
		case OpLeaf:
			done[i] = p.Leaves[n.Leaf].Text
		case OpKnown:
			done[i] = "known(" + p.Leaves[n.Leaf].Text + ")"
		default:
			var parts []string
			for _, a := range n.Args {
				parts = append(parts, done[a])
			}
			done[i] = "[" + names[n.Op]
			if n.Op == OpAtLeast {
				done[i] += string(rune('0' + n.N))
			}
			done[i] += " " + strings.Join(parts, " ; ") + "]"
		}
	}
	return done[len(done)-1]
}

func TestCompileShape(t *testing.T) {
	for text, want := range map[string]string{
		`deceased`:     `deceased`,
		`not deceased`: `[not deceased]`,
		`age >= 18 and sex == "male" and not deceased`: `[and age >= 18 ; sex == "male" ; [not deceased]]`,
		`(age >= 18 or deceased) and sex == "male"`:    `[and [or age >= 18 ; deceased] ; sex == "male"]`,
		`not age >= 18`:                   `[not age >= 18]`,
		`not 18 <= age <= 75 or deceased`: `[or [not 18 <= age <= 75] ; deceased]`,
		`not not age >= 18`:               `[not [not age >= 18]]`,
		`not (age >= 18)`:                 `[not age >= 18]`,
		`((age)) >= (18)`:                 `((age)) >= (18)`,
		`18 <= age <= 75`:                 `18 <= age <= 75`,
		`(18 <= age <= 75)`:               `18 <= age <= 75`,
		`sex not in ["male"]`:             `[not sex not in ["male"]]`,
		"diagnosed('stroke') // the word of the protocol\n or\n diagnosed(\"diabetes\")":                            `[or diagnosed('stroke') ; diagnosed("diabetes")]`,
		`at_least(2, age >= 65, diagnosed("stroke"), taking("statin") or taking("metformin"))`:                      `[atleast2 age >= 65 ; diagnosed("stroke") ; [or taking("statin") ; taking("metformin")]]`,
		`none_of(diagnosed("stroke"), deceased)`:                                                                    `[noneof diagnosed("stroke") ; deceased]`,
		`known(lab("HbA1c", "last 3 months")) and known(age)`:                                                       `[and known(lab("HbA1c", "last 3 months")) ; known(age)]`,
		`"7.0 %" <= lab("HbA1c", "last 3 months") <= "10.5 %"`:                                                      `"7.0 %" <= lab("HbA1c", "last 3 months") <= "10.5 %"`,
		`diagnosed("heart attack", "last 90 days") or diagnosed("stroke", "last 90 days") or procedure("dialysis")`: `[or diagnosed("heart attack", "last 90 days") ; diagnosed("stroke", "last 90 days") ; procedure("dialysis")]`,
	} {
		t.Run(text, func(t *testing.T) {
			if diff := cmp.Diff(want, picture(mustCompile(t, text))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCompileLimit(t *testing.T) {
	for text, want := range map[string]string{
		`age >= 18`:                           "[18,) >= 18",
		`18 <= age`:                           "[18,) >= 18",
		`18 < age`:                            "(18,) > 18",
		`age < 18`:                            "(,18) < 18",
		`75 >= age`:                           "(,75] <= 75",
		`18 <= age <= 75`:                     "[18,75] 18-75",
		`75 >= age > 18`:                      "(18,75] above 18 to 75",
		`18 < age < 75`:                       "(18,75) above 18 to below 75",
		`age == 18`:                           "[18,18] exactly 18",
		`age != 18`:                           "not [18,18] not 18",
		`times("stroke") >= 2`:                "[2,) >= 2",
		`lab("HbA1c") >= "7.0 %"`:             "[7.0,) >= 7.0 % in %",
		`lab("HbA1c") >= "7.0%"`:              "[7.0,) >= 7.0 % in %",
		`"53 mmol/mol" <= lab("HbA1c")`:       "[53,) >= 53 mmol/mol in mmol/mol",
		`lab("HbA1c") >= 7.10`:                "[7.10,) >= 7.10 %",
		`7 <= lab("HbA1c") <= 9.0`:            "[7,9.0] 7-9.0 %",
		`lab("creatinine") == "1.5 mg/dL"`:    "[1.5,1.5] exactly 1.5 mg/dL in mg/dL",
		`lab("creatinine") < "133 umol/L"`:    "(,133) < 133 umol/L in umol/L",
		`lab("base excess") >= "-2.0 mmol/L"`: "[-2.0,) >= -2.0 mmol/L in mmol/L",
		`"-2 mmol/L"<=lab("base excess")<="2 mmol/L"`:                          "[-2,2] -2 to 2 mmol/L in mmol/L",
		`"30 mL/min/{1.73_m2}" <= lab("eGFR") < "60 mL/min/{1.73_m2}"`:         "[30,60) 30 to below 60 mL/min/{1.73_m2} in mL/min/{1.73_m2}",
		`"7.0 %" <= lab("HbA1c", "last 3 months") <= "10.5 %"`:                 "[7.0,10.5] 7.0-10.5 % in %",
		`vital("systolic blood pressure", "average of latest 3") > "130 mmHg"`: "(130,) > 130 mmHg in mmHg",
	} {
		t.Run(text, func(t *testing.T) {
			p := mustCompile(t, text)
			if len(p.Leaves) != 1 || len(p.Nodes) != 1 {
				t.Fatalf("%d leaves, %d nodes; one of each is wanted", len(p.Leaves), len(p.Nodes))
			}
			l := p.Leaves[0].Limit
			got := rangeText(l)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func rangeText(l *Limit) string {
	low, high := "(", ")"
	if b := l.Range.Low; b != nil {
		if !b.Open {
			low = "["
		}
		low += b.Value.String()
	}
	if b := l.Range.High; b != nil {
		if !b.Open {
			high = "]"
		}
		high = b.Value.String() + high
	}
	text := low + "," + high + " " + l.Text
	if l.Negate {
		text = "not " + text
	}
	if l.Unit != "" {
		text += " in " + l.Unit
	}
	return text
}

func TestCompileLeaf(t *testing.T) {
	p := mustCompile(t, "  age >= 18\nand lab(\"Hba1C\",\n   \"last 3 months\") < \"7 %\"")
	l := p.Leaves[1]
	text := []rune(p.Source.Text)
	if got := string(text[l.At : l.At+l.Len]); got != "lab(\"Hba1C\",\n   \"last 3 months\") < \"7 %\"" {
		t.Errorf("place of the leaf holds %q", got)
	}
	if l.Text != `lab("Hba1C", "last 3 months") < "7 %"` || l.Word != "lab" || l.Set.Name != "HbA1c" || l.When.Text != "last 3 months" {
		t.Errorf("leaf %+v", l)
	}
	q := mustCompile(t, `manual(" Is the risk 15 % or more? ")`).Leaves[0]
	if q.Question != "Is the risk 15 % or more?" {
		t.Errorf("question %q", q.Question)
	}
}

func TestCompileSex(t *testing.T) {
	for text, want := range map[string][]string{
		`sex == "female"`:                {"female"},
		`"male" == sex`:                  {"male"},
		`sex != "female"`:                {"male"},
		`sex in ["male","female"]`:       {"female", "male"},
		`not (sex in ["female",'male'])`: {"female", "male"},
	} {
		if diff := cmp.Diff(want, mustCompile(t, text).Leaves[0].OneOf); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}
