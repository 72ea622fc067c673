package rule

import (
	"strings"
	"testing"
)

func replaced(text, by string) string { return strings.Replace(text, "%", by, 1) }

func TestAnsweredResults(t *testing.T) {
	ecog := func(on, value string) string { return observed("89247-1", on, value) }
	nyha := func(on, value string) string { return observed("88020-3", on, value) }
	her2 := func(text string) string { return observed("85319-2", "2026-10-01", `"valueString":"`+text+`"`) }
	runWords(t, []wordCase{
		{name: "ECOG as an integer", records: only(ecog("2026-11-10", `"valueInteger":1`)), expr: `score("ECOG", "last 28 days") <= 1`, want: "met, record"},
		{name: "ECOG as a quantity", records: only(ecog("2026-11-10", amountOf("2", "{score}"))), expr: `score("ECOG", "last 28 days") <= 1`, want: "not met, record"},
		{name: "ECOG 1.0", records: only(ecog("2026-11-10", amountOf("1.0", "1"))), expr: `score("ECOG") == 1`, want: "met, record"},
		{name: "ECOG as a code", records: only(ecog("2026-11-10", answered("loinc", "LA9623-5"))), expr: `score("ECOG") <= 1`, want: "met, record"},
		{name: "ECOG 4 is not in the list", records: only(ecog("2026-11-10", `"valueInteger":4`)), expr: `score("ECOG") <= 1`, want: "unknown, result-not-understood"},
		{name: "ECOG with a unit", records: only(ecog("2026-11-10", amountOf("1", "mg"))), expr: `score("ECOG") <= 1`, want: "unknown, unit"},
		{name: "ECOG 29 days ago", records: only(ecog("2026-10-25", `"valueInteger":1`)), expr: `score("ECOG", "last 28 days") <= 1`, want: "unknown, outside-window", reason: "it would be fulfilled"},
		{name: "two codes that differ", records: only(ecog("2026-11-10", `"valueCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"LA9623-5"},{"system":"http://loinc.org","code":"LA9624-3"}]}`)), expr: `score("ECOG") <= 1`, want: "unknown, result-not-understood"},
		{name: "highest", records: only(ecog("2026-11-10", `"valueInteger":1`), ecog("2026-11-01", `"valueInteger":2`)), expr: `score("ECOG", "last 28 days", "highest") <= 1`, want: "not met, record"},
		{name: "lowest", records: only(ecog("2026-11-10", `"valueInteger":1`), ecog("2026-11-01", `"valueInteger":2`)), expr: `score("ECOG", "last 28 days", "lowest") <= 1`, want: "met, record"},
		{name: "any", records: only(ecog("2026-11-10", `"valueInteger":1`), ecog("2026-11-01", `"valueInteger":2`)), expr: `score("ECOG", "last 28 days", "any") == 2`, want: "met, record"},
		{name: "between", records: only(ecog("2026-11-10", `"valueInteger":2`)), expr: `1 <= score("ECOG") <= 2`, want: "met, record"},
		{name: "NYHA II to IV", records: only(nyha("2026-10-01", answered("snomed", "420913000"))), expr: `score("NYHA", "last 12 months") >= "II"`, want: "met, record"},
		{name: "NYHA I", records: only(nyha("2026-10-01", answered("snomed", "420300004"))), expr: `score("NYHA", "last 12 months") >= "II"`, want: "not met, record"},
		{name: "NYHA by its text", records: only(nyha("2026-10-01", `"valueString":"NYHA class II"`)), expr: `score("NYHA") >= "II"`, want: "met, record"},
		{name: "NYHA by the text beside a local code", records: only(nyha("2026-10-01", `"valueCodeableConcept":{"coding":[{"system":"urn:local","code":"N2"}],"text":"NYHA class II"}`)), expr: `score("NYHA") >= "II"`, want: "met, record"},
		{name: "another text", records: only(nyha("2026-10-01", `"valueString":"NYHA class II-III"`)), expr: `score("NYHA") >= "II"`, want: "unknown, result-not-understood"},
		{name: "another case", records: only(nyha("2026-10-01", `"valueString":"nyha CLASS ii"`)), expr: `score("NYHA") >= "II"`, want: "unknown, result-not-understood"},
		{name: "MMSE without answers", records: only(observed("72106-8", "2026-10-01", amountOf("24", "{score}"))), expr: `20 <= score("MMSE", "last 6 months") <= 28`, want: "met, record"},
		{name: "MMSE as an integer", records: only(observed("72106-8", "2026-10-01", `"valueInteger":19`)), expr: `20 <= score("MMSE") <= 28`, want: "not met, record"},
		{name: "HBsAg negative", records: only(observed("5195-3", "2026-10-01", answered("snomed", "260385009"))), expr: `marker("HBsAg", "last 6 months") == "negative"`, want: "met, record"},
		{name: "HBsAg negative, quoted", records: only(observed("5195-3", "2026-10-01", `"valueString":"negative"`)), expr: `marker("HBsAg", "last 6 months") != "positive"`, want: "met, record"},
		{name: "HBsAg as a number", records: only(observed("5195-3", "2026-10-01", amountOf("0.1", "[IU]/mL"))), expr: `marker("HBsAg") == "negative"`, want: "unknown, unit"},
		{name: "HBsAg never", expr: `marker("HBsAg") == "negative"`, want: "unknown, never-recorded"},
		{name: "HER2 low", records: only(her2("1+")), expr: `marker("HER2") in ["0", "1+"]`, want: "met, record"},
		{name: "HER2 not in", records: only(her2("3+")), expr: `marker("HER2") not in ["0", "1+"]`, want: "met, record"},
		{name: "HER2 0 is a number too", records: only(observed("85319-2", "2026-10-01", `"valueInteger":0`)), expr: `marker("HER2") <= "1+"`, want: "met, record"},
		{name: "preliminary", records: only(strings.Replace(her2("1+"), "final", "preliminary", 1)), expr: `marker("HER2") in ["0", "1+"]`, want: "unknown, result-not-understood"},
		{name: "stage as a result", records: only(observed("21908-9", "2026-10-01", `"valueString":"Stage IV"`)), expr: `stage("NSCLC stage") >= "IV"`, want: "met, record"},
		{name: "stage of the diagnosis", records: only(diagnosis("254637007", "2026-09-01", `,"recordedDate":"2026-09-02","stage":[{"summary":`+coded("snomed", "2640006")+`}]`)), expr: `stage("NSCLC stage") >= "IV"`, want: "met, record", reason: "2026-09-02"},
		{name: "stage of a diagnosis not confirmed", records: only(diagnosis("254637007", "2026-09-01", `,"recordedDate":"2026-09-02","verificationStatus":{"coding":[{"code":"provisional"}]},"stage":[{"summary":`+coded("snomed", "2640006")+`}]`)), expr: `stage("NSCLC stage") >= "IV"`, want: "unknown, result-not-understood"},
		{name: "known", records: only(ecog("2026-11-10", `"valueInteger":1`)), expr: `known(score("ECOG", "last 28 days"))`, want: "met, record"},
		{name: "known, not understood", records: only(ecog("2026-11-10", `"valueInteger":9`)), expr: `known(score("ECOG", "last 28 days"))`, want: "unknown, result-not-understood"},
		{name: "known, nothing", expr: `known(score("ECOG", "last 28 days"))`, want: "not met, record"},
	})
}

func TestLimitsOfNormal(t *testing.T) {
	alt := func(on, value, ranges string) string {
		return observed("1742-6", on, amountOf(value, "U/L")+ranges)
	}
	bilirubin := func(value, high string) string {
		return observed("1975-2", "2026-11-10", amountOf(value, "umol/L")+`,"referenceRange":[{"high":{"value":`+high+`,"unit":"umol/L"}}]`)
	}
	high := func(value, more string) string { return `{"high":{"value":` + value + `}` + more + `}` }
	gilbert := `lab("bilirubin", "last 28 days") <= "1.5 xULN" or (diagnosed("Gilbert syndrome") and lab("bilirubin", "last 28 days") <= "3 xULN")`
	runWords(t, []wordCase{
		{name: "the result's own range", records: only(alt("2026-11-10", "100", `,"referenceRange":[`+high("40", "")+`]`)), expr: `lab("ALT") <= "2.5 xULN"`, want: "met, record", reason: "ULN 40 U/L"},
		{name: "just above", records: only(alt("2026-11-10", "100.1", `,"referenceRange":[`+high("40", "")+`]`)), expr: `lab("ALT") <= "2.5 xULN"`, want: "not met, record"},
		{name: "written 2.5 x ULN", records: only(alt("2026-11-10", "100", `,"referenceRange":[`+high("40", "")+`]`)), expr: `lab("ALT") <= "2.5 x ULN"`, want: "met, record"},
		{name: "in another unit", records: only(bilirubin("25", "20")), expr: `lab("bilirubin") <= "1.5 xULN"`, want: "met, record"},
		{name: "the site's, for a woman", records: only(alt("2026-11-10", "88", "")), expr: `lab("ALT") <= "2.5 xULN"`, want: "not met, record", reason: "site ULN 35 U/L"},
		{name: "the site's, for a man", patient: man, records: only(alt("2026-11-10", "88", "")), expr: `lab("ALT") <= "2.5 xULN"`, want: "met, record", reason: "site ULN 50 U/L"},
		{name: "the site's, for either", patient: `{"resourceType":"Patient","id":"p","birthDate":"1990-05-17"}`, records: only(alt("2026-11-10", "80", "")), expr: `lab("ALT") <= "2.5 xULN"`, want: "met, record", reason: "site ULN 35 U/L or site ULN 50 U/L"},
		{name: "the site's, sex unknown and between", patient: `{"resourceType":"Patient","id":"p","birthDate":"1990-05-17"}`, records: only(alt("2026-11-10", "100", "")), expr: `lab("ALT") <= "2.5 xULN"`, want: "unknown, no-reference-range"},
		{name: "before the site's table", records: only(alt("2024-11-10", "88", "")), expr: `lab("ALT") <= "2.5 xULN"`, want: "unknown, no-reference-range"},
		{name: "no range at all", records: only(observed("1975-2", "2026-11-10", amountOf("1", "mg/dL"))), expr: `lab("bilirubin") <= "1.5 xULN"`, want: "unknown, no-reference-range", reason: "no reference range"},
		{name: "of another sex", patient: man, records: only(alt("2026-11-10", "88", `,"referenceRange":[`+high("30", `,"appliesTo":[{"coding":[{"code":"female"}]}]`)+`]`)), expr: `lab("ALT") <= "2.5 xULN"`, want: "met, record", reason: "site ULN 50"},
		{name: "several, the one that fits", records: only(alt("2026-11-10", "88", `,"referenceRange":[`+high("30", `,"appliesTo":[{"coding":[{"code":"female"}]}]`)+","+high("60", `,"appliesTo":[{"coding":[{"code":"male"}]}]`)+`]`)), expr: `lab("ALT") <= "2.5 xULN"`, want: "not met, record", reason: "ULN 30 U/L"},
		{name: "of another type", records: only(alt("2026-11-10", "80", `,"referenceRange":[`+high("10", `,"type":{"coding":[{"code":"therapeutic"}]}`)+`]`)), expr: `lab("ALT") <= "2.5 xULN"`, want: "met, record", reason: "site ULN 35"},
		{name: "of another age", records: only(alt("2026-11-10", "80", `,"referenceRange":[`+high("10", `,"age":{"high":{"value":18,"code":"a","system":"http://unitsofmeasure.org"}}`)+`]`)), expr: `lab("ALT") <= "2.5 xULN"`, want: "met, record", reason: "site ULN 35"},
		{name: "below a bound", records: only(observed("1742-6", "2026-11-10", `"valueQuantity":{"value":50,"comparator":"<","unit":"U/L"},"referenceRange":[`+high("40", "")+`]`)), expr: `lab("ALT") <= "2.5 xULN"`, want: "met, record"},
		{name: "above a bound", records: only(observed("1742-6", "2026-11-10", `"valueQuantity":{"value":50,"comparator":">","unit":"U/L"},"referenceRange":[`+high("40", "")+`]`)), expr: `lab("ALT") <= "2.5 xULN"`, want: "unknown, bound"},
		{name: "a newer one without a range", records: only(alt("2023-11-10", "50", `,"referenceRange":[`+high("40", "")+`]`), alt("2024-11-10", "50", "")), expr: `lab("ALT") <= "2.5 xULN"`, want: "unknown, no-reference-range", reason: "Last usable"},
		{name: "highest", records: only(alt("2026-11-10", "50", `,"referenceRange":[`+high("40", "")+`]`), alt("2026-11-01", "150", `,"referenceRange":[`+high("80", "")+`]`)), expr: `lab("ALT", "last 28 days", "highest") <= "2 xULN"`, want: "met, record"},
		{name: "lower limit", records: only(observed("751-8", "2026-11-10", amountOf("1.5", "10*9/L")+`,"referenceRange":[{"low":{"value":1.8},"high":{"value":7}}]`)), expr: `lab("neutrophils") >= "1 xLLN"`, want: "not met, record", reason: "LLN 1.8"},
		{name: "Gilbert, below 1.5", records: whole(bilirubin("25", "20")), expr: gilbert, want: "met, record"},
		{name: "Gilbert, 2.5 with the syndrome", records: whole(bilirubin("50", "20"), diagnosis("27503000", "2015-02-01", "")), expr: gilbert, want: "met, record"},
		{name: "Gilbert, 2.5 without it", records: whole(bilirubin("50", "20")), expr: gilbert, want: "not met, silence"},
		{name: "Gilbert, 4 with it", records: whole(bilirubin("80", "20"), diagnosis("27503000", "2015-02-01", "")), expr: gilbert, want: "not met, record"},
		{name: "Gilbert, 2.5 in a short record", records: only(bilirubin("50", "20")), expr: gilbert, want: "unknown, list-empty"},
	})
}

func TestChange(t *testing.T) {
	weight := func(on, value, unit string) string { return observed("29463-7", on, amountOf(value, unit)) }
	runWords(t, []wordCase{
		{name: "5 % less", records: only(weight("2026-06-01", "100", "kg"), weight("2026-11-01", "95", "kg")), expr: `change("body weight", "last 6 months") <= "-5 %"`, want: "met, record", reason: "a change of -5 %"},
		{name: "4.9 % less", records: only(weight("2026-06-01", "100", "kg"), weight("2026-11-01", "95.1", "kg")), expr: `change("body weight", "last 6 months") <= "-5 %"`, want: "not met, record"},
		{name: "in two units", records: only(weight("2026-06-01", "100", "kg"), weight("2026-11-01", "220.462262184878", "[lb_av]")), expr: `"-1 %" <= change("body weight", "last 6 months") <= "1 %"`, want: "met, record"},
		{name: "in kilograms", records: only(weight("2026-06-01", "100", "kg"), weight("2026-11-01", "103", "kg")), expr: `change("body weight", "last 6 months") >= "3 kg"`, want: "met, record", reason: "+3 kg"},
		{name: "what lies between does not count", records: only(weight("2026-06-01", "100", "kg"), weight("2026-08-01", "80", "kg"), weight("2026-11-01", "99", "kg")), expr: `change("body weight", "last 6 months") <= "-5 %"`, want: "not met, record"},
		{name: "the first in the window", records: only(weight("2026-01-01", "120", "kg"), weight("2026-06-01", "100", "kg"), weight("2026-11-01", "99", "kg")), expr: `change("body weight", "last 6 months") <= "-5 %"`, want: "not met, record"},
		{name: "one result", records: only(weight("2026-11-01", "99", "kg")), expr: `change("body weight", "last 6 months") <= "-5 %"`, want: "unknown, never-recorded", reason: "needs two results"},
		{name: "one in the window", records: only(weight("2026-01-01", "99", "kg"), weight("2026-11-01", "99", "kg")), expr: `change("body weight", "last 6 months") <= "-5 %"`, want: "unknown, outside-window"},
		{name: "none", expr: `change("body weight", "last 6 months") <= "-5 %"`, want: "unknown, never-recorded"},
		{name: "the latest in a unit that does not convert", records: only(weight("2026-06-01", "100", "kg"), weight("2026-11-01", "95", "cm")), expr: `change("body weight", "last 6 months") <= "-5 %"`, want: "unknown, unit"},
		{name: "from nothing", records: only(weight("2026-06-01", "0", "kg"), weight("2026-11-01", "95", "kg")), expr: `change("body weight", "last 6 months") <= "-5 %"`, want: "unknown, bound"},
		{name: "in points where results are in per cent", records: only(observed("4548-4", "2026-06-01", amountOf("8.0", "%")), observed("4548-4", "2026-11-01", amountOf("7.4", "%"))), expr: `change("HbA1c", "last 6 months") <= "-0.5 %"`, want: "met, record"},
		{name: "of a score", records: only(observed("72106-8", "2026-06-01", `"valueInteger":25`), observed("72106-8", "2026-11-01", `"valueInteger":22`)), expr: `change("MMSE", "last 6 months") <= "-3"`, want: "met, record"},
		{name: "of a score in per cent", records: only(observed("72106-8", "2026-06-01", `"valueInteger":25`), observed("72106-8", "2026-11-01", `"valueInteger":22`)), expr: `change("MMSE", "last 6 months") <= "-12 %"`, want: "met, record"},
		{name: "two latest that agree", records: only(weight("2026-06-01", "100", "kg"), weight("2026-11-01", "90", "kg"), weight("2026-11-01", "91", "kg")), expr: `change("body weight", "last 6 months") <= "-5 %"`, want: "met, record"},
		{name: "two latest that do not", records: only(weight("2026-06-01", "100", "kg"), weight("2026-11-01", "90", "kg"), weight("2026-11-01", "99", "kg")), expr: `change("body weight", "last 6 months") <= "-5 %"`, want: "unknown, same-time-results"},
	})
}

func TestDaysWithResults(t *testing.T) {
	hba1c := func(on, value string) string { return observed("4548-4", on, amountOf(value, "%")) }
	three := only(hba1c("2026-11-01T08:00:00Z", "6.0"), hba1c("2026-11-01T18:00:00Z", "8.0"), hba1c("2026-10-01", "6.5"), hba1c("2026-09-01", "9"))
	runWords(t, []wordCase{
		{name: "all of one day", records: three, expr: `lab("HbA1c", "latest 1 days") < "7 %"`, want: "not met, record"},
		{name: "any of two days", records: three, expr: `lab("HbA1c", "any of latest 2 days") < "7 %"`, want: "met, record"},
		{name: "two days leave the third out", records: three, expr: `lab("HbA1c", "all of latest 2 days") <= "8 %"`, want: "met, record"},
		{name: "four days are not there", records: three, expr: `lab("HbA1c", "latest 4 days") < "10 %"`, want: "unknown, never-recorded", reason: "4 days with results"},
		{name: "two days 45 days apart", records: three, expr: `lab("HbA1c", "any of latest 2 days", "at least 45 days apart") >= "9 %"`, want: "met, record"},
		{name: "a day that is not given", records: only(hba1c("2026-11-01", "6.0"), hba1c("2026-10", "6.0")), expr: `lab("HbA1c", "latest 2 days") < "7 %"`, want: "unknown, partial-date"},
	})
}
