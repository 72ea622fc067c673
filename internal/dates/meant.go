package dates

import (
	"fmt"
	"strings"
)

// DayMeant reads a day as it stands in a calendar with points, 1.3.2024, or in ISO's form. With slashes one cannot tell the
// day from the month.
func DayMeant(text string) (Day, bool) {
	if d, err := ParseDay(text); err == nil {
		return d, true
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 || len(parts[2]) != 4 || len(parts[0]) > 2 || len(parts[1]) > 2 {
		return 0, false
	}
	d, err := ParseDay(fmt.Sprintf("%s-%02s-%02s", parts[2], parts[1], parts[0]))
	return d, err == nil
}
