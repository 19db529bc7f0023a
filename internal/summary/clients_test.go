package summary

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// accounts returns a department of two account managers and one person who only has
// deals, at the end of 15 May 2026.
func accounts(lang words.Lang, fill func(client func(who department.PersonID, name string, handed calendar.Date),
	deal func(who department.PersonID, d calendar.Date, name string, sum float64))) Input {
	of := func(key, formula string, u kpi.Unit, src kpi.Source) kpi.KPI {
		return kpi.KPI{Key: key, Title: key, Unit: u, Source: src, Expr: expr(formula)}
	}
	dep := &department.Department{
		Roles: []department.Role{
			{Key: "account-manager", Title: "Аккаунт-специалист",
				KPIs: []kpi.KPI{of("repeat_sum", "repeat_sum", kpi.Money, kpi.Deals),
					of("retention", "kept_clients / start_clients", kpi.Percent, kpi.Clients)}},
			{Key: "sales-rep-deals", Title: "Продавец", KPIs: []kpi.KPI{of("revenue", "sum", kpi.Money, kpi.Deals)}},
		},
		People: []department.Person{
			{ID: "anna", Name: "Анна", Role: "account-manager"},
			{ID: "boris", Name: "Борис", Role: "sales-rep-deals"},
			{ID: "vera", Name: "Вера", Role: "account-manager"},
			{ID: "gone", Name: "Ушедшая", Role: "account-manager", Left: day("2026-05-14")},
		},
		Settings: department.Defaults(),
	}
	facts := planfact.NewFacts(dep, calendar.Span{From: day("2026-04-01"), To: day("2026-05-31")})
	fill(func(who department.PersonID, name string, handed calendar.Date) {
		facts.AddClient(department.Client{Person: who, Name: name, HandedOver: handed})
	}, func(who department.PersonID, d calendar.Date, name string, sum float64) {
		facts.AddDeal(department.Deal{Person: who, Date: d, Client: name, Amount: sum})
	})
	at := planfact.AsOf{Today: day("2026-05-15"), Over: true}
	return Input{
		Dep: dep, Engine: planfact.New(dep, facts, at), At: at, Lang: lang, First: day("2026-05-01"),
		Links: map[department.PersonID]string{"anna": "https://docs.example/anna"},
	}
}

// lines returns the rows of a tab as they read, with | between cells.
func lines(t *workbook.Tab) []string {
	var out []string
	for _, row := range t.Cells {
		var cells []string
		for _, c := range row {
			switch {
			case c.Kind == workbook.Text:
				cells = append(cells, c.Str)
			case c.Kind == workbook.Number && c.Style.Format.Type == "DATE":
				cells = append(cells, calendar.FromSerial(c.Num).String())
			case c.Kind == workbook.Number:
				cells = append(cells, fmt.Sprint(c.Num))
			default:
				cells = append(cells, "")
			}
		}
		out = append(out, strings.Join(cells, "|"))
	}
	return out
}

// Domain 2.16, as the director sees it: those at risk first, and among these the ones who
// brought the most.
func TestClientsTab(t *testing.T) {
	in := accounts(words.RU, func(client func(department.PersonID, string, calendar.Date),
		deal func(department.PersonID, calendar.Date, string, float64)) {
		client("anna", "Ромашка", 0)
		client("anna", "Вектор", day("2026-05-01"))
		client("anna", "Молчун", day("2026-02-01"))
		client("anna", "Новый", day("2026-05-12"))
		client("vera", "=HYPERLINK(\"x\")", 0)
		client("gone", "Чужой", 0)
		deal("anna", day("2026-01-10"), "Ромашка", 1000)
		deal("anna", day("2026-05-12"), "ромашка ", 300)
		deal("anna", day("2026-04-10"), "Вектор", 5000)
		deal("vera", day("2026-04-01"), "=HYPERLINK(\"x\")", 9000)
		deal("boris", day("2026-05-05"), "Ромашка", 700)
		deal("gone", day("2026-05-05"), "Чужой", 1)
	})
	tab := tabOf(t, Layout(in), TabClients)
	want := []string{
		"Клиенты", "Под угрозой — без сделок от 30 дней, потерян — от 90 дней. Дни считаются от последней сделки, а " +
			"если их не было — от передачи.", "", "По менеджерам: май 2026",
		"Сотрудник|Роль|Клиентов|● Под угрозой|▼ Потеряны|Повторные покупатели|Сумма повторных|Доля в сумме|Средний " +
			"чек повторной|Продолжили|Из списка|Переданы позже",
		"Анна|Аккаунт-специалист|4|1|1|1|300|1|300|0.333333333|1 из 3|1, купили 0",
		"Вера|Аккаунт-специалист|1|1|0|—|0|—|—|0|0 из 1|—", "Борис|Продавец|1|0|0|0|0|0|—|—|—|—",
		"Итого||6|2|1|0.5|300|0.3|300|0.25|1 из 4|1, купили 0", "", "Клиенты: 6",
		"● под угрозой: 2, купили раньше на 14 000 ₽   ▼ потерян: 1",
		"Клиент|Менеджер|Статус|Последняя сделка|Дней без сделок|Сделок|Сумма|В этом месяце|Передан|Повторный",
		"=HYPERLINK(\"x\")|Вера|● под угрозой|2026-04-01|44|1|9000|—|—|",
		"Вектор|Анна|● под угрозой|2026-04-10|35|1|5000|—|2026-05-01|",
		"Молчун|Анна|▼ потерян|—|103|0|0|—|2026-02-01|",
		"Ромашка|Анна|▲ активный|2026-05-12|3|2|1300|300|—|да",
		"Ромашка|Борис|▲ активный|2026-05-05|10|1|700|700|—|",
		"Новый|Анна|○ покупок нет|—|3|0|0|—|2026-05-12|",
	}
	got := lines(tab)
	for i := range got {
		got[i] = strings.ReplaceAll(got[i], "\u00a0", " ")
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if c := tab.Cells[14][1]; c.Link != "https://docs.example/anna" {
		t.Errorf("the manager leads to %q", c.Link)
	}
	if c := tab.Cells[13][0]; c.Kind != workbook.Text {
		t.Errorf("a client's name has become %v", c.Kind)
	}
}

// Thousands of clients do not make the tab too large to open; the totals include
// everybody.
func TestClientsTabIsCapped(t *testing.T) {
	in := accounts(words.EN, func(_ func(department.PersonID, string, calendar.Date),
		deal func(department.PersonID, calendar.Date, string, float64)) {
		for i := range clientRows + 50 {
			deal("boris", day("2026-05-05"), fmt.Sprint("client ", i), 1)
		}
		deal("boris", day("2026-03-20"), "asleep", 0.5)
	})
	tab := tabOf(t, Layout(in), TabClients)
	all := lines(tab)
	if n := len(all) - tab.Filter.R0 - 1; n != clientRows {
		t.Errorf("%d clients are listed, want %d", n, clientRows)
	}
	if !strings.HasPrefix(all[tab.Filter.R0+1], "asleep|Борис|● at risk|2026-03-20|56|") {
		t.Errorf("the first is %q", all[tab.Filter.R0+1])
	}
	if text := strings.Join(all, "\n"); !strings.Contains(text, "Clients: 1051") ||
		!strings.Contains(text, "The first 1000 are shown") {
		t.Errorf("nothing is said of the rest:\n%s", text[:600])
	}
}

func TestClientsTabOfNobody(t *testing.T) {
	tab := tabOf(t, Layout(golden(words.RU)), TabClients)
	if text := strings.Join(lines(tab), "\n"); !strings.Contains(text, "Показывать пока нечего") {
		t.Error(text)
	}
}
