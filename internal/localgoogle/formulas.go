package localgoogle

import (
	"context"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // time zones of spreadsheets, where the system has none

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/cellfmt"
)

// view is a version of a spreadsheet as one caller reads it.
type view struct {
	s    *Server
	doc  *document
	at   *place
	file *file
	user string

	// fresh marks a version that is not current yet: its formulas have their own engine.
	fresh  bool
	engine *calc.Engine

	ctx   context.Context // of the request: when it ends, the calculation stops
	spare *calc.Budget    // made when first needed
}

// source shows a document to the engine.
type source struct{ d *document }

func (x *source) Sheets() []calc.Sheet {
	out := make([]calc.Sheet, 0, len(x.d.sheets))
	for _, sh := range x.d.sheets {
		out = append(out, calc.Sheet{ID: sh.id(), Title: sh.title(), Rows: sh.rowCount(), Cols: sh.colCount()})
	}
	return out
}

func (x *source) Each(sheetID int64, f func(row, col int, formula string, constant calc.Value)) {
	sh := x.d.sheet(sheetID)
	if sh == nil {
		return
	}
	for r, rw := range sh.rows {
		if rw == nil {
			continue
		}
		for c := range rw.cells {
			switch cl := &rw.cells[c]; cl.kind {
			case cellEmpty:
			case cellFormula:
				f(r, c, cl.str, calc.Value{})
			default:
				f(r, c, "", x.d.constant(cl))
			}
		}
	}
}

func (x *source) NamedRange(name string) (sheetID int64, r0, c0, r1, c1 int, ok bool) {
	n := x.d.namedRange(name)
	if n == nil || n.Range == nil {
		return 0, 0, 0, 0, 0, false
	}
	g := n.Range
	return g.SheetId, int(g.StartRowIndex), int(g.StartColumnIndex), int(g.EndRowIndex), int(g.EndColumnIndex), true
}

func (c *cell) constant() calc.Value {
	switch c.kind {
	case cellNumber:
		return calc.Num(c.num)
	case cellString:
		return calc.Str(c.str)
	case cellBool:
		return calc.Boolean(c.num != 0)
	default:
		return calc.Value{}
	}
}

// constant returns the value of a cell without a formula, marked if it looks like a date.
func (d *document) constant(cl *cell) calc.Value {
	v := cl.constant()
	if v.Kind == calc.Number && cl.format != 0 {
		v.Date = cellfmt.DateKind(numberFormat(d.formats.get(cl.format)))
	}
	return v
}

// locations caches time zones, which are looked up for every typed cell.
var locations sync.Map // string -> *time.Location

func (d *document) location() *time.Location {
	if known, ok := locations.Load(d.props.TimeZone); ok {
		if loc, ok := known.(*time.Location); ok {
			return loc
		}
	}
	loc, err := time.LoadLocation(d.props.TimeZone)
	if err != nil {
		loc = time.UTC
	}
	locations.Store(d.props.TimeZone, loc)
	return loc
}

func newEngine(s *Server, src *source) *calc.Engine {
	return calc.New(src, calc.Options{Now: s.now, Location: src.d.location(), Locale: src.d.locale()})
}

// calculator returns the engine of this version of the document.
func (v *view) calculator() *calc.Engine {
	if v.fresh {
		if v.engine == nil {
			v.engine = newEngine(v.s, &source{v.doc})
		}
		return v.engine
	}
	h := v.at
	h.calcMu.Lock()
	defer h.calcMu.Unlock()
	if h.engine == nil {
		h.source = &source{v.doc}
		h.engine = newEngine(v.s, h.source)
	}
	return h.engine
}

// value returns what the cell shows: a constant, or the result of its formula.
func (v *view) value(sh *sheet, r, c int) calc.Value {
	cl := sh.at(r, c)
	if cl.kind != cellFormula {
		return v.doc.constant(cl)
	}
	return v.calculator().ValueFor(v.budget(), sh.id(), r, c)
}

// evaluate calculates a formula as if it were in a cell.
func (v *view) evaluate(sh *sheet, formula string, r, c int) calc.Value {
	return v.calculator().EvalFor(v.budget(), sh.id(), r, c, formula)
}

// budget returns what the view's request may spend on calculations.
func (v *view) budget() *calc.Budget {
	if v.spare == nil {
		ctx := v.ctx
		if ctx == nil {
			ctx = context.Background()
		}
		v.spare = calc.NewBudget(ctx)
	}
	return v.spare
}

// manyCells limits how many changed cells an engine is told of one by one.
const manyCells = 2000

// follow updates the engine of the place to the new version: it reports the cells that
// differ if they are few, and starts a new engine otherwise.
func (h *place) follow(old, now *document) {
	h.calcMu.Lock()
	defer h.calcMu.Unlock()
	if h.engine == nil {
		return
	}
	if old.props.Locale != now.props.Locale || old.props.TimeZone != now.props.TimeZone {
		h.engine, h.source = nil, nil
		return
	}
	h.source.d = now
	changed, few := differences(old, now)
	if !few {
		h.engine.Reset()
		return
	}
	for _, d := range changed {
		formula, constant := "", calc.Value{}
		if d.cell.kind == cellFormula {
			formula = d.cell.str
		} else {
			constant = now.constant(d.cell)
		}
		h.engine.Set(d.sheet, d.row, d.col, formula, constant)
	}
}

type difference struct {
	sheet    int64
	row, col int
	cell     *cell
}

// differences returns the cells whose values differ between two versions; few is false if
// they are many, or if the structure differs.
func differences(old, now *document) (out []difference, few bool) {
	if len(old.sheets) != len(now.sheets) || !slices.Equal(old.named, now.named) {
		return nil, false
	}
	for i, sh := range now.sheets {
		was := old.sheets[i]
		if was == sh {
			continue
		}
		if was.id() != sh.id() || was.title() != sh.title() || was.rowCount() != sh.rowCount() ||
			was.colCount() != sh.colCount() {
			return nil, false
		}
		for r := range max(len(sh.rows), len(was.rows)) {
			a, b := was.row(r), sh.row(r)
			if a == b {
				continue
			}
			width := 0
			if a != nil {
				width = len(a.cells)
			}
			if b != nil {
				width = max(width, len(b.cells))
			}
			for c := range width {
				x, y := was.at(r, c), sh.at(r, c)
				if x.kind == y.kind && x.num == y.num && x.str == y.str && x.format == y.format {
					continue
				}
				if out = append(out, difference{sh.id(), r, c, y}); len(out) > manyCells {
					return nil, false
				}
			}
		}
	}
	return out, true
}

// defaultFormat is the format of a cell without one.
var defaultFormat = &sheets.CellFormat{
	BackgroundColor:   &sheets.Color{Red: 1, Green: 1, Blue: 1},
	Padding:           &sheets.Padding{Top: 2, Right: 3, Bottom: 2, Left: 3},
	VerticalAlignment: "BOTTOM",
	WrapStrategy:      "OVERFLOW_CELL",
	TextFormat: &sheets.TextFormat{
		ForegroundColor: &sheets.Color{}, FontFamily: "arial,sans,sans-serif", FontSize: 10,
		ForegroundColorStyle: &sheets.ColorStyle{RgbColor: &sheets.Color{}},
		ForceSendFields:      []string{"Bold", "Italic", "Strikethrough", "Underline"},
	},
	BackgroundColorStyle: &sheets.ColorStyle{RgbColor: &sheets.Color{Red: 1, Green: 1, Blue: 1}},
}

// defaultTheme is the theme of a new spreadsheet.
var defaultTheme = &sheets.SpreadsheetTheme{
	PrimaryFontFamily: "Arial",
	ThemeColors: []*sheets.ThemeColorPair{
		themeColor("TEXT", 0, 0, 0), themeColor("BACKGROUND", 255, 255, 255),
		themeColor("ACCENT1", 66, 133, 244), themeColor("ACCENT2", 234, 67, 53), themeColor("ACCENT3", 251, 188, 4),
		themeColor("ACCENT4", 52, 168, 83), themeColor("ACCENT5", 255, 109, 1), themeColor("ACCENT6", 70, 189, 198),
		themeColor("LINK", 17, 85, 204),
	},
}

func themeColor(name string, r, g, b int) *sheets.ThemeColorPair {
	return &sheets.ThemeColorPair{ColorType: name, Color: &sheets.ColorStyle{RgbColor: rgb(r, g, b)}}
}
