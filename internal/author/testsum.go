package author

import "fmt"

// Tick marks a suggested expectation until a person has confirmed it.
const Tick = "# tick"

// Sum counts what was run.
type Sum struct{ Cases, Failed, Cells, Otherwise int }

// Add counts the cases of a trial.
func (s *Sum) Add(ran []Ran) {
	for i := range ran {
		s.Cases++
		if ran[i].Failed() {
			s.Failed++
		}
		for _, c := range ran[i].Cells {
			s.Cells++
			if c.Failed() {
				s.Otherwise++
			}
		}
	}
}

// String tells all of it in a line.
func (s Sum) String() string {
	return fmt.Sprintf("%s, %s: %d as expected, %d otherwise.", plural(s.Cases, "case", "cases"),
		plural(s.Cells, "expectation", "expectations"), s.Cells-s.Otherwise, s.Otherwise)
}

// Failures tells what failed.
func (s Sum) Failures() string {
	return fmt.Sprintf("%s of %d failed", plural(s.Failed, "case", "cases"), s.Cases)
}
