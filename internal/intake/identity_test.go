package intake

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/chart"
)

// folder writes files into a temporary folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// summary tells charts by key, fact ids and gaps.
func summary(c *Cohort, charts []*chart.Chart) (out []string) {
	for _, ch := range charts {
		line := ch.Person.Key.ID + ":"
		for i := range ch.Facts {
			line += " " + ch.Sources[i].ID
			if ch.Facts[i].Flags.Has(chart.Conflicting) {
				line += "!"
			}
			for _, id := range ch.CodesIn(ch.Facts[i].Codes) {
				line += "=" + c.Dictionary.Coding(id).Code
			}
		}
		for _, g := range ch.Gaps {
			line += " (" + string(g.Kind) + ")"
		}
		out = append(out, line)
	}
	for _, g := range c.Gaps() {
		if g.Kind == GapSubject {
			out = append(out, fmt.Sprintf("nobody's: %d", g.Count))
		}
	}
	return out
}

func patientNamed(id, more string) string {
	return `{"resourceType":"Patient","id":"` + id + `"` + more + `}`
}

func labOf(id, subject, more string) string {
	return `{"resourceType":"Observation","id":"` + id + `","status":"final","code":{"coding":[{"code":"L"}]},"subject":` + subject + more + `,"valueInteger":1}`
}

func ref(r string) string { return `{"reference":"` + r + `"}` }

func TestReferencesFindTheirPatientAndNobodyElse(t *testing.T) {
	ident := `,"identifier":[{"system":"urn:mrn","value":"1"}]`
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"relative", map[string]string{"a.ndjson": lines(patientNamed("p", ""), labOf("o", ref("Patient/p"), ""))}, []string{"p: o=L"}},
		{"versioned", map[string]string{"a.ndjson": lines(patientNamed("p", ""), labOf("o", ref("Patient/p/_history/3"), ""))}, []string{"p: o=L"}},
		{"into another file", map[string]string{"a.json": patientNamed("p", ""), "b/c.json": labOf("o", ref("Patient/p"), "")}, []string{"p: o=L"}},
		{"conditional", map[string]string{"a.json": labOf("o", ref("Patient?identifier=urn:mrn%7C1"), ""), "b.json": patientNamed("p", ident)}, []string{"p: o=L"}},
		{"by identifier", map[string]string{"a.json": labOf("o", `{"identifier":{"system":"urn:mrn","value":"1"}}`, ""), "b.json": patientNamed("p", ident)}, []string{"p: o=L"}},
		{
			"conditional, two have it",
			map[string]string{"a.ndjson": lines(labOf("o", ref("Patient?identifier=urn:mrn|1"), ""), patientNamed("p", ident), patientNamed("q", ident))},
			[]string{"p: (possible-duplicate)", "q: (possible-duplicate)", "nobody's: 1"},
		},
		{"nobody known", map[string]string{"a.ndjson": lines(patientNamed("p", ""), labOf("o", ref("Patient/q"), ""))}, []string{"p:", "nobody's: 1"}},
		{"a group", map[string]string{"a.ndjson": lines(patientNamed("p", ""), labOf("o", ref("Group/p"), ""))}, []string{"p:", "nobody's: 1"}},
		{"contained", map[string]string{"a.ndjson": lines(patientNamed("p", ""), labOf("o", ref("#p"), ""))}, []string{"p:", "nobody's: 1"}},
		{"no subject", map[string]string{"a.ndjson": lines(patientNamed("p", ""), labOf("o", `{"display":"somebody"}`, ""))}, []string{"p:", "nobody's: 1"}},
		{"urn of a fullUrl that is not the id, patient last", map[string]string{"a.json": `{"resourceType":"Bundle","entry":[
			{"fullUrl":"urn:uuid:1","resource":` + labOf("o", ref("urn:uuid:2"), `,"encounter":`+ref("urn:uuid:3")) + `},
			{"fullUrl":"urn:uuid:3","resource":{"resourceType":"Encounter","id":"v","status":"finished","class":{"code":"IMP"},"subject":` + ref("urn:uuid:2") + `}},
			{"fullUrl":"urn:uuid:2","resource":` + patientNamed("p", "") + `}]}`}, []string{"p: o=L v"}},
		{"the same urn in two bundles", map[string]string{
			"a.json": `{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1","resource":` + patientNamed("p", "") + `},{"resource":` + labOf("o", ref("urn:uuid:1"), "") + `}]}`,
			"b.json": `{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1","resource":` + patientNamed("q", "") + `},{"resource":` + labOf("n", ref("urn:uuid:1"), "") + `}]}`,
		}, []string{"p: o=L", "q: n=L"}},
		{
			"another server's patient of the same id",
			map[string]string{"a.json": `{"resourceType":"Bundle","entry":[
			{"fullUrl":"http://here/fhir/Patient/p","resource":` + patientNamed("p", "") + `},
			{"fullUrl":"http://here/fhir/Observation/o","resource":` + labOf("o", ref("http://here/fhir/Patient/p"), "") + `},
			{"fullUrl":"http://there/fhir/Observation/n","resource":` + labOf("n", ref("http://there/fhir/Patient/p"), "") + `}]}`},
			[]string{"p: o=L (subject-unknown)", "nobody's: 1"},
		},
		{"performer is a patient", map[string]string{"a.ndjson": lines(patientNamed("p", ""), patientNamed("q", ""), labOf("o", ref("Patient/p"), `,"performer":[`+ref("Patient/q")+`]`))}, []string{"p: o=L", "q:"}},
		{"medication in another file", map[string]string{
			"a.json": patientNamed("p", ""),
			"b.json": `{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","subject":` + ref("Patient/p") + `,"medicationReference":` + ref("Medication/x") + `}`,
			"c.json": `{"resourceType":"Medication","id":"x","code":{"coding":[{"code":"X"}]}}`,
		}, []string{"p: m=X"}},
		{"medication by fullUrl", map[string]string{"a.json": `{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1","resource":` + patientNamed("p", "") + `},
			{"resource":{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","subject":` + ref("urn:uuid:1") + `,"medicationReference":` + ref("urn:uuid:9") + `}},
			{"fullUrl":"urn:uuid:9","resource":{"resourceType":"Medication","id":"x","code":{"coding":[{"code":"X"}]}}}]}`}, []string{"p: m=X"}},
		{"id from the fullUrl", map[string]string{"a.json": `{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient"}},
			{"fullUrl":"urn:uuid:5","resource":` + strings.Replace(labOf("", ref("urn:uuid:1"), ""), `"id":"",`, "", 1) + `}]}`}, []string{"1: 5=L"}},
		{"appointment by urn", map[string]string{"a.json": `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Appointment","id":"b","status":"booked","participant":[{"actor":` + ref("urn:uuid:8") + `},{"actor":` + ref("urn:uuid:1") + `}]}},
			{"fullUrl":"urn:uuid:1","resource":` + patientNamed("p", "") + `}]}`}, []string{"p: b"}},
		{"a bundle in a bundle", map[string]string{"a.json": `{"entry":[{"resource":{"entry":[{"resource":` + patientNamed("p", "") + `},{"resource":` + labOf("o", ref("Patient/p"), "") + `}],"resourceType":"Bundle"}}],"resourceType":"Bundle"}`}, []string{"p: o=L"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			co, charts := readAll(t, Options{}, folder(t, c.files))
			each(t, co)
			if len(co.Rejected) > 0 {
				t.Fatal(co.Rejected)
			}
			got := summary(co, charts)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// each goes through pass two.
func each(t testing.TB, c *Cohort) {
	t.Helper()
	if err := c.Each(t.Context(), 2, func(Visit) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestVersionsOfOneResource(t *testing.T) {
	meta := func(version, updated string) string {
		return `,"meta":{"versionId":"` + version + `","lastUpdated":"` + updated + `"}`
	}
	coded := func(code, more string) string {
		return strings.Replace(labOf("o", ref("Patient/p"), more), `"code":"L"`, `"code":"`+code+`"`, 1)
	}
	for _, c := range []struct {
		name string
		a, b string
		want string
	}{
		{"higher version", coded("new", meta("10", "2020-01-01T00:00:00Z")), coded("old", meta("9", "2021-01-01T00:00:00Z")), "p: o=new"},
		{"later change", coded("old", meta("", "2020-01-01T00:00:00Z")), coded("new", meta("W/x", "2021-01-01T00:00:00Z")), "p: o=new"},
		{"the same", coded("one", ""), " " + coded("one", ""), "p: o=one"},
		{"the same under two versions", coded("one", meta("1", "")), coded("one", meta("2", "")), "p: o=one"},
		{"nothing to tell them apart", coded("A", ""), coded("A", `,"effectiveDateTime":"2020-01-01"`), "p: o!=A o!=A (sources-conflict)"},
		{"the later one in error", coded("old", meta("1", "")), strings.Replace(coded("old", meta("2", "")), "final", "entered-in-error", 1), "p: (entered-in-error)"},
	} {
		for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			co, charts := readAll(t, Options{}, folder(t, map[string]string{"1.json": patientNamed("p", ""), "2.json": pair[0], "3.json": pair[1]}))
			if diff := cmp.Diff([]string{c.want}, summary(co, charts)); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
		}
	}
}

func TestResourceThatMovedToAnotherPatient(t *testing.T) {
	meta := func(v string) string { return `,"meta":{"versionId":"` + v + `"}` }
	co, charts := readAll(t, Options{}, folder(t, map[string]string{"a.ndjson": lines(
		patientNamed("p", ""), patientNamed("q", ""), labOf("o", ref("Patient/p"), meta("1")), labOf("o", ref("Patient/q"), meta("2")), labOf("n", ref("Patient/p"), ""), labOf("n", ref("Patient/q"), ""),
	)}))
	want := []string{"p: n=L (sources-conflict) (moved-to-another)", "q: n=L o=L (sources-conflict)"}
	if diff := cmp.Diff(want, summary(co, charts)); diff != "" {
		t.Error(diff)
	}
}

func TestOnePatientUnderTwoIDs(t *testing.T) {
	mrn := `"identifier":[{"system":"urn:mrn","value":"1"}]`
	links := func(kind, other string) string {
		return `,"link":[{"type":"` + kind + `","other":` + ref("Patient/"+other) + `}]`
	}
	for _, c := range []struct {
		name   string
		p, q   string
		unique []string
		want   []string
	}{
		{"replaced by", patientNamed("a", links("replaced-by", "b")), patientNamed("b", ""), nil, []string{"b: oa=L ob=L"}},
		{"replaces", patientNamed("a", ""), patientNamed("b", links("replaces", "a")), nil, []string{"b: oa=L ob=L"}},
		{"see also", patientNamed("a", links("seealso", "b")), patientNamed("b", links("seealso", "a")), nil, []string{"a: oa=L ob=L"}},
		{"link to nobody", patientNamed("a", links("refer", "z")), patientNamed("b", ""), nil, []string{"a: oa=L (link-unknown)", "b: ob=L"}},
		{"unique identifier", patientNamed("a", ","+mrn), patientNamed("b", ","+mrn), []string{"urn:mrn"}, []string{"a: oa=L ob=L"}},
		{"some identifier", patientNamed("a", ","+mrn), patientNamed("b", ","+mrn), nil, []string{"a: oa=L (possible-duplicate)", "b: ob=L (possible-duplicate)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := lines(labOf("oa", ref("Patient/a"), ""), labOf("ob", ref("Patient/b"), ""), c.p, c.q)
			co, charts := readAll(t, Options{UniqueIdentifiers: c.unique}, folder(t, map[string]string{"a.ndjson": text}))
			if diff := cmp.Diff(c.want, summary(co, charts)); diff != "" {
				t.Error(diff)
			}
			if len(charts) == 1 != charts[0].Person.MultiplePatient {
				t.Error("not marked as several patients")
			}
		})
	}
}

func TestTwoPatientsOfOneIDAreBothRejected(t *testing.T) {
	dir := folder(t, map[string]string{
		"1.json": patientNamed("p", `,"birthDate":"1970-01-01"`), "2.json": labOf("o", ref("Patient/p"), ""),
		"3.json": patientNamed("p", `,"birthDate":"1971-01-01","meta":{"versionId":"2"}`), "4.json": patientNamed("q", ""),
	})
	co, charts := readAll(t, Options{}, dir)
	if diff := cmp.Diff([]string{"q:"}, summary(co, charts)); diff != "" {
		t.Error(diff)
	}
	var got []string
	for _, r := range co.Rejected {
		got = append(got, filepath.Base(r.Input)+" "+r.Reason)
	}
	if diff := cmp.Diff([]string{"1.json " + reasonClash, "3.json " + reasonClash}, got); diff != "" {
		t.Error(diff)
	}
	// A birth date written less exactly is not another one, nor a sex that is left out.
	_, charts = readAll(t, Options{}, folder(t, map[string]string{"1.json": patientNamed("p", `,"birthDate":"1970","gender":"male"`), "2.json": patientNamed("p", `,"birthDate":"1970-03-01"`)}))
	if len(charts) != 1 || charts[0].Person.BirthText != "1970-03-01" || charts[0].Person.Gender != chart.Male {
		t.Errorf("%d charts", len(charts))
	}
}

func TestFeedsKeepTheirPatientsApart(t *testing.T) {
	dir := folder(t, map[string]string{"lab/a.ndjson": lines(patientNamed("p", ""), labOf("o", ref("Patient/p"), "")), "emr/b.ndjson": lines(patientNamed("p", ""), labOf("n", ref("Patient/p"), ""))})
	co, charts := readAll(t, Options{Sources: []Source{{"lab", filepath.Join(dir, "lab")}, {"emr", dir}}}, dir)
	if diff := cmp.Diff([]string{"p: n=L", "p: o=L"}, summary(co, charts)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]chart.Key{{Source: "emr", ID: "p"}, {Source: "lab", ID: "p"}}, co.Keys()); diff != "" {
		t.Error(diff)
	}
}

func TestVisitsDateWhatHasNoTime(t *testing.T) {
	visit := `{"resourceType":"Encounter","id":"v","status":"finished","class":{"code":"IMP"},"subject":` + ref("Patient/p") + `,"period":{"start":"2021-02-03","end":"2021-02-05"}}`
	at := `,"encounter":` + ref("Encounter/v") + `}`
	co, charts := readText(t, lines(onePatient, visit,
		about(`{"resourceType":"Condition","id":"c","code":{"coding":[{"code":"C"}]}`+at),
		about(`{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"code":"L"}]}`+at),
		about(`{"resourceType":"Procedure","id":"x","status":"completed","code":{"coding":[{"code":"P"}]}`+at)))
	var got []string
	for i := range charts[0].Facts {
		got = append(got, tell(co, charts[0], i))
	}
	slices.Sort(got)
	want := []string{
		"Condition no-status [C] @-..2021-02-03 by-visit inpatient",
		"Encounter completed [] <IMP> @2021-02-03 until 2021-02-05 inpatient",
		"Observation final [L] @2021-02-03..2021-02-05 proxy by-visit inpatient",
		"Procedure completed [P] @2021-02-03..2021-02-05 by-visit inpatient",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
