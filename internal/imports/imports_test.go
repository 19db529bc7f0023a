package imports_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"svodka/internal/calendar"
	"svodka/internal/imports"
)

func day(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestDeals(t *testing.T) {
	want := []imports.Deal{{imports.Where{File: "d.csv", Line: 2}, day("2017-03-01"), "Anna Snelling", "Codehow", 5087.5}}
	for name, file := range map[string]string{
		"plain":                 "date,manager,client,amount\n2017-03-01,Anna Snelling,Codehow,5087.5\n",
		"other order, extras":   "amount,client,product,manager,date\n5087.5,Codehow,GTX,Anna Snelling,2017-03-01\n",
		"from a Russian office": "\ufeffDate;Manager;Client;Amount\r\n01.03.2017;Anna Snelling;Codehow;5 087,5\r\n",
		"blank lines":           "date,manager,client,amount\n2017-03-01, Anna Snelling ,Codehow,5087.5\n\n  \n",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := imports.Deals("d.csv", strings.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got, cmpopts.EquateComparable(calendar.Date(0))); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPeople(t *testing.T) {
	got, err := imports.People("p.csv", strings.NewReader("name,email,role,team,hired,left,aliases,cost,notify\nИванова Анна,a@b.ru,sales-rep,Север,2026-05-01,,101;Иванова,90 000,123456789\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []imports.Person{{imports.Where{File: "p.csv", Line: 2}, "Иванова Анна", "a@b.ru", "sales-rep", "Север", day("2026-05-01"), 0, []string{"101", "Иванова"}, 90_000, "123456789"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestNotifyIsOneAddress(t *testing.T) {
	_, err := imports.People("p.csv", strings.NewReader("name,role,notify\nАнна,sales-rep,@anna @olga\n"))
	if want := `p.csv:2: notify: "@anna @olga" is not one address (write the number of a chat, an e-mail, or no)`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// Every mistake of a file is told at once, with file, line and field.
func TestMistakes(t *testing.T) {
	for name, tc := range map[string]struct{ file, want string }{
		"fields": {"date,manager,kpi,value\n2017-02-30,Anna,deals,1\n,Anna,,2\n",
			"e.csv:2: date: \"2017-02-30\" is no date (write 2026-05-15 or 15.05.2026)\ne.csv:3: date: is empty\ne.csv:3: kpi: is empty"},
		"no heading":     {"2017-02-03,Anna,deals,1\n", "e.csv:1: date: this column is missing; the first line must name: date,manager,kpi,value"},
		"empty":          {"", "e.csv is empty; its first line must be: date,manager,kpi,value"},
		"twice":          {"date,date,manager,kpi,value\n", "e.csv:1: date: this column stands twice"},
		"quote":          {"date,manager,kpi,value\n2017-02-03,\"Anna,deals,1\n", "e.csv:2: extraneous or missing \" in quoted-field"},
		"too many":       {"date,manager,kpi,value\n2017-02-03,Anna,deals,1,5\n", "e.csv:2: 5 fields, but the first line names 4"},
		"not in unicode": {"date,manager,kpi,value\n2017-02-03,\xc0\xed\xed\xe0,deals,1\n", "e.csv is not in UTF-8 (save it as “CSV UTF-8”)"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := imports.Entries("e.csv", strings.NewReader(tc.file))
			if err == nil || err.Error() != tc.want {
				t.Errorf("got %v\nwant %s", err, tc.want)
			}
			if rows != nil {
				t.Error("a bad file gives no rows")
			}
		})
	}
}
