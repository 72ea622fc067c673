package report

import (
	"prescreen/internal/chart"
	"prescreen/internal/screen"
)

// Candidate is one candidate as the JSON document writes it.
type Candidate = candidateJSON

// CandidateOf gives a candidate of a record whose feed and id are told apart.
func CandidateOf(c *screen.Candidate, key chart.Key) Candidate {
	out := candidateOf(c)
	out.Patient.Source, out.Patient.ID = key.Source, key.ID
	return out
}

// ShareSentence tells the lowest share of what is open, as a share of patients; "" where there is none to tell.
func ShareSentence(c *screen.Candidate) string { return shareSentence(c) }
