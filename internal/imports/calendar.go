package imports

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/tabular"
)

var calendarFields = []tabular.Field{
	{Name: "date", Must: true, Titles: day.Titles},
	{Name: "kind", Must: true, Titles: []string{"Какой день", "Вид дня", "Тип дня", "Тип", "Вид", "Kind of day",
		"Type"}},
}

// dayKinds maps words, folded by tabular.Fold, to kinds of days; 1, 2 and 3 are those of
// xmlcalendar.
var dayKinds = func() map[string]calendar.DayKind {
	out := map[string]calendar.DayKind{}
	for kind, all := range map[calendar.DayKind]string{
		calendar.Off: "off|day off|holiday|weekend|выходной|выходной день|нерабочий|нерабочий " +
			"день|праздник|праздничный|праздничный день|перенос|1",
		calendar.Short: "short|short day|pre-holiday|короткий|короткий день|сокращённый|сокращённый " +
			"день|предпраздничный|предпраздничный день|2",
		calendar.Working: "working|working day|workday|working saturday|рабочий|рабочий день|рабочая суббота|рабочее " +
			"воскресенье|3",
	} {
		for word := range strings.SplitSeq(all, "|") {
			out[tabular.Fold(word)] = kind
		}
	}
	return out
}()

// Calendar reads days of a production calendar, by year: XML of xmlcalendar, which covers
// a whole year, or a table `date,kind`, which covers only its days.
func Calendar(file string, data []byte, o tabular.Options) (File[calendar.Published], error) {
	if text := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\uFEFF")), " \t\r\n"); bytes.HasPrefix(text, []byte("<")) {
		year, err := calendar.ParseXML(text)
		if err != nil {
			return File[calendar.Published]{}, fmt.Errorf("%s: %w", file, err)
		}
		return File[calendar.Published]{Rows: []calendar.Published{year}}, nil
	}
	seen := map[calendar.Date]bool{}
	days, err := read(file, data, o, calendarFields, func(l *tabular.Line) calendar.PublishedDay {
		out := calendar.PublishedDay{Date: l.AnyDay("date")}
		l.Must("date")
		word := l.Must("kind")
		kind, ok := dayKinds[tabular.Fold(word)]
		switch {
		case word != "" && !ok:
			fail(l, o, "kind", "«%s» не понято: пишите выходной, рабочий или короткий",
				"%q is not understood: write off, working or short", word)
		case !out.Date.IsZero() && seen[out.Date]:
			fail(l, o, "date", "день %s уже был в файле", "the day %s stands in the file already", out.Date)
		}
		seen[out.Date] = true
		out.Kind = kind
		return out
	})
	if err != nil {
		return File[calendar.Published]{}, err
	}
	byYear := map[int]*calendar.Published{}
	var years []int
	for _, d := range days.Rows {
		y := d.Year()
		if byYear[y] == nil {
			byYear[y] = &calendar.Published{Year: y}
			years = append(years, y)
		}
		byYear[y].Days = append(byYear[y].Days, d)
	}
	slices.Sort(years)
	out := File[calendar.Published]{Notes: days.Notes, Heads: days.Heads}
	for _, y := range years {
		out.Rows = append(out.Rows, *byYear[y])
	}
	return out, nil
}
