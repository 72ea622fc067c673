package main

import (
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"prescreen/internal/access"
)

// atOnce makes many requests at one time and counts the answers by status.
func (d door) atOnce(n int, ask func(i int) int) map[int]int {
	statuses := make([]int, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { statuses[i] = ask(i) })
	}
	all.Wait()
	out := map[int]int{}
	for _, s := range statuses {
		out[s]++
	}
	return out
}

// Of many who write under the same condition at once, one does: nobody's words are lost behind a success.
func TestWritersInARace(t *testing.T) {
	now := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	_, keeper, srv := inHouse(t, func() time.Time { return now })
	d, k := door{t, srv}, &keys{t: t, Keeper: keeper, at: &now}
	k.begin()
	lab, _ := k.token(access.SendRecords, nil, time.Hour)
	cec := k.person("cec", access.Grant{Role: access.Coordinator})
	d.must(200, "POST", "/fhir/Bundle", smallPatients(t), lab)
	observation := func(id string, i int) string {
		return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"identifier":[{"system":"s","value":%q}],"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},
"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-05-20","valueQuantity":{"value":%d,"unit":"%%","system":"http://unitsofmeasure.org","code":"%%"}}`, id, id, 4+i)
	}
	const writers = 12
	for name, c := range map[string]struct {
		won, lost int
		ask       func(i int) int
	}{
		"what does not exist yet": {201, 412, func(i int) int {
			return d.ask("PUT", "/fhir/Observation/fresh", observation("fresh", i), lab, "If-None-Match: *").Code
		}},
		"one version": {200, 412, func(i int) int {
			return d.ask("PUT", "/fhir/Observation/p1-o1", observation("p1-o1", i), lab, `If-Match: W/"1"`).Code
		}},
		"one identifier": {201, 200, func(i int) int {
			return d.ask("POST", "/fhir/Observation", observation("ignored", i), lab, "If-None-Exist: identifier=s|ignored").Code
		}},
		"a line of the log": {201, 409, func(int) int {
			return d.ask("POST", "/api/v1/trials/T1/decisions", `{"patient":{"source":"lab","id":"p1"}}`, cec).Code
		}},
	} {
		want := map[int]int{c.won: 1, c.lost: writers - 1}
		if got := d.atOnce(writers, c.ask); !maps.Equal(got, want) {
			t.Errorf("%s: %v, not %v", name, got, want)
		}
	}
	edits := d.atOnce(writers, func(i int) int {
		return d.ask("PUT", "/api/v1/trials/T1/decisions/1", fmt.Sprintf(`{"note":"n%d","correctionReason":"r"}`, i), cec, `If-Match: W/"1"`).Code
	})
	if want := map[int]int{200: 1, 412: writers - 1}; !maps.Equal(edits, want) {
		t.Errorf("one version of a line: %v", edits)
	}
}
