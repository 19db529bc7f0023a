package summary

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
)

// The golden numbers of the method (domain: May 2026, 950 calls planned, 380
// made by the end of 15 May), as ops get them.
func TestExportGolden(t *testing.T) {
	in := golden(words.RU)
	may := calendar.Span{From: day("2026-05-15"), To: day("2026-05-15")} // widened to the month
	rows := Rows(in.Dep, in.Engine, nil, calendar.Month, may)
	var b bytes.Buffer
	if err := WriteCSV(&b, rows); err != nil {
		t.Fatal(err)
	}
	want :=
		`period,from,to,manager,role,kpi,unit,plan,fact,plan_to_date,attainment,pace,deviation,forecast,left,needed_per_day,light,reported_days,missing_days
2026-05,2026-05-01,2026-05-31,Иванова Анна,cold-caller,calls,count,950,380,450,0.4,0.844444,-570,802.222222,570,57,red,9,0
2026-05,2026-05-01,2026-05-31,Иванова Анна,cold-caller,leads,count,,36,,,,,76,,,,9,0
2026-05,2026-05-01,2026-05-31,Иванова Анна,cold-caller,lead_rate,percent,0.1,0.094737,0.1,0.947368,0.947368,-0.005263,0.094737,,,yellow,9,0
`
	got := b.String()
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant at its beginning\n%s", got, want)
	}
	if strings.Contains(got, "Ушедшая") {
		t.Errorf("somebody who left in April stands in May:\n%s", got)
	}
	if !strings.Contains(got, `"'=HYPERLINK(""x"")",cold-caller,calls,`) {
		t.Errorf("a name would run as a formula where the file is opened:\n%s", got)
	}
}

func TestRowsOrderAndLeavers(t *testing.T) {
	in := golden(words.RU)
	rows := Rows(in.Dep, in.Engine, nil, calendar.Month, calendar.Span{From: day("2026-04-10"), To: day("2026-05-10")})
	var got []string
	for r := range rows {
		got = append(got, r.Period.String()+" "+r.Manager+" "+r.Line.KPI.Key)
	}
	want := []string{
		"2026-04 Ушедшая Ольга revenue", "2026-04 Ушедшая Ольга talk_time",
		"2026-05 Иванова Анна calls", "2026-05 Иванова Анна leads", "2026-05 Иванова Анна lead_rate",
		`2026-05 =HYPERLINK("x") calls`, `2026-05 =HYPERLINK("x") leads`, `2026-05 =HYPERLINK("x") lead_rate`,
		"2026-05 Сидоров Пётр revenue", "2026-05 Сидоров Пётр talk_time",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestRowsOfWeeksAreWhole(t *testing.T) {
	in := golden(words.RU)
	rows := Rows(in.Dep, in.Engine, nil, calendar.Week, calendar.Span{From: day("2026-05-13"), To: day("2026-05-13")})
	var b bytes.Buffer
	if err := WriteCSV(&b, rows); err != nil {
		t.Fatal(err)
	}
	line := strings.Split(b.String(), "\n")[1]
	// Four working days of the week, 12-15 May, at 50 a day.
	if want := "2026-W20,2026-05-11,2026-05-17,Иванова Анна,cold-caller,calls,count,200,180,200,"; !strings.HasPrefix(
		line, want) {
		t.Errorf("got  %s\nwant %s…", line, want)
	}
}

// handmade rows need no engine.
func handmade() []Row {
	return []Row{
		{Period: calendar.MonthOf(day("2026-05-15")), Manager: `О'Нил, "Шак" <&>`, Line: planfact.Line{
			Role: "r", KPI: kpi.KPI{Key: "k", Unit: kpi.Money},
			Plan: kpi.Some(1e7), Fact: kpi.Some(10_005_534), Pace: kpi.Some(2.0 / 3), Deviation: kpi.Some(-1e-9),
			Light:    kpi.Above,
			Reported: 3, Missing: 1}},
		{Period: calendar.WeekOf(day("2026-01-01")), Manager: "Б", Line: planfact.Line{
			Role: "r", KPI: kpi.KPI{Key: "k", Unit: kpi.Count}}},
	}
}

func TestWriteJSON(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, slices.Values(handmade())); err != nil {
		t.Fatal(err)
	}
	want := `[
{"period":"2026-05","from":"2026-05-01","to":"2026-05-31","manager":"О'Нил, \"Шак\" <&>","role":"r","kpi":"k","unit":"money","plan":10000000,"fact":10005534,"plan_to_date":null,"attainment":null,"pace":0.666667,"deviation":0,"forecast":null,"left":null,"needed_per_day":null,"light":"above","reported_days":3,"missing_days":1},
{"period":"2026-W01","from":"2025-12-29","to":"2026-01-04","manager":"Б","role":"r","kpi":"k","unit":"count","plan":null,"fact":null,"plan_to_date":null,"attainment":null,"pace":null,"deviation":null,"forecast":null,"left":null,"needed_per_day":null,"light":null,"reported_days":0,"missing_days":0}
]
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
	// The names and their order are those of the CSV.
	dec := json.NewDecoder(&b)
	var names []string
	for range 2 { // [ {
		if _, err := dec.Token(); err != nil {
			t.Fatal(err)
		}
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
		if _, err := dec.Token(); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(columns, names); d != "" {
		t.Error(d)
	}
}

func TestWriteJSONOfNothing(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, slices.Values([]Row(nil))); err != nil {
		t.Fatal(err)
	}
	var got []any
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || got == nil || len(got) != 0 {
		t.Errorf("got %q (%v), want an empty array", b.String(), err)
	}
}

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		n    kpi.Num
		want string
	}{
		{kpi.Num{}, ""},
		{kpi.Num{V: 5}, ""},
		{kpi.Some(0), "0"},
		{kpi.Some(math.Copysign(0, -1)), "0"},
		{kpi.Some(-4e-7), "0"},
		{kpi.Some(100), "100"},
		{kpi.Some(-570), "-570"},
		{kpi.Some(0.1 + 0.2), "0.3"},
		{kpi.Some(802.2222222), "802.222222"},
		{kpi.Some(1e21), "1000000000000000000000"},
		{kpi.Some(math.Inf(1)), ""},
		{kpi.Some(math.NaN()), ""},
	} {
		if got := number(c.n); got != c.want {
			t.Errorf("number(%v) = %q, want %q", c.n, got, c.want)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestWriteSaysWhatFailed(t *testing.T) {
	if err := WriteCSV(brokenPipe{}, slices.Values(handmade())); err == nil ||
		!strings.Contains(err.Error(), "broken pipe") {
		t.Errorf("CSV: %v", err)
	}
	if err := WriteJSON(brokenPipe{}, slices.Values(handmade())); err == nil ||
		!strings.Contains(err.Error(), "broken pipe") {
		t.Errorf("JSON: %v", err)
	}
}
