package live_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"prescreen/internal/live"
	"prescreen/internal/rulebook"
	"prescreen/internal/trial"
)

// ward is a hospital and, beside it, a plain list of what it should hold: by type and id, the newest resource, or the copies
// of which none is newer.
type ward struct {
	*hospital
	rt      *rapid.T
	dir     string
	holds   map[string][]resource
	books   []*rulebook.Book
	on      map[string]bool // trials in force, of those of the book
	version int
}

var trialIDs = []string{metformin, "semaglutide-cvd", "dapagliflozin-ckd", "intensive-bp"}

// What stands in the store after any writes, deletes, merges, changes of rules and days is what a fresh screening of the
// same records gives: charts, rows, ranks, funnels and reasons.
func TestEqualsAFreshScreening(t *testing.T) {
	books := booksOf(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := &ward{rt: rt, holds: map[string][]resource{}, books: books, on: map[string]bool{}}
		w.hospital = hospitalWith(t, books[0])
		w.dir = t.TempDir()
		for _, id := range trialIDs {
			w.on[id] = true
		}
		steps := map[string]func(*rapid.T){
			"collection":  w.postCollection,
			"transaction": w.postTransaction,
			"put":         w.putOne,
			"delete":      w.deleteOne,
			"merge":       w.merge,
			"medication":  w.changeMedication,
			"twins":       w.postTwins,
			"broken":      w.postBroken,
			"day":         w.passDays,
			"rules":       w.changeRules,
			"reopen":      func(*rapid.T) { w.hospital.close(); w.hospital.open(); w.tick(w.now) },
		}
		names := slices.Sorted(maps.Keys(steps))
		names = append(names, "collection", "collection", "put", "put", "put", "merge")
		w.postCollection(rt)
		for range rapid.IntRange(3, 9).Draw(rt, "steps") {
			steps[rapid.SampledFrom(names).Draw(rt, "step")](rt)
			w.compare()
			if t.Failed() {
				rt.Fatal("it differs")
			}
		}
		w.hospital.close()
	})
}

// booksOf gives the shipped rules, and the same with one criterion of a trial changed, and with another value set.
func booksOf(t *testing.T) []*rulebook.Book {
	first := shipped(t, trialIDs...)
	file := metformin + ".yaml"
	source := bytes.ReplaceAll(first.Files["trials/"+file], []byte(`"6.8 %" <=`), []byte(`"7.2 %" <=`))
	second, mistakes := first.With(file, source)
	if mistakes.HasErrors() || bytes.Equal(source, first.Files["trials/"+file]) {
		t.Fatal(mistakes)
	}
	files := maps.Clone(first.Files)
	files["site.yaml"] = bytes.ReplaceAll(files["site.yaml"], []byte("silence: count"), []byte("silence: open"))
	third, mistakes := rulebook.FromFiles(files)
	if mistakes.HasErrors() || third.Digest() == first.Digest() {
		t.Fatal(mistakes)
	}
	return []*rulebook.Book{first, second, third}
}

func (w *ward) trials() (list []*trial.Trial) {
	for _, t := range w.book.Trials {
		if w.on[t.ID] {
			list = append(list, t)
		}
	}
	return list
}

// compare holds all that the hospital tells against a fresh screening of what it should hold.
func (w *ward) compare() {
	w.t.Helper()
	w.check()
	var texts [][]byte
	for _, name := range slices.Sorted(maps.Keys(w.holds)) {
		for _, r := range w.holds[name] {
			texts = append(texts, r.json())
		}
	}
	trials := w.trials()
	fresh := screenFiles(w.t, w.dir, w.book, trials, texts, w.Day())
	defer fresh.cohort.Close()
	if newest, err := w.Newest(context.Background()); err != nil || newest != fresh.newest {
		w.t.Errorf("the newest records are of %v, %v, want %v", newest, err, fresh.newest)
	}
	for i, t := range trials {
		got, err := w.List(context.Background(), t.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		w.compareList(got, fresh, i)
	}
}

var sameCriterion = gocmp.Comparer(func(a, b *trial.Criterion) bool { return a.ID == b.ID })

func (w *ward) compareList(got *live.Listing, fresh *screened, number int) {
	w.t.Helper()
	want := fresh.lists[number]
	if got.Len() != want.Len() || got.Outcomes != want.Outcomes || !gocmp.Equal(got.Funnel, want.Funnel, sameCriterion) {
		w.t.Errorf("%s: %d listed %v, want %d %v", got.Trial.ID, got.Len(), got.Outcomes, want.Len(), want.Outcomes)
		return
	}
	var places []int
	for place := range want.Len() {
		if d := gocmp.Diff(want.At(place), got.At(place)); d != "" {
			w.t.Errorf("%s, place %d: %s", got.Trial.ID, place, d)
		}
		places = append(places, place)
	}
	told, err := w.Describe(context.Background(), got, places)
	if err != nil {
		w.t.Fatal(err)
	}
	worker := fresh.plan.NewWorker()
	for place, one := range told {
		c, err := fresh.cohort.Chart(want.At(place).Key)
		if err != nil {
			w.t.Fatal(err)
		}
		if d := gocmp.Diff(want.Describe(worker, c, place), one, sameCriterion, cmpopts.EquateEmpty()); d != "" {
			w.t.Errorf("%s, place %d is told otherwise: %s", got.Trial.ID, place, d)
		}
	}
}

// somebody is one of few patients, some of whom never come.
func somebody(rt *rapid.T) string {
	return "p" + strconv.Itoa(rapid.IntRange(1, 5).Draw(rt, "patient"))
}

func someDay(rt *rapid.T) string {
	back := rapid.SampledFrom([]int{0, 3, 27, 88, 100, 179, 182, 200, 364, 400, 800, 3000, -5, -40}).Draw(rt, "days ago")
	return firstDay.AddDate(0, 0, -back).Format(time.DateOnly)
}

// subject names a patient, now and then by an identifier only.
func subject(rt *rapid.T) resource {
	if rapid.IntRange(0, 7).Draw(rt, "conditional") == 0 {
		return ref("Patient?identifier=" + localSystem + "|" + strconv.Itoa(rapid.IntRange(1, 3).Draw(rt, "number")))
	}
	return ref("Patient/" + somebody(rt))
}

var makers = map[string]func(rt *rapid.T, id string) resource{
	"Patient": func(rt *rapid.T, id string) resource {
		r := resource{"resourceType": "Patient", "id": id, "gender": rapid.SampledFrom([]string{"female", "male"}).Draw(rt, "sex")}
		r["birthDate"] = rapid.SampledFrom([]string{"1950-03-01", "1970", "1996-11-28", "2001-02"}).Draw(rt, "born")
		var identifiers []resource
		for _, system := range []string{uniqueSystem, localSystem} {
			if n := rapid.IntRange(0, 5).Draw(rt, "identifier"); n <= 3 && n > 0 {
				identifiers = append(identifiers, resource{"system": system, "value": strconv.Itoa(n)})
			}
		}
		if identifiers != nil {
			r["identifier"] = identifiers
		}
		if rapid.IntRange(0, 19).Draw(rt, "dead") == 0 {
			r["deceasedDateTime"] = someDay(rt)
		}
		return r
	},
	"Observation": func(rt *rapid.T, id string) resource {
		r := hba1c(id, "", rapid.SampledFrom([]string{"6.9", "7.5", "8.4", "9.9"}).Draw(rt, "value"), someDay(rt))
		if rapid.Bool().Draw(rt, "body mass") {
			r["code"] = concept("http://loinc.org", "39156-5")
			r["valueQuantity"] = resource{"value": json.Number("31.5"), "unit": "kg/m2", "code": "kg/m2", "system": "http://unitsofmeasure.org"}
		}
		return r
	},
	"Condition": func(rt *rapid.T, id string) resource {
		r := diabetes(id, "", someDay(rt))
		code := rapid.SampledFrom([]string{"44054006", "22298006", "59621000", "230690007", "709044004"}).Draw(rt, "code")
		r["code"] = concept("http://snomed.info/sct", code)
		return r
	},
	"MedicationRequest": func(rt *rapid.T, id string) resource {
		r := resource{"resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order", "authoredOn": someDay(rt)}
		if rapid.Bool().Draw(rt, "by reference") {
			r["medicationReference"] = ref("Medication/m" + strconv.Itoa(rapid.IntRange(1, 2).Draw(rt, "drug")))
		} else {
			r["medicationCodeableConcept"] = concept("http://www.nlm.nih.gov/research/umls/rxnorm", "860975")
		}
		return r
	},
	"Encounter": func(rt *rapid.T, id string) resource {
		day := someDay(rt)
		return resource{
			"resourceType": "Encounter", "id": id, "status": rapid.SampledFrom([]string{"finished", "planned"}).Draw(rt, "status"),
			"class": resource{"code": "AMB"}, "period": resource{"start": day + "T08:00:00Z", "end": day + "T09:00:00Z"},
		}
	},
	"Consent": func(rt *rapid.T, id string) resource {
		return resource{
			"resourceType": "Consent", "id": id, "status": "active",
			"scope":     concept("http://terminology.hl7.org/CodeSystem/consentscope", "research"),
			"category":  []resource{concept("http://loinc.org", "57016-8")},
			"provision": resource{"type": "deny", "period": resource{"start": someDay(rt)}},
		}
	},
	"ResearchSubject": func(rt *rapid.T, id string) resource {
		return resource{
			"resourceType": "ResearchSubject", "id": id, "status": "on-study", "period": resource{"start": someDay(rt)},
			"study": resource{"identifier": resource{"system": "https://clinicaltrials.gov", "value": "NCT01794143"}},
		}
	},
}

// some makes a resource of a kind under one of few ids.
func (w *ward) some(rt *rapid.T) resource {
	kinds := []string{"Patient", "Patient", "Observation", "Observation", "Observation", "Condition", "Condition", "MedicationRequest", "Encounter", "Consent", "ResearchSubject"}
	kind := rapid.SampledFrom(kinds).Draw(rt, "kind")
	id := somebody(rt)
	if kind != "Patient" {
		id = "r" + strconv.Itoa(rapid.IntRange(1, 12).Draw(rt, "id"))
	}
	r := makers[kind](rt, id)
	switch kind {
	case "Patient":
	case "Consent":
		r["patient"] = subject(rt)
	case "ResearchSubject":
		r["individual"] = subject(rt)
	default:
		r["subject"] = subject(rt)
	}
	if r["status"] != nil && rapid.IntRange(0, 9).Draw(rt, "in error") == 0 && kind != "Consent" && kind != "ResearchSubject" {
		r["status"] = "entered-in-error"
	}
	if rapid.IntRange(0, 3).Draw(rt, "meta") == 0 {
		r["meta"] = resource{"versionId": strconv.Itoa(rapid.IntRange(1, 9).Draw(rt, "version"))}
	}
	return r
}

func nameOf(r resource) string { return r.typ() + "/" + r.id() }

func versionOf(r resource) int {
	if m, ok := r["meta"].(resource); ok {
		n, _ := strconv.Atoi(m["versionId"].(string))
		return n
	}
	return 0
}

// content is a resource without what its sender's server adds.
func content(r resource) string {
	r = maps.Clone(r)
	if r["meta"] != nil {
		r["meta"] = resource{}
	}
	return string(r.json())
}

// receive is what the writes of one resource in one bundle do to what is held.
func (w *ward) receive(name string, copies []resource) {
	older := func(a, b resource) bool { return versionOf(a) > 0 && versionOf(b) > 0 && versionOf(a) < versionOf(b) }
	var puts []resource
	for _, r := range copies {
		beaten := slices.ContainsFunc(copies, func(o resource) bool { return older(r, o) })
		same := slices.ContainsFunc(puts, func(o resource) bool { return content(o) == content(r) })
		if !beaten && !same {
			puts = append(puts, r)
		}
	}
	var after []resource
	for _, r := range puts {
		have := w.holds[name]
		if i := slices.IndexFunc(have, func(o resource) bool { return content(o) == content(r) }); i >= 0 {
			after = append(after, have[i])
		} else if !slices.ContainsFunc(have, func(o resource) bool { return older(r, o) }) {
			after = append(after, r)
		}
	}
	if len(after) > 0 {
		w.holds[name] = after
	}
}

func (w *ward) receiveAll(list []resource) {
	by := map[string][]resource{}
	for _, r := range list {
		by[nameOf(r)] = append(by[nameOf(r)], r)
	}
	for name, copies := range by {
		w.receive(name, copies)
	}
}

// several makes resources of which no two are of one id.
func (w *ward) several(rt *rapid.T, most int) []resource {
	var list []resource
	for range rapid.IntRange(1, most).Draw(rt, "resources") {
		r := w.some(rt)
		if !slices.ContainsFunc(list, func(o resource) bool { return nameOf(o) == nameOf(r) }) {
			list = append(list, r)
		}
	}
	return list
}

func (w *ward) postCollection(rt *rapid.T) {
	list := w.several(rt, 14)
	w.put(list...)
	w.receiveAll(list)
}

func (w *ward) putOne(rt *rapid.T) {
	r := w.some(rt)
	w.put(r)
	w.receiveAll([]resource{r})
}

// postTwins sends two copies of one id that differ, of one patient or two.
func (w *ward) postTwins(rt *rapid.T) {
	a := w.some(rt)
	for a.typ() == "Patient" {
		a = w.some(rt)
	}
	b := makers[a.typ()](rt, a.id())
	for _, by := range []string{"subject", "patient", "individual"} {
		if a[by] != nil {
			b[by] = subject(rt)
		}
	}
	w.put(a, b)
	w.receiveAll([]resource{a, b})
}

// postBroken sends what cannot be used, under an id that nothing else has: what could be read of it stays as a doubt.
func (w *ward) postBroken(rt *rapid.T) {
	kind := rapid.SampledFrom([]string{"Condition", "MedicationRequest", "Observation", "Encounter", "Consent"}).Draw(rt, "kind")
	r := makers[kind](rt, "b"+strconv.Itoa(rapid.IntRange(1, 4).Draw(rt, "id")))
	field := rapid.SampledFrom([]string{"code", "status", "clinicalStatus", "valueQuantity", "intent", "medicationReference"}).Draw(rt, "broken")
	r[field] = 7 // of some kinds it is no field: they are not broken
	r[cmp.Or(map[string]string{"Consent": "patient"}[kind], "subject")] = subject(rt)
	w.put(r)
	w.holds[nameOf(r)] = []resource{r}
}

// postTransaction creates a patient and results under urns of their own.
func (w *ward) postTransaction(rt *rapid.T) {
	w.version++
	p := makers["Patient"](rt, fmt.Sprintf("00000000-0000-4000-8000-%012d", w.version))
	list := []resource{p}
	for i, kind := range []string{"Observation", "Condition"} {
		r := makers[kind](rt, fmt.Sprintf("00000000-0000-4000-9000-%06d%06d", w.version, i))
		r["subject"] = ref("urn:uuid:" + p.id())
		list = append(list, r)
	}
	w.post(transaction(list...))
	for _, r := range list[1:] {
		r["subject"] = ref("Patient/" + p.id())
	}
	w.receiveAll(list)
}

func (w *ward) deleteOne(rt *rapid.T) {
	if len(w.holds) == 0 {
		return
	}
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(w.holds))).Draw(rt, "deleted")
	typ, id := filepath.Split(name)
	w.delete(typ[:len(typ)-1], id)
	delete(w.holds, name)
}

// merge links one patient to another, or takes a link away again.
func (w *ward) merge(rt *rapid.T) {
	r := makers["Patient"](rt, somebody(rt))
	if rapid.IntRange(0, 2).Draw(rt, "linked") > 0 {
		kind := rapid.SampledFrom([]string{"replaced-by", "replaces", "seealso", "refer"}).Draw(rt, "link")
		r["link"] = []resource{{"other": ref("Patient/" + somebody(rt)), "type": kind}}
	}
	w.put(r)
	w.receiveAll([]resource{r})
}

func (w *ward) changeMedication(rt *rapid.T) {
	code := rapid.SampledFrom([]string{"860975", "314076", "197361"}).Draw(rt, "drug")
	r := resource{
		"resourceType": "Medication", "id": "m" + strconv.Itoa(rapid.IntRange(1, 2).Draw(rt, "medication")),
		"code": concept("http://www.nlm.nih.gov/research/umls/rxnorm", code),
	}
	w.put(r)
	w.receiveAll([]resource{r})
}

func (w *ward) passDays(rt *rapid.T) {
	w.tick(w.now.AddDate(0, 0, rapid.SampledFrom([]int{1, 2, 30, 95, 190}).Draw(rt, "days")))
}

func (w *ward) changeRules(rt *rapid.T) {
	b := *rapid.SampledFrom(w.books).Draw(rt, "book")
	for _, id := range trialIDs {
		w.on[id] = rapid.IntRange(0, 3).Draw(rt, "in force") > 0
	}
	w.hospital.book = &b
	b.Trials = w.trials()
	slices.SortFunc(b.Trials, func(a, b *trial.Trial) int { return cmp.Compare(a.ID, b.ID) })
	w.setTrials(&b)
}
