package terms

import (
	"maps"
	"slices"
	"strings"
)

// Canonical URIs of the code systems in use (https://terminology.hl7.org/external_terminologies.html).
const (
	LOINC      = "http://loinc.org"
	SNOMED     = "http://snomed.info/sct"
	RxNorm     = "http://www.nlm.nih.gov/research/umls/rxnorm"
	ICD10      = "http://hl7.org/fhir/sid/icd-10"
	ICD10CM    = "http://hl7.org/fhir/sid/icd-10-cm"
	ATC        = "http://www.whocc.no/atc"
	CVX        = "http://hl7.org/fhir/sid/cvx"
	NDC        = "http://hl7.org/fhir/sid/ndc"
	UCUM       = "http://unitsofmeasure.org"
	ActCode    = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	CPT        = "http://www.ama-assn.org/go/cpt"
	ICD10PCS   = "http://www.cms.gov/Medicare/Coding/ICD10"
	ICD9CM     = "http://hl7.org/fhir/sid/icd-9-cm"
	BCP47      = "urn:ietf:bcp:47"
	AbsentCode = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
)

// TextSystem is the system of codes that stand for short texts in place of a code: the value of a result as its author
// wrote it. A Dictionary holds them as digests only (TextCode): they are compared and never shown, for a text may hold
// anything.
const TextSystem = "urn:prescreen:text"

// shortNames are what an author may write in place of a URI.
var shortNames = map[string]string{
	"loinc": LOINC, "snomed": SNOMED, "rxnorm": RxNorm, "icd-10": ICD10, "icd-10-cm": ICD10CM, "atc": ATC, "cvx": CVX,
	"ndc": NDC, "ucum": UCUM, "act-code": ActCode, "cpt": CPT, "icd-10-pcs": ICD10PCS, "icd-9-cm": ICD9CM, "bcp-47": BCP47,
}

// sameSystem maps other spellings of a system's URI to the canonical one.
var sameSystem = map[string]string{
	"urn:oid:2.16.840.1.113883.6.1":          LOINC,
	"urn:oid:2.16.840.1.113883.6.96":         SNOMED,
	"urn:oid:2.16.840.1.113883.6.88":         RxNorm,
	"urn:oid:2.16.840.1.113883.6.3":          ICD10,
	"urn:oid:2.16.840.1.113883.6.90":         ICD10CM,
	"urn:oid:2.16.840.1.113883.6.103":        ICD9CM,
	"urn:oid:2.16.840.1.113883.6.4":          ICD10PCS,
	"urn:oid:2.16.840.1.113883.6.73":         ATC,
	"urn:oid:2.16.840.1.113883.12.292":       CVX,
	"urn:oid:2.16.840.1.113883.6.69":         NDC,
	"urn:oid:2.16.840.1.113883.6.12":         CPT,
	"urn:oid:2.16.840.1.113883.5.4":          ActCode,
	"http://hl7.org/fhir/v3/ActCode":         ActCode,
	"https://loinc.org":                      LOINC,
	"https://snomed.info/sct":                SNOMED,
	"http://hl7.org/fhir/sid/icd-10-who":     ICD10,
	"http://www.whocc.no/atc_ddd_index":      ATC,
	"http://hl7.org/fhir/ndfrt":              "http://hl7.org/fhir/ndfrt",
	"http://hl7.org/fhir/data-absent-reason": AbsentCode,
}

// CanonicalSystem gives the canonical URI of a code system. SNOMED CT editions and versions are the one system.
func CanonicalSystem(uri string) string {
	uri = strings.TrimSuffix(uri, "/")
	if c, ok := sameSystem[uri]; ok {
		return c
	}
	if strings.HasPrefix(uri, SNOMED+"/") {
		return SNOMED
	}
	return uri
}

// SystemNamed gives the URI for what an author wrote: a short name or a URI of its own.
func SystemNamed(name string) (uri string, ok bool) {
	if u, ok := shortNames[strings.ToLower(name)]; ok {
		return u, true
	}
	if strings.Contains(name, ":") {
		return CanonicalSystem(name), true
	}
	return "", false
}

// ShortName gives the name that people read for a system, the URI where there is none.
func ShortName(uri string) string {
	for n, u := range shortNames {
		if u == uri {
			return n
		}
	}
	return uri
}

// ShortNames gives all the short names, sorted.
func ShortNames() []string { return slices.Sorted(maps.Keys(shortNames)) }

// dotted are the systems whose codes are sent with and without their dot: E11.9 and E119 are one code, because the dot
// always stands at the same place.
var dotted = map[string]bool{ICD10: true, ICD10CM: true, ICD9CM: true}
