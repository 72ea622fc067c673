package author

import (
	"fmt"

	"prescreen/internal/verdict"
)

// effectWords are what people read, by kind of criterion.
var effectWords = [2][3]string{
	verdict.Inclusion: {verdict.Open: "open", verdict.Pass: "fulfilled", verdict.Fail: "not fulfilled"},
	verdict.Exclusion: {verdict.Open: "open", verdict.Pass: "does not apply", verdict.Fail: "excludes"},
}

// EffectWord is how people read an effect.
func EffectWord(k verdict.Kind, e verdict.Effect) string { return effectWords[k][e] }

// plural writes a count with its noun.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
