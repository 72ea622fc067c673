package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"prescreen/internal/live"
)

// crowd is bundles of many people with diabetes, of whom each has had one HbA1c.
func crowd(people int) (bundles [][]byte) {
	const resource = `{"fullUrl": "urn:uuid:%[1]s%[2]d", "resource": {"resourceType": "%[3]s", "id": "%[1]s%[2]d", %[4]s}}`
	const code = `"code": {"coding": [{"system": "%s", "code": "%s"}]}, "subject": {"reference": "Patient/p%d"}`
	for from := 0; from < people; from += 500 {
		var b bytes.Buffer
		b.WriteString(`{"resourceType": "Bundle", "type": "collection", "entry": [`)
		for i := from; i < min(from+500, people); i++ {
			if i > from {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, resource, "p", i, "Patient", `"gender": "female", "birthDate": "1960-05-04"`)
			b.WriteByte(',')
			fmt.Fprintf(&b, resource, "c", i, "Condition", fmt.Sprintf(code, "http://snomed.info/sct", "44054006", i)+`, "onsetDateTime": "2020-01-01"`)
			b.WriteByte(',')
			fmt.Fprintf(&b, resource, "o", i, "Observation", fmt.Sprintf(code, "http://loinc.org", "4548-4", i)+fmt.Sprintf(`, "status": "final", "effectiveDateTime": "2026-%02d-12",
				"valueQuantity": {"value": %d.%d, "unit": "%%", "system": "http://unitsofmeasure.org", "code": "%%"}`, 1+i%6, 6+i%4, i%10))
		}
		b.WriteString(`]}`)
		bundles = append(bundles, b.Bytes())
	}
	return bundles
}

// BenchmarkFirstPage asks for the first page of the candidates of a trial with 10,000 patients, of whom one is another each
// time, as a ratio to reading the trial's rows; and once more while nothing has changed.
func BenchmarkFirstPage(b *testing.B) {
	s := newSite(b)
	s.ingest(crowd(10_000)...)
	var version int64
	for _, f := range s.live.Trials() {
		if f.Trial.ID == diabetes {
			version = f.Version.No
		}
	}
	ask := func() time.Duration {
		r := httptest.NewRequest(http.MethodGet, base+"/trials/"+diabetes+"/candidates", nil)
		r = r.WithContext(context.WithValue(r.Context(), asCaller{}, coordinator))
		w := httptest.NewRecorder()
		start := time.Now()
		s.mux.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code, w.Body)
		}
		return time.Since(start)
	}
	var read, first, again time.Duration
	n := 0
	for b.Loop() {
		b.StopTimer()
		more := crowd(1)[0]
		s.ingest(bytes.Replace(more, []byte(`"urn:uuid:o0", "resource": {"resourceType": "Observation", "id": "o0"`), fmt.Appendf(nil, `"urn:uuid:n%[1]d", "resource": {"resourceType": "Observation", "id": "n%[1]d"`, n), 1))
		start, rows := time.Now(), 0
		err := s.store.EachRow(context.Background(), version, func(*live.Chart, []byte) error { rows++; return nil })
		if err != nil || rows < 10_000 {
			b.Fatal(rows, err)
		}
		read += time.Since(start)
		b.StartTimer()
		first += ask()
		b.StopTimer()
		again += ask()
		n++
		b.StartTimer()
	}
	b.ReportMetric(first.Seconds()/read.Seconds(), "ratio-to-reading-rows")
	b.ReportMetric(again.Seconds()/read.Seconds(), "ratio-unchanged")
	b.ReportMetric(read.Seconds()/float64(n)*1000, "ms-reading-rows")
}
