package intake

import (
	"strings"
	"testing"
)

// TestAnObservationOfTooManyComponentsIsRejected: it alone, named, and the patient's other records are read.
func TestAnObservationOfTooManyComponentsIsRejected(t *testing.T) {
	of := func(id string, n int) string {
		component := `{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":1}}`
		return `{"resourceType":"Observation","id":"` + id + `","status":"final","code":{"text":"panel"},"subject":{"reference":"Patient/p"},"component":[` +
			strings.Repeat(component+",", n-1) + component + "]}\n"
	}
	records := `{"resourceType":"Patient","id":"p"}` + "\n" + of("many", maxComponents+1) + of("most", maxComponents)
	charts, rejected, err := ReadBundle(t.Context(), Options{}, strings.NewReader(records))
	if err != nil || len(charts) != 1 {
		t.Fatal(charts, err)
	}
	if len(rejected) != 1 || rejected[0].Pointer != "line 2/component/10000" || !strings.Contains(rejected[0].Reason, "components") {
		t.Errorf("rejected %+v", rejected)
	}
	if n := len(charts[0].Facts); n != maxComponents {
		t.Errorf("%d facts, want the %d of the other one", n, maxComponents)
	}
}
