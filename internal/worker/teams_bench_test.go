//go:build unix

package worker_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/files"
)

// company is a tree of teams that are all led: two branches of four divisions each, and
// the teams that people are in, as many below each division.
type company struct {
	people, teams int // the teams with people in them
}

func (c company) leaf(i int) string { return fmt.Sprintf("Команда %03d", i+1) }

func (c company) division(leaf int) int { return leaf * 8 / c.teams }

// of returns the team of a person.
func (c company) of(i int) int { return i * c.teams / c.people }

// rows returns «Команды»: name, part of, leads.
func (c company) rows() [][]string {
	var out [][]string
	for i, name := range []string{"Запад", "Восток"} {
		out = append(out, []string{name, "", fmt.Sprintf("branch%d@example.com", i)})
	}
	for i := range 8 {
		out = append(out, []string{fmt.Sprintf("Дивизион %d", i+1), out[i/4][0],
			fmt.Sprintf("division%d@example.com", i)})
	}
	for i := range c.teams {
		out = append(out, []string{c.leaf(i), fmt.Sprintf("Дивизион %d", c.division(i)+1),
			fmt.Sprintf("lead%d@example.com", i)})
	}
	return out
}

// hire fills an office: people with the figures of nine working days, and teams.
func (c company) hire(o *office) {
	o.teams = func(i int) string { return c.leaf(c.of(i)) }
	o.hire(c.people, "sales-rep")
	o.share(o.control(), ops)
	g := o.tab(o.control(), "teams")
	rows := c.rows()
	o.batch(ops, o.control(), &sheets.Request{AppendDimension: &sheets.AppendDimensionRequest{SheetId: g.id,
		Dimension: "ROWS", Length: int64(len(rows))}})
	first := 1 + g.headed()
	var values []*sheets.ValueRange
	for c, col := range []string{"name", "part", "leads"} {
		column := make([][]any, len(rows))
		for r := range rows {
			column[r] = []any{rows[r][c]}
		}
		values = append(values, &sheets.ValueRange{Range: g.at(first, col), Values: column})
	}
	_, err := o.as(ops).Spreadsheets.Values.BatchUpdate(o.control(),
		&sheets.BatchUpdateValuesRequest{ValueInputOption: "USER_ENTERED", Data: values}).Do()
	o.must(err)
	o.settle()
	o.open()
	rng := rand.New(rand.NewPCG(1, 2))
	reports := o.reports()
	g = o.tab(reports[0], monthTab(date("2026-05-14"))) // like everybody's
	for i, report := range reports {
		o.fills(g, report, o.people[i].Email, calendar.Span{From: date("2026-05-01"), To: date("2026-05-13")}, rng)
	}
	o.settle()
}

// headed returns the last row of a tab's head.
func (g grid) headed() int {
	for r := range g.cells {
		if strings.Contains(g.cell(r, "name").FormattedValue, "Команда") {
			return r
		}
	}
	g.o.t.Fatalf("%s has no head", g.title)
	return 0
}

// fills types everything that a sales representative types, on the days of a span. g is
// the tab of the month.
func (o *office) fills(g grid, report, who string, s calendar.Span, rng *rand.Rand) {
	o.t.Helper()
	cal := o.dep().Calendar()
	good := 0.5 + rng.Float64()
	var values []*sheets.ValueRange
	for d := s.From; d <= s.To; d++ {
		if !cal.Kind(d).Works() {
			continue
		}
		deals := int(2 * good * rng.Float64())
		sum := float64(deals) * (30_000 + 1000*float64(rng.IntN(40)))
		row := g.row("date", d)
		values = append(values, &sheets.ValueRange{Range: g.at(row, "kpi:deals"), Values: [][]any{{deals}}},
			&sheets.ValueRange{Range: g.at(row, "kpi:revenue"), Values: [][]any{{sum}}})
	}
	_, err := o.as(who).Spreadsheets.Values.BatchUpdate(report,
		&sheets.BatchUpdateValuesRequest{ValueInputOption: "USER_ENTERED", Data: values}).Do()
	o.must(err)
}

// BenchmarkTeams measures what cycles of a company cost in which each team has a summary
// of its own, in milliseconds of a processor without what Google takes, and in calls; and
// how much memory the worker has taken in the end.
func BenchmarkTeams(b *testing.B) {
	for _, c := range []company{{200, 10}, {1000, 48}, {5000, 240}} {
		b.Run(fmt.Sprintf("people=%d", c.people), func(b *testing.B) { benchmarkTeams(b, c) })
	}
}

func benchmarkTeams(b *testing.B, c company) {
	o, m := weighedOffice(b, fmt.Sprintf("teams%d", c.people), c.people, c.hire)
	reports := o.reports()
	g := o.tab(reports[0], monthTab(date("2026-05-14")))
	at := g.at(g.row("date", date("2026-05-14")), "kpi:deals")
	figure := 0
	o.put(o.people[c.people-1].Email, reports[c.people-1], at, 11)
	o.settle()
	for _, cycle := range []struct {
		name  string
		which []int
	}{
		{"nothing", nil},
		{"one", every(c.people, c.people)},
		{"percent", every(c.people, 100)},
		{"percent-of-two-teams", every(c.people, c.people)},
	} {
		if cycle.name == "percent-of-two-teams" {
			cycle.which = nil
			for i := range max(1, c.people/100) {
				cycle.which = append(cycle.which, i)
			}
		}
		teams := map[int]bool{}
		for _, p := range cycle.which {
			t := c.of(p)
			teams[t], teams[-1-c.division(t)], teams[-100-c.division(t)/4] = true, true, true
		}
		b.Run(cycle.name, func(b *testing.B) {
			var own time.Duration
			for b.Loop() {
				b.StopTimer()
				figure++
				for _, p := range cycle.which {
					o.put(o.people[p].Email, reports[p], at, 1+(figure+p)%9)
				}
				runtime.GC()
				before, spent, begun := o.client.Calls(), m.spent.Load(), worked()
				b.StartTimer()
				o.sync()
				b.StopTimer()
				own += worked() - begun - time.Duration(m.spent.Load()-spent)
				after := o.client.Calls()
				reads, writes := after.SheetsRead-before.SheetsRead, after.SheetsWrite-before.SheetsWrite
				if most := len(teams) + 1; after.Drive-before.Drive != 1 || reads != len(cycle.which) ||
					len(cycle.which) > 0 && writes > most {
					b.Errorf("%s: %d reads of %d people, %d writes of %d summaries, %d calls of Drive", cycle.name,
						reads,
						len(cycle.which), writes, most, after.Drive-before.Drive)
				}
				b.ReportMetric(float64(reads), "reads/op")
				b.ReportMetric(float64(writes), "writes/op")
				b.StartTimer()
			}
			b.ReportMetric(float64(own.Microseconds())/1000/float64(b.N), "worker-ms/op")
			o.settle()
		})
	}
	var u syscall.Rusage
	o.must(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	list, err := o.ledger.FilesOf(b.Context(), files.Team)
	o.must(err)
	b.Logf("%d people, %d summaries of teams; the worker's process has taken %d MB at most", c.people, len(list),
		u.Maxrss/1024)
}

// every returns each step-th of n people.
func every(n, step int) []int {
	var out []int
	for i := 0; i < n; i += step {
		out = append(out, i)
	}
	return out
}
