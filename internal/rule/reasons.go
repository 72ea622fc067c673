package rule

import "prescreen/internal/verdict"

// The reasons. Each has one entry in the table of sentences.
const (
	sayNothing verdict.Code = iota
	sayDiagnosed
	sayEnded
	sayRefuted
	saySuspected
	sayConflict
	sayPartialDate
	sayChronic
	sayExposed
	sayOldOrder
	sayStatusUnknown
	sayHappened
	sayAllergic
	sayNoKnownAllergy
	sayOutside
	sayNever
	saySilence
	saySilenceOpen
	saySuggested
	sayValue
	sayBound
	saySameTime
	sayUnusable
	sayNewerUnusable
	sayAny
	sayAll
	sayAverage
	sayTooFew
	sayAge
	sayNoBirthDate
	saySex
	saySexDiffers
	saySexUnknown
	sayDeceased
	sayManual
	sayTimes
	sayHierarchy
	sayDerived
	sayPlaceUnknown
	sayNoEvent
	sayEventUnclear
	sayNoAnchor
	sayAnchorUnclear
	sayFamily
	sayPregnant
	sayDueDate
	sayTooOld
	saySexExcludes
	sayNoWomb
	sayDenied
	sayPregnancyOpen
	sayBreastfeeding
	sayChildbearing
	sayTooYoung
	sayOnTrial
	sayFlagged
	sayFlagEnded
	sayInsured
	saySpeaks
	saySpeaksOthers
	sayNoteOnly
	sayAgeAt
	sayDaysSince
	sayChange
	sayOneResult
	sayDose
	sayDoseUnclear
	sayNoProcedures
	sayUnread
	sayInWords
	sayCount
)

// causeCode gives the reason that tells a cause.
func causeCode(c verdict.Cause) verdict.Code {
	switch c {
	case verdict.PartialDate:
		return sayPartialDate
	case verdict.OnlySuspected:
		return saySuspected
	case verdict.SourcesConflict:
		return sayConflict
	case verdict.ResolvedButChronic:
		return sayChronic
	case verdict.OldOrderActive:
		return sayOldOrder
	case verdict.Bound:
		return sayBound
	}
	return sayUnusable
}

// judges is who answers each word that is a leaf.
var judges = map[string]func(*Evaluator, *Bound, *boundLeaf){
	"age":        judgeAge,
	"sex":        judgeSex,
	"deceased":   judgeDeceased,
	"diagnosed":  judgeDiagnosis,
	"taking":     judgeExposure,
	"took":       judgeExposure,
	"procedure":  judgeProcedure,
	"visit":      judgeVisit,
	"allergic":   judgeAllergic,
	"vaccinated": judgeVaccinated,
	"lab":        judgeResult,
	"vital":      judgeResult,
	"times":      judgeTimes,
	"manual":     judgeManual,

	"family_history": judgeFamily,
	"pregnant":       judgePregnant,
	"breastfeeding":  judgeBreastfeeding,
	"childbearing":   judgeChildbearing,
	"enrolled":       judgeEnrolled,
	"flagged":        judgeFlagged,
	"insured":        judgeInsured,
	"speaks":         judgeSpeaks,
	"note_mentions":  judgeNotes,
	"score":          judgeResult,
	"marker":         judgeResult,
	"stage":          judgeResult,
	"smoking":        judgeResult,
	"age_at":         judgeAgeAt,
	"days_since":     judgeDaysSince,
	"change":         judgeChange,
	"daily_dose":     judgeDose,
}
