package synth

import "strconv"

// The names are made up, and the digits behind each say so to whoever meets one.
var (
	womensNames = []string{"Testa", "Prova", "Minerva", "Odetta", "Saffira", "Lunella", "Verbena", "Calantha", "Isaura", "Mirella", "Ottavia", "Zenobia", "Perla", "Fiamma"}
	mensNames   = []string{"Testo", "Provo", "Anselmo", "Baldric", "Corwin", "Dorian", "Evander", "Fenwick", "Gaspard", "Hadrian", "Ignace", "Leopold", "Osbert", "Tancred"}
	surnames    = []string{"Orsini", "Fabricat", "Modelli", "Syntek", "Sampler", "Vantrell", "Brightmoor", "Quillon", "Ashdown", "Merrowby", "Castellan", "Dunmarsh", "Ellerwick", "Falkenrath", "Greystoke", "Hollowell", "Inverlaw", "Jasperton"}
	towns       = []string{"Northmere", "Saltbridge", "Oakhollow", "Fernley Cross", "Westering", "Cloverford"}
	streets     = []string{"Harbour Lane", "Mill Row", "Chapel Street", "Linden Walk", "Quarry Road", "Orchard Close"}
	insurers    = []string{"Medicare", "Harbour Mutual", "Northmere Health", "Medicaid", "NO_INSURANCE"}
)

func (d dice) named(list []string) string { return pick(d, list) + strconv.Itoa(d.between(10, 999)) }

// newPerson draws who a patient is, but for the dates.
func newPerson(d dice, female bool) person {
	p := person{id: d.uuid(), female: female, prefix: "Mr.", given: d.named(mensNames)}
	if female {
		p.prefix, p.given = pick(d, []string{"Mrs.", "Ms."}), d.named(womensNames)
	}
	p.family = d.named(surnames)
	p.maiden = d.named(womensNames) + " " + d.named(surnames)
	p.city = pick(d, towns)
	p.street = strconv.Itoa(d.between(1, 980)) + " " + pick(d, streets)
	p.phone = "555-" + d.digits(3) + "-" + d.digits(4)
	p.ssn = "999-" + d.digits(2) + "-" + d.digits(4)
	p.insurer = pick(d, insurers)
	p.language = concept{"urn:ietf:bcp:47", "en-US", "English"}
	if d.percent(12) {
		p.language = concept{"urn:ietf:bcp:47", "es", "Spanish"}
	}
	p.smoker = neverSmoked
	if d.percent(35) {
		p.smoker = pick(d, []concept{formerSmoker, formerSmoker, everyDaySmoker})
	}
	return p
}

// name is the patient's name as people write it.
func (p *person) name() string { return p.prefix + " " + p.given + " " + p.family }
