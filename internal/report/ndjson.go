package report

import "io"

// headJSON is the first line of NDJSON: the run, and the trials with their funnels. Every further line is one candidate as
// in the JSON document, with the id of its trial before its rank.
type headJSON struct {
	Format int         `json:"format"`
	Run    runJSON     `json:"run"`
	Trials []trialJSON `json:"trials"`
}

func writeNDJSON(w io.Writer, d *Document, _ Options) error {
	p := newPrinter(w)
	head := headJSON{Format: format, Run: runOf(&d.Run), Trials: []trialJSON{}}
	for i := range d.Trials {
		head.Trials = append(head.Trials, trialOf(&d.Trials[i]))
	}
	p.value(head).raw("\n")
	for i := range d.Trials {
		for c, err := range d.Trials[i].Candidates {
			if err != nil {
				return err
			}
			line := candidateOf(c)
			line.Trial = d.Trials[i].Trial.ID
			p.value(line).raw("\n")
		}
	}
	return p.flush()
}
