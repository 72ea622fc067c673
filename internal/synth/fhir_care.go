package synth

import "strconv"

// carePlan is a CarePlan with its CareTeam.
func (w *writer) carePlan(v *visit, p *plan) {
	from := object{{"start", w.begins(v)}}
	person := append(w.self(), member{"display", w.person.given + " " + w.person.family})
	role := func(code, display string, who object) object {
		return object{{"role", list{snomed(code, display).codeable()}}, {"member", who}}
	}
	w.emit("CareTeam", p.team, append(w.begin("CareTeam", p.team),
		member{"status", "active"},
		member{"subject", w.self()},
		member{"encounter", w.visitRef(v)},
		member{"period", from},
		member{"participant", list{
			role("116154003", "Patient", person),
			role("223366009", "Healthcare professional (occupation)", w.doctorRef(v)),
			role("224891009", "Healthcare services (qualifier value)", w.houseRef(v)),
		}},
		member{"managingOrganization", list{w.houseRef(v)}}))
	var activities, addresses list
	for _, a := range p.activities {
		activities = append(activities, object{{"detail", object{{"code", a.codeable()}, {"status", "in-progress"}}}})
	}
	if p.reason != nil {
		addresses = list{w.ref("Condition", p.reason.id)}
	}
	w.emit("CarePlan", p.id, append(w.begin("CarePlan", p.id),
		member{"status", "active"},
		member{"intent", "order"},
		member{"category", list{p.code.codeable()}},
		member{"subject", w.self()},
		member{"encounter", w.visitRef(v)},
		member{"period", from},
		member{"careTeam", list{w.ref("CareTeam", p.team)}},
		member{"addresses", addresses},
		member{"activity", activities}))
}

// study is an ImagingStudy of one picture.
func (w *writer) study(v *visit) {
	if v.image == "" {
		return
	}
	uid := "1.2.840.99999999." + strconv.Itoa(int(v.day)) + "." + strconv.Itoa(v.minute)
	w.emit("ImagingStudy", v.image, append(w.begin("ImagingStudy", v.image),
		member{"identifier", list{object{{"use", "official"}, {"system", "urn:ietf:rfc:3986"}, {"value", "urn:oid:" + uid}}}},
		member{"status", "available"},
		member{"subject", w.self()},
		member{"encounter", w.visitRef(v)},
		member{"started", w.begins(v)},
		member{"numberOfSeries", 1},
		member{"numberOfInstances", 1},
		member{"series", list{object{
			{"uid", uid + ".1"},
			{"number", 1},
			{"modality", object{{"system", "http://dicom.nema.org/resources/ontology/DCM"}, {"code", "DX"}, {"display", "Digital Radiography"}}},
			{"numberOfInstances", 1},
			{"started", w.begins(v)},
			{"instance", list{object{
				{"uid", uid + ".1.1"},
				{"number", 1},
				{"title", "Title of this image"},
				{"sopClass", object{{"system", "urn:ietf:rfc:3986"}, {"code", "urn:oid:1.2.840.10008.5.1.4.1.1.1.1"}}},
			}}},
		}}}))
}
