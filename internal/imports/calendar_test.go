package imports_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/imports"
	"svodka/internal/tabular"
)

func TestCalendar(t *testing.T) {
	days := []calendar.PublishedDay{
		{Date: calendar.Of(2028, 1, 10), Kind: calendar.Off}, {Date: calendar.Of(2028, 2, 22), Kind: calendar.Short},
		{Date: calendar.Of(2028, 12, 30), Kind: calendar.Working},
	}
	for name, text := range map[string]string{
		"keys":     "date,kind\n2028-01-10,off\n2028-02-22,short\n2028-12-30,working\n",
		"Russian":  "Дата;Какой день\n10.01.2028;Праздник\n22.02.2028;сокращенный\n30.12.2028;рабочая суббота\n",
		"numbers":  "Дата;Тип дня\n10.01.2028;1\n22.02.2028;2\n30.12.2028;3\n",
		"by years": "date,kind\n2028-01-10,выходной\n2028-02-22,короткий\n2028-12-30,рабочий\n2029-01-09,выходной\n",
	} {
		want := []calendar.Published{{Year: 2028, Days: days}}
		if name == "by years" {
			want = append(want, calendar.Published{Year: 2029,
				Days: []calendar.PublishedDay{{Date: calendar.Of(2029, 1, 9), Kind: calendar.Off}}})
		}
		got, err := imports.Calendar("c.csv", []byte(text), tabular.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, got.Rows); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	got, err := imports.Calendar("c.xml", []byte("\uFEFF<?xml version=\"1.0\"?>\n"+
		"<calendar year=\"2028\" country=\"ru\"><days><day d=\"01.10\" t=\"1\"/></days></calendar>"), tabular.Options{})
	if want := []calendar.Published{{Country: "RU", Year: 2028, Whole: true, Days: days[:1]}}; err != nil ||
		!cmp.Equal(want, got.Rows) {
		t.Errorf("XML: %v, %v", got.Rows, err)
	}
	for text, want := range map[string]string{
		"date,kind\n2028-01-10,fun\n":                     "не понято: пишите выходной, рабочий или короткий",
		"date,kind\n2028-01-10,off\n10.01.2028,working\n": "день 2028-01-10 уже был в файле",
		"date,kind\n31.02.2028,off\n":                     "c.csv:2",
		"<calendar/>":                                     "c.csv: the XML is no calendar",
	} {
		if _, err := imports.Calendar("c.csv", []byte(text), tabular.Options{}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
