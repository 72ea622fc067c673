package synth

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// notes writes the note of a visit, as a report and again as a document; the older style has none.
func (w *writer) notes(v *visit) {
	if w.style == older {
		return
	}
	codes := list{historyAndPhysical.coding(), evaluationAndPlan.coding()}
	attachment := object{{"contentType", "text/plain; charset=utf-8"}, {"data", base64.StdEncoding.EncodeToString([]byte(w.text(v)))}}
	w.emit("DiagnosticReport", v.note, append(w.begin("DiagnosticReport", v.note),
		member{"status", "final"},
		member{"category", list{object{{"coding", codes}}}},
		member{"code", object{{"coding", codes}}},
		member{"subject", w.self()},
		member{"encounter", w.visitRef(v)},
		member{"effectiveDateTime", w.begins(v)},
		member{"issued", w.stamp(v.day, v.minute, ".553")},
		member{"performer", list{w.doctorRef(v)}},
		member{"presentedForm", list{attachment}}))
	status := "superseded"
	if v == w.visits[len(w.visits)-1] {
		status = "current"
	}
	w.emit("DocumentReference", v.document, append(w.begin("DocumentReference", v.document),
		member{"identifier", list{object{{"system", "urn:ietf:rfc:3986"}, {"value", "urn:uuid:" + v.note}}}},
		member{"status", status},
		member{"type", object{{"coding", codes}}},
		member{"category", list{coded("http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category", "clinical-note", "Clinical Note")}},
		member{"subject", w.self()},
		member{"date", w.stamp(v.day, v.minute, ".553")},
		member{"author", list{w.doctorRef(v)}},
		member{"custodian", w.houseRef(v)},
		member{"content", list{object{
			{"attachment", attachment},
			{"format", object{{"system", "http://ihe.net/fhir/ValueSet/IHE.FormatCode.codesystem"}, {"code", "urn:ihe:iti:xds:2017:mimeTypeSufficient"}, {"display", "mimeType Sufficient"}}},
		}}},
		member{"context", object{{"encounter", list{w.visitRef(v)}}, {"period", w.period(v)}}}))
}

// text is the note itself, in Markdown.
func (w *writer) text(v *visit) string {
	var b strings.Builder
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "") + "\n") }
	line("\n", v.day.String(), "\n")
	line("# Chief Complaint\n", w.complaint(v), "\n")
	line("# History of Present Illness\n", w.person.given)
	line(" is a ", strconv.Itoa(w.ageAt(v)), " year-old ", w.woman("woman", "man"), ". ", w.past(v), "\n")
	line("# Social History\n", w.smoking(), " Insured with ", w.person.insurer, ".\n")
	line("# Family History\n", w.relatives(), "\n")
	line("# Allergies\n", w.allergyText(), "\n")
	line("# Medications\n", w.medicines(v), "\n")
	line("# Assessment and Plan\n", w.assessment(v))
	return b.String()
}

func (w *writer) ageAt(v *visit) int {
	l := life{record: *w.record}
	return l.ageOn(v.day)
}

func (w *writer) woman(yes, no string) string {
	if w.person.female {
		return yes
	}
	return no
}

func (w *writer) complaint(v *visit) string {
	if v.reason == nil {
		return "None. Here for a regular visit."
	}
	return "Seen for: " + strings.ToLower(v.reason.code.display) + "."
}

// past lists the diagnoses made before a visit, and says what was asked and denied.
func (w *writer) past(v *visit) string {
	var names []string
	for _, u := range w.visits {
		for _, p := range u.problems {
			if u.day < v.day && p.certainty == "confirmed" {
				names = append(names, strings.ToLower(p.code.display))
			}
		}
	}
	said := "No earlier diagnoses on file."
	if len(names) > 0 {
		said = "Past history: " + strings.Join(names, ", ") + "."
	}
	return said + " Denies chest pain and shortness of breath. No signs of bleeding."
}

func (w *writer) smoking() string {
	switch w.person.smoker {
	case neverSmoked:
		return "Never smoked."
	case formerSmoker:
		return "Stopped smoking years ago."
	}
	return "Smokes every day."
}

func (w *writer) relatives() string {
	return []string{
		"Father had a myocardial infarction at 61.", "Mother has type 2 diabetes.", "No family history of early heart disease.",
		"Sister was treated for breast cancer.",
	}[(int(w.person.birth)%4+4)%4]
}

func (w *writer) allergyText() string {
	var names []string
	for _, a := range w.allergies {
		if a.code != noKnownAllergy {
			names = append(names, strings.ToLower(a.code.display))
		}
	}
	if len(names) == 0 {
		return "No known allergies."
	}
	return strings.Join(names, "; ")
}

// medicines are the drugs ordered in the two years before a visit.
func (w *writer) medicines(v *visit) string {
	var names []string
	seen := map[string]bool{}
	for _, u := range w.visits {
		for _, o := range u.orders {
			if u.day <= v.day && v.day-u.day < 730 && !seen[o.drug.code] {
				seen[o.drug.code] = true
				names = append(names, strings.ToLower(o.drug.display))
			}
		}
	}
	if len(names) == 0 {
		return "None."
	}
	return strings.Join(names, "; ")
}

func (w *writer) assessment(v *visit) string {
	var b strings.Builder
	for _, p := range v.problems {
		b.WriteString("Now: " + strings.ToLower(p.code.display) + ".\n")
	}
	if len(v.procedures) > 0 {
		b.WriteString("\n## Plan\n\nDone today:\n")
		for _, p := range v.procedures {
			b.WriteString("- " + strings.ToLower(p.code.display) + "\n")
		}
	}
	for _, o := range v.orders {
		b.WriteString("- ordered: " + strings.ToLower(o.drug.display) + "\n")
	}
	return b.String()
}
