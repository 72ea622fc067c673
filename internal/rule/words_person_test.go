package rule

import "testing"

func TestFamilyWords(t *testing.T) {
	runWords(t, []wordCase{
		{
			name: "mother", records: only(resource("FamilyMemberHistory", "patient", `"status":"completed","date":"2020-01-01","relationship":{"text":"mother"},"condition":[{"code":`+coded("snomed", "254837009")+`}]`)),
			expr: `family_history("breast cancer")`, want: "met, record", reason: "Breast cancer in the family",
		},
		{name: "a code that says so", records: only(diagnosis("429740004", "2020-01-01", "")), expr: `family_history("breast cancer")`, want: "met, record"},
		{name: "the patient's own", records: only(diagnosis("254837009", "2020-01-01", "")), expr: `family_history("breast cancer")`, want: "unknown, never-recorded"},
		{name: "refuted", records: only(diagnosis("429740004", "2020-01-01", `,"verificationStatus":{"coding":[{"code":"refuted"}]}`)), expr: `family_history("breast cancer")`, want: "unknown, never-recorded"},
		{name: "nothing in a long record", records: seenSince, expr: `family_history("breast cancer")`, want: "unknown, never-recorded", reason: "To settle: ask"},
		{name: "the family's is not the patient's", records: whole(diagnosis("429740004", "2020-01-01", "")), expr: `diagnosed("breast cancer")`, want: "not met, silence"},
	})
}

func TestPregnancyWords(t *testing.T) {
	status := func(code, on string) string { return observed("82810-3", on, answered("snomed", code)) }
	due := func(day, on string) string { return observed("11778-8", on, `"valueDateTime":"`+day+`"`) }
	test := func(loinc, on string) string {
		return observed("2106-3", on, `"valueCodeableConcept":`+coded("loinc", loinc))
	}
	const positive, negative = "LA6576-8", "LA6577-6"
	runWords(t, []wordCase{
		{name: "a man", patient: man, records: only(test(positive, "2026-11-20")), expr: `pregnant`, want: "not met, record", reason: "Male"},
		{name: "62 years", patient: elder, expr: `pregnant`, want: "not met, record", reason: "beyond 55"},
		{name: "nothing", records: seenSince, expr: `pregnant`, want: "unknown, never-recorded", reason: "pregnancy test"},
		{name: "diagnosis of 10 weeks ago", records: only(diagnosis("72892002", "2026-09-14", "")), expr: `pregnant`, want: "met, record", reason: "no end of it on record"},
		{name: "diagnosis of 42 weeks ago", records: only(diagnosis("72892002", "2026-02-02", "")), expr: `pregnant`, want: "unknown, never-recorded"},
		{name: "diagnosis of a day less", records: only(diagnosis("72892002", "2026-02-03", "")), expr: `pregnant`, want: "met, record"},
		{name: "born since", records: only(diagnosis("72892002", "2026-03-14", ""), done("66348005", "2026-11-01")), expr: `pregnant`, want: "unknown, never-recorded"},
		{name: "lost since", records: only(diagnosis("72892002", "2026-03-14", ""), diagnosis("19169002", "2026-05-01", "")), expr: `pregnant`, want: "unknown, never-recorded"},
		{name: "a birth before it", records: only(done("66348005", "2025-11-01"), diagnosis("72892002", "2026-09-14", "")), expr: `pregnant`, want: "met, record"},
		{name: "resolved", records: only(diagnosis("72892002", "2026-09-14", `,"clinicalStatus":{"coding":[{"code":"resolved"}]}`)), expr: `pregnant`, want: "unknown, never-recorded"},
		{name: "not confirmed", records: only(diagnosis("72892002", "2026-09-14", `,"verificationStatus":{"coding":[{"code":"provisional"}]}`)), expr: `pregnant`, want: "unknown, only-suspected"},
		{name: "status", records: only(status("77386006", "2026-10-01")), expr: `pregnant`, want: "met, record"},
		{name: "status possible", records: only(status("146799005", "2026-10-01")), expr: `pregnant`, want: "unknown, only-suspected"},
		{name: "status denied lately", records: only(status("60001007", "2026-11-15")), expr: `pregnant`, want: "unknown, never-recorded"},
		{name: "positive test", records: only(test(positive, "2026-10-01")), expr: `pregnant`, want: "met, record"},
		{name: "positive test in words", records: only(observed("2106-3", "2026-10-01", `"valueString":"Positive"`)), expr: `pregnant`, want: "met, record"},
		{name: "positive test with a tumour", records: only(test(positive, "2026-10-01"), diagnosis("417570003", "2025-01-01", "")), expr: `pregnant`, want: "unknown, never-recorded"},
		{name: "negative test 14 days ago", records: only(test(negative, "2026-11-09")), expr: `pregnant`, want: "not met, record", reason: "2026-11-09"},
		{name: "negative test 15 days ago", records: only(test(negative, "2026-11-08")), expr: `pregnant`, want: "unknown, never-recorded"},
		{name: "positive after negative", records: only(test(negative, "2026-11-10"), test(positive, "2026-11-12")), expr: `pregnant`, want: "met, record"},
		{name: "negative after positive", records: only(test(positive, "2026-11-10"), test(negative, "2026-11-12")), expr: `pregnant`, want: "unknown, sources-conflict"},
		{name: "expected date ahead", records: only(due("2027-01-10", "2026-06-01")), expr: `pregnant`, want: "met, record", reason: "2027-01-10"},
		{name: "expected date past", records: only(due("2026-10-10", "2026-03-01")), expr: `pregnant`, want: "unknown, never-recorded"},
		{name: "uterus removed", records: only(done("236886002", "2020-01-01")), expr: `pregnant`, want: "not met, record"},
		{name: "pregnant after the uterus was removed", records: only(done("236886002", "2020-01-01"), diagnosis("72892002", "2026-09-14", "")), expr: `pregnant`, want: "unknown, sources-conflict"},
		{name: "breastfeeding", records: only(observed("63895-7", "2026-09-01", answered("snomed", "169741004"))), expr: `breastfeeding`, want: "met, record"},
		{name: "breastfeeding two years ago", records: only(observed("63895-7", "2024-09-01", answered("snomed", "169741004"))), expr: `breastfeeding`, want: "unknown, never-recorded"},
		{name: "breastfeeding denied lately", records: only(observed("63895-7", "2026-11-20", answered("snomed", "405029003"))), expr: `breastfeeding`, want: "not met, record"},
		{name: "breastfeeding, a man", patient: man, expr: `breastfeeding`, want: "not met, record"},
		{name: "childbearing at 36", records: seenSince, expr: `childbearing`, want: "met, record", reason: "Age 36"},
		{name: "childbearing at 62", patient: elder, expr: `childbearing`, want: "not met, record"},
		{name: "childbearing at 36 in a record without procedures", expr: `childbearing`, want: "unknown, list-empty"},
		{name: "childbearing at 55 or 56", patient: `{"resourceType":"Patient","id":"p","birthDate":"1970","gender":"female"}`, records: seenSince, expr: `childbearing`, want: "unknown, partial-date"},
		{name: "childbearing at 11", patient: `{"resourceType":"Patient","id":"p","birthDate":"2015-06-01","gender":"female"}`, expr: `childbearing`, want: "not met, record"},
		{name: "childbearing without uterus", records: only(done("236886002", "2020-01-01")), expr: `childbearing`, want: "not met, record"},
		{name: "childbearing without sex", patient: `{"resourceType":"Patient","id":"p","birthDate":"1990-05-17"}`, expr: `childbearing`, want: "unknown, never-recorded"},
		{name: "negative test of a woman of that age", records: only(test(negative, "2026-11-20")), expr: `not childbearing or not pregnant`, want: "met, record"},
	})
}

func TestStandingWords(t *testing.T) {
	subject := func(status, period string) string {
		return resource("ResearchSubject", "individual", `"status":"`+status+`","study":{"reference":"ResearchStudy/x"}`+period)
	}
	flag := func(status, period string) string {
		return resource("Flag", "subject", `"status":"`+status+`","code":`+coded("snomed", "105480006")+period)
	}
	cover := func(status, more string) string {
		return resource("Coverage", "beneficiary", `"status":"`+status+`","payor":[{"display":"x"}]`+more)
	}
	french := `{"resourceType":"Patient","id":"p","birthDate":"1990-05-17","gender":"female","communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"%"}]}}]}`
	speaker := func(code string) string { return replaced(french, code) }
	runWords(t, []wordCase{
		{name: "on a trial", records: only(subject("on-study", `,"period":{"start":"2026-03-01"}`)), expr: `enrolled`, want: "met, record", reason: "since 2026-03-01"},
		{name: "candidate only", records: only(subject("candidate", "")), expr: `enrolled`, want: "unknown, never-recorded"},
		{name: "left 20 days ago", records: only(subject("off-study", `,"period":{"start":"2026-03-01","end":"2026-11-03"}`)), expr: `enrolled`, want: "unknown, outside-window"},
		{name: "left 20 days ago, in 30 days", records: only(subject("off-study", `,"period":{"start":"2026-03-01","end":"2026-11-03"}`)), expr: `enrolled("last 30 days")`, want: "met, record"},
		{name: "left on an unknown day", records: only(subject("withdrawn", `,"period":{"start":"2026-03-01"}`)), expr: `enrolled("last 30 days")`, want: "unknown, partial-date"},
		{name: "no trial on record", records: seenSince, expr: `enrolled`, want: "unknown, never-recorded"},
		{name: "flag", records: only(flag("active", `,"period":{"start":"2020-01-01"}`)), expr: `flagged("guardianship")`, want: "met, record"},
		{name: "flag ended", records: only(flag("inactive", `,"period":{"start":"2020-01-01","end":"2021-01-01"}`)), expr: `flagged("guardianship")`, want: "not met, record"},
		{name: "no flag", records: seenSince, expr: `flagged("guardianship")`, want: "unknown, never-recorded"},
		{name: "insured", records: only(cover("active", `,"period":{"start":"2020-01-01"}`)), expr: `insured`, want: "met, record"},
		{name: "insured until last year", records: only(cover("active", `,"period":{"start":"2020-01-01","end":"2025-12-31"}`)), expr: `insured`, want: "unknown, outside-window"},
		{name: "insured by a kind", records: only(cover("active", `,"type":`+coded("act-code", "EHCPOL"))), expr: `insured("statutory insurance")`, want: "met, record"},
		{name: "insured by another kind", records: only(cover("active", `,"type":`+coded("act-code", "PAY"))), expr: `insured("statutory insurance")`, want: "unknown, never-recorded"},
		{name: "coverage cancelled", records: only(cover("cancelled", "")), expr: `insured`, want: "unknown, never-recorded"},
		{name: "French of Canada", patient: speaker("fr-CA"), expr: `speaks("French")`, want: "met, record"},
		{name: "by its tag", patient: speaker("fr"), expr: `speaks("fr")`, want: "met, record"},
		{name: "by a value set", patient: speaker("fr-CA"), expr: `speaks("francophone")`, want: "met, record"},
		{name: "English only", patient: speaker("en-GB"), expr: `speaks("French")`, want: "unknown, never-recorded", reason: "en-GB"},
		{name: "no language", expr: `speaks("French")`, want: "unknown, never-recorded", reason: "No language on record"},
		{name: "notes", records: seenSince, expr: `note_mentions("stroke")`, want: "unknown, note-only"},
	})
}

func TestSmoking(t *testing.T) {
	status := func(code, on string) string { return observed("72166-2", on, answered("snomed", code)) }
	runWords(t, []wordCase{
		{name: "former", records: only(status("8517006", "2026-01-01")), expr: `smoking in ["current", "former"]`, want: "met, record"},
		{name: "the latest counts", records: only(status("449868002", "2020-01-01"), status("8517006", "2026-01-01")), expr: `smoking == "current"`, want: "not met, record"},
		{name: "never", records: only(status("266919005", "2026-01-01")), expr: `smoking != "never"`, want: "not met, record"},
		{name: "unknown if ever", records: only(status("266927001", "2026-01-01")), expr: `smoking == "never"`, want: "unknown, result-not-understood"},
		{name: "too old", records: only(status("266919005", "2020-01-01")), expr: `smoking("last 12 months") == "never"`, want: "unknown, outside-window"},
		{name: "nothing", expr: `smoking == "never"`, want: "unknown, never-recorded", reason: "To settle: ask"},
		{name: "at the same time", records: only(status("266919005", "2026-01-01"), status("8517006", "2026-01-01")), expr: `smoking == "never"`, want: "unknown, same-time-results"},
	})
}

func TestAssume(t *testing.T) {
	runWords(t, []wordCase{
		{name: "nothing on record", expr: `assume(not diagnosed("stroke"), "asked at the visit")`, want: "met, assumed", reason: "assumed, by the rule (asked at the visit): "},
		{name: "on record", records: only(diagnosis("230690007", "2026-01-01", "")), expr: `assume(not diagnosed("stroke"), "asked at the visit")`, want: "not met, record"},
		{name: "suspected", records: only(diagnosis("230690007", "2026-01-01", `,"verificationStatus":{"coding":[{"code":"provisional"}]}`)), expr: `assume(not diagnosed("stroke"), "asked at the visit")`, want: "unknown, only-suspected"},
		{name: "beside what is known", records: only(observed("4548-4", "2026-11-01", amountOf("6.0", "%"))), expr: `lab("HbA1c") < "7 %" and assume(not pregnant, "tested at the visit")`, want: "met, assumed"},
		{name: "beside what fails", records: only(observed("4548-4", "2026-11-01", amountOf("8.0", "%"))), expr: `lab("HbA1c") < "7 %" and assume(not pregnant, "tested at the visit")`, want: "not met, record"},
		{name: "turned round", expr: `not assume(pregnant, "so it is")`, want: "not met, assumed"},
	})
}
