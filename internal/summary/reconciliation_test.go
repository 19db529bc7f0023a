package summary

import (
	"strings"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

func reconciled(t *testing.T, days int, list ...Compared) []string {
	t.Helper()
	dep := &department.Department{Settings: department.Defaults()}
	at := planfact.AsOf{Today: calendar.Of(2026, 5, 15), Over: true}
	in := Input{Dep: dep, At: at, Lang: words.RU, Compared: list, LogDays: days,
		Engine: planfact.New(dep, planfact.NewFacts(dep, calendar.Span{From: at.Today, To: at.Today}), at)}
	var rows []string
	for _, row := range newBuilder(&in).reconciliation().Cells {
		var cells []string
		for _, c := range row {
			switch c.Kind {
			case workbook.Number:
				cells = append(cells, kpi.FormatNum(kpi.Some(c.Num), kpi.Count, "en"))
			case workbook.Text:
				cells = append(cells, c.Str)
			}
		}
		rows = append(rows, strings.Join(cells, "|"))
	}
	return rows
}

func TestReconciliation(t *testing.T) {
	if got := reconciled(t, 0); len(got) != 3 || !strings.HasPrefix(got[2], "Журнала звонков за эти дни нет") {
		t.Errorf("without a log: %q", got)
	}
	if got := reconciled(t, 5); len(got) != 4 || !strings.HasPrefix(got[2], "Сверять нечего") {
		t.Errorf("nothing to compare: %q", got)
	}
	day := calendar.Of(2026, 5, 12)
	anna, oleg := department.Person{ID: "a", Name: "Анна"}, department.Person{ID: "o", Name: "Олег"}
	calls, talk := kpi.KPI{Key: "calls", Title: "Звонки", Unit: kpi.Count},
		kpi.KPI{Key: "talk_time", Title: "Время", Unit: kpi.Duration}
	got := reconciled(t, 2,
		Compared{anna, calls, day, 90, 90}, Compared{anna, calls, day + 1, 80, 80},
		Compared{anna, talk, day, 3600, 3559}, // a typed time has no seconds
		Compared{oleg, calls, day, 100, 70}, Compared{oleg, calls, day + 1, 60, 90},
		Compared{oleg, talk, day, 600, 1200},
	)
	for i, want := range []string{
		"По сотрудникам", "",
		"Олег|Время|",
		"Олег|Звонки|160|160|0|", // the days do not cancel each other
		"Анна|Звонки|170|170|0|0|0 из 2|▲ сходится", "Анна|Время|",
		"", "Расхождения по дням", "",
		"Олег|Звонки|60|90|−30|", "Олег|Звонки|100|70|30|", "Олег|Время|",
	} {
		if i+2 >= len(got) || !strings.HasPrefix(got[i+2], want) {
			t.Errorf("row %d is %q, want %q", i, got[min(i+2, len(got)-1)], want)
		}
	}
	if all := strings.Join(got, "\n"); !strings.Contains(all, "▼ завышено") || !strings.Contains(all, "● занижено") ||
		!strings.Contains(all, "2 из 2|● по дням иначе") {
		t.Error(all)
	}
	if len(got) != 14 {
		t.Errorf("%d rows: %q", len(got), got)
	}
	if agree := reconciled(t, 1, Compared{anna, calls, day, 5, 5}); !strings.HasPrefix(agree[len(agree)-1],
		"✓ Всё введённое сходится") {
		t.Errorf("%q", agree)
	}
}
