package rule

import "testing"

func TestEvents(t *testing.T) {
	anc := func(on, value string) string { return observed("751-8", on, amountOf(value, "10*9/L")) }
	given := func(on string) string {
		return resource("MedicationAdministration", "subject", `"status":"completed","medicationCodeableConcept":`+coded("rxnorm", "68442")+`,"effectiveDateTime":"`+on+`"`)
	}
	unaided := `lab("neutrophils", "last 14 days") >= "1.5 10*9/L" and not took("filgrastim", "within 14 days before 'neutrophils'")`
	runWords(t, []wordCase{
		{name: "without filgrastim", records: whole(anc("2026-11-16", "2.0")), expr: unaided, want: "met, silence"},
		{name: "filgrastim 14 days before the sample", records: whole(anc("2026-11-16", "2.0"), given("2026-11-02")), expr: unaided, want: "not met, record", reason: "within 14 days before neutrophils"},
		{name: "filgrastim 15 days before the sample", records: whole(anc("2026-11-16", "2.0"), given("2026-11-01")), expr: unaided, want: "met, silence"},
		{name: "filgrastim on the day of the sample", records: whole(anc("2026-11-16", "2.0"), given("2026-11-16")), expr: unaided, want: "not met, record"},
		{name: "filgrastim after the sample", records: whole(anc("2026-11-16", "2.0"), given("2026-11-20")), expr: unaided, want: "met, silence"},
		{
			name: "the result that the criterion used", records: whole(anc("2026-11-16", "2.0"), anc("2026-11-22", "1.0"), given("2026-11-04")),
			expr: `lab("neutrophils", "last 14 days", "any") >= "1.5 10*9/L" and not took("filgrastim", "within 14 days before 'neutrophils'")`, want: "not met, record",
		},
		{name: "else the latest", records: whole(anc("2026-11-16", "2.0"), anc("2026-11-22", "1.0"), given("2026-11-04")), expr: `took("filgrastim", "within 14 days before 'neutrophils'")`, want: "not met, silence"},
		{name: "no sample", records: seenSince, expr: `took("filgrastim", "within 14 days before 'neutrophils'")`, want: "unknown, never-recorded", reason: "No neutrophils on record"},
		{name: "before a stroke", records: only(observed("4548-4", "2026-01-01", amountOf("8", "%")), observed("4548-4", "2026-06-01", amountOf("6", "%")), diagnosis("230690007", "2026-03-01", "")), expr: `lab("HbA1c", "before 'stroke'") > "7 %"`, want: "met, record", reason: "before stroke"},
		{name: "after a stroke", records: only(observed("4548-4", "2026-01-01", amountOf("8", "%")), observed("4548-4", "2026-06-01", amountOf("6", "%")), diagnosis("230690007", "2026-03-01", "")), expr: `lab("HbA1c", "after 'stroke'") > "7 %"`, want: "not met, record"},
		{name: "on the day of the stroke", records: only(observed("4548-4", "2026-03-01", amountOf("8", "%")), diagnosis("230690007", "2026-03-01", "")), expr: `lab("HbA1c", "after 'stroke'") > "7 %"`, want: "unknown, partial-date"},
		{name: "of it, on its day", records: only(observed("4548-4", "2026-03-01", amountOf("8", "%")), diagnosis("230690007", "2026-03-01", "")), expr: `lab("HbA1c", "within 1 day of 'stroke'") > "7 %"`, want: "met, record"},
		{name: "an hour later on the same day", records: only(observed("4548-4", "2026-03-01T12:00:00Z", amountOf("8", "%")), diagnosis("230690007", "2026-03-01T11:00:00Z", "")), expr: `lab("HbA1c", "after 'stroke'") > "7 %"`, want: "met, record"},
		{name: "the latest stroke counts", records: only(observed("4548-4", "2026-01-01", amountOf("8", "%")), diagnosis("230690007", "2025-03-01", ""), diagnosis("230690007", "2026-03-01", "")), expr: `lab("HbA1c", "after 'stroke'") > "7 %"`, want: "unknown, outside-window"},
		{name: "a stroke of some day in 2026", records: only(observed("4548-4", "2026-03-01", amountOf("8", "%")), diagnosis("230690007", "2026", "")), expr: `lab("HbA1c", "after 'stroke'") > "7 %"`, want: "unknown, partial-date"},
		{name: "a stroke of some day in 2025", records: only(observed("4548-4", "2026-03-01", amountOf("8", "%")), diagnosis("230690007", "2025", "")), expr: `lab("HbA1c", "after 'stroke'") > "7 %"`, want: "met, record"},
		{name: "a stroke not confirmed", records: only(observed("4548-4", "2026-03-01", amountOf("8", "%")), diagnosis("230690007", "2025-01-01", `,"verificationStatus":{"coding":[{"code":"provisional"}]}`)), expr: `lab("HbA1c", "after 'stroke'") > "7 %"`, want: "unknown, only-suspected"},
		{name: "no stroke, and the record would have it", records: seenSince, expr: `diagnosed("diabetes", "after 'stroke'")`, want: "not met, silence", reason: "No stroke on record"},
		{name: "no stroke in a short record", expr: `diagnosed("diabetes", "after 'stroke'")`, want: "unknown, list-empty"},
		{name: "chemotherapy within 30 days of a stroke", records: whole(done("367336001", "2026-02-10"), diagnosis("230690007", "2026-03-01", "")), expr: `procedure("chemotherapy", "within 30 days of 'stroke'")`, want: "met, record"},
		{name: "chemotherapy later than that", records: whole(done("367336001", "2026-04-10"), diagnosis("230690007", "2026-03-01", "")), expr: `procedure("chemotherapy", "within 30 days of 'stroke'")`, want: "not met, silence"},
	})
}

func TestExceptions(t *testing.T) {
	runWords(t, []wordCase{
		{name: "any", records: whole(diagnosis("81037000", "2026-01-01", "")), expr: `diagnosed("any stroke")`, want: "met, record"},
		{name: "except that one", records: whole(diagnosis("81037000", "2026-01-01", "")), expr: `diagnosed("any stroke", "except 'lacunar stroke'")`, want: "not met, silence"},
		{name: "another beside it", records: whole(diagnosis("81037000", "2026-01-01", ""), diagnosis("230690007", "2026-01-01", "")), expr: `diagnosed("any stroke", "last 12 months, except 'lacunar stroke'")`, want: "met, record"},
		{name: "one record of both codes", records: whole(resource("Condition", "subject", `"code":{"coding":[{"system":"http://snomed.info/sct","code":"81037000"},{"system":"http://snomed.info/sct","code":"230690007"}]},"onsetDateTime":"2026-01-01"`)), expr: `diagnosed("any stroke", "except 'lacunar stroke'")`, want: "not met, silence"},
		{name: "counted", records: whole(diagnosis("81037000", "2026-01-01", ""), diagnosis("230690007", "2026-02-01", "")), expr: `times("any stroke", "last 12 months", "except 'lacunar stroke'") >= 2`, want: "not met, record"},
	})
}

func TestPlacesOfRecords(t *testing.T) {
	stay := resource("Encounter", "subject", `"id":"stay","status":"finished","class":{"code":"IMP","system":"http://terminology.hl7.org/CodeSystem/v3-ActCode"},"period":{"start":"2026-10-01","end":"2026-10-09"}`)
	visit := resource("Encounter", "subject", `"id":"visit","status":"finished","class":{"code":"AMB","system":"http://terminology.hl7.org/CodeSystem/v3-ActCode"},"period":{"start":"2026-10-20","end":"2026-10-20"}`)
	at := func(visit, on, value string) string {
		return observed("4548-4", on, amountOf(value, "%")+`,"encounter":{"reference":"Encounter/`+visit+`"}`)
	}
	runWords(t, []wordCase{
		{name: "the latest outpatient one", records: only(stay, visit, at("visit", "2026-10-20", "6"), at("stay", "2026-10-02", "9")), expr: `lab("HbA1c", "outpatient") < "7 %"`, want: "met, record"},
		{name: "the latest inpatient one", records: only(stay, visit, at("visit", "2026-10-20", "6"), at("stay", "2026-10-02", "9")), expr: `lab("HbA1c", "inpatient") < "7 %"`, want: "not met, record", reason: "during a stay"},
		{name: "without a visit", records: only(observed("4548-4", "2026-10-20", amountOf("6", "%"))), expr: `lab("HbA1c", "outpatient") < "7 %"`, want: "unknown, result-not-understood", reason: "no visit on record"},
		{name: "an older one without a visit", records: only(visit, at("visit", "2026-10-20", "6"), observed("4548-4", "2026-09-20", amountOf("9", "%"))), expr: `lab("HbA1c", "outpatient") < "7 %"`, want: "met, record"},
		{name: "a diagnosis made during a stay", records: only(stay, diagnosis("230690007", "2026-10-02", `,"encounter":{"reference":"Encounter/stay"}`)), expr: `diagnosed("stroke", "last 12 months", "inpatient")`, want: "met, record"},
		{name: "a diagnosis made elsewhere", records: only(visit, diagnosis("230690007", "2026-10-20", `,"encounter":{"reference":"Encounter/visit"}`)), expr: `diagnosed("stroke", "last 12 months", "inpatient")`, want: "unknown, record-too-short"},
	})
}

func TestAnchors(t *testing.T) {
	hba1c := func(on, value string) string { return observed("4548-4", on, amountOf(value, "%")) }
	runWords(t, []wordCase{
		{name: "in the year before the stroke", anchor: "stroke", records: only(diagnosis("230690007", "2024-03-01", ""), hba1c("2023-06-01", "8"), hba1c("2026-06-01", "6")), expr: `lab("HbA1c", "last 12 months") > "7 %"`, want: "met, record", reason: "Counted from stroke on 2024-03-01"},
		{name: "what came after it does not count", anchor: "stroke", records: only(diagnosis("230690007", "2024-03-01", ""), hba1c("2026-06-01", "6")), expr: `lab("HbA1c") < "7 %"`, want: "unknown, outside-window"},
		{name: "ever is up to it", anchor: "stroke", records: whole(diagnosis("230690007", "2024-03-01", ""), diagnosis("44054006", "2025-01-01", "")), expr: `diagnosed("diabetes")`, want: "not met, silence"},
		{name: "age at it", anchor: "stroke", records: only(diagnosis("230690007", "2024-03-01", "")), expr: `age == 33`, want: "met, record"},
		{name: "none on record", anchor: "stroke", records: seenSince, expr: `age == 33`, want: "unknown, never-recorded", reason: "No stroke on record, from which"},
		{name: "on some day of 2024", anchor: "stroke", records: only(diagnosis("230690007", "2024", "")), expr: `age == 33`, want: "unknown, partial-date"},
	})
}

func TestAgeAtAndDaysSince(t *testing.T) {
	runWords(t, []wordCase{
		{name: "at 30", records: only(diagnosis("44054006", "2020-05-17", "")), expr: `age_at("diabetes") >= 30`, want: "met, record", reason: "at 30 years"},
		{name: "a day earlier", records: only(diagnosis("44054006", "2020-05-16", "")), expr: `age_at("diabetes") >= 30`, want: "not met, record"},
		{name: "the first counts", records: only(diagnosis("44054006", "2015-05-16", ""), diagnosis("44054006", "2022-05-16", "")), expr: `age_at("diabetes") >= 30`, want: "not met, record"},
		{name: "in 2020", records: only(diagnosis("44054006", "2020", "")), expr: `age_at("diabetes") >= 30`, want: "unknown, partial-date", reason: "at 29 to 30 years"},
		{name: "in 2021", records: only(diagnosis("44054006", "2021", "")), expr: `age_at("diabetes") >= 30`, want: "met, record"},
		{name: "first recorded at 32", records: only(resource("Condition", "subject", `"code":`+coded("snomed", "44054006")+`,"recordedDate":"2022-06-01"`)), expr: `age_at("diabetes") >= 30`, want: "unknown, partial-date"},
		{name: "first recorded at 32, asked below 40", records: only(resource("Condition", "subject", `"code":`+coded("snomed", "44054006")+`,"recordedDate":"2022-06-01"`)), expr: `age_at("diabetes") < 40`, want: "met, record"},
		{name: "only suspected", records: only(diagnosis("44054006", "2020-05-17", `,"verificationStatus":{"coding":[{"code":"provisional"}]}`)), expr: `age_at("diabetes") >= 30`, want: "unknown, only-suspected"},
		{name: "no diabetes", records: seenSince, expr: `age_at("diabetes") >= 30`, want: "unknown, never-recorded"},
		{name: "stroke 91 days ago", records: only(diagnosis("230690007", "2026-08-24", "")), expr: `days_since("stroke") > 90`, want: "met, record", reason: "91 days ago"},
		{name: "stroke 90 days ago", records: only(diagnosis("230690007", "2026-08-25", "")), expr: `days_since("stroke") > 90`, want: "not met, record"},
		{name: "the latest stroke", records: only(diagnosis("230690007", "2025-08-24", ""), diagnosis("230690007", "2026-11-01", "")), expr: `days_since("stroke") > 90`, want: "not met, record"},
		{name: "stroke in 2026", records: only(diagnosis("230690007", "2026", "")), expr: `days_since("stroke") > 90`, want: "unknown, partial-date"},
		{name: "stroke in 2025", records: only(diagnosis("230690007", "2025", "")), expr: `days_since("stroke") > 90`, want: "met, record"},
		{name: "stroke in spring 2025", records: only(diagnosis("230690007", "2025-04", "")), expr: `days_since("stroke") > 90`, want: "met, record"},
		{name: "no stroke", records: seenSince, expr: `days_since("stroke") > 90`, want: "unknown, never-recorded"},
		{name: "the end of a procedure", records: only(resource("Procedure", "subject", `"status":"completed","code":`+coded("snomed", "367336001")+`,"performedPeriod":{"start":"2026-01-01","end":"2026-11-02"}`)), expr: `days_since("chemotherapy") == 21`, want: "met, record"},
		{name: "a procedure that goes on", records: only(resource("Procedure", "subject", `"status":"in-progress","code":`+coded("snomed", "367336001")+`,"performedPeriod":{"start":"2026-01-01"}`)), expr: `days_since("chemotherapy") == 0`, want: "met, record"},
		{name: "the end of a supply", records: only(ordered("860975", "2026-09-01", 30, "")), expr: `days_since("metformin") >= 54`, want: "met, record"},
		{name: "a supply that lasts", records: only(ordered("860975", "2026-11-01", 90, "")), expr: `days_since("metformin") == 0`, want: "met, record"},
	})
}
