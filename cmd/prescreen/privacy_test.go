package main

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// plants makes strings that stand nowhere but where they are put, by what they stand for.
type plants map[string]string

// of gives the string that stands for something: letters and digits, so that it may be an id too.
func (p plants) of(what string) string {
	if p[what] == "" {
		p[what] = "z" + strings.ToLower(rand.Text()[:15])
	}
	return p[what]
}

// uuid is one in the shape of a uuid.
func (p plants) uuid(what string) string {
	if p[what] == "" {
		var b [16]byte
		_, _ = rand.Read(b[:])
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		h := hex.EncodeToString(b[:])
		p[what] = h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	}
	return p[what]
}

// fill writes a text in which $what is what stands for it.
func (p plants) fill(text string) string {
	for {
		i := strings.IndexByte(text, '$')
		for i >= 0 && (i+1 == len(text) || text[i+1] < 'a' || text[i+1] > 'z' || reserved(text[i+1:])) {
			next := strings.IndexByte(text[i+1:], '$')
			if i += 1 + next; next < 0 {
				i = -1
			}
		}
		if i < 0 {
			return text
		}
		end := i + 1
		for end < len(text) && (text[end] >= 'a' && text[end] <= 'z' || text[end] >= 'A' && text[end] <= 'Z') {
			end++
		}
		value := p.of(text[i+1 : end])
		if strings.HasPrefix(text[i+1:], "uuid") {
			p[text[i+1:end]] = ""
			delete(p, text[i+1:end])
			value = p.uuid(text[i+1 : end])
		}
		text = text[:i] + value + text[end:]
	}
}

// reserved are the operations of FHIR, whose names begin with the same sign.
func reserved(text string) bool {
	for _, name := range []string{"evaluate", "import", "export", "job"} {
		if strings.HasPrefix(text, name) && (len(text) == len(name) || strings.ContainsRune(`/?" `, rune(text[len(name)]))) {
			return true
		}
	}
	return false
}

// in finds the first string that shows in a text, in either case or in base64.
func (p plants) in(text string) string {
	lower := strings.ToLower(text)
	for what, value := range p {
		if strings.Contains(lower, value) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(value))[:12]) {
			return what
		}
	}
	return ""
}

// person is a patient with a string in everything that a record says.
const personBundle = `{"resourceType":"Bundle","type":"collection","entry":[
{"fullUrl":"urn:uuid:$uuidUrn","resource":{"resourceType":"Patient","id":"$patient","gender":"female","birthDate":"1970-02-03",
 "name":[{"family":"$family","given":["$given"]}],"identifier":[{"system":"urn:$system","value":"$identifier"}],"telecom":[{"value":"$phone"}],
 "address":[{"line":["$street"],"city":"$city"}],"text":{"status":"generated","div":"<div>$narrative</div>"}}},
{"resource":{"resourceType":"Observation","id":"$observation","status":"final","code":{"text":"$text","coding":[{"system":"http://loinc.org","code":"4548-4","display":"$display"}]},
 "subject":{"reference":"Patient/$patient","display":"$shown"},"effectiveDateTime":"2026-05-20","valueQuantity":{"value":8.2,"unit":"%","system":"http://unitsofmeasure.org","code":"%"},"note":[{"text":"$note"}]}},
{"resource":{"resourceType":"Observation","id":"$second","status":"final","code":{"coding":[{"system":"urn:$codesystem","code":"$code","display":"x"}]},
 "subject":{"reference":"Patient/$patient"},"effectiveDateTime":"2026-05-20","valueString":"$value"}},
{"resource":{"resourceType":"Observation","id":"$third","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},
 "subject":{"reference":"Patient/$patient"},"effectiveDateTime":"2026-05-20","valueQuantity":{"value":8.2,"unit":"$unit"}}},
{"resource":{"resourceType":"Condition","id":"$condition","subject":{"reference":"Patient/$patient"},"code":{"text":"$complaint","coding":[{"system":"http://snomed.info/sct","code":"38341003"}]},"onsetString":"$onset"}},
{"resource":{"resourceType":"DocumentReference","id":"$document","status":"current","subject":{"reference":"Patient/$patient"},"description":"$about",
 "content":[{"attachment":{"contentType":"text/plain","title":"$title","url":"file:///$file","data":"BASE64"}}]}}
]}`

func (p plants) bundle() string {
	data := base64.StdEncoding.EncodeToString([]byte("seen with " + p.of("word") + " and " + p.of("speech") + " today"))
	return p.fill(strings.Replace(personBundle, "BASE64", data, 1))
}

// asking is one request, with whatever it says filled in.
type asking struct {
	as, method, path, body string
	headers                []string
}

// wrongs are requests that fail, in every way that a caller or a broken program brings about, and with something of a patient
// wherever a request can hold anything.
var wrongs = []asking{
	{"", "GET", "/fhir/Patient/$patient", "", nil},
	{"", "GET", "/$pathone/$pathtwo?$query=$asked", "", nil},
	{"", "$METHOD", "/fhir/Patient/$patient", "", nil},
	{"", "POST", "/fhir", "{$broken", []string{"Authorization: Bearer $token"}},
	{"", "GET", "/api/v1/session", "", []string{"Authorization: Bearer prescreen_$token"}},
	{"", "GET", "/api/v1/session", "", []string{"Authorization: $scheme $token"}},
	{"", "GET", "/api/v1/session", "", []string{"Cookie: prescreen=$session"}},
	{"", "POST", "/api/v1/session", `{"name":"$login","password":"$wrongpassword"}`, nil},
	{"", "POST", "/api/v1/session", `{"$member":"$login"}`, nil},
	{"", "POST", "/api/v1/session", `{"name":{"$member":1}}`, nil},
	{"", "POST", "/api/v1/session", `{"name":"$login","$member":{"name":"$login"},"password":7}`, nil},
	{"", "POST", "/api/v1/session/setup", `{"secret":"$setupsecret","name":"$login","password":"$wrongpassword"}`, nil},
	{"", "POST", "/auth/token", "grant_type=$grant&client_assertion=$assertion&scope=$scope", []string{"Content-Type: application/x-www-form-urlencoded"}},
	{"", "POST", "/auth/token", "grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=$assertion.$claims.$sign", []string{"Content-Type: application/x-www-form-urlencoded"}},
	{"", "GET", "/healthz", "", []string{"Host: $host", "User-Agent: $agent", "Referer: http://x/$patient", "X-Request-Id: $uuidRequest", "Traceparent: 00-$trace-1-01"}},
	{"", "GET", "/healthz", "", []string{"Accept: $media/x"}},

	{"feed", "POST", "/fhir", `{"resourceType":"Bundle","type":"transaction","entry":[{"$member":1,"resource":{"resourceType":"Patient","id":"$patient","birthDate":"$born"}}]}`, nil},
	{"feed", "POST", "/fhir", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"$method","url":"$url"},"resource":{"resourceType":"$type"}}]}`, nil},
	{"feed", "POST", "/fhir", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"PUT","url":"Patient/$family and $given"},"resource":{"resourceType":"Patient","id":"$family and $given"}}]}`, nil},
	{"feed", "POST", "/fhir", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"PUT","url":"Observation?identifier=$system|$identifier&code=$code"},"resource":{"resourceType":"Observation"}}]}`, nil},
	{"feed", "POST", "/fhir", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"POST","url":"Observation","ifNoneExist":"code=$code"},"resource":{"resourceType":"Observation","subject":{"reference":"Patient?identifier=$system|$nobody"}}}]}`, nil},
	{"feed", "POST", "/fhir", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"PUT","url":"Observation/a1"},"resource":{"resourceType":"Observation","id":"a1","status":"final","code":{"text":"$text"},"subject":{"reference":"Patient?identifier=$system|$nobody"}}}]}`, nil},
	{"feed", "POST", "/fhir", `{"resourceType":"Bundle","type":"$bundletype"}`, nil},
	{"feed", "POST", "/fhir", `{"resourceType":"$resourcetype"}`, nil},
	{"feed", "POST", "/fhir", `{"resourceType":"Bundle","type":"transaction","entry":"$entry"}`, nil},
	{"feed", "POST", "/fhir", `{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient","id":"$patient"}},{"$member":"$value`, nil},
	{"feed", "POST", "/fhir", "$garbage", nil},
	{"feed", "POST", "/fhir", "<Patient><name>$family</name></Patient>", []string{"Content-Type: application/fhir+xml"}},
	{"feed", "POST", "/fhir", "x", []string{"Content-Type: application/$media"}},
	{"feed", "POST", "/fhir", "x", []string{"Content-Encoding: $coding"}},
	{"feed", "POST", "/fhir/Bundle", `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient","id":"$patient"}}]}`, nil},
	{"feed", "POST", "/fhir/Patient", `{"resourceType":"Patient","birthDate":{"$member":"$born"},"deceasedDateTime":"$died"}`, nil},
	{"feed", "POST", "/fhir/Patient", `{"resourceType":"Observation","id":"$observation"}`, nil},
	{"feed", "POST", "/fhir/Patient", `{"resourceType":"Patient","$member":"$value","$member":"$value"}`, nil},
	{"feed", "POST", "/fhir/$type", `{"resourceType":"$type"}`, nil},
	{"feed", "PUT", "/fhir/Patient/$patient", `{"resourceType":"Patient","id":"$otherid"}`, nil},
	{"feed", "PUT", "/fhir/Patient/$patient", `{"resourceType":"Patient","id":"$patient","gender":"$gender","birthDate":"$born"}`, []string{"If-Match: $etag"}},
	{"feed", "PUT", "/fhir/Observation/$observation", `{"resourceType":"Observation","id":"$observation","status":"final","code":{"text":"$text"}}`, []string{`If-Match: W/"77"`}},
	{"feed", "PUT", "/fhir/Observation/$family%20$given", `{}`, nil},
	{"feed", "PUT", "/fhir/Observation?identifier=$system|$identifier&name=$family", `{"resourceType":"Observation"}`, nil},
	{"feed", "DELETE", "/fhir/Observation?name=$family", "", nil},
	{"feed", "GET", "/fhir/Patient/$nobody", "", nil},
	{"feed", "GET", "/fhir/Patient?name=$family", "", nil},
	{"feed", "GET", "/fhir/Patient/$patient/_history/$vid", "", nil},
	{"feed", "GET", "/fhir/Patient/$patient?_format=$format", "", nil},
	{"feed", "GET", "/fhir/$job/$jobid", "", nil},
	{"feed", "GET", "/fhir/$job/$jobid/$file", "", nil},
	{"feed", "POST", "/fhir/$import", `{"input":[{"url":"file:///$file.ndjson"}]}`, nil},
	{"feed", "POST", "/fhir/$import", `{"input":[{"url":"https://$host/$file"}]}`, nil},
	{"feed", "POST", "/fhir/$import", `{"input":"$file"}`, nil},
	{"feed", "POST", "/fhir/$import", "x", []string{"Content-Type: multipart/form-data; boundary=$boundary"}},
	{"feed", "DELETE", "/fhir/Patient/$patient", "", nil}, // it has not the right

	{"cec", "POST", "/fhir/$evaluate", `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"$patient","birthDate":{"$member":"$born"}}}]}`, nil},
	{"cec", "POST", "/fhir/$evaluate?trial=$trial", `{}`, nil},
	{"cec", "POST", "/fhir/$evaluate?asOf=$day", `{}`, nil},
	{"cec", "POST", "/fhir/$evaluate", `$garbage`, nil},
	{"cec", "GET", "/api/v1/patients/$nobody", "", nil},
	{"cec", "GET", "/api/v1/patients/$patient?source=$source", "", nil},
	{"cec", "GET", "/api/v1/trials/$trial/candidates", "", nil},
	{"cec", "GET", "/api/v1/trials/T1/candidates?sort=$sort&outcome=$outcome&action=$action&effect=$effect&decided=$decided&limit=$limit", "", nil},
	{"cec", "GET", "/api/v1/trials/T1/candidates?criterion=$criterion", "", nil},
	{"cec", "GET", "/api/v1/trials/T1/candidates?arm=$arm", "", nil},
	{"cec", "GET", "/api/v1/trials/T1/candidates?cursor=$cursor", "", nil},
	{"cec", "GET", "/api/v1/trials/T1/decisions?dueBy=$day&after=$number&decided=$decided", "", nil},
	{"cec", "GET", "/api/v1/trials/T1/log?format=$format", "", nil},
	{"cec", "GET", "/api/v1/flips?since=$since", "", nil},
	{"cec", "GET", "/api/v1/flips?trial=$trial&limit=$limit", "", nil},
	{"cec", "GET", "/api/v1/flips/stream", "", []string{"Last-Event-ID: $since"}},
	{"cec", "GET", "/api/v1/flips/stream?since=$since", "", nil},
	{"cec", "GET", "/fhir/ResearchSubject?study=$trial", "", nil},
	{"cec", "GET", "/fhir/ResearchSubject?$query=$family", "", nil},
	{"cec", "GET", "/fhir/ResearchSubject?_count=$number", "", nil},
	{"cec", "GET", "/fhir/ResearchSubject?cursor=$cursor", "", nil},
	{"cec", "GET", "/fhir/ResearchSubject/$subjectid", "", nil},
	{"cec", "GET", "/fhir/Group/$group", "", nil},
	{"cec", "GET", "/fhir/Group/T1/$export?_type=$type", "", nil},
	{"cec", "GET", "/fhir/Group/T1/$export?_since=$since", "", nil},
	{"cec", "GET", "/fhir/Group/T1/$export?_outputFormat=$format", "", nil},
	{"cec", "GET", "/fhir/List/$list", "", nil},
	{"cec", "POST", "/api/v1/trials/T1/decisions", `{"patient":{"source":"lab","id":"$nobody"},"note":"$decision"}`, nil},
	{"cec", "POST", "/api/v1/trials/T1/decisions", `{"patient":{"source":"lab","id":"$patient"},"status":"$status","due":"$day","recheck":"$day","note":"$decision","answers":[{"criterion":"$criterion","verdict":"$verdict","note":"$answernote"}]}`, nil},
	{"cec", "POST", "/api/v1/trials/T1/decisions", `{"patient":{"source":"lab","id":"$patient"},"answers":[{"criterion":"$criterion","verdict":"met","note":"$answernote"}],"reason":{"why":"fails","criterion":"$criterion"},"status":"declined"}`, nil},
	{"cec", "POST", "/api/v1/trials/T1/decisions", `{"patient":{"source":"lab","id":"$patient","$member":"$value"},"note":"$decision"}`, nil},
	{"cec", "POST", "/api/v1/trials/T1/decisions", `{"patient":"$patient","note":["$decision"]}`, nil},
	{"cec", "POST", "/api/v1/trials/T1/decisions", `{"patient":{"source":"lab","id":"$patient"},"note":"$decision"}`, nil}, // there is one
	{"cec", "PUT", "/api/v1/trials/T1/decisions/1", `{"note":"$correction"}`, nil},
	{"cec", "PUT", "/api/v1/trials/T1/decisions/1", `{"note":"$correction"}`, []string{`If-Match: W/"$etag"`}},
	{"cec", "PUT", "/api/v1/trials/T1/decisions/1", `{"status":"enrolled","note":"$correction"}`, []string{`If-Match: *`}},
	{"cec", "PUT", "/api/v1/trials/T1/decisions/99", `{"note":"$correction"}`, []string{`If-Match: *`}},
	{"cec", "POST", "/api/v1/runs", `{"asOf":"$day"}`, nil},
	{"cec", "POST", "/api/v1/runs", `{"$member":"$value"}`, nil},
	{"cec", "GET", "/api/v1/runs/NONE", "", nil},
	{"cec", "POST", "/api/v1/trials/T1/drafts", `{"text":"$broken"}`, nil},

	{"ann", "POST", "/api/v1/users", `{"name":"$login $login","display":"$display","password":"$newpassword"}`, nil},
	{"ann", "POST", "/api/v1/users", `{"name":"dan","display":"$display","password":"$newpassword","grants":[{"role":"$role","trial":"$trial"}]}`, nil},
	{"ann", "POST", "/api/v1/users", `{"name":"$user","display":"$display","password":"$newpassword"}`, nil}, // there is one
	{"ann", "PUT", "/api/v1/users/$userid/display", `{"display":"$display"}`, nil},
	{"ann", "PUT", "/api/v1/users/$userid/grants", `{"grants":[{"role":"$role"}]}`, nil},
	{"ann", "PUT", "/api/v1/session/password", `{"old":"$wrongpassword","new":"$newpassword"}`, nil},
	{"ann", "POST", "/api/v1/tokens", `{"name":"$tokenname","scopes":["$scope"],"source":"$source","expires":"$day"}`, nil},
	{"ann", "POST", "/api/v1/tokens", `{"name":"$tokenname","scopes":["send records"],"source":"$source $source","expires":"2026-12-01T00:00:00Z"}`, nil},
	{"ann", "DELETE", "/api/v1/tokens/$tokenid", "", nil},
	{"ann", "POST", "/api/v1/clients", `{"name":"$clientname","keys":{"keys":[{"kty":"$key"}]},"scopes":["send records"],"source":"lab"}`, nil},
	{"ann", "DELETE", "/api/v1/clients/$clientid", "", nil},
	{"ann", "GET", "/api/v1/trials/T1/candidates?q=$patient", "", nil}, // an admin sees no patient
	{"aud", "GET", "/api/v1/audit?who=$user&from=$day", "", nil},
	{"aud", "GET", "/api/v1/audit?after=$number", "", nil},
	{"aud", "POST", "/api/v1/audit/verification", `{"checkpoint":"$checkpoint"}`, nil},
	{"aud", "POST", "/api/v1/audit/verification", `{"$member":"$checkpoint"}`, nil},
}

// rights are requests that go well.
var goesWell = []asking{
	{"feed", "GET", "/fhir/Patient/$patient", "", nil},
	{"feed", "GET", "/fhir/Observation/$observation/_history", "", nil},
	{"feed", "PUT", "/fhir/Observation/$observation", `{"resourceType":"Observation","id":"$observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4","display":"$display"}]},"subject":{"reference":"Patient/$patient"},"effectiveDateTime":"2026-06-01","valueQuantity":{"value":12.5,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}}`, nil},
	{"feed", "POST", "/fhir", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"PUT","url":"Observation/$second"},"resource":{"resourceType":"Observation","id":"$second","status":"final","code":{"text":"$text"},"subject":{"reference":"Patient/$patient"},"valueString":"$value"}},{"request":{"method":"GET","url":"Patient/$patient"}}]}`, nil},
	{"feed", "PUT", "/fhir/Patient?identifier=urn:$system|$identifier", `{"resourceType":"Patient","id":"$patient","gender":"female","birthDate":"1970-02-03","name":[{"family":"$family"}],"identifier":[{"system":"urn:$system","value":"$identifier"}]}`, nil},
	{"cec", "GET", "/api/v1/trials/T1/candidates?q=$patient", "", nil},
	{"cec", "GET", "/api/v1/patients/$patient?source=lab", "", nil},
	{"cec", "GET", "/api/v1/flips", "", nil},
	{"cec", "GET", "/api/v1/trials/T1/log", "", nil},
	{"cec", "GET", "/api/v1/trials/T1/log/coded?format=csv", "", nil},
	{"cec", "GET", "/api/v1/trials/T1/decisions?owner=$owner", "", nil},
	{"cec", "GET", "/fhir/ResearchSubject?patient=$patient&_source=lab", "", nil},
	{"cec", "GET", "/fhir/Group/T1", "", nil},
	{"cec", "GET", "/fhir/List/T1", "", nil},
	{"cec", "POST", "/api/v1/runs", "{}", nil},
}

// Whatever goes well or wrong, nothing of a patient, of what people type or of what lets them in is in the log, the metrics,
// the audit log or in any refusal.
func TestNothingPlantedShows(t *testing.T) {
	s := plants{}
	p := serveIn(t, t.TempDir(), twoTrials(t), "--import-dir", t.TempDir())
	as := p.peopled(s)
	p.must(200, "POST", "/fhir/Bundle", s.bundle(), as["feed"])
	p.must(201, "POST", "/api/v1/trials/T1/decisions", s.fill(`{"patient":{"source":"lab","id":"$patient"},"note":"$decision","owner":"$owner","next":"$next","answers":[{"criterion":"INC-3","verdict":"met","note":"$answernote"}]}`), as["cec"])
	for _, one := range goesWell {
		if a := p.asks(s, as, one); a.status >= 300 {
			t.Errorf("%s %s: %d: %s", one.method, one.path, a.status, a.body)
		}
	}
	p.packedWrong(s, as["feed"])
	p.rawWrong(s)
	p.imports(s, as["feed"])
	before := len(p.said)
	for _, one := range wrongs {
		if a := p.asks(s, as, one); a.status < 400 && one.path != "/healthz" {
			t.Errorf("%s %s went well: %d: %s", one.method, one.path, a.status, a.body)
		}
	}
	if a := p.batchWrong(s, as["feed"]); s.in(a.body) != "" {
		t.Errorf("a refusal in a batch shows $%s: %s", s.in(a.body), a.body)
	}
	p.must(204, "DELETE", s.fill("/fhir/Patient/$patient?_source=lab"), "", as["ann"])
	for _, a := range p.said[:before] {
		if a.status >= 500 {
			t.Errorf("%s: %d", a.asked, a.status)
		}
	}
	for _, a := range p.said {
		if a.status < 400 {
			continue
		}
		a.header.Del("X-Correlation-Id") // which is the caller's own
		if what := s.in(a.body + fmt.Sprint(a.header)); what != "" {
			t.Errorf("%s: the refusal with %d shows $%s: %s %v", a.asked, a.status, what, a.body, a.header)
		}
	}
	for name, text := range map[string]string{
		"the audit log":                 p.must(200, "GET", "/api/v1/audit?limit=1000", "", as["aud"]).body,
		"the audit log in FHIR's form":  p.must(200, "GET", "/api/v1/audit", "", as["aud"], "Accept: application/fhir+ndjson").body,
		"the metrics":                   p.scrape(),
		"what is printed":               strings.Replace(p.stdout.String(), p.secret, "", 1),
		"the log":                       p.log(),
		"the settings of jobs that ran": prescreen(t, p.dir, "user", "list", "--db", "records.db")[:0],
	} {
		if what := s.in(text); what != "" {
			at := strings.Index(strings.ToLower(text), s[what])
			t.Errorf("%s shows $%s: %s", name, what, text[max(0, at-200):min(len(text), at+100)])
		}
	}
	if n := strings.Count(p.log(), "\n"); n < len(wrongs)+len(goesWell) {
		t.Errorf("the log has %d lines: it was not looked through", n)
	}
	if len(s) < 60 {
		t.Errorf("%d strings were planted", len(s))
	}
}

// peopled makes a caller of each kind, with strings for all that is typed.
func (p *whole) peopled(s plants) map[string]string {
	p.t.Helper()
	s["first password"] = pass
	p.must(401, "POST", "/api/v1/session/setup", s.fill(`{"secret":"$setupsecret","name":"ann","password":"$wrongpassword"}`))
	s["the setup secret"] = strings.ToLower(p.secret)
	as := map[string]string{"": "X-Nobody: "}
	as["ann"] = p.setUp()
	delete(s, "first password")
	for name, role := range map[string]string{"cec": "coordinator", "aud": "auditor"} {
		p.must(201, "POST", "/api/v1/users", s.fill(`{"name":"$user`+name+`","display":"$display","password":"$password`+name+`","grants":[{"role":"`+role+`"}]}`), as["ann"])
		as[name] = p.must(200, "POST", "/api/v1/session", s.fill(`{"name":"$user`+name+`","password":"$password`+name+`"}`)).cookie()
		s["session of "+name] = strings.ToLower(strings.TrimPrefix(as[name], "Cookie: prescreen="))
	}
	p.must(201, "POST", "/api/v1/users", s.fill(`{"name":"$user","display":"$display","password":"$newpassword"}`), as["ann"])
	as["feed"] = p.feed(as["ann"], "lab")
	s["the token"] = strings.ToLower(strings.TrimPrefix(as["feed"], "Authorization: Bearer "))
	return as
}

func (p *whole) asks(s plants, as map[string]string, one asking) heard {
	p.t.Helper()
	headers := []string{as[one.as]}
	for _, h := range one.headers {
		headers = append(headers, s.fill(h))
	}
	method := one.method
	if strings.HasPrefix(method, "$") {
		method = strings.ToUpper(s.of("verb"))
	}
	path := s.fill(strings.NewReplacer("|", "%7C").Replace(one.path))
	return p.ask(method, path, s.fill(one.body), headers...)
}

// packedWrong sends packed bodies that are cut off, or are something else.
func (p *whole) packedWrong(s plants, feed string) {
	p.t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, s.bundle())
	_ = z.Close()
	for _, body := range []string{b.String()[:b.Len()-20], s.of("garbage"), b.String() + s.of("garbage")} {
		if a := p.ask("POST", "/fhir/Bundle", body, feed, "Content-Encoding: gzip"); a.status != 400 && a.status != 200 {
			p.t.Error(a)
		}
	}
}

// rawWrong says what is no HTTP.
func (p *whole) rawWrong(s plants) {
	p.t.Helper()
	for _, text := range []string{
		"$family $given\r\n\r\n", "GET /$family HTTP/9.$given\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: x\r\n$family: $given\r\n $patient\r\n$note\r\n\r\n",
		"GET /$family\x00 HTTP/1.1\r\nHost: x\r\n\r\n", "POST /fhir HTTP/1.1\r\nHost: x\r\nContent-Length: $number\r\n\r\n", "\x16\x03\x01\x02$family$given$patient$note",
		"GET http://$host/$family HTTP/1.1\r\nHost: $host\r\n\r\n", "PRI * HTTP/2.0\r\n\r\n$family\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: $coding\r\n\r\n",
	} {
		c, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
		if err != nil {
			p.t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = io.WriteString(c, s.fill(text))
		_ = c.(*net.TCPConn).CloseWrite()
		b, _ := io.ReadAll(c)
		c.Close()
		if what := s.in(string(b)); what != "" {
			p.t.Errorf("what is no HTTP is answered with $%s: %s", what, b)
		}
	}
}

// imports takes lines in as jobs, most of which cannot be used, and looks at what is said of them.
func (p *whole) imports(s plants, feed string) {
	p.t.Helper()
	lines := s.fill(`{"resourceType":"Patient","id":"$imported","birthDate":"1980-01-01","name":[{"family":"$family"}]}
{"resourceType":"Patient","id":"$family $given","birthDate":"1980-01-01"}
{"resourceType":"Patient","birthDate":{"$member":"$born"}}
{"resourceType":"$type"}
{$broken
"$garbage"
{"resourceType":"Observation","id":"$observation","$member":[[{"$member":"$value"}]],"valueQuantity":{"value":"$value"},"subject":{"reference":"Patient/$patient"}}
`)
	form := "--b\r\nContent-Disposition: form-data; name=\"" + s.of("field") + "\"; filename=\"" + s.of("upload") + ".ndjson\"\r\n\r\n" + lines + "\r\n--b--\r\n"
	for media, body := range map[string]string{"application/fhir+ndjson": lines, "multipart/form-data; boundary=b": form} {
		a := p.must(202, "POST", "/fhir/$import", body, feed, "Content-Type: "+media)
		place, err := url.Parse(a.header.Get("Content-Location"))
		if err != nil {
			p.t.Fatal(err)
		}
		var done heard
		for range 200 {
			if done = p.ask("GET", place.Path, "", feed); done.status != http.StatusAccepted {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		faults := p.must(200, "GET", place.Path+"/errors.ndjson", "", feed)
		if done.status != 200 || strings.Count(faults.body, "OperationOutcome") < 3 {
			p.t.Error(done, faults)
		}
		if what := s.in(done.body + faults.body + fmt.Sprint(faults.header)); what != "" {
			p.t.Errorf("what is said of an import shows $%s: %s %s", what, done.body, faults.body)
		}
	}
}

// batchWrong sends a batch of which every entry is refused.
func (p *whole) batchWrong(s plants, feed string) heard {
	p.t.Helper()
	var entries []string
	for _, one := range []string{
		`{"request":{"method":"$method","url":"Patient/$patient"}}`,
		`{"request":{"method":"GET","url":"Patient/$nobody"}}`,
		`{"request":{"method":"PUT","url":"Patient/$patient"},"resource":{"resourceType":"Patient","id":"$otherid"}}`,
		`{"request":{"method":"PUT","url":"$type/$patient"},"resource":{"resourceType":"$type"}}`,
		`{"request":{"method":"PUT","url":"Observation/$second","ifMatch":"W/\"77\""},"resource":{"resourceType":"Observation","id":"$second","status":"final","code":{"text":"$text"}}}`,
		`{"request":{"method":"PUT","url":"Observation/$third"},"resource":{"resourceType":"Observation","id":"$third","status":"$status","code":{"text":"$text"},"valueQuantity":{"value":"$value"},"effectiveDateTime":"$day"}}`,
		`{"request":{"method":"POST","url":"Patient","ifNoneExist":"name=$family"},"resource":{"resourceType":"Patient"}}`,
		`{"fullUrl":"urn:uuid:$family $given","request":{"method":"POST","url":"Patient"},"resource":{"resourceType":"Patient"}}`,
		`{"resource":{"resourceType":"Patient","id":"$patient"}}`,
	} {
		entries = append(entries, s.fill(one))
	}
	return p.must(200, "POST", "/fhir", `{"resourceType":"Bundle","type":"batch","entry":[`+strings.Join(entries, ",")+`]}`, feed)
}

func (p *whole) scrape() string {
	p.t.Helper()
	resp, err := http.Get(p.metrics)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(b), "prescreen_http_requests_total") {
		p.t.Fatal(err, string(b))
	}
	return string(b)
}
