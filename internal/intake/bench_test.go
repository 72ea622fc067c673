package intake

import (
	"bytes"
	"context"
	stdjson "encoding/json"
	"io"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/chart"
)

func readFull(r io.Reader, b []byte) (int, error) { return io.ReadFull(r, b) }

// BenchmarkDecode reads the bytes of 215 bundles into charts on one core, and gives the speed as a ratio to two ways of
// going over the same bytes, measured in between: jsontext.SkipValue, and encoding/json into the full types of the library.
func BenchmarkDecode(b *testing.B) {
	_, files := members(b, "synthea-r4.zip")
	var size int64
	for _, f := range files {
		size += int64(len(f))
	}
	b.SetBytes(size)
	b.ResetTimer()
	var ours, skip, std time.Duration
	charts := 0
	for range b.N {
		start := time.Now()
		charts = decodeAll(b, files)
		ours += time.Since(start)

		b.StopTimer()
		start = time.Now()
		for _, f := range files {
			if err := jsontext.NewDecoder(bytes.NewBuffer(f)).SkipValue(); err != nil {
				b.Fatal(err)
			}
		}
		skip += time.Since(start)
		start = time.Now()
		stdDecode(b, files[:len(files)/8])
		std += time.Since(start)
		b.StartTimer()
	}
	if charts != 215 {
		b.Fatalf("%d charts", charts)
	}
	var part int64
	for _, f := range files[:len(files)/8] {
		part += int64(len(f))
	}
	b.ReportMetric(skip.Seconds()/ours.Seconds(), "ratio-to-skip")
	b.ReportMetric(std.Seconds()/float64(part)/(ours.Seconds()/float64(size)), "ratio-to-encoding/json")
}

// decodeAll goes both passes on one core: documents to records, records to charts.
func decodeAll(b *testing.B, files [][]byte) int {
	r := newRun(context.Background(), Options{Workers: 1})
	l := newLoader(r)
	var inputs []*input
	for i, f := range files {
		in := &input{order: []int{i + 1}}
		l.documents(in, bytes.NewReader(f))
		inputs = append(inputs, in)
	}
	c, err := r.cohort(inputs)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	if len(c.Rejected) > 0 {
		b.Fatal(c.Rejected[0])
	}
	n := 0
	if err := c.Each(context.Background(), 1, func(v Visit) error { n++; return nil }); err != nil {
		b.Fatal(err)
	}
	return n
}

func stdDecode(b *testing.B, files [][]byte) {
	for _, f := range files {
		var bundle fhir.Bundle
		if err := stdjson.Unmarshal(f, &bundle); err != nil {
			b.Fatal(err)
		}
		for _, e := range bundle.Entry {
			if err := stdInto(e.Resource); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func stdInto(raw []byte) (err error) {
	var kind struct{ ResourceType string }
	if err := stdjson.Unmarshal(raw, &kind); err != nil {
		return err
	}
	switch kind.ResourceType {
	case "Patient":
		_, err = fhir.UnmarshalPatient(raw)
	case "Observation":
		_, err = fhir.UnmarshalObservation(raw)
	case "Condition":
		_, err = fhir.UnmarshalCondition(raw)
	case "Encounter":
		_, err = fhir.UnmarshalEncounter(raw)
	case "Procedure":
		_, err = fhir.UnmarshalProcedure(raw)
	case "MedicationRequest":
		_, err = fhir.UnmarshalMedicationRequest(raw)
	case "Immunization":
		_, err = fhir.UnmarshalImmunization(raw)
	case "DiagnosticReport":
		_, err = fhir.UnmarshalDiagnosticReport(raw)
	case "AllergyIntolerance":
		_, err = fhir.UnmarshalAllergyIntolerance(raw)
	case "Claim":
		_, err = fhir.UnmarshalClaim(raw)
	case "ExplanationOfBenefit":
		_, err = fhir.UnmarshalExplanationOfBenefit(raw)
	case "CarePlan":
		_, err = fhir.UnmarshalCarePlan(raw)
	case "CareTeam":
		_, err = fhir.UnmarshalCareTeam(raw)
	case "Goal":
		_, err = fhir.UnmarshalGoal(raw)
	case "Organization":
		_, err = fhir.UnmarshalOrganization(raw)
	case "Practitioner":
		_, err = fhir.UnmarshalPractitioner(raw)
	case "ImagingStudy":
		_, err = fhir.UnmarshalImagingStudy(raw)
	case "Device":
		_, err = fhir.UnmarshalDevice(raw)
	case "MedicationAdministration":
		_, err = fhir.UnmarshalMedicationAdministration(raw)
	}
	return err
}

// BenchmarkPack packs the hot parts of 215 charts and unpacks them, and tells how large they are.
func BenchmarkPack(b *testing.B) {
	c, err := Read(b.Context(), Options{}, []string{sharedData(b, "synthea-r4.zip")}, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	var packed [][]byte
	facts, size := 0, 0
	if err := c.Each(b.Context(), 1, func(v Visit) error {
		hot := v.Chart.AppendHot(nil)
		packed = append(packed, hot)
		facts += len(v.Chart.Facts)
		size += len(hot)
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, hot := range packed {
			if _, err := chart.DecodeHot(hot); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(size)/float64(facts)*286, "hot-bytes-of-286-facts")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(facts), "ns/fact-unpacked")
}
