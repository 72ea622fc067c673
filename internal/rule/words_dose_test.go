package rule

import "testing"

func TestDailyDose(t *testing.T) {
	bid := func(mg string) string { return dosage(mg, "mg", 2, "1", "d") }
	asked := `daily_dose("metformin") >= "1500 mg"`
	runWords(t, []wordCase{
		{name: "2 x 1000 mg", records: only(ordered("861007", "2026-10-01", 90, bid("1000"))), expr: asked, want: "met, record", reason: "2000 mg a day"},
		{name: "2 x 500 mg", records: only(ordered("860975", "2026-10-01", 90, bid("500"))), expr: asked, want: "not met, record"},
		{name: "in grams", records: only(ordered("861007", "2026-10-01", 90, dosage("0.75", "g", 2, "1", "d"))), expr: asked, want: "met, record"},
		{name: "every 8 hours", records: only(ordered("860975", "2026-10-01", 90, dosage("500", "mg", 1, "8", "h"))), expr: asked, want: "met, record"},
		{name: "every other day", records: only(ordered("861007", "2026-10-01", 90, dosage("2000", "mg", 1, "2", "d"))), expr: asked, want: "not met, record", reason: "1000 mg a day"},
		{name: "three times a week", records: only(ordered("861007", "2026-10-01", 90, dosage("3500", "mg", 3, "1", "wk"))), expr: asked, want: "met, record"},
		{name: "once a month", records: only(ordered("861007", "2026-10-01", 90, dosage("3500", "mg", 1, "1", "mo"))), expr: asked, want: "unknown, result-not-understood", reason: "daily amount not told"},
		{name: "by a code", records: only(ordered("861007", "2026-10-01", 90, `,"dosageInstruction":[{"timing":{"code":{"coding":[{"code":"BID"}]}},"doseAndRate":[{"doseQuantity":{"value":1000,"unit":"mg"}}]}]`)), expr: asked, want: "met, record"},
		{name: "morning and evening", records: only(ordered("861007", "2026-10-01", 90, `,"dosageInstruction":[{"timing":{"repeat":{"when":["MORN","EVE"]}},"doseAndRate":[{"doseQuantity":{"value":1000,"unit":"mg"}}]}]`)), expr: asked, want: "met, record"},
		{name: "two instructions", records: only(ordered("861007", "2026-10-01", 90, `,"dosageInstruction":[{"timing":{"repeat":{"when":["MORN"]}},"doseAndRate":[{"doseQuantity":{"value":500,"unit":"mg"}}]},{"timing":{"repeat":{"when":["EVE"]}},"doseAndRate":[{"doseQuantity":{"value":1000,"unit":"mg"}}]}]`)), expr: asked, want: "met, record"},
		{name: "step by step", records: only(ordered("861007", "2026-10-01", 90, `,"dosageInstruction":[{"sequence":1,"timing":{"repeat":{"when":["MORN"]}},"doseAndRate":[{"doseQuantity":{"value":500,"unit":"mg"}}]},{"sequence":2,"timing":{"repeat":{"when":["MORN"]}},"doseAndRate":[{"doseQuantity":{"value":2000,"unit":"mg"}}]}]`)), expr: asked, want: "unknown, result-not-understood"},
		{name: "a range", records: only(ordered("861007", "2026-10-01", 90, `,"dosageInstruction":[{"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseRange":{"low":{"value":500,"unit":"mg"},"high":{"value":1000,"unit":"mg"}}}]}]`)), expr: asked, want: "unknown, result-not-understood"},
		{name: "a range above", records: only(ordered("861007", "2026-10-01", 90, `,"dosageInstruction":[{"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseRange":{"low":{"value":800,"unit":"mg"},"high":{"value":1000,"unit":"mg"}}}]}]`)), expr: asked, want: "met, record"},
		{name: "as needed", records: whole(ordered("861007", "2026-10-01", 90, `,"dosageInstruction":[{"asNeededBoolean":true,"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":1000,"unit":"mg"}}]}]`)), expr: asked, want: "unknown, result-not-understood"},
		{name: "not as needed", records: whole(ordered("861007", "2026-10-01", 90, `,"dosageInstruction":[{"asNeededBoolean":true,"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":1000,"unit":"mg"}}]}]`)), expr: `daily_dose("metformin", "not as needed") >= "1500 mg"`, want: "not met, silence"},
		{name: "tablets", records: only(ordered("861007", "2026-10-01", 90, dosage("2", "tablet", 2, "1", "d"))), expr: asked, want: "unknown, result-not-understood"},
		{name: "no dosage", records: only(ordered("861007", "2026-10-01", 90, "")), expr: asked, want: "unknown, result-not-understood"},
		{name: "a renewal is no doubling", records: only(ordered("860975", "2026-08-01", 90, bid("500")), ordered("860975", "2026-10-20", 90, bid("500"))), expr: asked, want: "not met, record"},
		{name: "two products begun together", records: only(ordered("860975", "2026-10-01", 90, bid("500")), ordered("861007", "2026-10-01", 90, dosage("1000", "mg", 1, "1", "d"))), expr: asked, want: "met, record"},
		{name: "an older product may have been replaced", records: only(ordered("860975", "2026-09-15", 90, bid("500")), ordered("861007", "2026-10-01", 90, dosage("1000", "mg", 1, "1", "d"))), expr: asked, want: "unknown, old-order-active", reason: "may have been replaced"},
		{name: "ordered and dispensed on one day is one dose", records: only(ordered("861007", "2026-10-01", 90, bid("500")), resource("MedicationDispense", "subject", `"status":"completed","medicationCodeableConcept":`+coded("rxnorm", "861007")+`,"whenHandedOver":"2026-10-01","daysSupply":{"value":90}`+bid("500"))), expr: asked, want: "not met, record"},
		{name: "ordered as one product, dispensed as another", records: only(ordered("861007", "2026-10-01", 90, bid("500")), resource("MedicationDispense", "subject", `"status":"completed","medicationCodeableConcept":`+coded("rxnorm", "860975")+`,"whenHandedOver":"2026-10-01","daysSupply":{"value":90}`+bid("500"))), expr: asked, want: "unknown, old-order-active"},
		{name: "nothing, and the record would have it", records: seenSince, expr: asked, want: "not met, silence"},
		{name: "nothing in a short record", expr: asked, want: "unknown, list-empty"},
		{name: "supply ran out in May", records: whole(ordered("861007", "2026-02-01", 90, bid("1000"))), expr: asked, want: "not met, silence"},
		{name: "three months long", records: whole(ordered("861007", "2026-08-01", 180, bid("1000"))), expr: `daily_dose("metformin", "for at least 3 months") >= "1500 mg"`, want: "met, record"},
		{name: "only since October", records: whole(ordered("861007", "2026-10-01", 90, bid("1000"))), expr: `daily_dose("metformin", "for at least 3 months") >= "1500 mg"`, want: "not met, silence"},
		{name: "less in between", records: whole(ordered("861007", "2026-05-01", 120, bid("1000")), ordered("861007", "2026-09-01", 30, bid("500")), ordered("861007", "2026-10-01", 90, bid("1000"))), expr: `daily_dose("metformin", "for at least 4 months") >= "1500 mg"`, want: "not met, record"},
		{name: "a gap within the usual refill", records: whole(ordered("861007", "2026-07-01", 60, bid("1000")), ordered("861007", "2026-09-15", 90, bid("1000"))), expr: `daily_dose("metformin", "for at least 3 months") >= "1500 mg"`, want: "met, record"},
	})
}

func TestEquivalentDoses(t *testing.T) {
	once := func(mg string) string { return dosage(mg, "mg", 1, "1", "d") }
	asked := `daily_dose("steroid", "last 14 days", "as prednisone") > "10 mg"`
	runWords(t, []wordCase{
		{name: "prednisone 20 mg until 10 days ago", records: whole(ordered("8640", "2026-11-01", 13, once("20"))), expr: asked, want: "met, record", reason: "20 mg as prednisone"},
		{name: "prednisone 20 mg until 20 days ago", records: whole(ordered("8640", "2026-10-20", 14, once("20"))), expr: asked, want: "not met, silence"},
		{name: "prednisone 10 mg", records: whole(ordered("8640", "2026-11-01", 30, once("10"))), expr: asked, want: "not met, record"},
		{name: "dexamethasone 1.5 mg is 10 mg", records: whole(ordered("3264", "2026-11-01", 30, once("1.5"))), expr: asked, want: "not met, record"},
		{name: "dexamethasone 1.6 mg is more", records: whole(ordered("3264", "2026-11-01", 30, once("1.6"))), expr: asked, want: "met, record"},
		{name: "a drug that the table lacks", records: whole(ordered("5492", "2026-11-01", 30, once("100"))), expr: asked, want: "unknown, result-not-understood"},
		{name: "a drug that the table lacks beside enough", records: whole(ordered("5492", "2026-11-01", 30, once("100")), ordered("8640", "2026-11-01", 30, once("20"))), expr: asked, want: "met, record"},
		{name: "given once", records: whole(resource("MedicationAdministration", "subject", `"status":"completed","medicationCodeableConcept":`+coded("rxnorm", "3264")+`,"effectiveDateTime":"2026-11-20","dosage":{"dose":{"value":8,"unit":"mg"}}`)), expr: asked, want: "met, record"},
		{name: "twice on one day", records: whole(
			resource("MedicationAdministration", "subject", `"id":"a","status":"completed","medicationCodeableConcept":`+coded("rxnorm", "8640")+`,"effectiveDateTime":"2026-11-20T08:00:00Z","dosage":{"dose":{"value":6,"unit":"mg"}}`),
			resource("MedicationAdministration", "subject", `"id":"b","status":"completed","medicationCodeableConcept":`+coded("rxnorm", "8640")+`,"effectiveDateTime":"2026-11-20T20:00:00Z","dosage":{"dose":{"value":6,"unit":"mg"}}`)), expr: asked, want: "met, record"},
		{name: "nothing", records: seenSince, expr: asked, want: "not met, silence"},
	})
}
