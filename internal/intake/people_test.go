package intake

import (
	"strings"
	"testing"

	"prescreen/internal/chart"
)

// TestWhoTookPartIsKept: the people of a visit and of a care team are references in the cold part, as written.
func TestWhoTookPartIsKept(t *testing.T) {
	const records = `{"resourceType":"Patient","id":"p"}
{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/p"},"period":{"start":"2026-01-02"},"participant":[{"individual":{"reference":"Practitioner/7"}},{"type":[{"text":"no one named"}]},{"individual":{"reference":"Practitioner?identifier=npi|99"}}]}
{"resourceType":"CareTeam","id":"t","status":"active","subject":{"reference":"Patient/p"},"participant":[{"member":{"reference":"Practitioner/8"}}]}
`
	charts, rejected, err := ReadBundle(t.Context(), Options{}, strings.NewReader(records))
	if err != nil || len(rejected) > 0 || len(charts) != 1 {
		t.Fatal(charts, rejected, err)
	}
	want := map[chart.Kind]string{chart.Visit: "Practitioner/7 Practitioner?identifier=npi|99", chart.Team: "Practitioner/8"}
	for kind, people := range want {
		first, facts := charts[0].Of(kind)
		if len(facts) != 1 || charts[0].Sources[first].People != people {
			t.Errorf("%v: %d facts, %q, want %q", kind, len(facts), charts[0].Sources[first].People, people)
		}
	}
}
