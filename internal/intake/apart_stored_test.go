package intake

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func resolveSome(ref string) (string, bool) {
	to, ok := map[string]string{
		"urn:uuid:1": "Patient/p", "Practitioner?identifier=a|b": "Practitioner/x\"y", "": "Patient/empty",
	}[ref]
	return to, ok
}

func TestStoredForms(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"as it is", `{"resourceType":"X","id":"i"}`, `{"resourceType":"X","id":"i"}`},
		{"another id", `{"resourceType":"X", "id" : "old", "a":1}`, `{"resourceType":"X", "id" : "i", "a":1}`},
		{"an id that is no string", `{"id":5,"resourceType":"X"}`, `{"id":"i","resourceType":"X"}`},
		{"no id", `{ "a": 1, "resourceType": "X" , "b": 2}`, `{ "a": 1, "resourceType": "X","id":"i" , "b": 2}`},
		{"an id with a reference in it", `{"id":{"reference":"urn:uuid:1"},"a":1}`, `{"id":"i","a":1}`},
		{"no id, no type", `{ "a": 1}`, `{"id":"i", "a": 1}`},
		{"empty", `{}`, `{"id":"i"}`},
		{"meta with more", `{"id":"i","meta":{ "versionId":"1" , "profile":["p"], "lastUpdated":"2020" },"a":1}`, `{"id":"i","meta":{ "profile":["p"] },"a":1}`},
		{"meta, the profile first", `{"id":"i","meta":{"profile":["p"],"versionId":"1","lastUpdated":"2020","source":"s"}}`, `{"id":"i","meta":{"profile":["p"],"source":"s"}}`},
		{"meta with nothing else", `{"resourceType":"X", "meta":{"versionId":"1"}, "a":1}`, `{"resourceType":"X","id":"i", "a":1}`},
		{"meta with nothing else comes first", `{"meta":{"versionId":"1","lastUpdated":"2020"},"resourceType":"X"}`, `{"resourceType":"X","id":"i"}`},
		{"meta with nothing else is all", `{"meta":{"versionId":"1"}}`, `{"id":"i"}`},
		{"meta without a version", `{"id":"i","meta":{}}`, `{"id":"i","meta":{}}`},
		{"versionId elsewhere", `{"id":"i","contained":[{"meta":{"versionId":"1"}}]}`, `{"id":"i","contained":[{"meta":{"versionId":"1"}}]}`},
		{
			"references", `{"id":"i","subject":{"reference" : "urn:uuid:1"},"performer":[{"reference":"Practitioner?identifier=a|b"},{"reference":"urn:uuid:2"}],"x":["reference","urn:uuid:1"],"y":{"z":"reference","urn:uuid:1":1}}`,
			`{"id":"i","subject":{"reference" : "Patient/p"},"performer":[{"reference":"Practitioner/x\"y"},{"reference":"urn:uuid:2"}],"x":["reference","urn:uuid:1"],"y":{"z":"reference","urn:uuid:1":1}}`,
		},
		{"a reference written with escapes", `{"id":"i","s":{"ref\u0065rence":"urn\u003auuid:1"}}`, `{"id":"i","s":{"ref\u0065rence":"Patient/p"}}`},
		{"no resource", `[1]`, `[1]`},
		{"a fault", `{"a":1,"a":2}`, `{"a":1,"a":2}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Resource{Raw: []byte(c.raw)}
			if got := string(r.Stored("i", resolveSome)); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			if string(r.Raw) != c.raw {
				t.Error("the resource was changed")
			}
		})
	}
	r := Resource{Raw: []byte(`{}`)}
	if got := string(r.Stored("\"\n\xff", nil)); got != `{"id":"\"\n�"}` {
		t.Error(got)
	}
}

func TestWithMeta(t *testing.T) {
	for _, c := range []struct{ name, stored, want string }{
		{"none", `{"resourceType":"X","id":"i","a":1}`, `{"resourceType":"X","id":"i","meta":{"versionId":"2","lastUpdated":"t"},"a":1}`},
		{"none, no id", `{"a":1,"resourceType":"X"}`, `{"a":1,"resourceType":"X","meta":{"versionId":"2","lastUpdated":"t"}}`},
		{"with a profile", `{"id":"i","meta": { "profile":["p"]}}`, `{"id":"i","meta": {"versionId":"2","lastUpdated":"t", "profile":["p"]}}`},
		{"empty", `{"meta":{ }}`, `{"meta":{"versionId":"2","lastUpdated":"t"}}`},
		{"with a version", `{"meta":{"versionId":"1","profile":["p"],"lastUpdated":"o"}}`, `{"meta":{"versionId":"2","lastUpdated":"t","profile":["p"]}}`},
		{"with a version only", `{"meta":{"versionId":"1"}}`, `{"meta":{"versionId":"2","lastUpdated":"t"}}`},
		{"null", `{"meta":null}`, `{"meta":{"versionId":"2","lastUpdated":"t"}}`},
		{"nothing", `{}`, `{"meta":{"versionId":"2","lastUpdated":"t"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(WithMeta([]byte(c.stored), "2", "t")); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestExcerpts(t *testing.T) {
	for _, c := range []struct{ name, stored, want string }{
		{
			"a patient", `{"resourceType":"Patient","id":"p","text":{"status":"generated","div":"<div>Jane</div>"},"identifier":[{"type":{"text":"MRN"},"system":"s","value":"77","assigner":{"display":"St Mary"}}],"name":[{"family":"Doe"}],"_name":[null],"telecom":[{"value":"5"}],"gender":"female","birthDate":"1970","address":[{"city":"X"}],"maritalStatus":{"text":"M"},"contact":[{"name":{"family":"Doe"}}],"photo":[{"url":"u"}],"generalPractitioner":[{"reference":"Practitioner/1","display":"Dr X"}]}`,
			`{"resourceType":"Patient","id":"p","identifier":[{"type":{"text":"MRN"},"system":"s"}],"gender":"female","birthDate":"1970","maritalStatus":{"text":"M"},"generalPractitioner":[{"reference":"Practitioner/1"}]}`,
		},
		{
			"extensions", `{"extension":[{"url":"race","extension":[{"url":"ombCategory","valueCoding":{"system":"s","code":"c","display":"White"}},{"url":"text","valueString":"White"}]},{"url":"maiden","valueString":"Smith"},{"url":"place","valueAddress":{"city":"X"}},{"url":"sex","valueCode":"F"}],"id":"p"}`,
			`{"extension":[{"url":"race","extension":[{"url":"ombCategory","valueCoding":{"system":"s","code":"c","display":"White"}}]},{"url":"sex","valueCode":"F"}],"id":"p"}`,
		},
		{"extensions, none left", `{"extension":[{"url":"maiden","valueString":"Smith"}], "id":"p"}`, `{"id":"p"}`},
		{"of a primitive", `{"id":"p","_birthDate":{"extension":[{"url":"time","valueDateTime":"1970-01-01T05:00:00Z"}]}}`, `{"id":"p","_birthDate":{"extension":[{"url":"time","valueDateTime":"1970-01-01T05:00:00Z"}]}}`},
		{
			"a result", `{"id":"o","code":{"coding":[{"display":"HbA1c"}],"text":"A1c"},"valueString":"positive","valueCodeableConcept":{"text":"x"},"note":[{"text":"Mrs Doe said"}],"performer":[{"display":"Dr X"}],"interpretation":[]}`,
			`{"id":"o","code":{"coding":[{"display":"HbA1c"}],"text":"A1c"},"valueString":"positive","valueCodeableConcept":{"text":"x"},"interpretation":[]}`,
		},
		{
			"documents", `{"id":"d","masterIdentifier":{"system":"s","value":"v"},"description":"about Jane","content":[{"attachment":{"contentType":"text/plain","data":"SmFuZQ==","url":"u","title":"Jane","_data":{},"creation":"2020"}}],"presentedForm":[{"contentType":"text/html","data":"SmFuZQ=="}]}`,
			`{"id":"d","masterIdentifier":{"system":"s"},"content":[{"attachment":{"contentType":"text/plain","creation":"2020"}}],"presentedForm":[{"contentType":"text/html"}]}`,
		},
		{
			"contained", `{"contained":[{"resourceType":"Practitioner","id":"x","name":[{"family":"House"}],"text":{"div":"x"}},{"resourceType":"Organization","name":"St Mary"}],"dosageInstruction":[{"text":"1 daily"}]}`,
			`{"contained":[{"resourceType":"Practitioner","id":"x"},{"resourceType":"Organization"}],"dosageInstruction":[{"text":"1 daily"}]}`,
		},
		{"references", `{"subject":{"reference":"Patient?identifier=mrn|77"},"encounter":{"reference":"Encounter/1"},"a":{"reference":"Patient\u003fidentifier=mrn|77"}}`, `{"subject":{"reference":"Patient"},"encounter":{"reference":"Encounter/1"},"a":{"reference":"Patient"}}`},
		{"nothing left", `{"name":"x"}`, `{}`},
		{"not readable", `{"name":"x","name":"y"}`, `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := string(ExcerptOf([]byte(c.stored)))
			if got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			if again := string(ExcerptOf([]byte(got))); again != got {
				t.Errorf("an excerpt of an excerpt: %s", again)
			}
		})
	}
}

// TestExcerptsOfPublicDataHoldNoNames: of the notes' patients neither names nor notes are left, and what is left reads.
func TestExcerptsOfPublicDataHoldNoNames(t *testing.T) {
	_, files := members(t, "synthea-r4-notes.zip")
	kept, cut := 0, 0
	for _, file := range files[:6] {
		doc := readApart(t, string(file))
		for i := range doc.Resources {
			r := &doc.Resources[i]
			if !r.Kept {
				continue
			}
			short := ExcerptOf(r.Stored(r.ID, nil))
			kept, cut = kept+len(short), cut+len(r.Raw)
			for _, no := range []string{`"family"`, `"line"`, `"div"`, `"data"`, `"phone"`, `"display":"Dr`} {
				if bytes.Contains(short, []byte(no)) {
					t.Fatalf("%s: %s is left", r.Pointer, no)
				}
			}
			again, err := ReadResource(apartOptions(), short)
			if err != nil || len(again.Problems) > 0 || again.Subject.ID != "" && strings.HasPrefix(again.Subject.ID, "urn") {
				t.Fatalf("%s: the excerpt does not read: %v", r.Pointer, again.Problems)
			}
		}
	}
	if kept >= cut {
		t.Errorf("%d of %d bytes", kept, cut)
	}
}

// splices holds what is true of every stored form: JSON that reads, meta that is found again, nothing else moved.
func splices(t *testing.T, b []byte) {
	var s scanner
	_, ok := whole(&s, b)
	r := Resource{Raw: b}
	stored := r.Stored("some-id", resolveSome)
	short := ExcerptOf(b)
	if !jsontext.Value(short).IsValid() {
		t.Fatalf("an excerpt that is not JSON: %q", short)
	}
	if !ok {
		if !bytes.Equal(stored, b) {
			t.Fatal("what cannot be read was changed")
		}
		return
	}
	with := WithMeta(stored, "7", "2026-01-01T00:00:00Z")
	for what, v := range map[string][]byte{"stored": stored, "with meta": with, "excerpt with meta": WithMeta(short, "7", "t")} {
		if !jsontext.Value(v).IsValid() {
			t.Fatalf("%s is not JSON: %q", what, v)
		}
	}
	if again := (&Resource{Raw: stored}).Stored("some-id", nil); !bytes.Equal(again, stored) {
		t.Fatalf("stored twice: %q, then %q", stored, again)
	}
	if again := WithMeta(with, "7", "2026-01-01T00:00:00Z"); !sameJSON(again, with) {
		t.Fatalf("meta twice: %q, then %q", with, again)
	}
	if short := ExcerptOf(stored); !bytes.Equal(ExcerptOf(short), short) {
		t.Fatalf("an excerpt of an excerpt differs: %q", short)
	}
	var back scanner
	if m, ok := whole(&back, with); !ok || string(m.get("meta").get("versionId").raw()) != `"7"` || string(m.get("id").raw()) != `"some-id"` {
		t.Fatalf("meta or id is not there: %q", with)
	}
}

func sameJSON(a, b []byte) bool {
	x, y := jsontext.Value(bytes.Clone(a)), jsontext.Value(bytes.Clone(b))
	return x.Canonicalize() == nil && y.Canonicalize() == nil && bytes.Equal(x, y)
}

func FuzzStored(f *testing.F) {
	for _, s := range []string{
		onePatient, `{}`, `{"meta":{"versionId":"1"}}`, ` { "meta" : { "a":1 , "lastUpdated":2, "versionId":3 } , "id":5 } `,
		`{"a":[{"reference":"urn:uuid:1"},{"display":"x"},[],{}],"extension":[{"valueString":"x"}],"text":{}}`,
		`{"meta":{"versionId":{"reference":"urn:uuid:1"}},"identifier":{"value":{"reference":"urn:uuid:1"}}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(splices)
}
