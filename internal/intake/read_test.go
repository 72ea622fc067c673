package intake

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/chart"
)

// TestPublicDataIsReadWhole pins what the public files hold. The numbers of facts were counted from the files by resource
// kind: a panel of results counts its components, a report or note is one document.
func TestPublicDataIsReadWhole(t *testing.T) {
	for _, c := range []struct {
		zip, want string
		kinds     map[chart.Kind]int
	}{
		{"synthea-r4.zip", "files 215, without a patient 0, patients 215, resources 65577, rejected 0, skipped 0", map[chart.Kind]int{
			chart.Diagnosis: 1683, chart.Result: 32316, chart.Medication: 1809, chart.Procedure: 4651, chart.Allergy: 140,
			chart.Vaccination: 2502, chart.Visit: 6053, chart.Document: 2147,
		}},
		{"synthea-r4-notes.zip", "files 44, without a patient 2, patients 42, resources 31244, rejected 0, skipped 0", map[chart.Kind]int{
			chart.Diagnosis: 524, chart.Result: 14176, chart.Medication: 1923, chart.Procedure: 1357, chart.Allergy: 39,
			chart.Vaccination: 613, chart.Visit: 1682, chart.Document: 4421, chart.Team: 188,
		}},
		{"bulk-export-10.zip", "files 13, without a patient 12, patients 13, resources 7160, rejected 0, skipped 1", map[chart.Kind]int{
			chart.Diagnosis: 555, chart.Medication: 1745, chart.Procedure: 2056, chart.Allergy: 11, chart.Vaccination: 161,
			chart.Visit: 1215, chart.Document: 1215,
		}},
	} {
		t.Run(c.zip, func(t *testing.T) {
			co, charts := readAll(t, Options{}, sharedData(t, c.zip))
			each(t, co)
			kinds := map[chart.Kind]int{}
			uncoded := 0
			for _, ch := range charts {
				for i := range ch.Facts {
					kinds[ch.Facts[i].Kind]++
					if ch.Facts[i].Flags.Has(chart.Uncoded) {
						uncoded++
					}
				}
			}
			got := fmt.Sprintf("files %d, without a patient %d, patients %d, resources %d, rejected %d, skipped %d",
				co.Files, co.WithoutPatient, co.Patients, co.Resources, len(co.Rejected), len(co.Skipped))
			if got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			if diff := cmp.Diff(c.kinds, kinds); diff != "" {
				t.Error(diff)
			}
			if gaps := co.Gaps(); len(gaps) > 0 || uncoded > 0 {
				t.Errorf("gaps %v, %d facts without a code", gaps, uncoded)
			}
		})
	}
}

// TestExamplesOfTheGuides reads the single resources of US Core and mCODE: most belong to a patient whose own file is not
// among them, some to one that is.
func TestExamplesOfTheGuides(t *testing.T) {
	co, charts := readAll(t, Options{}, sharedData(t, "fhir-examples.zip"))
	each(t, co)
	for _, r := range co.Rejected {
		t.Error(r)
	}
	var told []string
	for _, ch := range charts {
		for i := range ch.Facts {
			told = append(told, ch.Sources[i].ID+": "+tell(co, ch, i))
		}
	}
	all := strings.Join(told, "\n")
	for _, want := range wantedExamples {
		if !strings.Contains(all, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if len(charts) != 6 || len(told) != 217 {
		t.Errorf("%d charts, %d facts", len(charts), len(told))
	}
}

// wantedExamples are the awkward shapes: a component whose value is absent, two codes, a day and a zone, ECOG as an
// integer, staging without a display, a contained and a referenced medication, plans that are no orders.
var wantedExamples = []string{
	"blood-pressure: Observation final [8480-6] number=109 mm[Hg] @1999-07-02 component",
	"bp-data-absent: Observation final [8462-4] absent=Unknown  <unknown> @1999-07-02 inpatient component",
	"oxygen-saturation: Observation final [2708-6 59408-5] number=99 % @1999-07-02",
	"observation-occupation-unknown: Observation final [11341-5] absent=  <unknown> @2022-04-10",
	"average-blood-pressure: Observation final [96608-5] number=109 mm[Hg] @2023-08-03..2023-08-06 component",
	"e-cig-user: Observation final [105045-9] coded=Nicotine-filled electronic cigarette user  <785889008> “Nicotine-filled electronic cigarette user” @2024-01-01..2024-01-31",
	"mCODEECOGPerformanceStatusExample01: Observation final [89247-1] number=0  @2019-04-01 plain-number",
	"mCODETNMClinicalStageGroupExample01: Observation final [21908-9] coded=  <3C> @2019-04-01",
	"condition-duodenal-ulcer-res: Condition resolved [51868009] confirmed @2016-08-10 until 2016-08-17 noted 2016-08-17",
	"medicationrequest-contained-oral-axid: MedicationRequest active [582620] dose 20 mL in 1 d @2008-04-05 until 2008-06-03 noted 2008-04-05 supply 30+1",
	"medicationrequest-referenced-oral-axid: MedicationRequest active [582620] dose 20 mL in 1 d @2008-04-05 until 2008-06-03 noted 2008-04-05 supply 30+1 repeat",
	"self-tylenol: MedicationRequest intended [1187314] @2019-06-24 noted 2019-06-24",
	"familymemberhistory-example: FamilyMemberHistory completed [709044004] <FTH> noted 2011-03-18",
}
