package synth

// Claims and explanations of benefit are half the bytes of such an export and nothing that a criterion asks for.

// money is an amount of a claim.
func money(cents int) object {
	return object{{"value", number(decimal(int64(cents)*10, 2))}, {"currency", "USD"}}
}

// item is a line of a claim.
type item struct {
	what     concept
	sequence string // the member that says what it goes back to
	at       int
	cents    int
}

// lines are what a visit is charged for, with the supporting, diagnosis and procedure members that they point to.
func (w *writer) lines(v *visit) (info, diagnoses, procedures list, items []item) {
	for i, m := range v.vaccines {
		info = append(info, object{
			{"sequence", i + 1},
			{"category", object{{"coding", list{object{{"system", terminology + "claiminformationcategory"}, {"code", "info"}}}}}},
			{"valueReference", w.ref("Immunization", m.id)},
		})
		items = append(items, item{m.code, "informationSequence", i + 1, 14052})
	}
	for i, p := range v.problems {
		diagnoses = append(diagnoses, object{{"sequence", i + 1}, {"diagnosisReference", w.ref("Condition", p.id)}})
		items = append(items, item{w.coded(p.code), "diagnosisSequence", i + 1, 0})
	}
	for i, p := range v.procedures {
		procedures = append(procedures, object{{"sequence", i + 1}, {"procedureReference", w.ref("Procedure", p.id)}})
		items = append(items, item{p.code, "procedureSequence", i + 1, 12500 + 917*p.minutes})
	}
	return info, diagnoses, procedures, items
}

func (w *writer) insurance() list {
	return list{object{{"sequence", 1}, {"focal", true}, {"coverage", object{{"display", w.person.insurer}}}}}
}

func kindOfClaim(code string) object {
	return object{{"coding", list{object{{"system", terminology + "claim-type"}, {"code", code}}}}}
}

func (w *writer) claimHead(id, kind string, v *visit) object {
	return append(w.begin("Claim", id),
		member{"status", "active"},
		member{"type", kindOfClaim(kind)},
		member{"use", "claim"},
		member{"patient", w.self()},
		member{"billablePeriod", w.period(v)},
		member{"created", w.ends(v)},
		member{"provider", w.houseRef(v)},
		member{"priority", object{{"coding", list{object{{"system", terminology + "processpriority"}, {"code", "normal"}}}}}})
}

func (w *writer) visitItem(v *visit) object {
	return object{{"sequence", 1}, {"productOrService", v.kind.codeable()}, {"encounter", list{w.visitRef(v)}}}
}

// claim is the Claim for a visit.
func (w *writer) claim(v *visit) {
	info, diagnoses, procedures, lines := w.lines(v)
	items, total := list{w.visitItem(v)}, 12500
	for i, l := range lines {
		o := object{{"sequence", i + 2}, {l.sequence, list{l.at}}, {"productOrService", l.what.codeable()}}
		if l.cents > 0 {
			o = append(o, member{"net", money(l.cents)})
			total += l.cents
		}
		items = append(items, o)
	}
	w.emit("Claim", v.claim, append(w.claimHead(v.claim, "institutional", v),
		member{"supportingInfo", info},
		member{"diagnosis", diagnoses},
		member{"procedure", procedures},
		member{"insurance", w.insurance()},
		member{"item", items},
		member{"total", money(total)}))
}

// pharmacyClaim is the Claim for an order.
func (w *writer) pharmacyClaim(v *visit, r *order) {
	w.emit("Claim", r.claim, append(w.claimHead(r.claim, "pharmacy", v),
		member{"prescription", w.ref("MedicationRequest", r.id)},
		member{"insurance", w.insurance()},
		member{"item", list{w.visitItem(v)}},
		member{"total", money(25500)}))
}

// benefit is the ExplanationOfBenefit for a visit, with the only contained resources of the export.
func (w *writer) benefit(v *visit) {
	info, diagnoses, _, lines := w.lines(v)
	for i, d := range diagnoses {
		principal := object{{"coding", list{object{{"system", terminology + "ex-diagnosistype"}, {"code", "principal"}}}}}
		diagnoses[i] = append(d.(object), member{"type", list{principal}})
	}
	items, total := list{w.benefitItem(v, 1, item{what: v.kind})}, 12500
	for i, l := range lines {
		items = append(items, w.benefitItem(v, i+2, l))
		total += l.cents
	}
	year := object{{"start", w.ends(v)}, {"end", w.stamp(v.day+365, v.minute+v.length, "")}}
	w.emit("ExplanationOfBenefit", v.benefit, append(w.begin("ExplanationOfBenefit", v.benefit),
		member{"contained", w.contained(v)},
		member{"identifier", list{
			object{{"system", "https://bluebutton.cms.gov/resources/variables/clm_id"}, {"value", v.claim}},
			object{{"system", "https://bluebutton.cms.gov/resources/identifier/claim-group"}, {"value", "99999999999"}},
		}},
		member{"status", "active"},
		member{"type", kindOfClaim("institutional")},
		member{"use", "claim"},
		member{"patient", w.self()},
		member{"billablePeriod", year},
		member{"created", w.ends(v)},
		member{"insurer", object{{"display", w.person.insurer}}},
		member{"provider", w.doctorRef(v)},
		member{"referral", object{{"reference", "#referral"}}},
		member{"facility", w.siteRef(v)},
		member{"claim", w.ref("Claim", v.claim)},
		member{"outcome", "complete"},
		member{"careTeam", list{object{
			{"sequence", 1},
			{"provider", w.doctorRef(v)},
			{"role", coded(terminology+"claimcareteamrole", "primary", "Primary Care Practitioner")},
		}}},
		member{"supportingInfo", info},
		member{"diagnosis", diagnoses},
		member{"insurance", list{object{{"focal", true}, {"coverage", object{{"reference", "#coverage"}, {"display", w.person.insurer}}}}}},
		member{"item", items},
		member{"total", list{object{{"category", object{
			{"coding", list{object{{"system", terminology + "adjudication"}, {"code", "submitted"}, {"display", "Submitted Amount"}}}},
			{"text", "Submitted Amount"},
		}}, {"amount", money(total)}}}},
		member{"payment", object{{"amount", money(total * 4 / 5)}}}))
}

func (w *writer) contained(v *visit) list {
	return list{
		object{
			{"resourceType", "ServiceRequest"},
			{"id", "referral"},
			{"status", "completed"},
			{"intent", "order"},
			{"subject", w.self()},
			{"requester", w.doctorRef(v)},
			{"performer", list{w.doctorRef(v)}},
		},
		object{
			{"resourceType", "Coverage"},
			{"id", "coverage"},
			{"status", "active"},
			{"type", object{{"text", w.person.insurer}}},
			{"beneficiary", w.self()},
			{"payor", list{object{{"display", w.person.insurer}}}},
		},
	}
}

func (w *writer) benefitItem(v *visit, n int, l item) object {
	o := object{{"sequence", n}}
	if l.sequence != "" {
		o = append(o, member{l.sequence, list{l.at}})
	}
	o = append(o,
		member{"category", coded("https://bluebutton.cms.gov/resources/variables/line_cms_type_srvc_cd", "1", "Medical care")},
		member{"productOrService", l.what.codeable()},
		member{"servicedPeriod", w.period(v)},
		member{"locationCodeableConcept", coded(terminology+"ex-serviceplace", "19", "Off Campus-Outpatient Hospital")})
	if l.sequence == "" {
		return append(o, member{"encounter", list{w.visitRef(v)}})
	}
	if l.cents > 0 {
		o = append(o, member{"net", money(l.cents)}, member{"adjudication", adjudication(l.cents)})
	}
	return o
}

// adjudication is who pays how much of a line.
func adjudication(cents int) list {
	of := func(code, display string, cents int) object {
		return object{{"category", coded("https://bluebutton.cms.gov/resources/codesystem/adjudication", code, display)}, {"amount", money(cents)}}
	}
	const line = "https://bluebutton.cms.gov/resources/variables/line_"
	return list{
		of(line+"coinsrnc_amt", "Line Beneficiary Coinsurance Amount", cents/5),
		of(line+"prvdr_pmt_amt", "Line Provider Payment Amount", cents*4/5),
		of(line+"sbmtd_chrg_amt", "Line Submitted Charge Amount", cents),
		of(line+"alowd_chrg_amt", "Line Allowed Charge Amount", cents),
	}
}
