package rule

const (
	silenceDerived = "unknown"
	silenceScore   = "a diagnosis that silence answers not met gives no points; one that stays open makes the score a range"
)

// derivedPhrases are what a value without records of its own can be asked with.
var derivedPhrases = []PhraseKind{WindowPhrase, PickPhrase, ApartPhrase, EventPhrase}

// derivedWords are the entries of the derived values in the table of words.
var derivedWords = []Word{
	derived("bmi", "Body mass index: the reported one if it is not older than weight and height, else computed from them.", `bmi("last 3 months") >= "27 kg/m2"`, "body_mass_index"),
	derived("bsa", "Body surface area by Mosteller, from weight and height.", `bsa >= "1.5 m2"`, "body_surface_area"),
	derived("egfr", "Estimated filtration rate per 1.73 m2: the reported one if it is not older than the newest creatinine, else CKD-EPI 2021; never a clearance.", `egfr("last 3 months") >= "30 mL/min/{1.73_m2}"`, "gfr", "ckd_epi"),
	derived("crcl", "Creatinine clearance by Cockcroft-Gault, with the actual body weight.", `crcl("last 28 days") >= "50 mL/min"`, "clearance", "creatinine_clearance", "cockcroft_gault"),
	derived("qtcf", "QT corrected by Fridericia. A QTc whose formula is not named never answers.", `qtcf("last 28 days") <= "470 ms"`, "qtc", "qt"),
	derived("fib4", "FIB-4 from age, transaminases and platelets.", `1.3 <= fib4("last 6 months") <= 2.67`, "fib_4"),
	derived("corrected_calcium", "Calcium as a normal albumin would give it: calcium + 0.8 x (4 - albumin).", `corrected_calcium("last 28 days") <= "11.5 mg/dL"`, "calcium_corrected", "adjusted_calcium"),
	derived("child_pugh", "Child-Pugh points: A 5-6, B 7-9, C 10-15. Grades of ascites and encephalopathy that are not on record make it a range.", `child_pugh("last 28 days") <= 6`, "childpugh", "child"),
	derived("meld", "MELD from creatinine, bilirubin and INR.", `meld("last 28 days") <= 15`, "meld_i"),
	derived("meld_na", "MELD with sodium, OPTN 2016.", `meld_na("last 28 days") <= 15`, "meldna"),
	derived("meld3", "MELD 3.0, OPTN 2023.", `meld3("last 28 days") <= 15`, "meld_3"),
	scored("cha2ds2_vasc", "Stroke risk in atrial fibrillation, from diagnoses, age and sex.", `cha2ds2_vasc >= 2`, "chads_vasc", "cha2ds2", "chads2"),
	scored("charlson", "Charlson's comorbidity index of 1987 with a point for each decade from 50.", `charlson <= 4`, "cci", "comorbidity_index"),
}

func derived(name, doc, example string, instead ...string) Word {
	return Word{
		Name: name, Form: Value, Gives: Amount, Params: []Param{WhenParam}, When: derivedPhrases, Silence: silenceDerived,
		Doc: doc, Example: example, Instead: instead,
	}
}

func scored(name, doc, example string, instead ...string) Word {
	return Word{Name: name, Form: Value, Gives: Whole, Silence: silenceScore, Doc: doc, Example: example, Instead: instead}
}
