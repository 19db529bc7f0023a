package summary

import (
	"strings"
	"testing"
	"unicode/utf8"

	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/workbook"
)

// Names that begin alike are told apart in every tab, also on a phone: those that are
// wider than their column take several lines in a row that is high enough, and what is
// beside them stays on the screen.
func TestLongNames(t *testing.T) {
	const long = "Управление развития ключевых клиентов Северо-Западного федерального округа "
	in := company(60)
	in.Dep.Settings.TeamsFrom = 40
	for i := range in.Dep.Roles[0].KPIs {
		if k := &in.Dep.Roles[0].KPIs[i]; k.Key == "revenue" {
			k.Plan, k.Title = kpi.Some(400_000_000), "Сумма повторных сделок с клиентами"
		}
	}
	for i := range in.Dep.People {
		p := &in.Dep.People[i]
		p.Team = strings.Replace(p.Team, "Команда ", long, 1)
		p.Name = "Константинопольская-Преображенская Екатерина " + p.Name
		for j := range p.TeamsBefore {
			p.TeamsBefore[j].Team = strings.Replace(p.TeamsBefore[j].Team, "Команда ", long, 1)
		}
	}
	for i := range in.Dep.Teams {
		in.Dep.Teams[i].Name = strings.Replace(in.Dep.Teams[i].Name, "Команда ", long, 1)
	}
	in.At = planfact.AsOf{Today: day("2026-11-23"), Over: true} // nobody has reported
	in.Engine = in.Engine.AsOf(in.At)
	for _, listed := range []int{100, 20} {
		in.Dep.Settings.PeopleListed = listed
		wrapped := 0
		for _, tab := range Layout(in).Tabs {
			if tab.Hidden || tab.Key == TabHistory {
				continue
			}
			before := 46 // the numbers of rows
			for c := range min(tab.FrozenCols, len(tab.Columns)) {
				before += tab.Columns[c].Width
			}
			if before > 250 {
				t.Errorf("%s: what stays in place takes %d pixels of a phone", tab.Title, before)
			}
			for r, row := range tab.Cells {
				for c, cell := range row {
					st := cell.Style
					if cell.Kind != workbook.Text || st == nil || st.Wrap == "" || st.Size == 9 {
						continue
					}
					name := strings.HasPrefix(cell.Str, "Управление") || strings.HasPrefix(cell.Str, "Константин") ||
						tab.Key == TabMain && c == colName
					if !name {
						continue
					}
					chars := float64(utf8.RuneCountInString(cell.Str))
					room := float64(tab.Columns[c].Width - st.PadLeft - 6)
					lines := float64((max(21, tab.Heights[r]) - 3) / 18)
					if st.Wrap == "CLIP" && chars*nameLetter > room || chars*6.6 > lines*room {
						t.Errorf("%s: %q is cut off in %v pixels and %v lines", tab.Title, cell.Str, room, lines)
					}
					if st.Wrap == "WRAP" && lines > 1 {
						wrapped++
					}
				}
			}
		}
		if wrapped < 20 {
			t.Errorf("only %d names take several lines", wrapped)
		}
	}
	// How many have not reported is read beside each name.
	main := tabOf(t, Layout(in), TabMain)
	seen := map[string]bool{}
	for _, row := range main.Cells {
		for c, cell := range row {
			if !strings.HasPrefix(cell.Str, "Управление") || !strings.Contains(cell.Str, ": ") {
				continue
			}
			room := 0
			for _, col := range main.Columns[c:min(c+3, mainCols)] {
				room += col.Width
			}
			if utf8.RuneCountInString(cell.Str)*7 > room || seen[cell.Str] {
				t.Errorf("%q in %d pixels, or twice", cell.Str, room)
			}
			seen[cell.Str] = true
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d teams are named", len(seen))
	}
}

func TestLinesIn(t *testing.T) {
	for _, tt := range []struct {
		text string
		room int
		want int
	}{
		{"", 5, 1}, {"Анна", 5, 1}, {"Анна Ли", 5, 2}, {"Анна Ли", 7, 1}, {"Ая-Бэ Во", 5, 2}, {"Ая-Бэв", 5, 2},
		{"Константин", 5, 2}, {"Константин Ли", 5, 3}, {"Константинопольский", 5, 4},
	} {
		if got := linesIn(tt.text, tt.room*10+6, 10); got != tt.want {
			t.Errorf("%q takes %d lines of %d letters, want %d", tt.text, got, tt.room, tt.want)
		}
	}
	for _, tt := range []struct {
		name, after string
		n           int
		want        string
	}{
		{"Север", ": 3", 8, "Север: 3"}, {"Управление продаж Север", ": 12", 20, "Управле… Север: 12"},
		{"Управление продаж Север", "", 12, "Управ… Север"},
	} {
		if got := shortened(tt.name, tt.after, tt.n); got != tt.want {
			t.Errorf("%q of %q, want %q", got, tt.name, tt.want)
		}
	}
}
