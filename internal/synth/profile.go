package synth

import "slices"

// profile says what is fixed about a patient; the rest is drawn.
type profile struct {
	name       string // of the named ones
	female     bool
	age        int // completed years on the as-of day
	birthdayIn int // days until the next birthday; 0: drawn
	years      int // length of the record
	lastSeen   int // days since the last routine visit
	dead       int // days since death; 0: alive
	pins       []pin
	never      []measure
	tests      tests
	courses    []begun
	drugs      []started
	allergies  allergyState
	quirks     []quirk
}

// pin is what the last routine visit finds, in thousandths.
type pin struct {
	of measure
	at int64
}

// started is a drug first ordered so many days ago.
type started struct {
	dosing
	ago int
}

// quirk puts an awkward shape onto a finished record.
type quirk func(*life)

// allergyState is what is on record about allergies.
type allergyState uint8

const (
	nothingKnown allergyState = iota // "no known allergy" is recorded
	someAllergies
	noList
)

// places is how many patients share the named profiles: any run of that many or more has them all.
const places = 40

// Profile gives the name of the profile that a patient is made from, counted from 0; patients whose profile is drawn
// have none.
func Profile(patient int) string {
	if p := namedFor(patient); p != nil {
		return p.name
	}
	return ""
}

// Profiles gives the names of all named profiles, sorted.
func Profiles() []string {
	var names []string
	for n := range places {
		if name := Profile(n); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// namedFor gives the named profile at a patient's place: they are dealt out in steps of seven, so that neighbours differ.
func namedFor(patient int) *profile {
	if patient >= places {
		return nil
	}
	const inverse = 23 // 7 times 23 is 1 modulo 40
	k := (patient + places - 3) * inverse % places
	all := slices.Concat(preventionProfiles(), kidneyProfiles(), pressureProfiles(), obesityProfiles(), shapeProfiles())
	if k >= len(all) {
		return nil
	}
	return &all[k]
}

// profileFor gives a patient's profile, its open ends drawn.
func profileFor(d dice, patient int) *profile {
	p := namedFor(patient)
	if p == nil {
		p = drawnProfile(d)
	}
	if p.years == 0 {
		p.years = d.between(4, 5)
	}
	if p.lastSeen == 0 {
		p.lastSeen = d.between(12, 38)
	}
	return p
}
