package kpi

import (
	"math"
	"testing"
	"time"

	"svodka/internal/calendar"
)

// Domain 2.9: the reading of cells.
func TestParseCell_2_9(t *testing.T) {
	blank := Reading{}
	value := func(v float64) Reading { return Reading{State: CellValue, Value: v} }
	noted := func(v float64, code Code) Reading {
		return Reading{State: CellValue, Value: v, Message: Message{Code: code}}
	}
	broken := func(code Code) Reading { return Reading{State: CellBad, Message: Message{Code: code}} }
	tests := []struct {
		in   any
		unit Unit
		want Reading
	}{
		// Blank is not zero.
		{nil, Count, blank},
		{"", Count, blank},
		{" \u00a0\u200b ", Money, blank},
		{0.0, Count, value(0)},
		{math.Copysign(0, -1), Count, value(0)},
		{"0", Count, value(0)},
		// Numbers.
		{12.0, Count, value(12)},
		{12, Count, value(12)},
		{1234.5, Money, value(1234.5)},
		{46157.0, Count, value(46157)}, // may be a date, may be a count: not guessed
		{-3.0, Count, broken(CodeCellNegative)},
		{true, Count, broken(CodeCellBool)},
		{math.NaN(), Count, broken(CodeCellText)},
		{math.Inf(1), Money, broken(CodeCellText)},
		{[]any{}, Money, broken(CodeCellText)},
		// Money as text.
		{"1 234,5", Money, value(1234.5)},
		{"1\u00a0234,5", Money, value(1234.5)},
		{"1\u202f234,5 ₽", Money, value(1234.5)},
		{"1 234 567 руб.", Money, value(1234567)},
		{"500р", Money, value(500)},
		{"500 р.", Money, value(500)},
		{"₽ 500", Money, value(500)},
		{"1.234,50", Money, value(1234.5)},
		{"1,234.50", Money, value(1234.5)},
		{"1.234.567", Money, value(1234567)},
		{"1,234,567.89", Money, value(1234567.89)},
		{"1'234", Money, value(1234)},
		{"12,5", Money, value(12.5)},
		{"12.50", Money, value(12.5)},
		{"12.", Money, value(12)},
		{",5", Money, value(0.5)},
		{"0,123", Money, value(0.123)},
		{"1,234", Money, noted(1234, CodeUnderstood)},
		{"1.234", Money, noted(1234, CodeUnderstood)},
		{"1.234", Count, noted(1234, CodeUnderstood)},
		{"1234,567", Money, value(1234.567)},
		{"1,2345", Money, value(1.2345)},
		{"10 тыс.", Money, noted(10000, CodeUnderstood)},
		{"10 тыс. руб.", Money, noted(10000, CodeUnderstood)},
		{"10к", Money, noted(10000, CodeUnderstood)},
		{"1,5 млн", Money, noted(1.5e6, CodeUnderstood)},
		{"10 т.р.", Money, noted(10000, CodeUnderstood)},
		{"10тр", Money, noted(10000, CodeUnderstood)},
		{"~500", Money, value(500)},
		{"+500", Money, value(500)},
		{"−500", Money, broken(CodeCellNegative)},
		{"-500 ₽", Money, broken(CodeCellNegative)},
		// Words.
		{"12 звонков", Count, noted(12, CodeUnderstood)},
		{"12 шт.", Count, value(12)},
		{"12звонков", Count, noted(12, CodeUnderstood)},
		{"1З", Count, broken(CodeCellText)}, // a letter that looks like a 3
		{"1О", Count, noted(10, CodeUnderstood)},
		{"1OО", Count, noted(100, CodeUnderstood)},
		{"１２", Count, value(12)},
		{"болел", Count, broken(CodeCellText)},
		{"нет", Count, broken(CodeCellText)},
		{"-", Count, broken(CodeCellText)},
		{"—", Count, broken(CodeCellText)},
		{"12 или 15", Count, broken(CodeCellMany)},
		{"10-12", Count, broken(CodeCellMany)},
		{"10+5", Count, broken(CodeCellMany)},
		{"1 2", Count, broken(CodeCellMany)},
		{"12.05.2026", Count, broken(CodeCellMany)},
		{"1,2,3", Money, broken(CodeCellMany)},
		{"1.2,3.4", Money, broken(CodeCellMany)},
		{"12 %", Count, broken(CodeCellUnit)},
		{"12 ₽", Count, broken(CodeCellUnit)},
		{"1:30", Count, broken(CodeCellUnit)},
		{"90 мин", Money, broken(CodeCellUnit)},
		{"#DIV/0! (Function DIVIDE parameter 2 cannot be zero.)", Count, broken(CodeCellError)},
		{"#N/A", Money, broken(CodeCellError)},
		{"Loading...", Money, broken(CodeCellError)},
		{"#ССЫЛКА", Money, broken(CodeCellText)},
		// Percentages.
		{0.25, Percent, value(0.25)},
		{1.5, Percent, value(1.5)},
		{25.0, Percent, noted(0.25, CodeAsPercent)},
		{"25 %", Percent, value(0.25)},
		{"25,5%", Percent, value(0.255)},
		{"1 %", Percent, value(0.01)},
		{"25", Percent, noted(0.25, CodeAsPercent)},
		{"0,25", Percent, noted(0.25, CodeAsPercent)},
		{"12 ₽", Percent, broken(CodeCellUnit)},
		// Durations, in seconds.
		{0.0625, Duration, value(5400)},
		{0.0, Duration, value(0)},
		{1.0 / 3, Duration, value(28800)},
		{90.0, Duration, noted(5400, CodeAsMinutes)},
		{1440.0, Duration, noted(86400, CodeAsMinutes)},
		{5400.0, Duration, broken(CodeCellDay)},
		{1.5, Duration, broken(CodeCellHours)},
		{1.875, Duration, broken(CodeCellDay)}, // 45:00
		{-0.5, Duration, broken(CodeCellNegative)},
		{"1:30", Duration, value(5400)},
		{"1:30:15", Duration, value(5415)},
		{"01:05", Duration, value(3900)},
		{"90 мин", Duration, value(5400)},
		{"90мин.", Duration, value(5400)},
		{"1 ч 30 мин", Duration, value(5400)},
		{"1ч30м", Duration, value(5400)},
		{"1,5 ч", Duration, value(5400)},
		{"1.5 часа", Duration, value(5400)},
		{"45 сек", Duration, value(45)},
		{"2 часа", Duration, value(7200)},
		{"90", Duration, noted(5400, CodeAsMinutes)},
		{"1:75", Duration, broken(CodeCellTime)},
		{"1.30", Duration, broken(CodeCellTime)},
		{"25:00", Duration, broken(CodeCellDay)},
		{"90 ₽", Duration, broken(CodeCellTime)},
		{"долго", Duration, broken(CodeCellText)},
		{"-1:30", Duration, broken(CodeCellNegative)},
		{"ч", Duration, broken(CodeCellText)},
	}
	for _, tt := range tests {
		got := ParseCell(tt.in, tt.unit)
		if got.State != tt.want.State || math.Abs(got.Value-tt.want.Value) > 1e-9 ||
			got.Message.Code != tt.want.Message.Code {
			t.Errorf("%q as %s: %+v, want %+v", tt.in, tt.unit, got, tt.want)
		}
		if math.Signbit(got.Value) {
			t.Errorf("%q as %s has the sign of −0", tt.in, tt.unit)
		}
		if !got.Message.IsZero() {
			checkTexts(t, got.Message)
		}
	}
}

func TestReadingText(t *testing.T) {
	if got := ParseCell("12 звонков", Count).Message.Text("ru"); got != "понято как 12" {
		t.Errorf("got %q", got)
	}
	if got := ParseCell("12 %", Money).Message.Text("ru"); got !=
		"«12 %» — другая единица: здесь ожидается сумма в рублях" {
		t.Errorf("got %q", got)
	}
}

func TestCheckRange(t *testing.T) {
	calls := KPI{Unit: Count, Min: Some(1), Max: Some(300)}
	for v, want := range map[float64]Code{0: CodeBelowMin, 1: "", 300: "", 301: CodeAboveMax} {
		m := CheckRange(calls, v)
		if m.Code != want {
			t.Errorf("%v: %q, want %q", v, m.Code, want)
		}
		if !m.IsZero() {
			checkTexts(t, m)
		}
	}
	if m := CheckRange(KPI{}, -5); !m.IsZero() {
		t.Errorf("without bounds: %v", m)
	}
}

func FuzzParseCell(f *testing.F) {
	for _, s := range []string{"1 234,5", "1:30", "12 звонков", "1.234,50", "#N/A", "10 т.р.", "1ОО", "1,2,3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, u := range []Unit{Count, Money, Duration, Percent} {
			r := ParseCell(s, u)
			if r.OK() && (!(r.Value >= 0) || math.IsInf(r.Value, 0)) {
				t.Fatalf("%q as %s: %+v", s, u, r)
			}
			if r.State == CellBad && r.Message.IsZero() {
				t.Fatalf("%q as %s is bad without a reason", s, u)
			}
		}
	})
}

// What ReadCell asks about an entry cell, in the words of the person who typed it.
func TestReadCell(t *testing.T) {
	today := calendar.Of(2026, time.May, 14)
	calls := KPI{Unit: Count, Source: Manual, Max: Some(300)}
	money, halves := KPI{Unit: Money, Source: Manual}, KPI{Unit: Count, Fractions: true, Source: Manual}
	talk, share := KPI{Unit: Duration, Source: Manual}, KPI{Unit: Percent, Source: Manual}
	serial := calendar.Of(2026, time.May, 12).Serial() // 46154
	tests := []struct {
		k    KPI
		in   Cell
		want any // a figure, or the Russian message
	}{
		{money, Cell{Value: serial, Format: "DATE", Largest: 60000}, "похоже на дату 12.05; впишите 12,5"},
		{money, Cell{Value: serial, Format: "NUMBER", Largest: 4000}, "похоже на дату 12.05; впишите 12,5"},
		{money, Cell{Value: serial, Format: "NUMBER", Largest: 5000}, 46154.0},
		// asked already
		{money, Cell{Value: serial, Format: "TEXT", Largest: 5000}, "похоже на дату 12.05; впишите 12,5"},
		// typed once more
		{money, Cell{Value: "46154", Format: "TEXT", Largest: 100}, 46154.0},
		{money, Cell{Value: "12,5", Format: "TEXT"}, 12.5},
		{money, Cell{Value: calendar.Of(2023, time.May, 12).Serial(), Largest: 1}, 45058.0}, // of a distant year
		{money, Cell{Value: calendar.Of(2025, time.May, 12).Serial(), Largest: 1},
			"похоже на дату 12.05.2025; впишите число ещё раз"},
		{money, Cell{Value: serial + 0.5, Largest: 1}, 46154.5},
		{calls, Cell{Value: calendar.Of(2026, time.December, 1).Serial(), Largest: 90},
			"похоже на дату 01.12; впишите 1,12"},
		{share, Cell{Value: serial, Largest: 0.3}, "похоже на дату 12.05; впишите 12,5"},
		{talk, Cell{Value: serial, Largest: 3600}, "похоже на дату 12.05; впишите 12,5"},
		{calls, Cell{Value: 80.0, Largest: 2}, 80.0},
		{calls, Cell{Value: 80.5}, "80,5 — не целое число: введите целое"},
		{calls, Cell{Value: "80,5"}, "80,5 — не целое число: введите целое"},
		{halves, Cell{Value: 80.5}, 80.5},
		{calls, Cell{Value: 0.12}, "0,12 (или 12\u00a0%) — не целое число: введите целое"},
		{calls, Cell{Value: 0.12, Format: "PERCENT"}, "«12\u00a0%» — другая единица: здесь ожидается количество"},
		{calls, Cell{Value: "12%"}, "«12%» — другая единица: здесь ожидается количество"},
		{money, Cell{Value: 0.0625}, "«1:30» — другая единица: здесь ожидается сумма в рублях"},
		{money, Cell{Value: 0.5}, 0.5},
		{money, Cell{Value: 0.5, Format: "TIME"}, "«12:00» — другая единица: здесь ожидается сумма в рублях"},
		{talk, Cell{Value: 0.0625, Format: "TIME"}, 5400.0},
		{talk, Cell{Value: 1.875}, "45:00 — больше суток: введите часы и минуты за день, например 1:30"},
		{talk, Cell{Value: 1.5}, "1,5 (или 36:00) — непонятное время: введите часы и минуты, например 1:30"},
		{calls, Cell{Value: 301.0}, "301 больше допустимого: не больше 300"},
	}
	for _, tt := range tests {
		tt.in.Today = today
		got := ReadCell(tt.k, tt.in)
		want, ok := tt.want.(float64)
		if got.OK() != ok || ok && got.Value != want || !ok && got.Message.Text("ru") != tt.want {
			t.Errorf("%v as %s: %+v %q, want %v", tt.in, tt.k.UnitName(), got, got.Message.Text("ru"), tt.want)
		}
		if !got.Message.IsZero() {
			checkTexts(t, got.Message)
		}
	}
}
