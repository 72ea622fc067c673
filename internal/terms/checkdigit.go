package terms

import "strings"

// HasCheckDigit tells whether a code's check digit fits. LOINC uses modulus 10 (https://loinc.org/kb/check-digit/),
// SNOMED CT Verhoeff's scheme (https://confluence.ihtsdotools.org/display/DOCRELFMT/6.4+Check-digit+Computation). Codes of
// other systems have none and always fit, and so do LOINC's parts and answers, whose numbers begin with letters.
func HasCheckDigit(c Coding) bool {
	switch c.System {
	case LOINC:
		return c.Code == "" || c.Code[0] == 'L' || loincFits(c.Code)
	case SNOMED:
		return verhoeffFits(c.Code)
	}
	return true
}

func loincFits(code string) bool {
	number, check, ok := strings.Cut(code, "-")
	if !ok || len(check) != 1 || number == "" {
		return false
	}
	sum := 0
	for i := range number {
		d := int(number[len(number)-1-i] - '0')
		if d < 0 || d > 9 {
			return false
		}
		if i%2 == 0 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return int(check[0]-'0') == (10-sum%10)%10
}

// The multiplication of the dihedral group of order 10, and the permutation by place.
var (
	dihedral = [10]string{
		"0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
		"5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
	}
	permuted = [8]string{"0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258"}
)

func verhoeffFits(code string) bool {
	if len(code) < 6 || len(code) > 18 {
		return false
	}
	c := 0
	for i := range code {
		d := code[len(code)-1-i]
		if d < '0' || d > '9' {
			return false
		}
		c = int(dihedral[c][permuted[i%8][d-'0']-'0'] - '0')
	}
	return c == 0
}
