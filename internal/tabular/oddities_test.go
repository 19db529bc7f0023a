package tabular_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"svodka/internal/tabular"
)

// Programs write pages and call them .xls: their tables read as Excel shows them.
func TestHTML(t *testing.T) {
	const body = `<table border="1">
<thead><tr><th>Дата</th><th>Клиент</th><th>Сумма, руб.</th></tr></thead>
<tbody><tr><td class=d>15.05.2026</td><td>ООО &laquo;Ром&amp;шка&raquo;</td><td>100&nbsp;000,50</td></tr></tbody></table>`
	const want = "2 2026-05-15 ООО «Ром&шка» 100000.5"
	cp1251, err := charmap.Windows1251.NewEncoder().String(body)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ file, want string }{
		"a CRM's page": {"<meta http-equiv=\"Content-type\" content=\"text/html;charset=UTF-8\" />\n" + body, want},
		"Windows-1251": {cp1251, want},
		"saved by Excel": {
			"\ufeff<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\">\r\n" +
				"<head><style>td {color: red}</style></head><body>" + body + "</body></html>", want},
		"in a layout": {"<table><tr><td>" + body + "</td></tr></table>", want},
		"tags not closed, and signs of CSV": {
			"<TABLE><TR><TD>Дата<TD>Клиент<TD>Сумма<TR><TD>15.05.2026<TD>А; \"Б\", В<BR>и Г<TD>5</TABLE>",
			"2 2026-05-15 А; \"Б\", В и Г 5"},
		"a title over all columns": {
			"<table><tr><td " +
				"colspan=3>Сделки</td></tr><tr><td>Дата</td><td>Клиент</td><td>Сумма</td></tr><tr><td>15.05.2026</td><td>А</td><td>5</td></tr></table>",
			"3 2026-05-15 А 5"},
		"a cell over two columns": {
			"<table><tr><td>Дата</td><td " +
				"colspan='2'>Клиент</td><td>Сумма</td></tr><tr><td>15.05.2026</td><td>А</td><td></td><td>5</td></tr></table>",
			"2 2026-05-15 А 5"},
		// As in a spreadsheet, the second of two merged rows has no day: it is refused,
		// not shifted.
		"a cell over two rows": {
			"<table><tr><td>Дата</td><td>Клиент</td><td>Сумма</td></tr><tr><td " +
				"rowspan=2>15.05.2026</td><td>А</td><td>5</td></tr><tr><td>Б</td><td>6</td></tr></table>",
			"f.csv:3: Дата: пусто"},
		"two tables": {
			"<table><tr><td>Сделки</td></tr></table><table><tr><td>Дата</td><td>Клиент</td><td>Сумма</td></tr><tr><td>15.05.2026</td><td>А</td><td>5</td></tr></table>",
			"3 2026-05-15 А 5"},
	} {
		if got := told(table(t, tc.file, options)); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	for name, tc := range map[string]struct{ file, want string }{
		"no table": {"<!DOCTYPE html><html><body>Войдите</body></html>",
			"f.csv: это страница HTML или XML, и таблицы в ней нет"},
		"Excel 2003": {
			"<?xml version=\"1.0\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"></Workbook>",
			"f.csv: это таблица Excel 2003 в XML: откройте её в Excel"},
		"too wide": {"<table><tr>" + strings.Repeat("<td colspan=1000>", 17) + "</table>",
			"f.csv:1: столбцов больше 16384"},
	} {
		if _, err := tabular.Read("f.csv", []byte(tc.file), options); err == nil ||
			!strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An ambiguity of a whole column is reported once, with its first lines.
func TestDoubtfulColumn(t *testing.T) {
	var b strings.Builder
	b.WriteString("date;client;sum\n")
	for i := range 40 {
		fmt.Fprintf(&b, "15.05.2026;А;12,5%02d\n", i)
	}
	want := "f.csv:2: sum: «12,500» — это 12500 или 12 с дробью 500? По столбцу не видно: скажите --decimal , или " +
		"--decimal .; так и в строках: 3, 4, 5, 6, 7 и ещё в 34"
	if got := told(table(t, b.String(), options)); got != want {
		t.Error(got)
	}
}

// A reader's own word for a field does not spoil a file that has a column of that name
// beside the one that is meant.
func TestInnerNames(t *testing.T) {
	own := []tabular.Field{{Name: "type", Titles: []string{"call_type"}}, {Name: "id", Titles: []string{"id"}}}
	for _, file := range []string{"id,type,call_type\n1,a,b\n", "id,call_type,type\n1,b,a\n"} {
		sheet, err := tabular.Read("f.csv", []byte(file), options)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sheet.Match(own); err == nil {
			t.Error("two columns that may be meant are taken")
		}
		got, err := sheet.Match(tabular.Inner(own))
		if err != nil || got.Heading("type") != "call_type" || len(got.Rest()) != 1 {
			t.Errorf("%v, %v", got, err)
		}
	}
	sheet, err := tabular.Read("f.csv", []byte("id,type\n1,a\n"), options)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := sheet.Match(tabular.Inner(own)); err != nil || got.Heading("type") != "type" {
		t.Errorf("alone: %v, %v", got, err)
	}
}

// Many words mean a total.
func TestTotals(t *testing.T) {
	for _, word := range []string{"Итого", "ИТОГО:", "Всего", "Всего сделок: 1", "Общий итог", "Total", "Grand Total",
		"Итого по отделу"} {
		got := table(t, "Клиент;Дата;Сумма\nА;15.05.2026;5\n"+word+";;5\n", options)
		if s := told(got); s != "2 2026-05-15 А 5" || !strings.Contains(notes(got), "строка итогов пропущена") {
			t.Errorf("%s: %s\n%s", word, s, notes(got))
		}
	}
	if s := told(table(t, "Клиент;Дата;Сумма\nИтоговый центр;15.05.2026;5\n", options)); s !=
		"2 2026-05-15 Итоговый центр 5" {
		t.Error(s)
	}
}

// Sheets with thousands of empty columns, and those with only a heading, are readable.
func TestEmptyColumns(t *testing.T) {
	tail := strings.Repeat(";", 16380)
	got := table(t, "Дата;Клиент;Сумма"+tail+"\n15.05.2026;А;5"+tail+"\n"+tail+"\n", options)
	if s := told(got); s != "2 2026-05-15 А 5" {
		t.Error(s)
	}
	if s, want := notes(table(t, "Дата;Клиент;Сумма\n\n", options)),
		"f.csv:1: под заголовком нет ни одной строки"; s != want {
		t.Error(s)
	}
	var heads []string
	for i := range 100 {
		heads = append(heads, fmt.Sprintf("Поле %d", i))
	}
	if s := notes(table(t, "Дата;Клиент;Сумма;"+strings.Join(heads, ";")+"\n15.05.2026;А;5\n",
		options)); !strings.HasSuffix(s, "«Поле 29», и ещё 70") {
		t.Error(s)
	}
}

// A workbook with a title merged over the table, a heading that repeats, totals, and
// cells that are formatted to the last column reads like any other.
func TestDecoratedXLSX(t *testing.T) {
	f := excelize.NewFile()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const s = "Sheet1"
	must(f.MergeCell(s, "A1", "C2"))
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	must(err)
	must(f.SetCellStyle(s, "A4", "XFD6", bold))
	for cell, v := range map[string]any{
		"A1": "Продажи отдела", "A3": "Дата", "B3": "Клиент", "C3": "Сумма", "A4": "15.05.2026", "B4": "А", "C4": 5,
		"A5": "Дата", "B5": "Клиент", "C5": "Сумма", "A6": "16.05.2026", "B6": "Б", "C6": 6, "B7": "ВСЕГО", "C7": 11,
	} {
		must(f.SetCellValue(s, cell, v))
	}
	var b bytes.Buffer
	must(f.Write(&b))
	must(f.Close())
	got := table(t, b.String(), options)
	if s := told(got); s != "4 2026-05-15 А 5\n6 2026-05-16 Б 6" {
		t.Error(s)
	}
	want := "f.csv:1: строка над заголовком пропущена: «Продажи отдела»\nf.csv:5: заголовок повторяется, строка " +
		"пропущена\nf.csv:7: строка итогов пропущена: «ВСЕГО»"
	if s := notes(got); s != want {
		t.Error(s)
	}
}
