package calc_test

import (
	"testing"

	"svodka/internal/localgoogle/calc"
)

func TestShift(t *testing.T) {
	ins := func(at, n int) calc.Edit { return calc.Edit{Kind: calc.Insert, Index: at, Count: n} }
	del := func(at, n int) calc.Edit { return calc.Edit{Kind: calc.Delete, Index: at, Count: n} }
	mov := func(at, n, to int) calc.Edit { return calc.Edit{Kind: calc.Move, Index: at, Count: n, To: to} }
	cols := func(e calc.Edit) calc.Edit { e.Dim = calc.Columns; return e }
	tests := []struct {
		formula, on, edited string
		e                   calc.Edit
		want                string
	}{
		{"=A1+$A$5", "Лист", "Лист", ins(2, 3), "=A1+$A$8"},
		{"=A1 + Лист!a5", "Другой", "Лист", ins(0, 1), "=A1 + Лист!A6"},
		{"=SUM('Ноябрь 2026'!B12:B42)", "x", "ноябрь 2026", ins(20, 1), "=SUM('Ноябрь 2026'!B12:B43)"},
		{"=SUM('Ноябрь 2026'!B12:B42)", "x", "Ноябрь", ins(20, 1), "=SUM('Ноябрь 2026'!B12:B42)"},
		{"=SUM(B12:B42)", "x", "x", ins(11, 1), "=SUM(B13:B43)"},
		{"=SUM(B12:B42)", "x", "x", ins(42, 1), "=SUM(B12:B42)"},
		{"=SUM(B12:B)", "x", "x", ins(0, 2), "=SUM(B14:B)"},
		{"=SUM(B:B;2:4)", "x", "x", ins(0, 1), "=SUM(B:B;3:5)"},
		{"=SUM(B:B;2:4)", "x", "x", cols(ins(0, 1)), "=SUM(C:C;2:4)"},
		{"=A5", "x", "x", del(4, 1), "=#REF!"},
		{"=A5+A7", "x", "x", del(5, 1), "=A5+A6"},
		{"=SUM(A2:A10)", "x", "x", del(1, 3), "=SUM(A2:A7)"},
		{"=SUM(A2:A10)", "x", "x", del(8, 5), "=SUM(A2:A8)"},
		{"=SUM(A2:A10)", "x", "x", del(0, 20), "=SUM(#REF!)"},
		{"=SUM(A2:A)", "x", "x", del(0, 4), "=SUM(A1:A)"},
		{"=SUM(A1:C)", "x", "x", cols(del(1, 1)), "=SUM(A1:B)"},
		{"=SUM(A10:A2)", "x", "x", ins(4, 1), "=SUM(A11:A2)"},
		{`="A5"&A5`, "x", "x", ins(0, 1), `="A5"&A6`},
		{"=LOG10(A1)+A1_x", "x", "x", ins(0, 1), "=LOG10(A2)+A1_x"},
		{"=A3", "x", "x", mov(2, 1, 6), "=A6"},
		{"=A5", "x", "x", mov(2, 1, 6), "=A4"},
		{"=A5", "x", "x", mov(4, 2, 0), "=A1"},
		{"=A1", "x", "x", mov(4, 2, 0), "=A3"},
		{"=A5", "x", "x", mov(4, 1, 5), "=A5"},
		{"=SUM(A5:A6)", "x", "x", mov(4, 2, 0), "=SUM(A1:A2)"},
		{"=SUM(A2:A10)", "x", "x", mov(4, 1, 20), "=SUM(A2:A9)"},
		{"=SUM(A2:A10)", "x", "x", mov(4, 1, 7), "=SUM(A2:A10)"},
		{"=SUM(A2:A10)", "x", "x", mov(9, 1, 3), "=SUM(A2:A10)"},
		{"=SUM(A2:A10)", "x", "x", mov(20, 2, 4), "=SUM(A2:A12)"},
		{"=SUM(A2:A10)", "x", "x", mov(1, 1, 5), "=SUM(A2:A10)"},
		{"=Лист!A1+A1", "x", "лист", calc.Edit{Kind: calc.DeleteSheet}, "=#REF!+A1"},
		{"text A5", "x", "x", ins(0, 1), "text A5"},
		{"=1,5+A5", "x", "x", ins(0, 1), "=1,5+A6"},
	}
	for _, tt := range tests {
		if got := calc.Shift(tt.formula, tt.on, tt.edited, tt.e); got != tt.want {
			t.Errorf("Shift(%s, %+v) = %s, want %s", tt.formula, tt.e, got, tt.want)
		}
	}
}

func TestRename(t *testing.T) {
	tests := []struct{ formula, old, new, want string }{
		{"=Лист1!A1+лист1!B2+A1", "Лист1", "Ноябрь 2026", "='Ноябрь 2026'!A1+'Ноябрь 2026'!B2+A1"},
		{"='Ноябрь 2026'!B12:B", "Ноябрь 2026", "it's", "='it''s'!B12:B"},
		{"='it''s'!A1", "it's", "Лист", "=Лист!A1"},
		{`="Лист1!A1"`, "Лист1", "X", `="Лист1!A1"`},
		{"=Лист1!A1", "Лист1", "D3", "='D3'!A1"},
		{"=Лист1!A1", "Лист1", "2026", "='2026'!A1"},
		{"=Лист1!#REF!", "Лист1", "X", "=Лист1!#REF!"},
	}
	for _, tt := range tests {
		if got := calc.Rename(tt.formula, tt.old, tt.new); got != tt.want {
			t.Errorf("Rename(%s) = %s, want %s", tt.formula, got, tt.want)
		}
	}
}

func TestRelative(t *testing.T) {
	tests := []struct {
		formula    string
		dRow, dCol int
		want       string
	}{
		{"=A1+$A1+A$1+$A$1", 2, 1, "=B3+$A3+B$1+$A$1"},
		{"=SUM(B$12:B12)", 1, 0, "=SUM(B$12:B13)"},
		{"=SUM(B:B)+SUM(2:2)", 1, 1, "=SUM(C:C)+SUM(3:3)"},
		{"=A1", -1, 0, "=#REF!"},
		{"=A2:A", 1, 0, "=A3:A"},
		{`=IF(A1="A1";Лист!A1;1)`, 1, 0, `=IF(A2="A1";Лист!A2;1)`},
	}
	for _, tt := range tests {
		if got := calc.Relative(tt.formula, tt.dRow, tt.dCol); got != tt.want {
			t.Errorf("Relative(%s, %d, %d) = %s, want %s", tt.formula, tt.dRow, tt.dCol, got, tt.want)
		}
	}
}

func FuzzRewrite(f *testing.F) {
	for _, s := range []string{"=A1", "=SUM('it''s'!B12:B;2:4;A1:C)", `="a""b"&A$1`, "=Лист!#REF!+#N/A", "='",
		"=1,5e3%", "={1\\2;3}", "=$A$1:$"} {
		f.Add(s, 1, 2)
	}
	f.Fuzz(func(t *testing.T, s string, a, b int) {
		if got := calc.Relative(s, 0, 0); got != s {
			t.Errorf("Relative(%q, 0, 0) = %q", s, got)
		}
		calc.Relative(s, a%1000, b%1000)
		for kind := calc.Insert; kind <= calc.DeleteSheet; kind++ {
			calc.Shift(s, "x", "x", calc.Edit{Kind: kind, Index: a % 100, Count: b % 100, To: a % 7})
		}
		if once := calc.Rename(s, "x", "y z"); calc.Rename(once, "x", "y z") != once {
			t.Errorf("Rename of %q is not stable", s)
		}
		calc.Excel(s, a%2 == 0, func(t string) string { return t })
	})
}

func TestCut(t *testing.T) {
	block := func(sheet string, row, col, rows, cols int) calc.Block {
		return calc.Block{Sheet: sheet, Row: row, Col: col, Rows: rows, Cols: cols}
	}
	for _, x := range []struct {
		formula  string
		from, to calc.Block
		want     string
	}{
		{"=B5+$B$5", block("Л", 4, 1, 1, 1), block("Л", 6, 2, 1, 1), "=C7+$C$7"},
		{"=B7", block("Л", 4, 1, 1, 1), block("Л", 6, 1, 1, 1), "=#REF!"},
		{"=SUM(B3:B7)", block("Л", 4, 1, 1, 1), block("Л", 9, 1, 1, 1), "=SUM(B3:B7)"}, // from the middle
		{"=SUM(B3:B7)", block("Л", 2, 1, 1, 1), block("Л", 4, 1, 1, 1), "=SUM(B5:B7)"}, // its first cell
		{"=SUM(B3:B7)", block("Л", 6, 1, 1, 1), block("Л", 8, 1, 1, 1), "=SUM(B3:B9)"}, // its last one
		{"=SUM(B3:B7)", block("Л", 2, 1, 5, 1), block("Д", 0, 0, 5, 1), "=SUM(Д!A1:A5)"},
		{"=SUM(B:B)+INDEX(B$3:B;2)", block("Л", 4, 1, 1, 1), block("Л", 9, 1, 1, 1), "=SUM(B:B)+INDEX(B$3:B;2)"},
		{"=Д!B5", block("Л", 4, 1, 1, 1), block("Л", 9, 1, 1, 1), "=Д!B5"},
	} {
		if got := calc.Cut(x.formula, "Л", x.from, x.to); got != x.want {
			t.Errorf("%s, %v cut to %v: %s, want %s", x.formula, x.from, x.to, got, x.want)
		}
	}
}
