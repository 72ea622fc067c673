package quantity

// Where the spellings come from:
//   - Synthea 2.4 to 3.0 writes them into Quantity.code with the UCUM system: mmHg, C, beats/minute, pH, (score), IU/L, K/uL,
//     M/uL, mL/min/1.73_m2;
//   - US laboratory reports and HL7 v2 feeds: mcg, K/mcL, x10E3/uL, mEq/L, gm/dL, mIU/L, mg/g creat;
//   - European reports: G/L, Gpt/l, 10E9/L, the micro sign, the superscript two, per 1.73 with a decimal comma;
//   - people: percent, beats per minute, days, lbs.

// misread are texts that parse as UCUM and say there what nobody means in a record; they are looked up in their one spelling.
var misread = map[string]string{
	"pH":    "[pH]",    // picohenry
	"PH":    "[pH]",    // petahenry
	"C":     "Cel",     // coulomb
	"F":     "[degF]",  // farad
	"K/uL":  "10*3/uL", // kelvin
	"K/mm3": "10*3/mm3",
	"K/mL":  "10*3/mL",
	"G/L":   "10*9/L",  // gauss
	"T/L":   "10*12/L", // tesla
	"ft":    "[ft_i]",  // femtotonne
	"MG":    "mg",      // written in capitals: megagauss, petagauss, megalitre, megasiemens
	"MG/L":  "mg/L",
	"MG/G":  "mg/g",
	"PG":    "pg",
	"PG/ML": "pg/mL",
	"ML":    "mL",
	"MS":    "ms",
}

// wholeUnits are looked up without spaces and in lower case, and only for texts that are not UCUM as they stand.
var wholeUnits = map[string]string{
	// Blood pressure, temperature, rates.
	"mmhg": "mm[Hg]", "mm/hg": "mm[Hg]", "mm(hg)": "mm[Hg]",
	"cmh2o": "cm[H2O]", "kpa": "kPa",
	"degc": "Cel", "deg.c": "Cel", "celsius": "Cel", "degreescelsius": "Cel", "degreesc": "Cel", "cel": "Cel",
	"degf": "[degF]", "deg.f": "[degF]", "fahrenheit": "[degF]", "degreesfahrenheit": "[degF]", "degreesf": "[degF]",
	"bpm": "/min", "beats/min": "/min", "beats/minute": "/min", "beatsperminute": "/min", "beat/min": "/min",
	"breaths/min": "/min", "breaths/minute": "/min", "breathsperminute": "/min", "resp/min": "/min", "brpm": "/min",
	"permin": "/min", "perminute": "/min",
	// Numbers and scores.
	"percent": "%", "pct": "%", "%hb": "%", "%ngsp": "%", "%ofhb": "%", "%oftotal": "%",
	"score": "{score}", "points": "{score}", "point": "{score}", "pts": "{score}", "scores": "{score}",
	"inr": "{INR}", "ratio": "{ratio}", "index": "{index}", "count": "{count}", "#": "{#}",
	"t-score": "{T-score}", "tscore": "{T-score}", "z-score": "{Z-score}", "zscore": "{Z-score}",
	"nominal": "{nominal}", "titer": "{titer}", "packyears": "{pack_years}", "pack-years": "{pack_years}",
	"ph": "[pH]",
	// Cells.
	"k/mcl": "10*3/uL", "k/ul": "10*3/uL", "k/cumm": "10*3/mm3", "k/mm3": "10*3/mm3", "th/ul": "10*3/uL",
	"thou/ul": "10*3/uL", "thou/mcl": "10*3/uL", "thousand/ul": "10*3/uL", "thousands/ul": "10*3/uL", "tsd/ul": "10*3/uL",
	"m/ul": "10*6/uL", "m/mcl": "10*6/uL", "m/cumm": "10*6/mm3", "m/mm3": "10*6/mm3", "mil/ul": "10*6/uL",
	"mill/ul": "10*6/uL", "mio/ul": "10*6/uL", "million/ul": "10*6/uL", "millions/ul": "10*6/uL",
	"gpt/l": "10*9/L", "giga/l": "10*9/L", "bil/l": "10*9/L", "billion/l": "10*9/L",
	"tpt/l": "10*12/L", "tera/l": "10*12/L", "trillion/l": "10*12/L",
	"/cumm": "/mm3", "cells/cumm": "{cells}/mm3",
	// Enzymes and hormones. U/L is UCUM's enzyme unit and IU/L the international unit: lists of enzymes take both.
	"units/l": "U/L", "unit/l": "U/L", "units/ml": "U/mL", "iu/l": "[iU]/L", "iu/ml": "[iU]/mL", "iu": "[iU]",
	"miu/l": "m[iU]/L", "miu/ml": "m[iU]/mL", "uiu/ml": "u[iU]/mL", "uiu/l": "u[iU]/L", "kiu/l": "k[iU]/L",
	"ku/l": "kU/L", "u/l": "U/L",
	// Written in capitals, or in none.
	"mg/dl": "mg/dL", "g/dl": "g/dL", "ng/dl": "ng/dL", "ug/dl": "ug/dL", "mg/l": "mg/L", "g/l": "g/L", "ug/l": "ug/L",
	"ng/ml": "ng/mL", "pg/ml": "pg/mL", "ug/ml": "ug/mL", "mmol/l": "mmol/L", "umol/l": "umol/L", "nmol/l": "nmol/L",
	"pmol/l": "pmol/L", "mol/l": "mol/L", "meq/l": "meq/L", "mosm/kg": "mosm/kg", "mosm/l": "mosm/L", "mmol/mol": "mmol/mol",
	"ml/min": "mL/min", "mm/h": "mm/h", "mm/hr": "mm/h", "fl": "fL", "kg/m2": "kg/m2", "kg": "kg", "cm": "cm",
	// What is measured, set behind the unit.
	"mg/gcreat": "mg/g{creat}", "mg/gcr": "mg/g{creat}", "mg/gcrea": "mg/g{creat}", "mg/gcreatinine": "mg/g{creat}",
	"ug/mgcreat": "ug/mg{creat}", "ug/mgcr": "ug/mg{creat}", "mg/mmolcreat": "mg/mmol{creat}", "mg/mmolcr": "mg/mmol{creat}",
	"mmol/molhb": "mmol/mol", "mmol/molhba1c": "mmol/mol",
	"mg/lfeu": "mg/L{FEU}", "ug/mlfeu": "ug/mL{FEU}", "ng/mlfeu": "ng/mL{FEU}", "ug/lfeu": "ug/L{FEU}", "mcg/mlfeu": "ug/mL{FEU}",
	"ng/mlddu": "ng/mL{DDU}", "ug/mlddu": "ug/mL{DDU}",
	// Time.
	"yrs": "a", "yr": "a", "years": "a", "year": "a",
}

// unitWords replace one word of a unit each, and only in texts that are not UCUM as they stand.
var unitWords = map[string]string{
	"mcg": "ug", "mcL": "uL", "mcl": "uL", "mcmol": "umol", "mcM": "umol/L",
	"gm": "g", "gms": "g", "gram": "g", "grams": "g", "Kg": "kg", "KG": "kg", "kgs": "kg", "mgs": "mg",
	"cc": "mL", "ML": "mL", "DL": "dL", "MG": "mg", "cumm": "mm3",
	"lb": "[lb_av]", "lbs": "[lb_av]", "pounds": "[lb_av]", "oz": "[oz_av]",
	"in": "[in_i]", "inch": "[in_i]", "inches": "[in_i]", "ft": "[ft_i]", "feet": "[ft_i]",
	"IU": "[iU]", "mIU": "m[iU]", "uIU": "u[iU]", "kIU": "k[iU]",
	"Eq": "eq", "mEq": "meq", "uEq": "ueq", "MEQ": "meq", "Osm": "osm", "mOsm": "mosm", "mOsmol": "mosm",
	"mmHg": "mm[Hg]", "cmH2O": "cm[H2O]",
	"sec": "s", "secs": "s", "second": "s", "seconds": "s", "msec": "ms", "msecs": "ms",
	"mins": "min", "minute": "min", "minutes": "min", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "24h": "d", "24hr": "d",
	"24hrs": "d", "24hours": "d", "day": "d", "days": "d", "week": "wk", "weeks": "wk", "wks": "wk",
	"month": "mo", "months": "mo", "mos": "mo", "year": "a", "years": "a", "yr": "a", "yrs": "a", "y": "a",
	"cell": "{cells}", "cells": "{cells}", "copies": "{copies}", "beats": "{beats}", "breaths": "{breaths}",
	"CFU": "[CFU]", "cfu": "[CFU]", "HPF": "[HPF]", "hpf": "[HPF]", "LPF": "[LPF]", "lpf": "[LPF]",
	"dose": "{dose}", "tablet": "{tbl}", "tablets": "{tbl}", "pack": "{pack}",
}
