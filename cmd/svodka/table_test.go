package main

import (
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"
)

// rowsOf parses rows of cells between bars; a figure becomes a number.
func rowsOf(s string) [][]cell {
	var rows [][]cell
	for line := range strings.Lines(strings.TrimSpace(s)) {
		var cells []cell
		for f := range strings.SplitSeq(strings.TrimSpace(line), "|") {
			f = strings.TrimSpace(f)
			cells = append(cells, cell{f, f != "" && strings.Trim(f, "0123456789 %") == ""})
		}
		rows = append(rows, cells)
	}
	return rows
}

func TestTable(t *testing.T) {
	long := strings.Repeat("очень длинный текст ", 10)
	for name, tc := range map[string]struct {
		rows string
		room int
		want string
	}{
		"numbers right, texts left": {"Имя | План | Факт\nАнна | 1 000 | 5\nПётр-Павел | 20 | —", 0, `
Имя         План   Факт
Анна        1 000     5
Пётр-Павел     20  —`},
		"a text runs over empty cells": {"Сводка отдела продаж за ноябрь | | \nИмя | План | Факт\nА | 1 | 2", 0, `
Сводка отдела продаж за ноябрь
Имя  План  Факт
А       1     2`},
		"a heading over several columns": {"Имя | Звонки за месяц | | Лиды\n | План | Факт | План\nА | 1 | 2 | 3", 0, `
Имя  Звонки за месяц  Лиды
     План  Факт       План
А       1          2     3`},
		"an empty column takes no room": {"А | | Б\nВ | | Г", 0, `
А  Б
В  Г`},
		"a name before an empty cell is whole": {"Имя | Отпуск | Факт\nАртёмова Алёна | | 7", 0, `
Имя  Отпуск     Факт
Артёмова Алёна     7`},
		"what is too long is cut inside a row alone": {"Имя | Что | Факт\nА | " + long + " | 1\nБ | 2 | " +
			strings.TrimSpace(long), 0, `
Имя  Что                                               Факт
А    очень длинный текст очень длинный текст очень д…                     1
Б                                                   2  ` + strings.TrimSpace(long)},
		"columns without room are counted": {"Имя | План | Факт | Темп\nАнна | 10 | 20 | 30", 16, `
Имя   План  Факт
Анна    10    20
(1 column more to the right: make the terminal wider, or add: | less -S)`},
		"a long title does not push columns out": {long + " | | \nИмя | План | Факт\nАнна | 10 | 20", 16, `
очень длинный т…
Имя   План  Факт
Анна    10    20`},
		"a narrow terminal shows the first column": {"Сотрудник | План\nАнна | 10", 4, `
Сот…
Анна
(1 column more to the right: make the terminal wider, or add: | less -S)`},
		"wide letters": {"名前 | 1\nab | 2", 0, `
名前  1
ab    2`},
		"nothing": {"", 0, ``},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			printTable(&out, rowsOf(tc.rows), tc.room)
			if got, want := strings.TrimSpace(out.String()), strings.TrimSpace(tc.want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			for line := range strings.Lines(out.String()) {
				line = strings.TrimRight(line, "\n")
				if strings.HasSuffix(line, " ") {
					t.Errorf("%q ends in a space", line)
				}
				if tc.room > 0 && columns(line) > tc.room && !strings.HasPrefix(line, "(") {
					t.Errorf("%q is wider than %d", line, tc.room)
				}
			}
		})
	}
}

// Hidden cells are left out, and a run of empty rows becomes one.
func TestCells(t *testing.T) {
	number, yes, no := 1000.0, true, false
	text := func(s string) *sheets.CellData { return &sheets.CellData{FormattedValue: s} }
	row := func(c ...*sheets.CellData) *sheets.RowData { return &sheets.RowData{Values: c} }
	sh := &sheets.Sheet{Data: []*sheets.GridData{{
		RowMetadata:    []*sheets.DimensionProperties{{}, {HiddenByUser: true}},
		ColumnMetadata: []*sheets.DimensionProperties{{}, {HiddenByUser: true}, {}},
		RowData: []*sheets.RowData{
			row(text("а"), text("ключ"), &sheets.CellData{FormattedValue: "1\u00a0000\u202f₽",
				EffectiveValue: &sheets.ExtendedValue{NumberValue: &number}}),
			row(text("скрыто")),
			row(), row(text("")), row(text("две\nстроки"), text("ключ"),
				&sheets.CellData{FormattedValue: "ИСТИНА", EffectiveValue: &sheets.ExtendedValue{BoolValue: &yes}},
				&sheets.CellData{FormattedValue: "ЛОЖЬ", EffectiveValue: &sheets.ExtendedValue{BoolValue: &no}}),
			row(), row(text("")),
		},
	}}}
	var out strings.Builder
	printTable(&out, cellsOf(sh), 0)
	want := "а           1 000 ₽\n\nдве строки  ✓        –\n"
	if out.String() != want {
		t.Errorf("got\n%q\nwant\n%q", out.String(), want)
	}
}

func TestPick(t *testing.T) {
	files := []shownFile{{name: "summary"}, {name: "control"}, {name: "Петров Пётр"}, {name: "Петрова Анна"},
		{name: "Артёмова Анна"}}
	files[4].ID = "abc"
	for what, want := range map[string]string{
		"summary": "summary", "SUM": "summary", "Петров": "Петров Пётр", "петр петров": "", "артем": "Артёмова Анна",
		"петрова": "Петрова Анна", "abc": "Артёмова Анна", "Анна": "", "Сидоров": "", "Пет": "",
	} {
		got, err := pick(files, what)
		if got.name != want || (err == nil) != (want != "") {
			t.Errorf("pick(%q) is %q, %v; want %q", what, got.name, err, want)
		}
	}
}
