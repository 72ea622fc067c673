package synth

import "prescreen/internal/terms"

// concept is a code with the display that exports carry.
type concept struct{ system, code, display string }

func snomed(code, display string) concept { return concept{terms.SNOMED, code, display} }
func loinc(code, display string) concept  { return concept{terms.LOINC, code, display} }
func rxnorm(code, display string) concept { return concept{terms.RxNorm, code, display} }
func cvx(code, display string) concept    { return concept{terms.CVX, code, display} }

func (c concept) coding() object {
	return object{{"system", c.system}, {"code", c.code}, {"display", c.display}}
}

// codeable is a CodeableConcept with the text that repeats the display.
func (c concept) codeable() object {
	return object{{"coding", list{c.coding()}}, {"text", c.display}}
}

// Diagnoses.
var (
	prediabetes         = snomed("15777000", "Prediabetes")
	diabetes            = snomed("44054006", "Diabetes")
	diabetesType1       = snomed("46635009", "Type 1 diabetes mellitus (disorder)")
	diabeticNeuropathy  = snomed("368581000119106", "Neuropathy due to type 2 diabetes mellitus (disorder)")
	diabeticRenal       = snomed("127013003", "Diabetic renal disease (disorder)")
	microalbuminuria    = snomed("90781000119102", "Microalbuminuria due to type 2 diabetes mellitus (disorder)")
	hypertension        = snomed("38341003", "Hypertension")
	hypertensionNewer   = snomed("59621000", "Hypertension")
	hyperlipidemia      = snomed("55822004", "Hyperlipidemia")
	metabolicSyndrome   = snomed("237602007", "Metabolic syndrome X (disorder)")
	obesity             = snomed("162864005", "Body mass index 30+ - obesity (finding)")
	severeObesity       = snomed("408512008", "Body mass index 40+ - severely obese (finding)")
	coronaryDisease     = snomed("53741008", "Coronary Heart Disease")
	infarction          = snomed("22298006", "Myocardial Infarction")
	infarctionHistory   = snomed("399211009", "History of myocardial infarction (situation)")
	stroke              = snomed("230690007", "Stroke")
	peripheralArtery    = snomed("399957001", "Peripheral arterial occlusive disease (disorder)")
	heartFailure        = snomed("88805009", "Chronic congestive heart failure (disorder)")
	atrialFibrillation  = snomed("49436004", "Atrial Fibrillation")
	kidneyStage2        = snomed("431856006", "Chronic kidney disease stage 2 (disorder)")
	kidneyStage3        = snomed("433144002", "Chronic kidney disease stage 3 (disorder)")
	kidneyStage4        = snomed("431857002", "Chronic kidney disease stage 4 (disorder)")
	kidneyFailure       = snomed("46177005", "End-stage renal disease (disorder)")
	polycysticKidney    = snomed("28728008", "Polycystic kidney disease, adult type (disorder)")
	lupusNephritis      = snomed("68815009", "Systemic lupus erythematosus glomerulonephritis syndrome (disorder)")
	proteinuria         = snomed("29738008", "Proteinuria (finding)")
	kidneyStone         = snomed("95570007", "Kidney stone (disorder)")
	hyperparathyroidism = snomed("66999008", "Hyperparathyroidism (disorder)")
	obstructiveLung     = snomed("185086009", "Chronic obstructive bronchitis (disorder)")
	anemia              = snomed("271737000", "Anemia (disorder)")
	suspectedLungCancer = snomed("162573006", "Suspected lung cancer (situation)")
	viralSinusitis      = snomed("444814009", "Viral sinusitis (disorder)")
	viralPharyngitis    = snomed("195662009", "Acute viral pharyngitis (disorder)")
	acuteBronchitis     = snomed("10509002", "Acute bronchitis (disorder)")
	ankleSprain         = snomed("44465007", "Sprain of ankle")
	kneeOsteoarthritis  = snomed("239873007", "Osteoarthritis of knee")
	lowBackPain         = snomed("278860009", "Chronic low back pain (finding)")
	colonPolyp          = snomed("68496003", "Polyp of colon")
	noKnownAllergy      = snomed("716186003", "No known allergy (situation)")
	wellnessVisit       = snomed("162673000", "General examination of patient (procedure)")
	checkUp             = snomed("185349003", "Encounter for check up (procedure)")
	problemVisit        = snomed("185347001", "Encounter for problem (procedure)")
	symptomVisit        = snomed("185345009", "Encounter for symptom")
	followUpVisit       = snomed("390906007", "Follow-up encounter")
	emergencyVisit      = snomed("50849002", "Emergency room admission (procedure)")
	inpatientVisit      = snomed("183452005", "Encounter Inpatient")
	deathCertification  = snomed("308646001", "Death Certification")
	smokingStatus       = loinc("72166-2", "Tobacco smoking status NHIS")
	bloodPressure       = loinc("55284-4", "Blood Pressure")
	bloodPressureNewer  = loinc("85354-9", "Blood Pressure")
	historyAndPhysical  = loinc("34117-2", "History and physical note")
	evaluationAndPlan   = loinc("51847-2", "Evaluation+Plan note")
	metabolicPanel      = loinc("51990-0", "Basic Metabolic Panel")
	lipidPanel          = loinc("57698-3", "Lipid Panel")
	bloodCountPanel     = loinc("58410-2", "Complete blood count (hemogram) panel - Blood by Automated count")
	fluVaccine          = cvx("140", "Influenza, seasonal, injectable, preservative free")
	tetanusVaccine      = cvx("113", "Td (adult) preservative free")
	pneumococcalVaccine = cvx("133", "Pneumococcal conjugate PCV 13")
	zosterVaccine       = cvx("121", "zoster")
	neverSmoked         = snomed("266919005", "Never smoker")
	formerSmoker        = snomed("8517006", "Former smoker")
	everyDaySmoker      = snomed("449868002", "Current every day smoker")
)

// Procedures.
var (
	medicationReview     = snomed("428191000124101", "Documentation of current medications")
	medicationReconcile  = snomed("430193006", "Medication Reconciliation (procedure)")
	depressionScreening  = snomed("171207006", "Depression screening")
	colonoscopy          = snomed("73761001", "Colonoscopy")
	spirometry           = snomed("127783003", "Spirometry (procedure)")
	electrocardiogram    = snomed("29303009", "Electrocardiographic procedure")
	echocardiography     = snomed("40701008", "Echocardiography (procedure)")
	coronaryIntervention = snomed("415070008", "Percutaneous coronary intervention")
	coronaryAngiography  = snomed("33367005", "Coronary angiography (procedure)")
	bypassGraft          = snomed("232717009", "Coronary artery bypass grafting")
	cardioversion        = snomed("180325003", "Electrical cardioversion")
	brainTomography      = snomed("303653007", "Computed tomography of head")
	oxygenMask           = snomed("371908008", "Oxygen administration by mask (procedure)")
	pulmonaryRehab       = snomed("15081005", "Pulmonary rehabilitation (regime/therapy)")
	renalUltrasound      = snomed("306005", "Ultrasonography of kidney")
	gastricBypass        = snomed("442338001", "Bypass of stomach (procedure)")
	renalDialysis        = snomed("265764009", "Renal dialysis (procedure)")
	urineProtein         = snomed("167271000", "Urine protein test")
)

// Medicines: products, as Synthea orders them.
var (
	lisinopril     = rxnorm("314076", "lisinopril 10 MG Oral Tablet")
	losartan       = rxnorm("979492", "losartan potassium 50 MG Oral Tablet")
	thiazide       = rxnorm("310798", "Hydrochlorothiazide 25 MG Oral Tablet")
	amlodipine     = rxnorm("197361", "Amlodipine 5 MG Oral Tablet")
	metformin      = rxnorm("860975", "24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet")
	insulin        = rxnorm("106892", "insulin human, isophane 70 UNT/ML / Regular Insulin, Human 30 UNT/ML Injectable Suspension [Humulin]")
	simvastatin    = rxnorm("312961", "Simvastatin 20 MG Oral Tablet")
	atorvastatin   = rxnorm("259255", "Atorvastatin 80 MG Oral Tablet")
	clopidogrel    = rxnorm("309362", "Clopidogrel 75 MG Oral Tablet")
	nitroglycerin  = rxnorm("705129", "Nitroglycerin 0.4 MG/ACTUAT Mucosal Spray")
	metoprolol     = rxnorm("866412", "24 HR metoprolol succinate 100 MG Extended Release Oral Tablet")
	furosemide     = rxnorm("313988", "Furosemide 40 MG Oral Tablet")
	warfarin       = rxnorm("855332", "Warfarin Sodium 5 MG Oral Tablet")
	apixaban       = rxnorm("1364445", "apixaban 5 MG Oral Tablet")
	digoxin        = rxnorm("197604", "Digoxin 0.125 MG Oral Tablet")
	inhaledSteroid = rxnorm("896209", "60 ACTUAT Fluticasone propionate 0.25 MG/ACTUAT / salmeterol 0.05 MG/ACTUAT Dry Powder Inhaler")
	albuterol      = rxnorm("2123111", "NDA020503 200 ACTUAT Albuterol 0.09 MG/ACTUAT Metered Dose Inhaler")
	acetaminophen  = rxnorm("313782", "Acetaminophen 325 MG Oral Tablet")
	ibuprofen      = rxnorm("310965", "Ibuprofen 200 MG Oral Tablet")
	naproxen       = rxnorm("849574", "Naproxen sodium 220 MG Oral Tablet")
	amoxicillin    = rxnorm("308182", "Amoxicillin 250 MG Oral Capsule")
	vitaminB12     = rxnorm("2001499", "Vitamin B 12 5 MG/ML Injectable Solution")
	oxycodone      = rxnorm("1049221", "Acetaminophen 325 MG / oxyCODONE Hydrochloride 5 MG Oral Tablet")
)

// newer gives the code that later releases of the exporter write for the same thing.
func (c concept) newer() concept {
	switch c {
	case hypertension:
		return hypertensionNewer
	case bloodPressure:
		return bloodPressureNewer
	}
	return c
}
