package terms_test

import (
	"os"
	"path/filepath"
	"testing"

	"prescreen/internal/terms"
)

func shipped(t *testing.T) *terms.Library {
	t.Helper()
	paths, err := filepath.Glob("../../rules/valuesets/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no value sets")
	}
	files := map[string][]byte{}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(p)] = data
	}
	lib, told := terms.ReadSets(files)
	if len(told) > 0 {
		t.Fatal(told) // warnings too: every check digit fits
	}
	return lib
}

// Codes that records carry, as the notes on Synthea's output list them, and the standard ones beside them.
func TestShippedSetsHoldTheCodesInUse(t *testing.T) {
	lib := shipped(t)
	for _, c := range []struct{ set, system, code, says string }{
		{"diabetes", terms.SNOMED, "44054006", "disease"},
		{"type 2 diabetes", terms.SNOMED, "368581000119106", "disease"},
		{"type 1 diabetes", terms.SNOMED, "44054006", ""},
		{"type 1 diabetes", terms.ICD10CM, "E10.9", "disease"},
		{"diabetes", terms.SNOMED, "127013003", "disease"},
		{"diabetes", terms.SNOMED, "15777000", ""},
		{"diabetes", terms.ICD10CM, "O24.410", ""}, // gestational
		{"diabetes", terms.ICD10CM, "Z13.1", "screening"},
		{"myocardial infarction", terms.SNOMED, "22298006", "disease"},
		{"myocardial infarction", terms.SNOMED, "399211009", "history"},
		{"cardiovascular disease other than stroke", terms.SNOMED, "399211009", "history"},
		{"cardiovascular disease other than stroke", terms.SNOMED, "53741008", "disease"},
		{"cardiovascular disease other than stroke", terms.ICD10, "I25.2", "history"},
		{"cardiovascular disease other than stroke", terms.SNOMED, "230690007", ""},
		{"stroke", terms.SNOMED, "230690007", "disease"},
		{"stroke", terms.ICD10CM, "Z86.73", "suspected"},
		{"transient ischaemic attack", terms.ICD10, "G45.4", ""},
		{"transient ischaemic attack", terms.ICD10, "G45.9", "disease"},
		{"heart failure", terms.SNOMED, "88805009", "disease"},
		{"heart failure", terms.SNOMED, "84114007", "disease"},
		{"hypertension", terms.SNOMED, "38341003", "disease"},
		{"hypertension", terms.SNOMED, "59621000", "disease"},
		{"chronic kidney disease", terms.SNOMED, "431855005", "disease"},
		{"lupus nephritis", terms.ICD10, "M32.1", "suspected"},
		{"coronary revascularisation", terms.SNOMED, "415070008", "disease"},
		{"coronary revascularisation", terms.SNOMED, "232717009", "disease"},
		{"dialysis", terms.SNOMED, "302497006", "disease"},
		{"metformin", terms.RxNorm, "860975", "disease"},
		{"glucose-lowering drug", terms.RxNorm, "106892", "disease"},
		{"ACE inhibitor or ARB", terms.RxNorm, "314076", "disease"},
		{"ACE inhibitor or ARB", terms.RxNorm, "833036", "disease"},
		{"ACE inhibitor or ARB", terms.ATC, "C09DX04", "disease"},
		{"ACE inhibitor or ARB", terms.RxNorm, "310798", ""}, // hydrochlorothiazide
		{"SGLT2 inhibitor", terms.ATC, "A10BK01", "disease"},
		{"SGLT2 inhibitor", terms.ATC, "A10BA02", ""},
		{"UACR", terms.LOINC, "14959-1", "disease"},
		{"random glucose", terms.LOINC, "2339-0", "disease"},
		{"fasting glucose", terms.LOINC, "2345-7", ""},
		{"systolic blood pressure", terms.LOINC, "8480-6", "disease"},
		{"eGFR", terms.LOINC, "33914-3", "disease"},
	} {
		if got := says(find(t, lib, c.set), terms.Coding{System: c.system, Code: c.code}); got != c.says {
			t.Errorf("%s in %s: says %q, want %q", c.code, c.set, got, c.says)
		}
	}
}

// Two analytes that share a code would each answer with the other's values.
func TestShippedResultsShareNoCode(t *testing.T) {
	of := map[terms.Coding]string{}
	for _, v := range shipped(t).Sets() {
		if v.Domain != terms.Lab && v.Domain != terms.Vital {
			continue
		}
		if v.Analyte == nil || v.Analyte.Plausible == nil {
			t.Errorf("%s has no units or no plausible range", v.Name)
		}
		for _, e := range v.Entries {
			if other, taken := of[e.Coding]; taken {
				t.Errorf("%s stands in %s and in %s", e.Code, other, v.Name)
			}
			of[e.Coding] = v.Name
		}
	}
}

// A windowed diagnosis needs to know how its disease goes.
func TestShippedDiagnosesHaveACourse(t *testing.T) {
	for _, v := range shipped(t).Sets() {
		if v.Domain == terms.Diagnosis && v.Course == terms.NoCourse {
			t.Errorf("%s has no course", v.Name)
		}
	}
}

// eGFR is per 1.73 m2 and a clearance is not; UCUM alone would take one for the other.
func TestShippedKidneyUnits(t *testing.T) {
	lib := shipped(t)
	egfr, clearance := find(t, lib, "eGFR").Analyte, find(t, lib, "creatinine clearance").Analyte
	for unit, want := range map[string][2]bool{
		"mL/min/{1.73_m2}": {true, false},
		"mL/min/{1.73m2}":  {true, false},
		"mL/min/1.73 m2":   {true, false},
		"ml/min/1.73m2":    {true, false},
		"mL/min":           {false, true},
		"mL/s":             {false, true},
		"mg/dL":            {false, false},
	} {
		if got := [2]bool{egfr.Accepts(unit), clearance.Accepts(unit)}; got != want {
			t.Errorf("%s: eGFR %t, clearance %t", unit, got[0], got[1])
		}
	}
	uacr := find(t, lib, "UACR").Analyte
	for _, unit := range []string{"mg/g", "mg/mmol", "ug/mg", "mg/g{creat}"} {
		if !uacr.Accepts(unit) {
			t.Errorf("UACR does not accept %s", unit)
		}
	}
}
