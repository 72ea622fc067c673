package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// lab is a result that moves verdicts.
func lab(id, patient string, random *rand.Rand) []byte {
	return fmt.Appendf(nil, `{"resourceType":"Observation","id":%q,"identifier":[{"system":"urn:lab","value":%q}],"status":"final",`+
		`"code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"subject":{"reference":"Patient/%s"},`+
		`"effectiveDateTime":"2026-06-%02d","valueQuantity":{"value":%d.%d%d,"unit":"%%","system":"http://unitsofmeasure.org","code":"%%"}}`,
		id, id, patient, 1+random.IntN(29), 4+random.IntN(9), random.IntN(10), random.IntN(10))
}

// attempt is one request, and what it does if it succeeds.
type attempt struct {
	method, path string
	header       []string
	body         []byte
	writes       []write
	newID        bool      // the server gives the id, which Location tells
	lab          [2]string // id and patient of a new result
}

// sender sends records until the server is gone.
type sender struct {
	*caller
	t        *testing.T
	model    *model
	random   *rand.Rand
	patients [][]entry
	mine     []string // ids of own patients
	labs     [][2]string
	open     *attempt // nobody knows yet what became of it
}

func newSender(w *ward, m *model, patients [][]entry, n int) *sender {
	return &sender{caller: w.caller(n), t: w.t, model: m, random: rand.New(rand.NewPCG(uint64(n), 7)), patients: patients}
}

// run sends until the answer to something does not come.
func (s *sender) run(url string) {
	for s.try(url, s.next()) {
	}
}

// next chooses what to do.
func (s *sender) next() *attempt {
	n := s.random.IntN(10)
	switch {
	case len(s.mine) == 0 || n < 3:
		return s.arrival()
	case n < 7 || len(s.labs) == 0:
		return s.result()
	case n < 8:
		return s.result(newID)
	case n < 9:
		of := s.labs[s.random.IntN(len(s.labs))]
		text := lab(of[0], of[1], s.random)
		if r := s.model.of("Observation/" + of[0]); !r.deleted && sameJSON(r.text, text) {
			return s.arrival() // to write what is there is no version
		}
		return s.put(of[0], text)
	}
	i := s.random.IntN(len(s.labs))
	of := s.labs[i]
	s.labs = slices.Delete(s.labs, i, i+1)
	return &attempt{method: http.MethodDelete, path: "/fhir/Observation/" + of[0], writes: []write{{name: "Observation/" + of[0], delete: true}}}
}

// arrival is a patient with some of the records, or now and then all of them.
func (s *sender) arrival() *attempt {
	of, salt := s.patients[s.random.IntN(len(s.patients))], s.random.Uint32()
	entries := slices.Clone(of[1:])
	s.random.Shuffle(len(entries), func(i, k int) { entries[i], entries[k] = entries[k], entries[i] })
	if s.random.IntN(20) > 0 {
		entries = entries[:min(len(entries), 1+s.random.IntN(30))]
	}
	entries = append([]entry{of[0]}, entries...)
	for i := range entries {
		entries[i].name, entries[i].text = another(entries[i].name, salt), another(entries[i].text, salt)
	}
	kind, path := "transaction", "/fhir"
	switch s.random.IntN(4) {
	case 0:
		kind = "batch"
	case 1:
		kind, path = "collection", "/fhir/Bundle"
	}
	body, writes := bundleOf(kind, entries)
	s.model.name(writes)
	s.mine = append(s.mine, strings.TrimPrefix(entries[0].name, "Patient/"))
	return &attempt{method: http.MethodPost, path: path, body: body, writes: writes}
}

const newID = true

// result is a new result, under an id of ours or of the server's.
func (s *sender) result(serverNames ...bool) *attempt {
	id := fmt.Sprintf("lab-%016x", s.random.Uint64())
	patient := s.mine[s.random.IntN(len(s.mine))]
	text := lab(id, patient, s.random)
	if len(serverNames) == 0 {
		a := s.put(id, text)
		a.lab = [2]string{id, patient}
		return a
	}
	text = bytes.Replace(text, fmt.Appendf(nil, `"id":%q,`, id), nil, 1)
	return &attempt{
		method: http.MethodPost, path: "/fhir/Observation", body: text, newID: true,
		header: []string{"If-None-Exist", "identifier=urn:lab|" + id},
	}
}

func (s *sender) put(id string, text []byte) *attempt {
	return &attempt{method: http.MethodPut, path: "/fhir/Observation/" + id, body: text, writes: []write{{name: "Observation/" + id, text: text}}}
}

// try sends a request. It is false where no answer came.
func (s *sender) try(url string, a *attempt) bool {
	s.open = a
	got, err := s.ask(a.method, url+a.path, a.body, a.header...)
	if err != nil {
		return false
	}
	s.open = nil
	if got.status < 200 || got.status > 299 || bytes.Contains(got.body, []byte(`"status":"4`)) {
		s.t.Errorf("%s: %d %s", a.method, got.status, got.body)
		return false
	}
	if a.newID {
		a.writes = []write{s.named(got, a.body)}
	}
	s.succeeded(a)
	return true
}

func (s *sender) succeeded(a *attempt) {
	s.model.apply(a.writes)
	if a.lab[0] != "" {
		s.labs = append(s.labs, a.lab)
	}
}

// named gives the write of a resource that the server named.
func (s *sender) named(got answer, text []byte) write {
	_, at, _ := strings.Cut(got.header.Get("Location"), "/fhir/")
	name, _, _ := strings.Cut(at, "/_history")
	_, id, _ := strings.Cut(name, "/")
	return write{name: name, text: bytes.Replace(text, []byte(`"resourceType":"Observation",`), fmt.Appendf(nil, `"resourceType":"Observation","id":%q,`, id), 1)}
}

// settle finds out what became of a request that was not answered: all of it was done, or nothing.
func (s *sender) settle(url string) {
	a := s.open
	if a == nil {
		return
	}
	if a.newID { // whoever sends it again on its condition gets the one there is
		s.try(url, a)
		return
	}
	s.open = nil
	done := 0
	for _, w := range a.writes {
		was := s.model.of(w.name)
		got, err := s.ask(http.MethodGet, url+"/fhir/"+w.name, nil)
		if err != nil {
			s.t.Error(err)
			return
		}
		is, _ := strconv.Atoi(strings.Trim(got.header.Get("ETag"), `W/"`))
		switch {
		case got.status == http.StatusNotFound && was.version == 0, got.status == http.StatusOK && is == was.version:
		case got.status == http.StatusGone && w.delete, got.status == http.StatusOK && is == was.version+1 && sameJSON(got.body, s.model.linked(w.text)):
			done++
		default:
			s.t.Errorf("after a crash: %s answers %d, version %d; before it was %d", strings.Split(w.name, "/")[0], got.status, is, was.version)
		}
	}
	switch done {
	case len(a.writes):
		s.succeeded(a)
	case 0:
	default:
		s.t.Errorf("of %d writes of one request %d were done", len(a.writes), done)
	}
}
