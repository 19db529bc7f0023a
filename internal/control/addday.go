package control

import (
	"fmt"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/words"
)

// DaysAdded is what AddDays types, by number of days.
type DaysAdded struct {
	Added, Changed, Same int
	// Own are days that the company has declared otherwise: AddDays leaves them alone.
	Own []calendar.Date
}

// AddDays returns the requests that type days of a production calendar into «Календарь»:
// a new row below the last one for a day that is missing, another kind if the day is one
// of the production calendar and differs, nothing if it is there. It leaves days of the
// company alone.
func AddDays(s *sheets.Spreadsheet, days []calendar.PublishedDay, lang words.Lang) ([]*sheets.Request, DaysAdded,
	error) {
	var out DaysAdded
	r := &reader{lang: lang, grids: map[string]*grid{}}
	g := r.locate(ContentsOf(s), tabOf(TabCalendar))
	if !g.found {
		return nil, out, fmt.Errorf("adding days: the tab %q is not in the control spreadsheet",
			tabOf(TabCalendar).title.in(lang))
	}
	for key := range g.lost {
		return nil, out, fmt.Errorf("adding days: the column %q of the tab %q is not there",
			g.tab.column(key).title.in(lang), g.title)
	}
	last := g.head
	have := map[string]Row{}
	for _, row := range g.rows() {
		last = max(last, row.At)
		have[dayKey(row.Cells["date"])] = row
	}
	typed := rowWriter{g: g}
	for _, day := range days {
		code := map[calendar.DayKind]string{calendar.Off: dayHoliday, calendar.Working: dayTransferred,
			calendar.Short: dayEve}[day.Kind]
		word := dayKinds.word(code, lang)
		row, ok := have[day.String()]
		if !ok {
			last++
			cells := map[string]any{"date": day.Serial(), "kind": word}
			if day.Title != "" {
				cells["comment"] = tidy(day.Title)
			}
			typed.row(last, cells)
			out.Added++
			continue
		}
		is, known := dayKinds.code(textOf(row.Cells["kind"]))
		switch {
		case is == code:
			out.Same++
		case known && !dayMeanings[is].production:
			out.Own = append(out.Own, day.Date)
		default:
			typed.row(row.At, map[string]any{"kind": word})
			out.Changed++
		}
	}
	return typed.requests(last), out, nil
}
