package quantity

import (
	"math/big"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	text := []byte("6.040773863315352")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseBytes(text); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkHolds(b *testing.B, value string, c Comparator, conv *Conversion) {
	r := within(b, "[7.0", "10.5]")
	v := dec(b, value)
	b.ReportAllocs()
	for b.Loop() {
		r.Holds(v, c, conv)
	}
}

func BenchmarkHolds(b *testing.B)            { benchmarkHolds(b, "8.2", None, nil) }
func BenchmarkHoldsOtherPlaces(b *testing.B) { benchmarkHolds(b, "8.040773863315352", None, nil) }
func BenchmarkHoldsComparator(b *testing.B)  { benchmarkHolds(b, "8.2", Less, nil) }
func ngsp(b *testing.B) *Conversion          { return between(b, "mmol/mol", "%") }
func BenchmarkHoldsConverted(b *testing.B)   { benchmarkHolds(b, "60", None, ngsp(b)) }
func BenchmarkHoldsConvertedAtLimit(b *testing.B) {
	r := &Range{Low: &Bound{Value: dec(b, "7.00044")}}
	v, conv := dec(b, "53"), ngsp(b)
	b.ReportAllocs()
	for b.Loop() {
		if r.Holds(v, None, conv) != Yes {
			b.Fatal("53 mmol/mol is 7.00044 %")
		}
	}
}

// BenchmarkRational is the baseline: the same question asked with big.Rat throughout.
func BenchmarkRational(b *testing.B) {
	v, limit := dec(b, "60"), dec(b, "7.0").rat()
	factor, offset := big.NewRat(9148, 100000), big.NewRat(2152, 1000)
	b.ReportAllocs()
	for b.Loop() {
		y := v.rat()
		y.Add(y.Mul(y, factor), offset)
		if y.Cmp(limit) < 0 {
			b.Fatal("60 mmol/mol is above 7 %")
		}
	}
}

func between(b *testing.B, from, to string) *Conversion {
	conv, err := analyte(b, "%", Accepted{"mmol/mol", "0.09148", "2.152"}).Between(from, to)
	if err != nil {
		b.Fatal(err)
	}
	return conv
}

func BenchmarkBetween(b *testing.B) {
	a := analyte(b, "mg/dL", Accepted{"mmol/L", "38.67", ""})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Between("mmol/L", "mg/dL"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAlias(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Alias("mL/min/1.73 m2")
	}
}
