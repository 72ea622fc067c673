package trial

import (
	"prescreen/internal/mistake"
	"prescreen/internal/terms"
)

// trialFile is a trial file as its author writes it.
type trialFile struct {
	Format   mistake.Text    `key:"format,required" words:"1"`
	Trial    trialText       `key:"trial,required"`
	Rules    rulesText       `key:"rules,required"`
	Use      []mistake.Text  `key:"use"`
	Defaults *defaultsText   `key:"defaults"`
	Criteria []criterionText `key:"criteria,required"`
	Tests    []testText      `key:"tests"`

	// ProtocolLines are the lines of the protocol as it prints them; check tells those without a criterion.
	ProtocolLines []mistake.Text `key:"protocol_lines"`
}

type trialText struct {
	mistake.Place
	ID              mistake.Text   `key:"id,required"`
	NCT             mistake.Text   `key:"nct"`
	Title           mistake.Text   `key:"title,required"`
	Phase           mistake.Text   `key:"phase"`
	Sponsor         mistake.Text   `key:"sponsor"`
	Recruiting      mistake.Text   `key:"recruiting" words:"open|not yet open|paused|closed"`
	RecruitmentEnds mistake.Text   `key:"recruitment_ends"`
	Version         mistake.Text   `key:"protocol"`
	ModelledOn      mistake.Text   `key:"modelled_on"`
	Arms            []mistake.Text `key:"arms"`
}

type rulesText struct {
	Version  mistake.Text   `key:"version,required"`
	State    mistake.Text   `key:"state,required" words:"draft|review|approved|retired"`
	Authors  []mistake.Text `key:"authors,required"`
	Approval *approvalText  `key:"approval"`
	Changes  []changeText   `key:"changes"`
}

type approvalText struct {
	By mistake.Text `key:"by,required"`
	On mistake.Text `key:"on,required"`
}

type changeText struct {
	Version mistake.Text `key:"version,required"`
	On      mistake.Text `key:"on,required"`
	By      mistake.Text `key:"by,required"`
	What    mistake.Text `key:"what,required"`
}

type defaultsText struct {
	Missing *terms.ByKind `key:"missing"`
	Anchor  *anchorText   `key:"anchor"`
}

// anchorText is the day that windows are counted back from: enrolment, or the latest event of a value set.
type anchorText struct {
	mistake.Place
	Event mistake.Text `key:"event,required,bare"`
}

type criterionText struct {
	mistake.Place
	ID         mistake.Text   `key:"id,required"`
	Kind       mistake.Text   `key:"kind,required" words:"inclusion|exclusion"`
	Text       mistake.Text   `key:"text,required"`
	Expr       mistake.Text   `key:"expr,block"`
	Manual     mistake.Text   `key:"manual"`
	Check      mistake.Text   `key:"check" words:"auto|assisted|manual"`
	Strength   mistake.Text   `key:"strength" words:"hard|soft"`
	Settled    mistake.Text   `key:"settled" words:"prescreening|visit"`
	Repeatable bool           `key:"repeatable"`
	Missing    mistake.Text   `key:"missing" words:"unknown|met|not met"`
	Ask        mistake.Text   `key:"ask"`
	Show       []mistake.Text `key:"show"`
	Note       mistake.Text   `key:"note"`
	Arm        []mistake.Text `key:"arm"`
	Anchor     *anchorText    `key:"anchor"`
}

type testText struct {
	mistake.Place
	Name    mistake.Text  `key:"name,required"`
	AsOf    mistake.Text  `key:"as_of,required"`
	Patient patientText   `key:"patient,required"`
	Expect  mistake.Pairs `key:"expect"`
	Cases   []caseText    `key:"cases"`
}

type caseText struct {
	mistake.Place
	Name    mistake.Text   `key:"name,required"`
	AsOf    mistake.Text   `key:"as_of"`
	But     *patientText   `key:"but"`
	Without []mistake.Text `key:"without"`
	Expect  mistake.Pairs  `key:"expect,required"`
}

type patientText struct {
	mistake.Place
	Bundle      mistake.Text     `key:"bundle"`
	Birth       mistake.Text     `key:"birth"`
	Sex         mistake.Text     `key:"sex" words:"male|female|other|unknown"`
	Died        mistake.Text     `key:"died"`
	RecordSince mistake.Text     `key:"record_since"`
	LastContact mistake.Text     `key:"last_contact"`
	Diagnoses   []diagnosisText  `key:"diagnoses"`
	Medications []medicationText `key:"medications"`
	Procedures  []eventText      `key:"procedures"`
	Allergies   []eventText      `key:"allergies"`
	Vaccines    []eventText      `key:"vaccines"`
	Visits      []eventText      `key:"visits"`
	Labs        []resultText     `key:"labs"`
	Vitals      []resultText     `key:"vitals"`
	Scores      []resultText     `key:"scores"`

	NoKnownAllergies bool           `key:"no_known_allergies"`
	Family           []eventText    `key:"family"`
	Flags            []eventText    `key:"flags"`
	Enrolled         []stayText     `key:"enrolled"`
	Coverage         []stayText     `key:"coverage"`
	Languages        []mistake.Text `key:"languages"`
	Pregnancy        *pregnancyText `key:"pregnancy"`
	Breastfeeding    mistake.Text   `key:"breastfeeding" words:"yes|no"`
	Smoking          *smokingText   `key:"smoking"`
}

// stayText is a stretch of time under some name: a trial, an insurance.
type stayText struct {
	mistake.Place
	Name   mistake.Text `key:"name,bare"`
	From   mistake.Text `key:"from"`
	To     mistake.Text `key:"to"`
	Status mistake.Text `key:"status"`
}

type pregnancyText struct {
	mistake.Place
	Status mistake.Text `key:"status,bare" words:"pregnant|not pregnant|possible|unknown"`
	On     mistake.Text `key:"on"`
	Due    mistake.Text `key:"due"`
}

type smokingText struct {
	mistake.Place
	Status    mistake.Text `key:"status,bare" words:"current|former|never|unknown"`
	On        mistake.Text `key:"on"`
	PackYears mistake.Text `key:"pack_years"`
}

type diagnosisText struct {
	mistake.Place
	Of        mistake.Text `key:"of,required"`
	Code      mistake.Text `key:"code"`
	Began     mistake.Text `key:"began"`
	Ended     mistake.Text `key:"ended"`
	Recorded  mistake.Text `key:"recorded"`
	Status    mistake.Text `key:"status" words:"active|recurrence|relapse|inactive|remission|resolved"`
	Certainty mistake.Text `key:"certainty" words:"confirmed|provisional|differential|unconfirmed|refuted"`
}

type medicationText struct {
	mistake.Place
	Of       mistake.Text `key:"of,required"`
	Code     mistake.Text `key:"code"`
	From     mistake.Text `key:"from,required"`
	To       mistake.Text `key:"to"`
	As       mistake.Text `key:"as" words:"ordered|dispensed|given|stated"`
	Status   mistake.Text `key:"status" words:"active|on-hold|cancelled|completed|stopped|draft|unknown"`
	Supply   mistake.Text `key:"supply"`
	Refills  mistake.Text `key:"refills"`
	AsNeeded bool         `key:"as_needed"`
	Dose     mistake.Text `key:"dose"`
	PerDay   mistake.Text `key:"per_day"`
}

type eventText struct {
	mistake.Place
	Of     mistake.Text `key:"of,required"`
	Code   mistake.Text `key:"code"`
	On     mistake.Text `key:"on"`
	To     mistake.Text `key:"to"`
	Status mistake.Text `key:"status"`

	Certainty mistake.Text `key:"certainty" words:"confirmed|unconfirmed|refuted"`
	Class     mistake.Text `key:"class" words:"inpatient|outpatient|emergency"`
	Relation  mistake.Text `key:"relation"`
}

type resultText struct {
	mistake.Place
	Of     mistake.Text `key:"of,required"`
	Code   mistake.Text `key:"code"`
	Value  mistake.Text `key:"value"`
	On     mistake.Text `key:"on,required"`
	Status mistake.Text `key:"status" words:"final|amended|corrected|preliminary|registered|cancelled"`
	Answer mistake.Text `key:"answer"`
	Low    mistake.Text `key:"low"`
	High   mistake.Text `key:"high"`
	Class  mistake.Text `key:"class" words:"inpatient|outpatient|emergency"`
}
