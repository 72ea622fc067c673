package synth

// likelihood is how often a course is met, in a hundred, at 30 and at 80 years of age, and how many days ago it began.
type likelihood struct {
	course     course
	young, old int
	ago        span
}

// mixture is what drawn patients have.
var mixture = []likelihood{
	{raisedGlucose, 12, 30, span{200, 2500}},
	{typeTwo, 3, 18, span{300, 4000}},
	{typeOne, 2, 1, span{2000, 6000}},
	{highPressure, 8, 55, span{300, 4000}},
	{kidneyDisease, 2, 22, span{500, 2500}},
	{kidneysGone, 0, 1, span{100, 1000}},
	{kidneyProtection, 2, 20, span{100, 1500}},
	{cysticKidneys, 1, 1, span{500, 4000}},
	{lupus, 1, 1, span{500, 3000}},
	{coronary, 1, 22, span{300, 3000}},
	{heartAttack, 1, 12, span{20, 2500}},
	{brainAttack, 1, 12, span{20, 2500}},
	{legArteries, 0, 8, span{100, 2500}},
	{weakHeart, 0, 12, span{30, 1800}},
	{flutteringHeart, 1, 14, span{100, 2500}},
	{overweight, 30, 30, span{300, 3000}},
	{stomachSurgery, 2, 1, span{300, 2500}},
	{stones, 5, 6, span{60, 2500}},
	{parathyroid, 0, 2, span{200, 2000}},
	{tiredLungs, 1, 12, span{300, 2500}},
	{wornJoints, 4, 35, span{200, 3000}},
	{polyps, 2, 15, span{200, 2500}},
}

// oddities are the awkward shapes, and how many in a thousand drawn patients have each.
var oddities = []struct {
	perMille int
	quirk    quirk
}{
	{15, vague(infarction, 4)},
	{15, vague(stroke, 7)},
	{30, vague(prediabetes, 4)},
	{30, vague(diabetes, 7)},
	{25, unitless(hba1c)},
	{15, unitless(systolic)},
	{20, unitless(filtration)},
	{50, ifccUnit()},
	{40, molarCreatinine()},
	{40, molarGlucose(fastingGlucose)},
	{20, inUnit(filtration, "mL/min", 1, func(v int64) int64 { return v })},
	{80, bounded(albuminRatio, "<", "5")},
	{20, bounded(filtration, ">", "90")},
	{30, preliminary(potassium)},
	{20, preliminary(hba1c)},
	{30, twin(hba1c, "6.6")},
	{20, twin(glucose, "131")},
	{20, missing(systolic, "not-performed")},
	{20, missing(albuminRatio, "error")},
	{20, missing(bodyMass, "asked-declined")},
	{20, states(diabetes, "provisional")},
	{20, states(stroke, "refuted")},
	{20, states(suspectedLungCancer, "confirmed")},
	{20, states(infarctionHistory, "confirmed")},
	{60, forgotten(lisinopril)},
	{60, forgotten(warfarin)},
	{20, opposes},
	{20, takesPart("NCT03574597", "Semaglutide in overweight and cardiovascular disease", 120)},
}

// drawnProfile draws a patient from the mixture.
func drawnProfile(d dice) *profile {
	p := &profile{age: d.between(22, 88), female: d.percent(51), lastSeen: d.between(8, 90)}
	switch {
	case d.percent(6):
		p.lastSeen = d.between(740, 1400)
	case d.percent(15):
		p.lastSeen = d.between(91, 400)
	}
	if d.percent(6) {
		p.dead = d.between(5, 900)
	}
	p.years = d.between(3, 6) + p.lastSeen/365 + p.dead/365
	switch {
	case d.percent(45):
		p.allergies = noList
	case d.percent(35):
		p.allergies = someAllergies
	}
	for _, c := range mixture {
		share := c.young + (c.old-c.young)*(min(max(p.age, 30), 80)-30)/50
		if d.percent(share) {
			p.courses = append(p.courses, begun{course: c.course, ago: d.between(c.ago.lo, c.ago.hi)})
		}
	}
	for _, o := range oddities {
		if d.IntN(1000) < o.perMille {
			p.quirks = append(p.quirks, o.quirk)
		}
	}
	return p
}
