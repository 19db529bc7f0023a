package report_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/report"
	"svodka/internal/workbook"
)

// read returns what reading needs of a tab.
type read struct {
	columns []string
	rows    []workbook.RowID
	texts   map[[2]string]string // of tagged rows, by row and column
	formats map[string][]string  // of cells into which people type, by column
	labels  []string             // of the first column
	grid    [2]int
}

func readOf(t *workbook.Tab) read {
	out := read{rows: t.RowIDs, texts: map[[2]string]string{}, formats: map[string][]string{},
		grid: [2]int{t.Rows, t.Cols}}
	for c, col := range t.Columns {
		out.columns = append(out.columns, col.Key)
		formats := map[string]bool{}
		for r, row := range t.Cells {
			if c >= len(row) {
				continue
			}
			cell := row[c]
			if r < len(t.RowIDs) && t.RowIDs[r].Tag != "" && cell.Kind == workbook.Text && !cell.Open &&
				cell.Str != "" {
				out.texts[[2]string{t.RowIDs[r].Tag, col.Key}] = cell.Str
			}
			if cell.Open && cell.Style != nil && cell.Style.Format.Type != "" {
				formats[cell.Style.Format.Type] = true
			}
			if c == 0 && cell.Kind == workbook.Text {
				out.labels = append(out.labels, cell.Str)
			}
		}
		if len(formats) > 0 {
			out.formats[col.Key] = slices.Sorted(maps.Keys(formats))
		}
	}
	return out
}

// A Frame says of the tabs into which people type the same as the Layout, as far as
// reading is concerned.
func TestFrameIsWhatReadingNeedsOfALayout(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 14))
	roles := []department.Role{salesRep(t), coldCaller(t), telephony(t), salesRepDeals(t), accountManager(t), seller(t)}
	for range 60 {
		role, before := roles[rng.IntN(len(roles))], roles[rng.IntN(len(roles))]
		in := input(role, mayDay(1+rng.IntN(30)))
		in.Months = []calendar.Period{may.Prev(), may, may.Next()}[:1+rng.IntN(3)]
		p := &in.Dep.People[0]
		if rng.IntN(2) == 0 {
			p.Hired = mayDay(1).Add(rng.IntN(60) - 40)
		}
		if rng.IntN(3) == 0 {
			p.Left = mayDay(1).Add(rng.IntN(40))
		}
		if rng.IntN(3) == 0 && before.Key != role.Key {
			in.Dep.Roles = append(in.Dep.Roles, before)
			p.Before = []department.Stint{{Role: before.Key, To: mayDay(1).Add(rng.IntN(40) - 20)}}
		}
		in.Person = *p
		in.Role, _ = in.Dep.RoleOver(*p)
		if rng.IntN(3) == 0 {
			in.Tag = "p/"
		}
		if rng.IntN(3) == 0 {
			in.Typed.Deals = make([]department.Deal, 150+rng.IntN(300)) // rows that are free
		}
		if rng.IntN(2) == 0 {
			in = plans(in)
		}
		whole := report.Layout(in)
		var typed []*workbook.Tab
		for _, tab := range whole.Tabs {
			if !tab.Exclusive {
				typed = append(typed, tab)
			}
		}
		frame := report.Frame(in)
		if len(frame.Tabs) != len(typed) || frame.Title != whole.Title {
			t.Fatalf("%d tabs of %q, want %d of %q", len(frame.Tabs), frame.Title, len(typed), whole.Title)
		}
		for i, want := range typed {
			got := frame.Tabs[i]
			if got.ID != want.ID || got.Key != want.Key || got.KeyColumn != want.KeyColumn {
				t.Fatalf("the tab %s, want %s", got.Key, want.Key)
			}
			a, b := readOf(got), readOf(want)
			if !slices.Equal(a.columns, b.columns) || !slices.Equal(a.rows, b.rows) || a.grid != b.grid {
				t.Fatalf("%s: other lines:\n%v\nwant\n%v", got.Key, a, b)
			}
			if got.KeyColumn != "" && !slices.Equal(a.labels, b.labels) {
				t.Fatalf("%s: labels %q, want %q", got.Key, a.labels, b.labels)
			}
			if !maps.Equal(a.texts, b.texts) {
				t.Fatalf("%s: texts\n%q\nwant\n%q", got.Key, a.texts, b.texts)
			}
			if !maps.EqualFunc(a.formats, b.formats, slices.Equal) {
				t.Fatalf("%s: formats %v, want %v", got.Key, a.formats, b.formats)
			}
		}
	}
}
