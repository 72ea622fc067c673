package verdict

import "prescreen/internal/dates"

// Code names a reason. The codes themselves belong to whoever makes the sentences: package rule.
type Code uint8

// Leaf is what one question of a criterion came to. It holds no text: the sentence is made from it when it is printed.
type Leaf struct {
	Number  uint16 // the question's place in the text of the criterion, from 0
	Verdict Verdict
	Basis   Basis
	Cause   Cause // why it is unknown
	Code    Code  // which sentence tells it
	Facts   []uint32
	Day     dates.Day // the sentence's own day argument: a bound, an end, a last contact

	// ByLast is what the last value outside the window would have answered; Unknown when there is none.
	ByLast Verdict
	// BySupply tells that the answer rests on a supply or an order still running: its end is nothing to wait for.
	BySupply bool
}

// Judgement is the answer of one criterion for one chart as of one day. Leaves are the questions that decide it, in the
// order of the text: for an `or` that is met the met ones, for one that is not met all of them, and so on.
//
// The slices belong to the evaluator that made the Judgement and are valid until its next evaluation.
type Judgement struct {
	Verdict Verdict
	Basis   Basis
	Causes  Causes
	Leaves  []Leaf
}

// Cause is the first cause by the order of the text.
func (j *Judgement) Cause() Cause {
	for i := range j.Leaves {
		if j.Leaves[i].Cause != NoCause {
			return j.Leaves[i].Cause
		}
	}
	return NoCause
}

// Flip is a change by time alone: the first day on which the verdict is another.
type Flip struct {
	On dates.Day
	To Verdict
}
