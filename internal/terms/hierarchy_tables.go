package terms

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
)

// isA is the type of SNOMED CT's relationships that make its hierarchy.
const isA = "116680003"

// eachRow calls row with the fields of every line of a table and its number. The fields are valid until row returns.
func eachRow(files fs.FS, name string, separator byte, fields int, row func(line int, f [][]byte) error) error {
	file, err := files.Open(name)
	if err != nil {
		return err
	}
	defer closeQuietly(file)
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 1<<16), 1<<22) // definitions in descriptions run to thousands of characters
	f := make([][]byte, 0, 24)
	for n := 1; lines.Scan(); n++ {
		rest := bytes.TrimSuffix(lines.Bytes(), []byte("\r"))
		if len(rest) == 0 {
			continue
		}
		f = f[:0]
		for found := true; found; {
			var field []byte
			field, rest, found = bytes.Cut(rest, []byte{separator})
			f = append(f, field)
		}
		if len(f) < fields {
			return fmt.Errorf("%s, line %d: %d columns, at least %d are needed", name, n, len(f), fields)
		}
		if err := row(n, f); err != nil {
			return fmt.Errorf("%s, line %d: %w", name, n, err)
		}
	}
	return lines.Err()
}

// isARow is one row of SNOMED CT's table of relationships.
type isARow struct {
	id, effective uint64
	child, parent string
	active        bool
}

// readRF2 reads the relationships of a snapshot in release format 2
// (https://confluence.ihtsdotools.org/display/DOCRELFMT/4.2.3+Relationship+File+Specification). Where several modules' files
// tell of one relationship the latest row holds; the greatest file is streamed, the others are small.
func readRF2(files fs.FS, names []string) (*growing, error) {
	g := newGrowing()
	if len(names) == 1 {
		err := eachRelation(files, names[0], func(_ int, f [][]byte) error {
			if string(f[2]) == "1" {
				g.under(f[4], f[5])
			}
			return nil
		})
		return filled(g, err)
	}
	main, err := greatest(files, names)
	if err != nil {
		return nil, err
	}
	rows := map[uint64]isARow{}
	for _, name := range names {
		if name == main {
			continue
		}
		if err := eachRelation(files, name, func(_ int, f [][]byte) error {
			row, err := relation(f)
			if had, ok := rows[row.id]; err == nil && (!ok || row.effective >= had.effective) {
				rows[row.id] = row
			}
			return err
		}); err != nil {
			return nil, err
		}
	}
	err = eachRelation(files, main, func(_ int, f [][]byte) error {
		row, err := relation(f)
		if had, ok := rows[row.id]; ok && had.effective >= row.effective {
			return err
		}
		delete(rows, row.id)
		if err == nil && row.active {
			g.under(f[4], f[5])
		}
		return err
	})
	for _, row := range rows {
		if row.active {
			g.under([]byte(row.child), []byte(row.parent))
		}
	}
	return filled(g, err)
}

// eachRelation calls row for the rows of type is-a.
func eachRelation(files fs.FS, name string, row func(int, [][]byte) error) error {
	return eachRow(files, name, '\t', 10, func(n int, f [][]byte) error {
		if n == 1 {
			if string(f[2]) != "active" || string(f[4]) != "sourceId" || string(f[7]) != "typeId" {
				return errors.New("this is no table of relationships in release format 2")
			}
			return nil
		}
		if string(f[7]) != isA {
			return nil
		}
		if len(f[4]) == 0 || len(f[5]) == 0 {
			return errors.New("a concept is missing")
		}
		return row(n, f)
	})
}

func relation(f [][]byte) (isARow, error) {
	id, err1 := strconv.ParseUint(string(f[0]), 10, 64)
	effective, err2 := strconv.ParseUint(string(f[1]), 10, 64)
	if err1 != nil || err2 != nil {
		return isARow{}, errors.New("the number or the day of this relationship cannot be read")
	}
	return isARow{id: id, effective: effective, child: string(f[4]), parent: string(f[5]), active: string(f[2]) == "1"}, nil
}

func filled(g *growing, err error) (*growing, error) {
	if err == nil && len(g.edges) == 0 {
		err = errors.New("no code stands below another in it")
	}
	return g, err
}

func greatest(files fs.FS, names []string) (string, error) {
	best, size := "", int64(-1)
	for _, name := range names {
		info, err := fs.Stat(files, name)
		if err != nil {
			return "", err
		}
		if info.Size() > size {
			best, size = name, info.Size()
		}
	}
	return best, nil
}

// fullName is the type of SNOMED CT's descriptions that name a concept without ambiguity.
const fullName = "900000000000003001"

func rf2Displays(files fs.FS, name string, yield func(Coding, string)) error {
	return eachRow(files, name, '\t', 9, func(n int, f [][]byte) error {
		if n > 1 && string(f[2]) == "1" && string(f[6]) == fullName {
			yield(Coding{SNOMED, string(f[4])}, string(f[7]))
		}
		return nil
	})
}

// below are RxNorm's relations that put a product, a component or a brand under what it is made of or named after, and
// their inverses. A row says what its second concept is to its first
// (https://www.nlm.nih.gov/research/umls/rxnorm/docs/appendix1.html).
var below = map[string]bool{
	"has_ingredient": true, "has_ingredients": true, "has_precise_ingredient": true, "consists_of": true, "tradename_of": true, "isa": true,
	"form_of": true, "quantified_form_of": true, "contains": true, "has_part": true,
	"ingredient_of": false, "ingredients_of": false, "precise_ingredient_of": false, "constitutes": false, "has_tradename": false, "inverse_isa": false,
	"has_form": false, "has_quantified_form": false, "contained_in": false, "part_of": false,
}

// readRxNorm reads how RxNorm's ingredients lead to products.
func readRxNorm(files fs.FS, names []string) (*growing, error) {
	g := newGrowing()
	for _, name := range names {
		err := eachRow(files, name, '|', 11, func(_ int, f [][]byte) error {
			under, known := below[string(f[7])]
			if !known || string(f[2]) != "CUI" || string(f[6]) != "CUI" || string(f[10]) != "RXNORM" || len(f) > 14 && suppressed(f[14]) {
				return nil
			}
			if len(f[0]) == 0 || len(f[4]) == 0 {
				return errors.New("a concept is missing")
			}
			if under {
				g.under(f[4], f[0])
			} else {
				g.under(f[0], f[4])
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return filled(g, nil)
}

func suppressed(field []byte) bool { return string(field) == "Y" || string(field) == "O" }

// rxNormDisplays gives the normal names, leaving synonyms out.
func rxNormDisplays(files fs.FS, name string, yield func(Coding, string)) error {
	return eachRow(files, name, '|', 17, func(_ int, f [][]byte) error {
		switch tty := string(f[12]); {
		case string(f[11]) != "RXNORM" || suppressed(f[16]):
		case tty == "SY" || tty == "TMSY" || tty == "ET" || tty == "PSN":
		default:
			yield(Coding{RxNorm, string(f[0])}, string(f[14]))
		}
		return nil
	})
}
