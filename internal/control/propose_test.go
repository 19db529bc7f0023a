package control_test

import (
	"slices"
	"strings"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/kpi"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// A new KPI needs only a title; a proposal is in force at once, is shown beside the row,
// is never written into ops' cells, and stays the same when the KPI gets another title or
// the unit is emptied.
func TestNewKPINeedsATitle(t *testing.T) {
	d := office(t)
	valid := d.read(nil)
	last := 1
	for i, row := range d.sheet("kpis").Data[0].RowData {
		if row != nil && len(row.Values) > 0 && row.Values[0].EffectiveValue != nil {
			last = i + 1
		}
	}
	role := *d.sheet("kpis").Data[0].RowData[last-1].Values[d.col("kpis", "role")].EffectiveValue.StringValue
	titles := []string{"Сумма КП", "Повторные встречи", "Доля отказов", "Время в пути", "max", "2-е касание",
		"Повторные встречи!"}
	for i, title := range titles {
		d.set("kpis", last+1+i, "title", title)
	}
	res := d.read(through(t, valid.Snapshot))
	for _, p := range res.Problems {
		if p.Severity == control.Error {
			t.Errorf("%+v", p)
		}
	}
	want := []struct {
		key  string
		unit kpi.Unit
	}{{"summa_kp", kpi.Money}, {"povtornye_vstrechi", kpi.Count}, {"dolya_otkazov", kpi.Percent},
		{"vremya_v_puti", kpi.Duration}, {"kpi_max", kpi.Count}, {"kpi_2_e_kasanie", kpi.Count},
		{"povtornye_vstrechi_2", kpi.Count}}
	check := func(res *control.Result, first string) {
		t.Helper()
		r, ok := res.Department.Role(res.Department.Roles[len(res.Department.Roles)-1].Key)
		if !ok || r.Title != role {
			t.Fatalf("the last role is %q, want %q", r.Title, role)
		}
		for i, w := range want {
			title := titles[i]
			if i == 0 {
				title = first
			}
			if k, ok := r.KPI(w.key); !ok || k.Unit != w.unit || k.Title != title || k.Source != kpi.Manual {
				t.Errorf("%q: %v %+v", title, ok, k)
			}
		}
	}
	check(res, titles[0])

	b := control.Layout(control.LayoutInput{Result: res, Lang: words.RU, Zone: "Europe/Moscow"})
	for _, tab := range b.Tabs {
		if tab.Key != control.TabKPIs {
			continue
		}
		cells := tab.Cells[last]
		key, status := cells[d.col("kpis", "key")], cells[d.col("kpis", "status")]
		if key.Str != "" || !key.Open || !strings.Contains(key.Note, "«summa_kp»") {
			t.Errorf("the key's cell: %+v", key)
		}
		if w := "роль «" + role + "», ключ «summa_kp», единица «деньги»"; !strings.HasSuffix(status.Str, w) {
			t.Errorf("the row says %q, want %q", status.Str, w)
		}
	}

	// Renamed, it stays the same KPI, also when what is known is read again.
	d.set("kpis", last+1, "title", "Сумма предложений")
	res = d.read(through(t, res.Snapshot))
	check(res, "Сумма предложений")
	res = d.read(through(t, res.Snapshot))
	check(res, "Сумма предложений")
	// A row inserted between does not move it to another one.
	d.set("kpis", last+1, "key", nil)
	res = d.read(through(t, res.Snapshot))
	check(res, "Сумма предложений")
}

// A cell that ops emptied keeps its meaning.
func TestEmptiedKeyAndUnitStay(t *testing.T) {
	for _, key := range []string{"key", "unit", "role"} {
		d := office(t)
		valid := d.read(nil)
		d.set("kpis", 7, key, nil)
		res := d.read(through(t, valid.Snapshot))
		if len(res.Problems) > 0 {
			t.Errorf("%s: %+v", key, res.Problems)
		}
		if diff := sameDepartment(valid, res); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
}

// The nearest name is suggested only if there is exactly one; otherwise the message lists
// the choices.
func TestNearestNameIsOffered(t *testing.T) {
	for _, tc := range []struct{ tab, column, text, want string }{
		{"people", "role", "Менеджер по продожам", "возможно, «Менеджер по продажам»?"},
		{"people", "role", "Повар", "выберите из списка или добавьте там её показатели"},
		{"kpis", "unit", "денги", "«денги» не понято: возможно, «деньги»?"},
		{"kpis", "period", "месец", "«месец» не понято: возможно, «месяц»?"},
	} {
		d := office(t)
		valid := d.read(nil)
		d.set(tc.tab, 3, tc.column, tc.text)
		res := d.read(through(t, valid.Snapshot))
		if len(res.Problems) == 0 || !strings.HasSuffix(res.Problems[0].Message, tc.want) {
			t.Errorf("%s: %+v", tc.text, res.Problems)
		}
	}
}

// A row always has a status: also for people who start later, and before there is a
// report.
func TestStatusIsNeverEmpty(t *testing.T) {
	d := office(t)
	res := d.read(nil)
	known := through(t, res.Snapshot)
	known.Day = calendar.Of(2026, 11, 24)
	d.set("people", 3, "hired", calendar.Of(2026, 12, 2).Serial())
	res = d.read(known)
	for lang, wants := range map[words.Lang][2]string{
		words.RU: {"принято: таблица появится при сверке", "со 2 декабря"},
		words.EN: {"taken: the spreadsheet comes with the next sync", "from December 2"},
	} {
		b := control.Layout(control.LayoutInput{Result: res, Lang: lang, Zone: "Europe/Moscow"})
		for _, tab := range b.Tabs {
			at := slices.IndexFunc(tab.Columns, func(c workbook.Column) bool { return c.Key == "status" })
			for i, row := range tab.Cells {
				if at < 0 || i == 0 || row[0].Kind == workbook.Blank {
					continue
				}
				if row[at].Str == "" {
					t.Errorf("%s: row %d says nothing", tab.Key, i+1)
				}
				if row[at].Style.Wrap != "CLIP" {
					t.Errorf("%s: row %d grows with its status", tab.Key, i+1)
				}
			}
			if tab.Key == control.TabPeople {
				for i, want := range wants {
					if got := tab.Cells[1+i][at].Str; got != want {
						t.Errorf("row %d says %q, want %q", 2+i, got, want)
					}
				}
			}
		}
	}
}
