package intake

import (
	"bytes"
	"testing"
)

// neverCrashes reads bytes as one input, goes through both passes, and asks that nothing of what is told repeats the input.
func neverCrashes(t *testing.T, b []byte) {
	c, err := Read(t.Context(), Options{Workers: 1, TempDir: t.TempDir()}, []string{"-"}, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	n := 0
	if err := c.Each(t.Context(), 1, func(v Visit) error {
		n++
		again, err := c.Chart(v.Chart.Person.Key)
		if err != nil || len(again.Facts) != len(v.Chart.Facts) || len(again.Sources) != len(again.Facts) {
			t.Fatalf("the chart again: %v", err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n != c.Patients {
		t.Fatalf("%d of %d patients", n, c.Patients)
	}
}

func FuzzResource(f *testing.F) {
	for _, s := range []string{
		onePatient,
		labOf("o", ref("Patient/p"), `,"component":[{"code":{"text":"x"},"valueRange":{"low":{"value":1}}}],"effectivePeriod":{"start":"2020","end":"2021"}`),
		`{"resourceType":"Condition","subject":{"reference":"Patient/p"},"onsetAge":{"value":5,"code":"a"},"verificationStatus":{"coding":[{"code":"refuted"}]}}`,
		`{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"reference":"Patient/p"},"medicationReference":{"reference":"#a"},"contained":[{"resourceType":"Medication","id":"a"}],"dosageInstruction":[{"timing":{"event":["2020-01-01"]}}]}`,
		`{"resourceType":"Consent","status":"active","patient":{"reference":"Patient/p"},"provision":{"type":"deny","provision":[{"type":"deny","data":[{"meaning":"x","reference":{"reference":"ResearchStudy/1"}}]}]}}`,
		`{"resourceType":"FamilyMemberHistory","status":"completed","patient":{"reference":"Patient/p"},"condition":[{"code":{"text":"x"}}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		neverCrashes(t, append(append([]byte(onePatient+"\n"), bytes.ReplaceAll(b, []byte("\n"), []byte(" "))...), '\n'))
	})
}

func FuzzBundle(f *testing.F) {
	f.Add([]byte(`{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1","resource":` + onePatient + `},{"resource":` + labOf("o", ref("urn:uuid:1"), "") + `}]}`))
	f.Add([]byte(`{"entry":[{"resource":` + onePatient + `}],"resourceType":"List"}` + "\n{}"))
	f.Fuzz(func(t *testing.T, b []byte) { neverCrashes(t, b) })
}

func FuzzArchive(f *testing.F) {
	p := []byte(onePatient)
	f.Add(gzipped(f, p))
	f.Add(zstded(f, p))
	f.Add(zipped(f, archived{"a.json", p}))
	f.Add(tarred(f, archived{"a.json", p}))
	f.Add(gzipped(f, tarred(f, archived{"a.json.gz", gzipped(f, p)})))
	f.Fuzz(func(t *testing.T, b []byte) { neverCrashes(t, b) })
}

// FuzzPacked feeds damaged bytes to pass two, as a damaged temporary file would.
func FuzzPacked(f *testing.F) {
	d := draft{origin: 2, id: []byte("o")}
	d.add(1)
	f.Add(appendRecord(nil, &d))
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			h, rest, err := nextRecord(b)
			if err != nil {
				return
			}
			c := h.open()
			var e entry
			for range c.facts {
				c.next(&e)
			}
			b = rest
		}
	})
}
