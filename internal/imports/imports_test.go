package imports_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"svodka/internal/calendar"
	"svodka/internal/imports"
	"svodka/internal/kpi"
	"svodka/internal/tabular"
	"svodka/internal/words"
)

var (
	english   = tabular.Options{Lang: words.EN, Today: day("2026-05-15")}
	noHeads   = cmpopts.IgnoreFields(tabular.Where{}, "Heads")
	dateEqual = cmpopts.EquateComparable(calendar.Date(0))
)

func day(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// notes returns the notes about a file as text.
func notes(list []tabular.Note) string {
	var out []string
	for _, n := range list {
		out = append(out, n.At("f"))
	}
	return strings.Join(out, "\n")
}

func TestDeals(t *testing.T) {
	want := []imports.Deal{{Where: imports.Where{File: "d.csv", Line: 2}, Date: day("2017-03-01"),
		Manager: "Anna Snelling", Client: "Codehow", Amount: 5087.5}}
	for name, file := range map[string]string{
		"plain":               "date,manager,client,amount\n2017-03-01,Anna Snelling,Codehow,5087.5\n",
		"other order, extras": "amount,client,product,manager,date\n5087.5,Codehow,GTX,Anna Snelling,2017-03-01\n",
		"from a Russian office": "\ufeffДата закрытия;Ответственный;Компания;Сумма, руб.\r\n" +
			"01.03.2017;Anna Snelling;Codehow;5 087,5 ₽\r\n",
		"blank lines":  "date,manager,client,amount\n2017-03-01, Anna Snelling ,Codehow,5087.5\n\n  \n",
		"in thousands": "date,manager,client,\"Сумма, тыс. руб.\"\n2017-03-01,Anna Snelling,Codehow,5.0875\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := imports.Pick{}.Deals("d.csv", []byte(file), english)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got.Rows, noHeads, dateEqual); d != "" {
				t.Error(d)
			}
		})
	}
}

// A deal's day with a zone also gives the moment: in another zone it is another day.
func TestDealMoment(t *testing.T) {
	got, err := imports.Pick{}.Deals("d.csv",
		[]byte("date;manager;client;amount\n15.05.2026 10:20;A;B;1\n2026-05-14T22:00:00Z;A;B;1\n"), english)
	if err != nil {
		t.Fatal(err)
	}
	if d := got.Rows[0]; d.Date != day("2026-05-15") || !d.At.IsZero() {
		t.Errorf("%v, %v", d.Date, d.At)
	}
	if d := got.Rows[1]; d.Date != day("2026-05-14") || !d.At.Equal(time.Date(2026, 5, 14, 22, 0, 0, 0, time.UTC)) {
		t.Errorf("%v, %v", d.Date, d.At)
	}
}

func TestPeople(t *testing.T) {
	want := []imports.Person{{Where: imports.Where{File: "p.csv", Line: 2}, Name: "Иванова Анна", Email: "a@b.ru",
		Role: "sales-rep", Team: "Север", Hired: day("1998-05-01"),
		Aliases: []string{"101", "Иванова"}, Cost: 90_000, Notify: "123456789", Schedule: "2/2 с 01.05.2026"}}
	for name, file := range map[string]string{
		"keys": "name,email,role,team,hired,left,aliases,cost,notify,schedule\n" +
			"Иванова Анна,a@b.ru,sales-rep,Север,1998-05-01,,101;Иванова,90 000,123456789,2/2 с 01.05.2026\n",
		"Russian": "ФИО\tE-mail\tДолжность\tОтдел\tПринят\tУволен\tИмена в телефонии\tЗатраты, " +
			"руб.\tНапоминать\tГрафик\nИванова Анна\ta@b.ru\tsales-rep\tСевер\t1.5.1998\t\t101|Иванова\t90 000 " +
			"₽\t123456789\t2/2 с 01.05.2026\n",
		"two columns": "Фамилия,Имя,Почта,Роль,Команда,Дата приёма,aliases,cost,notify,График работы\n" +
			"Иванова,Анна,a@b.ru,sales-rep,Север,01.05.1998,101;Иванова,90000,123456789,2/2 с 01.05.2026\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := imports.People("p.csv", []byte(file), english)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got.Rows, noHeads); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestNotifyIsOneAddress(t *testing.T) {
	_, err := imports.People("p.csv", []byte("name,role,notify\nАнна,sales-rep,@anna @olga\n"), english)
	if want :=
		`p.csv:2: notify: "@anna @olga" is not one address (write the number of a chat, an e-mail, or no)`; err ==
		nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// The long form and the wide one give the same entries.
func TestEntries(t *testing.T) {
	for name, file := range map[string]string{
		"long": "Дата;Менеджер;Показатель;Значение\n15.05.2026;Козлова Вера;Звонки;50\n" +
			"15.05.2026;Козлова Вера;Лиды;2,5\n16.05.2026;Козлова Вера;Звонки;0\n",
		"wide": "Отчёт\nДата;Сотрудник;Звонки;Лиды\n15.05.2026;Козлова Вера;50;2,5\n16.05.2026;Козлова Вера;0;-\n" +
			"17.05.2026;Козлова Вера;;\nИтого;;50;2,5\n",
	} {
		got, err := imports.Entries("e.csv", []byte(file), english)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var rows []string
		for _, e := range got.Rows {
			rows = append(rows, strings.Join([]string{e.Date.String(), e.Manager, e.KPI, e.Value}, "|"))
			if e.Wide != (name == "wide") {
				t.Errorf("%s: %+v", name, e)
			}
		}
		if got, want := strings.Join(rows, "\n"),
			"2026-05-15|Козлова Вера|Звонки|50\n2026-05-15|Козлова Вера|Лиды|2,5\n"+
				"2026-05-16|Козлова Вера|Звонки|0"; got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Plain numbers in a length are seconds, as exports write them; all else is read as in a
// cell.
func TestFigure(t *testing.T) {
	for _, tc := range []struct {
		text string
		unit kpi.Unit
		want float64
	}{{"5400", kpi.Duration, 5400}, {"1:30:00", kpi.Duration, 5400}, {"1:30", kpi.Duration, 5400},
		{"90 мин", kpi.Duration, 5400}, {"0,25", kpi.Percent, 0.25}, {"25%", kpi.Percent, 0.25},
		{"25", kpi.Percent, 0.25}, {"1234,5", kpi.Money, 1234.5}} {
		if got, err := imports.Figure(kpi.KPI{Unit: tc.unit}, tc.text, false, words.RU); err != nil || got != tc.want {
			t.Errorf("%s %s: %v, %v", tc.text, tc.unit, got, err)
		}
	}
	for text, unit := range map[string]kpi.Unit{"много": kpi.Count, "-5": kpi.Count, "$1234": kpi.Money,
		"90000": kpi.Duration, "5 руб": kpi.Count} {
		if got, err := imports.Figure(kpi.KPI{Unit: unit}, text, false, words.RU); err == nil {
			t.Errorf("%s %s is taken as %v", text, unit, got)
		}
	}
}

// Every mistake of a file is reported at once, with file, line, heading and value.
func TestMistakes(t *testing.T) {
	for name, tc := range map[string]struct{ file, want string }{
		"fields": {"date,manager,kpi,value\n2017-02-30,Anna,deals,1\n,Anna,,2\n",
			"e.csv:2: date: “2017-02-30”: there is no such day\ne.csv:3: date: is empty\ne.csv:3: kpi: is empty"},
		"headings": {"Дата,Менеджер,Показатель,Значение\nвчера,Anna,deals,\n",
			"e.csv:2: Дата: “вчера” is no date (write 2026-05-15 or 15.05.2026)\ne.csv:2: Значение: is empty"},
		"no heading": {"2017-02-03,Anna,deals,1\n", "e.csv:1: date: this column is missing; it may be called: date, " +
			"Дата, День, Day, Отчётная дата, Дата отчёта; or name it: --map date=\"…\"\n" +
			"e.csv:1: manager: this column is missing; it may be called: manager, Менеджер, Ответственный, " +
			"Сотрудник, Ответственный менеджер, Ответственный сотрудник; or name it: --map manager=\"…\"\n" +
			"e.csv:1: the columns of the file: «2017-02-03», «Anna», «deals», «1»"},
		"empty": {"", "e.csv: the file is empty; its first line must name the columns: date,manager,kpi,value"},
		"twice": {"date,Дата,manager,kpi,value\n",
			"e.csv:1: date: two columns may be meant, “date” and “Дата” (say which: --map date=\"Дата\")"},
		"no value": {"date,manager,kpi\n",
			"e.csv:1: value: this column is missing, but there is “kpi”: name it by --map value=\"…\""},
		"nothing": {"date,manager\n",
			"e.csv:1: kpi: there are no KPIs: there must be the columns kpi and value, or one column per KPI"},
		"twice, wide": {"date,manager,calls,calls\n", "e.csv:1: calls: several columns have this heading: leave one"},
		"quote": {"date,manager,kpi,value\n2017-02-03,\"Anna,deals,1\n",
			"e.csv:2: a quote is opened and never closed: remove it or close it"},
		"too many": {"date,manager,kpi,value\n2017-02-03,Anna,deals,1,5\n",
			"e.csv:2: 5 fields, but there are 4 headings: a separator too many, or a text without quotes"},
		"two things": {"date;manager;kpi;value\n2017-02-03;Anna;calls;12,500\n2017-02-04;Anna;calls;7,250\n",
			"e.csv:2: value: “12,500” may be 12500 or 12 and a fraction of 500: the column does not tell; say " +
				"--decimal , or --decimal .; so in lines 3"},
		"old": {"date,manager,kpi,value\n1926-05-15,Anna,deals,1\n15.05.2062,Anna,deals,1\n",
			"e.csv:2: date: “1926-05-15” is before the year 2000: check the year\n" +
				"e.csv:3: date: “15.05.2062” is more than a year ahead: check the year"},
		"american": {"date,manager,kpi,value\n5/6/2026,Anna,deals,1\n5/15/2026,Anna,deals,1\n",
			"e.csv:2: date: “5/6/2026”: months stand before days in this column, so day and month cannot be told " +
				"apart: write dates as 2026-05-15 or 15.05.2026"},
		"which is day": {"date,manager,kpi,value\n05/06/2026,Anna,deals,1\n",
			"e.csv:2: date: “05/06/2026”: day and month cannot be told apart: write dates as 2026-05-15 or 15.05.2026"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := imports.Entries("e.csv", []byte(tc.file), english)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got %v\nwant %s", err, tc.want)
			}
			if got.Rows != nil {
				t.Error("a bad file gives no rows")
			}
		})
	}
}

// Amounts as people write them: unambiguous ones are accepted, others refused with the
// reason.
func TestMoneySigns(t *testing.T) {
	_, err := imports.Pick{}.Deals("d.csv", []byte("date;manager;client;amount\n15.05.2026;И;A;100 000 ₽\n"+
		"15.05.2026;И;D;$1234\n15.05.2026;И;F;1'234\n"), tabular.Options{})
	for _, want := range []string{"d.csv:3: amount: «$1234»: это не рубли ($)",
		"d.csv:4: amount: «1'234»: апостроф может разделять тысячи"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nmisses %s", err, want)
		}
	}
	got, err := imports.Pick{}.Deals("d.csv", []byte("date;manager;client;amount\n15.05.2026;И;A;100 000 ₽\n"+
		"15.05.2026;И;B;100\u00a0000 руб.\n15.05.2026;И;C;1 234,50\n15.05.2026;И;E;1\u202f234,50\n"+
		"15.05.2026;И;G;-50 000\n"), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{100_000, 100_000, 1234.5, 1234.5, -50_000} {
		if got.Rows[i].Amount != want {
			t.Errorf("%s: %v, want %v", got.Rows[i].Client, got.Rows[i].Amount, want)
		}
	}
}

// Any file is read or refused: nothing panics, no figure is absurd, no name has spaces
// around it.
func FuzzImports(f *testing.F) {
	for _, s := range []string{
		"date,manager,kpi,value\n2017-03-01,A,deals,5\n",
		"\ufeffDate;Manager;Client;Amount\r\n01.03.2017;Anna Snelling;Codehow;5 087,5\r\n",
		"name,email,role,team,hired,left,aliases,cost,notify\nA,a@b.ru,x,,,,\"1;2\",5,нет\n",
		"manager,client,handed_over\nA,B,2020-02-30\n",
		"amount\tclient\tmanager\tdate\n1e999\t\"a\nb\"\tA\t29.02.2023\n",
		"Отчёт\n\nДата;Сотрудник;Звонки\n5/6/2026;A;12,500\n;;\nИтого;;12,500\n",
		"sep=;\nname;role\n\"Иванов;sales-rep\n",
		"date,manager,client,amount\n2026-11-20,Чел 0,Ромашка,100\n\"\n",
		"date,manager,client,amount\n2026-11-20,Чел 0,ООО \"Ромашка\",100\n",
		"name,role\n\"Иванов\" Пётр,sales-rep\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		entries, entriesErr := imports.Entries("f", []byte(s), english)
		deals, dealsErr := imports.Pick{}.Deals("f", []byte(s), english)
		people, peopleErr := imports.People("f", []byte(s), english)
		clients, clientsErr := imports.Clients("f", []byte(s), english)
		name := func(who string) {
			if who == "" || strings.TrimSpace(who) != who {
				t.Fatalf("name %q", who)
			}
		}
		when := func(d calendar.Date) {
			if d.Year() < 2000 || d > english.Today+366 {
				t.Fatalf("day %v", d)
			}
		}
		for _, d := range deals.Rows {
			name(d.Manager)
			name(d.Client)
			when(d.Date)
			if math.IsNaN(d.Amount) || math.IsInf(d.Amount, 0) {
				t.Fatalf("amount %v", d.Amount)
			}
		}
		for _, e := range entries.Rows {
			name(e.Manager)
			name(e.KPI)
			if e.Doubt == nil {
				name(e.Value)
			}
			when(e.Date)
		}
		for _, p := range people.Rows {
			name(p.Name)
		}
		for _, c := range clients.Rows {
			name(c.Manager)
		}
		for _, err := range []error{entriesErr, dealsErr, peopleErr, clientsErr} {
			if err != nil && (strings.Contains(err.Error(), "\n\n") || !strings.HasPrefix(err.Error(), "f:")) {
				t.Fatalf("%q", err)
			}
		}
		if s := notes(deals.Notes); strings.Contains(s, "\n\n") {
			t.Fatalf("%q", s)
		}
	})
}
