package localgoogle

import (
	"reflect"
	"testing"
)

func TestParseA1(t *testing.T) {
	for in, want := range map[string]a1Range{
		"A1":           {cells: rect{0, 1, 0, 1}, hasCells: true},
		"zz10":         {cells: rect{9, 10, 701, 702}, hasCells: true},
		"B2:A1":        {cells: rect{0, 2, 0, 2}, hasCells: true},
		"A:C":          {cells: rect{0, open, 0, 3}, hasCells: true},
		"3:5":          {cells: rect{2, 5, 0, open}, hasCells: true},
		"B3:C":         {cells: rect{2, open, 1, 3}, hasCells: true},
		"B3:7":         {cells: rect{2, 7, 1, open}, hasCells: true},
		"$B$3:$C7":     {cells: rect{2, 7, 1, 3}, hasCells: true},
		"T!A1":         {title: "T", hasTitle: true, cells: rect{0, 1, 0, 1}, hasCells: true},
		"'a''b!c'!A1":  {title: "a'b!c", hasTitle: true, cells: rect{0, 1, 0, 1}, hasCells: true},
		"'tab'":        {title: "tab", hasTitle: true},
		"план":         {word: "план"},
		"T!план":       {title: "T", hasTitle: true, word: "план"},
		"R2C3":         {cells: rect{1, 2, 2, 3}, hasCells: true},
		"A":            {word: "A"},
		"1":            {word: "1"},
		"A0":           {word: "A0"},
		"A1:":          {word: "A1:"},
		"A:1":          {word: "A:1"},
		"'open":        {word: "'open"},
		"A1:B2:C3":     {word: "A1:B2:C3"},
		"A99999999999": {word: "A99999999999"},
		"$":            {word: "$"},
		"":             {word: ""},
		"Sheet1!A1!B2": {title: "Sheet1!A1", hasTitle: true, cells: rect{1, 2, 1, 2}, hasCells: true},
		"🌵 tab!A:A":    {title: "🌵 tab", hasTitle: true, cells: rect{0, open, 0, 1}, hasCells: true},
		"A+1":          {word: "A+1"},
		"A-1":          {word: "A-1"},
		"'it'!":        {title: "it", hasTitle: true},
	} {
		if got := parseA1(in); got != want {
			t.Errorf("%q: got %+v, want %+v", in, got, want)
		}
	}
}

func TestQuoteTitle(t *testing.T) {
	for in, want := range map[string]string{
		"Sheet1": "'Sheet1'", "wksht_test": "wksht_test", "D3": "'D3'",
		"TestImportSpreadsheet": "TestImportSpreadsheet", "Ноябрь": "'Ноябрь'", "a b": "'a b'",
		"it's": "'it''s'", "2026": "'2026'", "R1C1": "'R1C1'", "": "''", "_x1": "_x1",
	} {
		if in == "Sheet1" {
			want = "Sheet1" // six letters are no column
		}
		if got := quoteTitle(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestRowsSurviveEncoding(t *testing.T) {
	rw := &row{dim: dimension{size: 33, hidden: true}, cells: make([]cell, 9)}
	rw.cells[1] = cell{kind: cellNumber, num: -1.5, format: 3}
	rw.cells[2] = cell{kind: cellString, str: "текст", rule: 200}
	rw.cells[5] = cell{kind: cellBool, num: 1}
	rw.cells[6] = cell{kind: cellFormula, str: "=A1", ext: &cellExt{Note: "заметка"}}
	got, err := decodeRow(string(rw.encode()), 0)
	if err != nil {
		t.Fatal(err)
	}
	rw.cells = rw.cells[:7:7]
	if !reflect.DeepEqual(got, rw) {
		t.Errorf("got %+v", got)
	}
	if (&row{cells: make([]cell, 4)}).encode() != nil {
		t.Error("an empty row is stored")
	}
}

func TestSpansUnderEdits(t *testing.T) {
	move := structureEdit{kind: 2, at: 2, n: 2, to: 6}
	for _, c := range []struct {
		e          structureEdit
		start, end int
		s, f       int
		ok         bool
	}{
		{structureEdit{kind: 0, at: 3, n: 2}, 3, 5, 5, 7, true},
		{structureEdit{kind: 0, at: 3, n: 2}, 1, 3, 1, 3, true},
		{structureEdit{kind: 0, at: 3, n: 2}, 1, 4, 1, 6, true},
		{structureEdit{kind: 0, at: 3, n: 2}, 5, far, 7, far, true},
		{structureEdit{kind: 1, at: 3, n: 2}, 3, 5, 3, 3, false},
		{structureEdit{kind: 1, at: 3, n: 2}, 2, 4, 2, 3, true},
		{structureEdit{kind: 1, at: 3, n: 2}, 4, 9, 3, 7, true},
		{structureEdit{kind: 1, at: 3, n: 2}, 7, 9, 5, 7, true},
		{move, 2, 4, 4, 6, true},
		{move, 3, 4, 5, 6, true},
		{move, 4, 6, 2, 4, true},
		{move, 0, 2, 0, 2, true},
		{move, 7, 9, 7, 9, true},
		{move, 0, 10, 0, 10, true},
	} {
		s, f, ok := c.e.span(c.start, c.end)
		if ok != c.ok || ok && (s != c.s || f != c.f) {
			t.Errorf("%+v of [%d,%d): got [%d,%d) %v", c.e, c.start, c.end, s, f, ok)
		}
	}
}

func FuzzA1(f *testing.F) {
	for _, s := range []string{"A1", "'a''b'!$A$1:B", "R1C1:R2C2", "3:5", "A:ZZZ", "x!y!z", "'", "A1:A99999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a := parseA1(s)
		if !a.hasCells {
			return
		}
		c := a.cells
		if c.r0 < 0 || c.c0 < 0 || c.r1 != open && c.r1 <= c.r0 || c.c1 != open && c.c1 <= c.c0 {
			t.Fatalf("%q gives %+v", s, c)
		}
		if c.r1 == open || c.c1 == open {
			return
		}
		// What is echoed means the same.
		if again := parseA1(formatRange(a.title, c)); !again.hasCells || again.cells != c || again.title != a.title {
			t.Fatalf("%q is echoed as %q", s, formatRange(a.title, c))
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{`name = 'a' and (trashed=false or not starred = true)`,
		`appProperties has {key='a' and value="b"}`, `'x' in parents`, `modifiedTime > '2026-01-01'`,
		`name contains "\'"`, `((((`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, ok := compileQuery(s)
		if !ok {
			return
		}
		srv := &Server{files: map[string]*file{}}
		q(srv, &file{Name: "имя a", Mime: mimeSheet, Owner: "a@b"}, "a@b")
	})
}

func FuzzRow(f *testing.F) {
	f.Add((&row{cells: []cell{{kind: cellString, str: "x", format: 1}, {},
		{kind: cellFormula, str: "=A1", ext: &cellExt{Note: "n"}}}}).encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		rw, err := decodeRow(string(b), 4)
		if err != nil {
			return
		}
		if _, err := decodeRow(string(rw.encode()), 0); err != nil && rw.encode() != nil {
			t.Fatal(err)
		}
	})
}
