package synth

import "math"

// measure numbers the quantities that a body has.
type measure int

const (
	height measure = iota
	weight
	bodyMass
	systolic
	diastolic
	heartRate
	breathing
	pain
	glucose
	fastingGlucose
	toleranceGlucose
	hba1c
	urea
	creatinine
	calcium
	sodium
	potassium
	chloride
	bicarbonate
	filtration
	albuminRatio
	cholesterol
	triglycerides
	lowDensity
	highDensity
	leukocytes
	erythrocytes
	hemoglobin
	hematocrit
	meanVolume
	platelets
	ejection
	airflow
	measureCount
)

// quantityOf says how a measure is written and how it lies in people: thousandths of the unit. Spread is between people,
// noise between one person's visits.
type quantityOf struct {
	code, later            concept // later: as newer releases write it; none: the same
	unit                   string
	places                 int
	typical, spread, noise int64
}

var quantities = [measureCount]quantityOf{
	height:           {loinc("8302-2", "Body Height"), concept{}, "cm", 1, 170000, 9000, 0},
	weight:           {loinc("29463-7", "Body Weight"), concept{}, "kg", 1, 0, 0, 0},
	bodyMass:         {loinc("39156-5", "Body Mass Index"), concept{}, "kg/m2", 1, 26500, 3500, 400},
	systolic:         {loinc("8480-6", "Systolic Blood Pressure"), concept{}, "mm[Hg]", 0, 122000, 8000, 6000},
	diastolic:        {loinc("8462-4", "Diastolic Blood Pressure"), concept{}, "mm[Hg]", 0, 78000, 5000, 4000},
	heartRate:        {loinc("8867-4", "Heart rate"), concept{}, "/min", 0, 74000, 8000, 6000},
	breathing:        {loinc("9279-1", "Respiratory rate"), concept{}, "/min", 0, 14000, 1500, 1500},
	pain:             {loinc("72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported"), concept{}, "{score}", 0, 2000, 1500, 1000},
	glucose:          {loinc("2339-0", "Glucose"), loinc("2345-7", "Glucose [Mass/volume] in Serum or Plasma"), "mg/dL", 1, 0, 0, 0},
	fastingGlucose:   {loinc("1558-6", "Fasting glucose [Mass/volume] in Serum or Plasma"), concept{}, "mg/dL", 1, 88000, 5000, 3000},
	toleranceGlucose: {loinc("1518-0", "Glucose [Mass/volume] in Serum or Plasma --2 hours post 75 g glucose PO"), concept{}, "mg/dL", 1, 112000, 12000, 6000},
	hba1c:            {loinc("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood"), concept{}, "%", 1, 5300, 200, 100},
	urea:             {loinc("6299-2", "Urea Nitrogen"), loinc("3094-0", "Urea nitrogen [Mass/volume] in Serum or Plasma"), "mg/dL", 1, 13500, 3000, 1500},
	creatinine:       {loinc("38483-4", "Creatinine"), loinc("2160-0", "Creatinine [Mass/volume] in Serum or Plasma"), "mg/dL", 2, 0, 0, 0},
	calcium:          {loinc("49765-1", "Calcium"), loinc("17861-6", "Calcium [Mass/volume] in Serum or Plasma"), "mg/dL", 1, 9400, 300, 150},
	sodium:           {loinc("2947-0", "Sodium"), loinc("2951-2", "Sodium [Moles/volume] in Serum or Plasma"), "mmol/L", 0, 139500, 1500, 1200},
	potassium:        {loinc("6298-4", "Potassium"), loinc("2823-3", "Potassium [Moles/volume] in Serum or Plasma"), "mmol/L", 1, 4300, 250, 200},
	chloride:         {loinc("2069-3", "Chloride"), loinc("2075-0", "Chloride [Moles/volume] in Serum or Plasma"), "mmol/L", 0, 103000, 1800, 1500},
	bicarbonate:      {loinc("20565-8", "Carbon Dioxide"), loinc("2028-9", "Carbon dioxide, total [Moles/volume] in Serum or Plasma"), "mmol/L", 0, 25000, 1500, 1200},
	filtration:       {loinc("33914-3", "Estimated Glomerular Filtration Rate"), loinc("33914-3", "Glomerular filtration rate/1.73 sq M.predicted"), "mL/min/{1.73_m2}", 1, 92000, 9000, 3000},
	albuminRatio:     {loinc("14959-1", "Microalbumin Creatinine Ratio"), loinc("9318-7", "Albumin/Creatinine [Mass Ratio] in Urine"), "mg/g", 1, 9000, 5000, 2000},
	cholesterol:      {loinc("2093-3", "Total Cholesterol"), loinc("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma"), "mg/dL", 1, 188000, 20000, 8000},
	triglycerides:    {loinc("2571-8", "Triglycerides"), loinc("2571-8", "Triglyceride [Mass/volume] in Serum or Plasma"), "mg/dL", 1, 128000, 25000, 12000},
	lowDensity:       {loinc("18262-6", "Low Density Lipoprotein Cholesterol"), loinc("13457-7", "Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation"), "mg/dL", 1, 108000, 18000, 7000},
	highDensity:      {loinc("2085-9", "High Density Lipoprotein Cholesterol"), loinc("2085-9", "Cholesterol in HDL [Mass/volume] in Serum or Plasma"), "mg/dL", 1, 54000, 8000, 3000},
	leukocytes:       {loinc("6690-2", "Leukocytes [#/volume] in Blood by Automated count"), concept{}, "10*3/uL", 1, 6900, 1300, 800},
	erythrocytes:     {loinc("789-8", "Erythrocytes [#/volume] in Blood by Automated count"), concept{}, "10*6/uL", 1, 4700, 300, 150},
	hemoglobin:       {loinc("718-7", "Hemoglobin [Mass/volume] in Blood"), concept{}, "g/dL", 1, 14100, 900, 400},
	hematocrit:       {loinc("4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count"), concept{}, "%", 1, 42500, 2500, 1000},
	meanVolume:       {loinc("787-2", "MCV [Entitic volume] by Automated count"), concept{}, "fL", 1, 89000, 3500, 1200},
	platelets:        {loinc("777-3", "Platelets [#/volume] in Blood by Automated count"), concept{}, "10*3/uL", 0, 248000, 40000, 15000},
	ejection:         {loinc("10230-1", "Left ventricular Ejection fraction"), concept{}, "%", 0, 60000, 3000, 1500},
	airflow:          {loinc("19926-5", "FEV1/FVC"), concept{}, "%", 1, 78000, 3000, 1500},
}

// codeFor is the measure's code in a style.
func (m measure) codeFor(s style) concept {
	q := quantities[m]
	if s == newer && q.later.code != "" {
		return q.later
	}
	return q.code
}

// tests are the panels that a patient has taken at routine visits.
type tests uint8

const (
	metabolicTest tests = 1 << iota
	lipidTest
	countTest
	glycaemicTest
	toleranceTest
	kidneyTest
	airflowTest
)

// creatinineFor is the serum creatinine that goes with an eGFR: CKD-EPI 2021 turned round
// (https://doi.org/10.1056/NEJMoa2102953), in thousandths of mg/dL, rounded to hundredths so that the last bit of a
// power does not show.
func creatinineFor(egfr int64, age int, female bool) int64 {
	kappa, alpha, base := 0.9, -0.302, 142.0
	if female {
		kappa, alpha, base = 0.7, -0.241, 142*1.012
	}
	base *= math.Pow(0.9938, float64(age))
	ratio := float64(egfr) / 1000 / base
	power := -1.2
	if ratio > 1 {
		power = alpha
	}
	return int64(math.Round(kappa*math.Pow(ratio, 1/power)*100)) * 10
}
