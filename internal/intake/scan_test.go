package intake

import (
	"bytes"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// refusedByUs are the well-formed files of the suite that our limits refuse: strict, so one that passes is a failure too.
var refusedByUs = []string{
	"y_number.json",                          // exponent 65
	"y_number_double_close_to_zero.json",     // 78 places
	"y_number_real_exponent.json",            // exponent 45
	"y_number_real_fraction_exponent.json",   // exponent 78
	"y_object_duplicated_key.json",           // one name twice
	"y_object_duplicated_key_and_value.json", // one name twice
}

func TestJSONTestSuite(t *testing.T) {
	names, files := members(t, "json-test-suite.zip")
	if len(names) != 318 {
		t.Fatalf("%d files", len(names))
	}
	for i, name := range names {
		name = filepath.Base(name)
		accepted := scanWhole(files[i])
		switch name[0] {
		case 'n':
			if accepted {
				t.Errorf("%s: accepted", name)
			}
		case 'y':
			if refused := slices.Contains(refusedByUs, name); accepted == refused {
				t.Errorf("%s: accepted %v, listed as refused %v", name, accepted, refused)
			}
		}
		// Through the whole reader nothing of the suite is a resource, and nothing may crash it.
		charts, rejected, err := ReadBundle(t.Context(), Options{}, bytes.NewReader(files[i]))
		if err != nil || len(charts) != 0 || len(rejected) == 0 {
			t.Errorf("%s: %d charts, %d rejected, %v", name, len(charts), len(rejected), err)
		}
		// As the value of an element nobody reads it decides about the patient, and about nobody else.
		wrapped := append(append([]byte(`{"resourceType":"Patient","id":"p","other":`), files[i]...), '}')
		charts, rejected, err = ReadBundle(t.Context(), Options{}, bytes.NewReader(wrapped))
		if err != nil || name[0] == 'y' && (len(charts) == 1) != accepted || name[0] == 'n' && len(rejected) == 0 {
			t.Errorf("%s wrapped: %d charts, %v", name, len(charts), err)
		}
	}
}

// scanWhole tells whether the scanner takes a text as one value with nothing behind it and no fault.
func scanWhole(b []byte) bool {
	var s scanner
	return s.scan(b, 0) == nil && s.fault == noFault && space(b, s.position) == len(b)
}

// jsontextWhole is the same question asked of another parser.
func jsontextWhole(b []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(b))
	if err := d.SkipValue(); err != nil {
		return false
	}
	_, err := d.ReadToken()
	return err == io.EOF
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,2.5e3,"x\u00e9\ud834\udd1e",true,null],"b":{}}`, `{"a":1,"\u0061":2}`, `["\ud800"]`, "[\"\xff\"]", `[1e31]`, `"` + strings.Repeat("é", 20) + `"`,
		strings.Repeat("[", 70) + strings.Repeat("]", 70), ` {"` + strings.Repeat("n", 70) + `" : -0.0E-1 } `,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ours, theirs := scanWhole(b), jsontextWhole(b)
		if ours && !theirs {
			t.Fatalf("accepted what jsontext refuses")
		}
		var s scanner
		err := s.scan(b, 0)
		limited := s.fault == tooDeep || s.fault == longNumber
		if theirs && !ours && !limited && err != errNesting {
			t.Fatalf("refused what jsontext accepts: %v, fault %d", err, s.fault)
		}
		if ours && jsontextString(b) != ourString(b) {
			t.Fatalf("strings differ")
		}
	})
}

// jsontextString and ourString give all strings of a text, unescaped.
func jsontextString(b []byte) string {
	var out strings.Builder
	d := jsontext.NewDecoder(bytes.NewReader(b))
	for {
		tok, err := d.ReadToken()
		if err != nil {
			return out.String()
		}
		if tok.Kind() == '"' {
			out.WriteString(tok.String() + "\n")
		}
	}
}

func ourString(b []byte) string {
	var out strings.Builder
	var s scanner
	_ = s.scan(b, 0)
	for i, k := range s.tape {
		if k.kind == text {
			out.Write(s.bytes(uint32(i)))
			out.WriteByte('\n')
		}
	}
	return out.String()
}

func TestFaultsAreToldByTheirPlace(t *testing.T) {
	deep := strings.Repeat(`{"item":`, 66) + "1" + strings.Repeat("}", 66)
	for in, want := range map[string]string{
		`{"item":{"code":[0,{"text":1,"text":2}]}}`:     "/item/code/1/text twice",
		`{"item":["x","` + "\xc3" + `("]}`:              "/item/1 text",
		`{"_value":1e31}`:                               "/_value number",
		`{"jones":{"text":1,"text":2}}`:                 "/?/text twice",
		`{"value":1234567890123456789012345678901}`:     "/value number",
		`{"n":0.0000000000000000000000000000000000001}`: "",
		`{"n":0.` + strings.Repeat("0", 70) + `1}`:      "/? number",
		`{"Bob Smith":{"text":1,"text":1}}`:             "/?/text twice",
		deep:                                            strings.Repeat("/item", 64) + " deep",
	} {
		var s scanner
		if err := s.scan([]byte(in), 0); err != nil {
			t.Fatalf("%.40s: %v", in, err)
		}
		got := ""
		if s.fault != noFault {
			got = s.faultAt + " " + map[fault]string{duplicateName: "twice", badText: "text", longNumber: "number", tooDeep: "deep"}[s.fault]
		}
		if got != want {
			t.Errorf("%.40s: %q, want %q", in, got, want)
		}
	}
}

func TestWideObjectsKeepTheirNamesApart(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"n0":0`)
	for i := 1; i < 500; i++ {
		b.WriteString(`,"` + strings.Repeat("n", i%7+1) + string(rune('a'+i%26)) + strings.Repeat("z", i/26) + `":0`)
	}
	if got, want := scanWhole([]byte(b.String()+"}")), jsontextWhole([]byte(b.String()+"}")); got != want {
		t.Errorf("accepted %v, jsontext %v", got, want)
	}
	if scanWhole([]byte(b.String() + `,"n0":1}`)) {
		t.Error("a name twice in a wide object was accepted")
	}
}
