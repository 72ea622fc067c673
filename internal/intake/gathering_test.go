package intake

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

// tangled are entries that depend on one another in every way that reading knows.
func tangled() []string {
	entry := func(url, resource string) string { return `{"fullUrl":"` + url + `","resource":` + resource + `}` }
	order := func(id, subject, drug string) string {
		return `{"resourceType":"MedicationRequest","id":"` + id + `","status":"active","intent":"order","subject":` + ref(subject) + `,"medicationReference":` + ref(drug) + `}`
	}
	version := func(n int) string { return fmt.Sprintf(`,"meta":{"versionId":"%d"}`, n) }
	list := []string{
		entry("urn:uuid:1", patientNamed("p", `,"gender":"male","identifier":[{"system":"urn:mrn","value":"1"},{"system":"urn:ssn","value":"9"}]`)),
		entry("urn:uuid:2", patientNamed("q", `,"identifier":[{"system":"urn:ssn","value":"9"}]`)),
		entry("urn:uuid:3", patientNamed("r", `,"identifier":[{"system":"urn:mrn","value":"3"}],"link":[{"type":"replaced-by","other":`+ref("urn:uuid:4")+`}]`)),
		entry("urn:uuid:4", patientNamed("s", `,"deceasedBoolean":true,"identifier":[{"system":"urn:mrn","value":"5"}]`)),
		entry("urn:uuid:5", patientNamed("t", `,"gender":"male","identifier":[{"system":"urn:mrn","value":"5"}]`)),
		entry("", patientNamed("t", `,"gender":"female"`)),
		entry("urn:uuid:6", `{"resourceType":"Patient","birthDate":"1980","link":[{"type":"seealso","other":`+ref("Patient?identifier=urn:mrn|3")+`}]}`),
		entry("urn:uuid:7", patientNamed("u", `,"gender":"x"`)),
		entry("http://here/fhir/Patient/w", patientNamed("w", "")),
		entry("http://there/fhir/Observation/o20", labOf("o20", ref("http://there/fhir/Patient/w"), "")),
		entry("urn:uuid:31", `{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"IMP"},"subject":`+ref("urn:uuid:1")+`,"period":{"start":"2020-01-01","end":"2020-01-05"}}`),
		entry("", labOf("o1", ref("urn:uuid:1"), `,"encounter":`+ref("urn:uuid:31"))),
		entry("", labOf("o2", ref("Patient?identifier=urn:mrn|1"), "")),
		entry("", labOf("o3", ref("Patient?identifier=urn:mrn|5"), "")),
		entry("", labOf("o4", ref("Patient/q"), version(1))),
		entry("", labOf("o4", ref("Patient/q"), version(2))),
		entry("", labOf("o5", ref("Patient/r"), `,"issued":"2020-01-01T00:00:00Z"`)),
		entry("", labOf("o5", ref("Patient/r"), `,"issued":"2021-01-01T00:00:00Z"`)),
		entry("", labOf("o6", ref("Patient/r"), version(1))),
		entry("", labOf("o6", ref("Patient/w"), version(2))),
		entry("", labOf("o7", ref("Patient/nobody"), "")),
		entry("", labOf("o8", ref("Group/g"), "")),
		entry("", labOf("o9", ref("urn:uuid:6"), "")),
		entry("", strings.Replace(labOf("o10", ref("urn:uuid:1"), ""), "final", "finished", 1)),
		entry("", labOf("o11", ref("Patient/s"), `,"code":{}`)),
		entry("", labOf("o12", `{"display":"x"}`, "")),
		entry("urn:uuid:51", `{"resourceType":"Medication","id":"m","code":{"text":"words","coding":[{"code":"M"}]}}`),
		entry("", `{"resourceType":"Medication","id":"n","code":{"coding":[{"code":"N"}]}}`),
		entry("", `{"resourceType":"Medication","id":"n","code":{"coding":[{"code":"O"}]}}`),
		entry("", order("d1", "Patient/p", "urn:uuid:51")),
		entry("", order("d2", "Patient/w", "Medication/m")),
		entry("", order("d3", "Patient/w", "Medication/n")),
		entry("", order("d4", "Patient/w", "Medication/none")),
		entry("", `{"resourceType":"Appointment","id":"a","status":"booked","participant":[{"actor":`+ref("urn:uuid:8")+`},{"actor":`+ref("urn:uuid:4")+`}]}`),
		entry("", `{"resourceType":"Condition","subject":`+ref("Patient/w")+`,"code":{"text":"no id"},"onsetString":"x"}`),
		entry("", `{"resourceType":"DocumentReference","id":"x","status":"current","subject":`+ref("Patient/w")+`,"content":[{"attachment":{"contentType":"text/plain","data":"SGVsbG8="}}]}`),
		`{"request":{"method":"DELETE","url":"Patient/p"}}`,
		entry("", `{"resourceType":"Claim","id":"c"}`),
	}
	return append(list, entry("", `{"resourceType":"Bundle","entry":[`+entry("urn:uuid:1", patientNamed("x", ""))+","+entry("", labOf("o30", ref("Patient/x"), ""))+`]}`))
}

// TestGatheringIsReading: whatever the order, the documents and what is missing, what was packed resource by resource makes
// the charts, gaps and counts of reading the same documents.
func TestGatheringIsReading(t *testing.T) {
	all := tangled()
	rapid.Check(t, func(rt *rapid.T) {
		entries := rapid.Permutation(all).Draw(rt, "order")
		if rapid.Bool().Draw(rt, "as many") {
			entries = entries[:rapid.IntRange(0, len(entries)).Draw(rt, "how many")]
		}
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		for n := 0; len(entries) > 0; n++ {
			some := rapid.IntRange(1, len(entries)).Draw(rt, "in one document")
			// Every other document is of another feed.
			name := filepath.Join(dir, fmt.Sprint(n%2), fmt.Sprint(n, ".json"))
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				rt.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(bundleWith(entries[:some]...)), 0o600); err != nil {
				rt.Fatal(err)
			}
			entries = entries[some:]
		}
		o := Options{UniqueIdentifiers: []string{"urn:ssn"}, Workers: 1}
		if rapid.Bool().Draw(rt, "two feeds") {
			o.Sources = []Source{{"other", filepath.Join(dir, "1")}}
		}
		readAll(t, o, dir) // which gathers too, and compares
	})
}

// TestGatheringSpills: beyond its memory a gathering goes to disk, and its charts are the same.
func TestGatheringSpills(t *testing.T) {
	o := apartOptions()
	var packed [][]byte
	for p := range 40 {
		texts := []string{patientNamed(fmt.Sprint("p", p), "")}
		for n := range 100 {
			texts = append(texts, labOf(fmt.Sprint("o", p, ".", n), ref(fmt.Sprint("Patient/p", p)), `,"note":[]`))
		}
		for _, x := range texts {
			r, err := ReadResource(o, []byte(x))
			if err != nil {
				t.Fatal(err)
			}
			packed = append(packed, r.Packed)
		}
	}
	gather := func(o Options) *Cohort {
		g := NewGathering(o)
		for _, p := range packed {
			if err := g.Add("", p); err != nil {
				t.Fatal(err)
			}
		}
		c, err := g.Cohort()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	small := o
	small.Memory, small.TempDir = 64<<10, t.TempDir()
	c, whole := gather(small), gather(o)
	var charts []*chart.Chart
	for _, k := range whole.Keys() {
		ch, err := whole.Chart(k)
		if err != nil {
			t.Fatal(err)
		}
		charts = append(charts, ch)
	}
	sameCohort(t, whole, charts, c)
	if len(c.run.fragments.runs) == 0 {
		t.Error("nothing was spilled")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(small.TempDir); err != nil || len(left) > 0 {
		t.Errorf("%d folders are left", len(left))
	}
}

// TestPackedFormat pins the bytes of format 1: a store holds them for years. When they must become others, packedFormat is
// raised, and this one stays readable.
func TestPackedFormat(t *testing.T) {
	doc := readApart(t, bundleWith(
		`{"fullUrl":"urn:uuid:1","resource":`+patientNamed("p", `,"birthDate":"1970-05-17","identifier":[{"system":"urn:ssn","value":"9"}],"link":[{"type":"refer","other":`+ref("Patient/q")+`}]`)+`}`,
		`{"resource":{"resourceType":"Medication","id":"m","code":{"coding":[{"system":"s","code":"c"}],"text":"w"}}}`,
		`{"resource":`+labOf("o", ref("urn:uuid:1"), `,"effectiveDateTime":"2020-02-03"`)+`}`,
		`{"resource":`+labOf("o", ref("Patient?identifier=urn:mrn|1"), "")+`}`,
		`{"resource":`+labOf("o", ref("Group/1"), "")+`}`,
	))
	want := []string{
		"0170012b07634be639e9514d914715f8c9e4770101000101712100000000017000000131000000000490020000000000000a313937302d30352d31370000",
		"016d016d0001010177",
		"01720101702b00000002016f00000000000101080001008080010000010204ee9d02004002000001310a323032302d30322d3033",
		"017202976fd15d0c6c9667f905d96605f5fa901d00000002016f0000000000010108000100808001000001020040020000013100",
		"017200",
	}
	var got []string
	for i := range doc.Resources {
		got = append(got, hex.EncodeToString(doc.Resources[i].Packed))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAddRefusesWhatWasNotPacked(t *testing.T) {
	o := apartOptions()
	r, err := ReadResource(o, []byte(labOf("o", ref("Patient/p"), "")))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "half": r.Packed[:len(r.Packed)/2], "more": append(slices.Clone(r.Packed), 0),
		"another kind": append([]byte{packedFormat, 'x'}, r.Packed[2:]...),
	} {
		if err := NewGathering(o).Add("", b); err == nil || err == errPackedFormat {
			t.Errorf("%s: %v", name, err)
		}
	}
	newer := append([]byte{packedFormat + 1}, r.Packed[1:]...)
	if err := NewGathering(o).Add("", newer); err != errPackedFormat {
		t.Error(err)
	}
}

// FuzzGathering: damaged bytes are refused or make some chart, and never stop the program.
func FuzzGathering(f *testing.F) {
	o := apartOptions()
	doc, err := ReadDocument(o, []byte(bundleWith(tangled()...)))
	if err != nil {
		f.Fatal(err)
	}
	for i := range doc.Resources {
		f.Add(doc.Resources[i].Packed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		g := NewGathering(o)
		if g.Add("", b) != nil {
			return
		}
		c, err := g.Cohort()
		if err != nil {
			return
		}
		for _, k := range c.Keys() {
			_, _ = c.Chart(k)
		}
	})
}

func TestParcels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type parcel struct {
			Version int64
			Source  string
			Packed  []byte
		}
		tell := func(b []byte) (list []parcel) {
			if err := EachParcel(b, func(v int64, source string, packed []byte) error {
				list = append(list, parcel{v, source, bytes.Clone(packed)})
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			return list
		}
		var want []parcel
		var b []byte
		for range rapid.IntRange(0, 8).Draw(t, "parcels") {
			p := parcel{rapid.Int64Range(0, 5).Draw(t, "version"), rapid.SampledFrom([]string{"", "lab", "ward"}).Draw(t, "source"), rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "packed")}
			want = append(want, p)
			b = AppendParcel(b, p.Version, p.Source, p.Packed)
		}
		if diff := cmp.Diff(want, tell(b)); diff != "" {
			t.Fatal(diff)
		}
		before := bytes.Clone(b)
		gone := rapid.Int64Range(0, 5).Draw(t, "gone")
		kept := tell(RemoveParcels(b, func(v int64) bool { return v == gone }))
		want = slices.DeleteFunc(want, func(p parcel) bool { return p.Version == gone })
		if len(want) != len(kept) || len(want) > 0 && cmp.Diff(want, kept) != "" {
			t.Fatal(cmp.Diff(want, kept))
		}
		if !bytes.Equal(b, before) {
			t.Fatal("the parcels themselves were changed")
		}
		if len(b) > 0 && EachParcel(b[:len(b)-1], func(int64, string, []byte) error { return nil }) == nil {
			t.Fatal("cut parcels were taken for whole ones")
		}
	})
}

// TestTextsAreNotInTheDictionary: what a result says in words is in no table that outlives the record.
func TestTextsAreNotInTheDictionary(t *testing.T) {
	o := apartOptions()
	if _, err := ReadResource(o, []byte(strings.Replace(labOf("o", ref("Patient/p"), ""), `"valueInteger":1`, `"valueString":"said Mrs Doe"`, 1))); err != nil {
		t.Fatal(err)
	}
	texts := 0
	for _, c := range o.Dictionary.All {
		if strings.Contains(c.Code, "Doe") {
			t.Error("the text is in the dictionary")
		}
		if c == (terms.Coding{System: terms.TextSystem, Code: terms.TextCode("said Mrs Doe")}) {
			texts++
		}
	}
	if texts != 1 {
		t.Error("the text is not found by its digest")
	}
}
