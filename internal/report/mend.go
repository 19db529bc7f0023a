package report

import (
	"strings"

	"svodka/internal/workbook"
)

// Mend returns what to write into the lists of a spreadsheet laid out as b: keys into
// rows without one and into copies of a row, and the computed cells of rows that people
// inserted. It holds as long as nothing has moved since the read.
//
// A missing key does no harm until the next write; urgent means that something else is
// missing, which is worth a write of its own.
func Mend(in Input, b *workbook.Book, found []workbook.Found) (cells []workbook.CellAt, urgent bool) {
	tabs := find(b, found)
	for _, t := range b.Tabs {
		cols := tabs[t.Key]
		name, ours := strings.CutPrefix(t.Key, in.Tag)
		if !ours || name != TabDeals && name != TabClients || !whole(t, cols) {
			continue
		}
		m := mender{in: in, tab: t, cols: cols, keys: map[string]bool{}}
		m.mend()
		cells = append(cells, m.cells...)
		urgent = urgent || m.urgent
	}
	return cells, urgent
}

type mender struct {
	in     Input
	tab    *workbook.Tab
	cols   columns
	keys   map[string]bool // of all rows, empty ones too
	cells  []workbook.CellAt
	urgent bool
}

func (m *mender) mend() {
	from, to := m.cols.rows()
	for row := from; row < to; row++ {
		m.keys[m.key(row)] = true
	}
	_, keyed := m.cols[ColKey]
	seen := map[string]bool{}
	for row := headRow(m.tab, m.cols) + 1; row < to; row++ {
		if !m.filled(row) {
			continue
		}
		if key := m.key(row); keyed && (key == "" || seen[key]) {
			m.put(row, ColKey, workbook.Txt(m.fresh(), nil))
		} else {
			seen[key] = true
		}
		if m.cols.at(ColClient, row) != nil {
			m.compute(row)
		}
	}
}

func (m *mender) key(row int) string { return strings.TrimSpace(shown(m.cols.at(ColKey, row))) }

// filled reports whether a person typed anything into the row.
func (m *mender) filled(row int) bool {
	for _, c := range m.tab.Columns {
		if typedInto(c.Key) && m.cols.at(c.Key, row) != nil {
			return true
		}
	}
	return false
}

// fresh returns a key that no row has.
func (m *mender) fresh() string {
	for n := 1; ; n++ {
		if key := "n" + itoa(n); !m.keys[key] {
			m.keys[key] = true
			return key
		}
	}
}

// compute writes formulas into a row that has none: of the computed cells only the count
// is never empty beside a client.
func (m *mender) compute(row int) {
	if _, ok := m.cols[colDeals]; !ok || m.cols.at(colDeals, row) != nil {
		return
	}
	for _, c := range newDesk(m.in).computed() {
		if _, ok := m.cols[c.key]; !ok {
			continue
		}
		m.urgent = true
		m.put(row, c.key, workbook.F("="+c.formula(func(column string) string {
			if typedInto(column) {
				return inRow(m.cols[column].Col)
			}
			return "$" + at(row, m.cols[column].Col)
		}), nil))
	}
}

func (m *mender) put(row int, column string, c workbook.Cell) {
	m.cells = append(m.cells, workbook.CellAt{Sheet: m.tab.ID, Row: row, Col: m.cols[column].Col, Cell: c})
}
