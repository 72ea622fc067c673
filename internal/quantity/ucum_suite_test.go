package quantity

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"testing"
)

// The UCUM functional tests, history entry of 3 February 2021. Their display names are not generated here: people see the
// unit as it was written.
const suiteFile = "../shared/data/ucum-functional-tests.xml"

type suite struct {
	Validation []struct {
		ID    string `xml:"id,attr"`
		Unit  string `xml:"unit,attr"`
		Valid bool   `xml:"valid,attr"`
	} `xml:"validation>case"`
	Conversion []struct {
		ID      string `xml:"id,attr"`
		Value   string `xml:"value,attr"`
		From    string `xml:"srcUnit,attr"`
		To      string `xml:"dstUnit,attr"`
		Outcome string `xml:"outcome,attr"`
	} `xml:"conversion>case"`
	Multiplication []suiteProduct `xml:"multiplication>case"`
	Division       []suiteProduct `xml:"division>case"`
}

type suiteProduct struct {
	ID     string `xml:"id,attr"`
	V1     string `xml:"v1,attr"`
	U1     string `xml:"u1,attr"`
	V2     string `xml:"v2,attr"`
	U2     string `xml:"u2,attr"`
	Result string `xml:"vRes,attr"`
	Unit   string `xml:"uRes,attr"`
}

// suiteExceptions are the cases that fail, by kind, id and unit, each with its reason. The test fails when one of them
// passes, and when one of them is no longer in the suite.
var suiteExceptions = map[string]string{
	"division 4-103 [lb_av]/h": "the result has no unit, and a quotient of two rates is not allowed to become a plain number by UCUM alone; " +
		"TestSuiteDivisionToUnity checks its value",
}

// moduleRoot is the folder of go.mod.
func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
}

func readSuite(t *testing.T) suite {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot(t), filepath.FromSlash(suiteFile)))
	if os.IsNotExist(err) {
		t.Skipf("the UCUM functional tests are not at %s: nothing of them was checked", suiteFile)
	}
	if err != nil {
		t.Fatal(err)
	}
	var s suite
	if err := xml.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Validation) < 500 || len(s.Conversion) < 25 || len(s.Multiplication) != 2 || len(s.Division) != 3 {
		t.Fatalf("the suite was not read in full: %d, %d, %d and %d cases",
			len(s.Validation), len(s.Conversion), len(s.Multiplication), len(s.Division))
	}
	return s
}

func TestUCUMSuite(t *testing.T) {
	s := readSuite(t)
	met := map[string]bool{}
	judge := func(name string, passed bool) {
		reason, excepted := suiteExceptions[name]
		met[name] = true
		switch {
		case excepted && passed:
			t.Errorf("%s passes: take it off the list of exceptions", name)
		case excepted:
			t.Logf("%s is an exception: %s", name, reason)
		case !passed:
			t.Errorf("%s fails", name)
		}
	}
	for _, c := range s.Validation {
		_, err := ParseUnit(c.Unit)
		judge("validation "+c.ID+" "+c.Unit, (err == nil) == c.Valid)
	}
	for _, c := range s.Conversion {
		judge("conversion "+c.ID+" "+c.From, converts(t, c.Value, c.From, c.To, c.Outcome))
	}
	for _, c := range s.Multiplication {
		judge("multiplication "+c.ID+" "+c.U1, combines(t, c, Unit.Times, Ratio.times))
	}
	for _, c := range s.Division {
		judge("division "+c.ID+" "+c.U1, combines(t, c, Unit.Per, Ratio.per))
	}
	for name := range suiteExceptions {
		if !met[name] {
			t.Errorf("the exception %s names no case", name)
		}
	}
}

// agrees compares at the digits the suite prints.
func agrees(t *testing.T, got Ratio, outcome string) bool {
	want := dec(t, outcome)
	return got.Round(want.significant()).Cmp(want) == 0
}

func converts(t *testing.T, value, from, to, outcome string) bool {
	u, errFrom := ParseUnit(from)
	v, errTo := ParseUnit(to)
	if errFrom != nil || errTo != nil {
		return false
	}
	got, err := Convert(dec(t, value), u, v)
	return err == nil && agrees(t, got, outcome)
}

func (q Ratio) times(p Ratio) Ratio { return Ratio{q.rat().Mul(q.rat(), p.rat())} }
func (q Ratio) per(p Ratio) Ratio   { return Ratio{q.rat().Quo(q.rat(), p.rat())} }

func combines(t *testing.T, c suiteProduct, units func(Unit, Unit) (Unit, error), values func(Ratio, Ratio) Ratio) bool {
	u, err1 := ParseUnit(c.U1)
	v, err2 := ParseUnit(c.U2)
	to, err3 := ParseUnit(c.Unit)
	combined, err4 := units(u, v)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		return false
	}
	conv, err := combined.To(to)
	if err != nil {
		return false
	}
	y, ok := conv.eval(values(dec(t, c.V1).Ratio(), dec(t, c.V2).Ratio()).rat())
	return ok && agrees(t, Ratio{y}, c.Result)
}

// TestSuiteDivisionToUnity checks the one excepted case by the sizes of its units.
func TestSuiteDivisionToUnity(t *testing.T) {
	u, v := unit(t, "[lb_av]/h"), unit(t, "kg/s")
	quotient, err := u.Per(v)
	if err != nil {
		t.Fatal(err)
	}
	if !quotient.Dimensionless() {
		t.Errorf("%s has a dimension", quotient.Code())
	}
	if !agrees(t, Ratio{quotient.size()}, "0.000125997880555555555555556") {
		t.Errorf("%s is %s", quotient.Code(), quotient.size().FloatString(30))
	}
}
