package intake

import (
	"testing"

	"prescreen/internal/chart"
)

func TestPublicDataIsReadWhole(t *testing.T) {
	for _, c := range []struct {
		zip                                      string
		files, without, patients, resources, bad int
	}{
		{"synthea-r4.zip", 215, 0, 215, 0, 0},
		{"synthea-r4-notes.zip", 44, 2, 42, 0, 0},
		{"bulk-export-10.zip", 13, 12, 10, 0, 0},
	} {
		t.Run(c.zip, func(t *testing.T) {
			co, charts := readAll(t, Options{}, sharedData(t, c.zip))
			facts := 0
			var kinds [chart.KindCount]int
			for _, ch := range charts {
				facts += len(ch.Facts)
				for k := range chart.KindCount {
					_, f := ch.Of(k)
					kinds[k] += len(f)
				}
			}
			t.Logf("files %d without %d patients %d resources %d rejected %d skipped %v facts %d kinds %v gaps %v", co.Files, co.WithoutPatient, co.Patients, co.Resources, len(co.Rejected), co.Skipped, facts, kinds, co.Gaps())
			for _, r := range co.Rejected {
				t.Log(r)
			}
		})
	}
}
