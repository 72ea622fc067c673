package rule
import ("testing";"pgregory.net/rapid";"prescreen/internal/dates";"prescreen/internal/quantity";"prescreen/internal/verdict";"fmt")
func TestZZ(t *testing.T) {
	w, lib := newWorld(), testLibrary(t)
	s := Defaults()
	s.UpperLimits = []UpperLimit{{Set: "ALT", Sex: "female", From: dates.Min, To: dates.Max, Value: quantity.FromInt(35), Unit: "U/L"}}
	bound := compileAll(t, w, lib, s)
	n := map[string]map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		c := w.drawChart(t)
		var e Evaluator
		for _, b := range bound {
			j := e.Evaluate(b, c, asOf, asOf)
			m := n[b.Program.Source.Text]
			if m == nil { m = map[string]int{}; n[b.Program.Source.Text] = m }
			m[j.Verdict.String()]++
			if j.Verdict==verdict.Unknown { m[j.Cause().String()]++ }
			for d := asOf + 1; d <= asOf+180; d+=7 { if e.Evaluate(b,c,asOf,d).Verdict != j.Verdict { m["flip"]++; break } }
			_ = e.Sentence(b, c, &j, asOf, nil)
		}
	})
	for _, b := range bound { fmt.Println(b.Program.Source.Text, n[b.Program.Source.Text]) }
}
