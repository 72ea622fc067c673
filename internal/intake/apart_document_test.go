package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

func apartOptions() Options {
	return Options{Dictionary: terms.NewDictionary(), Units: chart.NewUnits(), UniqueIdentifiers: []string{"urn:ssn"}}
}

func readApart(t testing.TB, text string) *Document {
	t.Helper()
	doc, err := ReadDocument(apartOptions(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// tellResource writes what was found of a resource as a line.
func tellResource(r *Resource) string {
	line := r.Pointer + " " + r.Type + "/" + r.ID
	if r.OwnID {
		line += " own"
	}
	if r.Nested {
		line += " nested"
	}
	if r.Version+r.Updated != "" {
		line += " v" + r.Version + "@" + r.Updated
	}
	if r.Request != (Request{}) {
		line += fmt.Sprintf(" %v", r.Request)
	}
	if r.Kept {
		line += " kept"
	}
	if r.Packed != nil {
		line += " packed"
	}
	if r.Subject.ID != "" {
		line += " of " + r.Subject.ID
	}
	if r.Subject.Identifier != nil {
		line += " of #" + hex.EncodeToString(r.Subject.Identifier[:2])
	}
	for _, x := range r.Links {
		line += " link " + x.ID + hex.EncodeToString(x.Identifier)
	}
	if n := len(r.Identifiers); n > 0 {
		line += fmt.Sprintf(" identifiers %d unique %d", n, len(r.Unique))
	}
	if len(r.Drugs) > 0 {
		line += " drugs " + strings.Join(r.Drugs, ",")
	}
	if len(r.References) > 0 {
		line += " refs " + strings.Join(r.References, ",")
	}
	for _, p := range r.Problems {
		line += " !" + p.Pointer + " " + p.Path + ": " + p.Reason
	}
	return line
}

func tellDocument(d *Document) (out []string) {
	for _, p := range d.Problems {
		out = append(out, "!"+p.Pointer+" "+p.Path+": "+p.Reason)
	}
	for i := range d.Resources {
		out = append(out, tellResource(&d.Resources[i]))
	}
	return out
}

func bundleWith(entries ...string) string {
	return `{"resourceType":"Bundle","type":"transaction","entry":[` + strings.Join(entries, ",") + `]}`
}

func TestDocumentsResourceByResource(t *testing.T) {
	const order = `"resourceType":"MedicationRequest","status":"active","intent":"order"`
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"a resource alone", patientNamed("p", `,"meta":{"versionId":"3","lastUpdated":"2020-01-01T00:00:00Z"}`), []string{" Patient/p own v3@2020-01-01T00:00:00Z kept packed of p"}},
		{"a transaction as Synthea writes it", bundleWith(
			`{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}`,
			`{"fullUrl":"urn:uuid:2","resource":{`+order+`,"subject":{"reference":"urn:uuid:1"},"medicationReference":{"reference":"urn:uuid:3"},"requester":{"reference":"Practitioner?identifier=a|b"},"recorder":{"reference":"urn:uuid:1"}},"request":{"method":"POST","url":"MedicationRequest"}}`,
			`{"fullUrl":"urn:uuid:3","resource":{"resourceType":"Medication","id":"m"},"request":{"method":"PUT","url":"Medication/m","ifMatch":"W/\"2\""}}`,
			`{"fullUrl":"urn:uuid:4","resource":{"resourceType":"Organization"},"request":{"method":"POST","url":"Organization","ifNoneExist":"identifier=a|b"}}`,
			`{"request":{"method":"DELETE","url":"Observation/x"}}`,
		), []string{
			"/entry/0/resource Patient/1 {POST Patient    } kept packed of 1",
			"/entry/1/resource MedicationRequest/2 {POST MedicationRequest    } kept packed of 1 drugs m refs urn:uuid:1,urn:uuid:3,Practitioner?identifier=a|b",
			`/entry/2/resource Medication/m own {PUT Medication/m W/"2"   } kept packed drugs m,3`,
			"/entry/3/resource Organization/4 {POST Organization    identifier=a|b}",
			"/entry/4 / {DELETE Observation/x    }",
		}},
		{"a subject by urn, before its patient, who has another id", bundleWith(
			`{"resource":`+labOf("o", ref("urn:uuid:2"), "")+`}`,
			`{"fullUrl":"urn:uuid:2","resource":`+patientNamed("p", "")+`}`,
		), []string{"/entry/0/resource Observation/o own kept packed of p refs urn:uuid:2", "/entry/1/resource Patient/p own kept packed of p"}},
		{"a subject by identifier", labOf("o", ref("Patient?identifier=urn:mrn|1"), ""), []string{" Observation/o own kept packed of #" + firstBytes("urn:mrn|1") + " refs Patient?identifier=urn:mrn|1"}},
		{"no subject", labOf("o", `{"display":"x"}`, ""), []string{" Observation/o own kept packed"}},
		{"an appointment of the one patient among its participants", bundleWith(
			`{"resource":{"resourceType":"Appointment","id":"b","status":"booked","participant":[{"actor":`+ref("urn:uuid:8")+`},{"actor":`+ref("urn:uuid:1")+`}]}}`,
			`{"fullUrl":"urn:uuid:1","resource":`+patientNamed("p", "")+`}`,
		), []string{"/entry/0/resource Appointment/b own kept packed of p refs urn:uuid:8,urn:uuid:1", "/entry/1/resource Patient/p own kept packed of p"}},
		{"identifiers and links", bundleWith(
			`{"resource":`+patientNamed("p", `,"identifier":[{"system":"urn:ssn","value":"1"},{"system":"urn:mrn","value":"2"},{"value":"3"}],"link":[{"type":"refer","other":`+ref("urn:uuid:9")+`},{"type":"seealso","other":`+ref("RelatedPerson/r")+`}]`)+`}`,
			`{"fullUrl":"urn:uuid:9","resource":`+patientNamed("q", "")+`}`,
			`{"resource":`+labOf("o", ref("Patient/p"), `,"identifier":[{"system":"urn:ssn","value":"1"}]`)+`}`,
		), []string{
			"/entry/0/resource Patient/p own kept packed of p link q identifiers 2 unique 1 refs urn:uuid:9,RelatedPerson/r",
			"/entry/1/resource Patient/q own kept packed of q",
			"/entry/2/resource Observation/o own kept packed of p identifiers 1 unique 0 refs Patient/p",
		}},
		{"what is not kept, not a resource, or no object", bundleWith(`{"resource":{"resourceType":"Claim","id":"c"}}`, `{"resource":{"id":"c"}}`, `5`, `{"resource":7}`, `{"resource":{"resourceType":"jane doe"}}`, `{}`), []string{
			"/entry/0/resource Claim/c own",
			"/entry/1/resource /c own !/entry/1/resource Bundle.entry[1].resource: no resourceType: not a FHIR resource",
			"/entry/2 / !/entry/2 Bundle.entry[2]: an object is expected",
			"/entry/3/resource / !/entry/3/resource Bundle.entry[3].resource: an object is expected",
			"/entry/4/resource / !/entry/4/resource/resourceType Bundle.entry[4].resource.resourceType: no resource type of FHIR's",
			"/entry/5 /",
		}},
		{"a code outside its list leaves a gap with its patient", bundleWith(`{"resource":` + strings.Replace(labOf("o", ref("Patient/p"), ""), "final", "finished", 1) + `}`), []string{
			"/entry/0/resource Observation/o own kept packed of p refs Patient/p !/entry/0/resource/status Bundle.entry[0].resource.status: a code outside FHIR's list for this element",
		}},
		{"a patient that cannot be read leaves none", patientNamed("p", `,"gender":"x"`), []string{" Patient/p own kept !/gender Patient.gender: a code outside FHIR's list for this element"}},
		{"a name twice hits its entry only", bundleWith(
			`{"resource":{"resourceType":"Observation","id":"o","subject":`+ref("Patient/p")+`,"code":{"text":"x","text":"y"}}}`,
			`{"resource":`+patientNamed("p", "")+`}`,
		), []string{
			"/entry/0/resource Observation/o own kept packed of p refs Patient/p !/entry/0/resource/code/text Bundle.entry[0].resource.code.text: the same member name twice in one object",
			"/entry/1/resource Patient/p own kept packed of p",
		}},
		{"bad UTF-8 in a resource alone", labOf("o", ref("Patient/p"), ",\"note\":[{\"text\":\"\xff\"}]"), []string{" Observation/o own kept packed of p refs Patient/p !/note/0/text Observation.note[0].text: text that is not valid UTF-8"}},
		{"a member that may be a value", labOf("o", ref("Patient/p"), `,"issued":{"Jane Doe":{"text":1,"text":2}}`), []string{" Observation/o own kept packed of p refs Patient/p !/issued/?/text Observation.issued: the same member name twice in one object"}},
		{"two Patients of one id who cannot be one", bundleWith(`{"resource":`+patientNamed("p", `,"gender":"male"`)+`}`, `{"resource":`+patientNamed("q", "")+`}`, `{"resource":`+patientNamed("p", `,"gender":"female"`)+`}`), []string{
			"/entry/0/resource Patient/p own kept packed of p !/entry/0/resource Bundle.entry[0].resource: " + reasonClash,
			"/entry/1/resource Patient/q own kept packed of q",
			"/entry/2/resource Patient/p own kept packed of p !/entry/2/resource Bundle.entry[2].resource: " + reasonClash,
		}},
		{"a bundle in a bundle", bundleWith(`{"resource":` + bundleWith(`{"resource":`+labOf("o", ref("Patient/p"), `,"status":1`)+`}`, `{"resource":`+patientNamed("p", "")+`}`) + `,"request":{"method":"POST","url":"Bundle"}}`), []string{
			"/entry/0/resource Bundle/ {POST Bundle    } !/entry/0/resource/entry/0/resource/status Bundle.entry[0].resource.entry[0].resource.status: the same member name twice in one object",
		}},
		{"resources of a bundle in a bundle", bundleWith(`{"resource":` + bundleWith(`{"resource":`+labOf("o", ref("Patient/p"), `,"component":1`)+`}`, `{"resource":`+patientNamed("p", "")+`}`) + `}`), []string{
			"/entry/0/resource Bundle/",
			"/entry/0/resource/entry/0/resource Observation/o own nested kept packed of p refs Patient/p !/entry/0/resource/entry/0/resource/component Bundle.entry[0].resource.entry[0].resource.component: an array is expected",
			"/entry/0/resource/entry/1/resource Patient/p own nested kept packed of p",
		}},
		{"a request of another kind", bundleWith(`{"request":{"method":5}}`, `{"request":"POST"}`), []string{
			"/entry/0 / !/entry/0/request/method Bundle.entry[0].request.method: a string is expected",
			"/entry/1 / !/entry/1/request Bundle.entry[1].request: an object is expected",
		}},
		{"a list that has entries", `{"entry":[{"item":` + ref("Patient/p") + `}],"resourceType":"List","id":"l"}`, []string{" List/l own"}},
		{"a result that has entries", `{"entry":[{"resource":` + labOf("o", ref("Patient/p"), "") + `}],` + labOf("n", ref("Patient/p"), "")[1:], []string{" Observation/n own kept packed of p refs Patient/p"}},
		{"a bundle that breaks off", bundleWith(`{"resource":` + patientNamed("p", "") + `}`)[:100], []string{"!/entry/0/resource/id Bundle.entry[0].resource.id: ends in the middle of a JSON value"}},
		{"broken between entries", `{"resourceType":"Bundle","entry":[{},]}`, []string{"!/entry/1 Bundle.entry[1]: not well-formed JSON"}},
		{"a fault of the bundle's own", `{"resourceType":"Bundle","entry":[{"resource":` + patientNamed("p", "") + `}],"type":"a","type":"b"}`, []string{"!/type Bundle.type: the same member name twice in one object"}},
		{"entries that are no list", `{"resourceType":"Bundle","entry":{}}`, []string{"!/entry Bundle.entry: an array is expected"}},
		{"two documents", `{"resourceType":"Bundle"} {}`, []string{"! Bundle: something follows behind the end of the document"}},
		{"nothing", " \n", []string{"! Resource: empty"}},
		{"not JSON", "resourceType: Patient", []string{"! Resource: not JSON"}},
		{"UTF-16", "\xff\xfe{\x00}\x00", []string{"! Resource: not UTF-8 text"}},
		{"a list", "[]", []string{"! Resource: a JSON object is expected: not a FHIR resource"}},
		{"a byte order mark", "\xef\xbb\xbf" + patientNamed("p", ""), []string{" Patient/p own kept packed of p"}},
		{"an empty bundle", bundleWith(), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := readApart(t, c.text)
			if diff := cmp.Diff(c.want, tellDocument(doc)); diff != "" {
				t.Error(diff)
			}
			for i := range doc.Resources {
				r := &doc.Resources[i]
				checkResource(t, r)
				if r.Type != "" && !strings.Contains(c.text, string(r.Raw)) {
					t.Errorf("%s: raw is not as written", r.Pointer)
				}
			}
		})
	}
}

func firstBytes(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:2])
}

func TestDocumentTypes(t *testing.T) {
	for text, want := range map[string]string{
		bundleWith():                           "true transaction",
		`{"type":"x","resourceType":"Bundle"}`: "true x",
		`{"resourceType":"Bundle"}`:            "true ",
		patientNamed("p", `,"type":"x"`):       "false ",
	} {
		doc := readApart(t, text)
		if got := fmt.Sprint(doc.Bundle, " ", doc.Type); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestDigestsLeaveOutWhatServersAdd: two copies differ in their digests unless it is in meta.versionId and meta.lastUpdated.
func TestDigestsLeaveOutWhatServersAdd(t *testing.T) {
	digest := func(text string) [32]byte { return readApart(t, text).Resources[0].Digest }
	plain := patientNamed("p", `,"gender":"male"`)
	if want := sha256.Sum256([]byte(plain)); digest(plain) != want {
		t.Error("not the digest of the bytes as written")
	}
	same := digest(patientNamed("p", `,"meta":{"profile":["a"]},"gender":"male"`))
	for _, meta := range []string{
		`{"versionId":"1","profile":["a"]}`, `{"profile":["a"],"lastUpdated":"2020"}`, `{"versionId":"1","profile":["a"],"lastUpdated":"2020"}`,
	} {
		if digest(patientNamed("p", `,"meta":`+meta+`,"gender":"male"`)) != same {
			t.Errorf("%s makes a difference", meta)
		}
	}
	if digest(patientNamed("p", `,"meta":{"lastUpdated":"2020","versionId":"7"},"gender":"male"`)) != digest(plain) {
		t.Error("a meta that says nothing else makes a difference")
	}
	for _, other := range []string{patientNamed("p", `,"gender":"female"`), patientNamed("p", `, "gender":"male"`), patientNamed("p", `,"meta":{"profile":["b"]},"gender":"male"`)} {
		if d := digest(other); d == same || d == digest(plain) {
			t.Errorf("%s: the same digest", other)
		}
	}
}

func TestReadResourceTakesOne(t *testing.T) {
	for text, want := range map[string]string{
		patientNamed("p", ""):                " Patient/p own kept packed of p",
		`{"resourceType":"Bundle","id":"b"}`: " Bundle/b own",
		`{"resourceType":"Claim"}`:           " Claim/",
		`{}`:                                 " / ! Resource: no resourceType: not a FHIR resource",
		`{"text":`:                           " / !/text Resource.text: ends in the middle of a JSON value",
		`[]`:                                 " / ! Resource: an object is expected",
		patientNamed("p", "") + " x":         " / ! Resource: not well-formed JSON",
		``:                                   " / ! Resource: ends in the middle of a JSON value",
	} {
		r, err := ReadResource(apartOptions(), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := tellResource(r); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
	if _, err := ReadResource(Options{}, []byte("{}")); err == nil {
		t.Error("read without a dictionary")
	}
}

// TestTooManyEntries: a text that costs little to write must not cost much to keep.
func TestTooManyEntries(t *testing.T) {
	doc := readApart(t, bundleWith(strings.Repeat("{},", maxEntries)+"{}"))
	if len(doc.Resources) != 0 || len(doc.Problems) != 1 || doc.Problems[0].Path != "Bundle.entry[50000]" {
		t.Errorf("%d resources, %+v", len(doc.Resources), doc.Problems)
	}
	if doc = readApart(t, bundleWith(strings.Repeat("{},", maxEntries-1)+"{}")); len(doc.Resources) != maxEntries {
		t.Errorf("%d resources", len(doc.Resources))
	}
}

func TestStandInsAreNoPatients(t *testing.T) {
	id := identityOf([]byte("urn:mrn"), []byte("1"))
	one := Subject{Identifier: id[:]}
	k := one.Key("lab")
	if k == one.Key("ward") || k.Source == "lab" || bytes.ContainsRune([]byte(k.ID+k.Source), 0) {
		t.Errorf("%q", k)
	}
	if got := (Subject{ID: "p"}).Key("lab"); got != (chart.Key{Source: "lab", ID: "p"}) {
		t.Errorf("%q", got)
	}
}
