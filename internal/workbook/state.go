package workbook

import (
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"
)

// StateFields is the field mask of the spreadsheets.get that StateOf reads. FoundFields
// also includes the values of cells, for FoundOf.
const (
	StateFields = fieldsAhead + "userEnteredValue" + fieldsBehind
	FoundFields = fieldsAhead + "userEnteredValue,effectiveValue,userEnteredFormat(numberFormat(type))" + fieldsBehind

	fieldsAhead  = "spreadsheetId,properties(title,locale,timeZone,autoRecalc),developerMetadata,sheets(properties,developerMetadata,merges,protectedRanges(protectedRangeId,description,range),conditionalFormats(ranges),columnGroups(range,depth),charts(chartId),basicFilter(range),data(startRow,startColumn,columnMetadata(developerMetadata,hiddenByUser),rowMetadata(developerMetadata),rowData(values("
	fieldsBehind = ",note))))"
)

// State is what is known of a spreadsheet: its structure (the positions of tabs, columns
// and rows) and a hash of the value and of the look of each cell that the worker wrote.
// It is small enough to store one for every spreadsheet.
type State struct {
	fresh               bool // untouched: the tab with which it was made may go
	doubtful            bool // a day is in two rows
	formulasShifted     bool // lines or tabs have moved since, and Google has adapted formulas
	relocated           bool // Locate found something elsewhere; not stored
	title, locale, zone string
	recalc              string
	order               []sheetRef  // every tab, ours and others', in order
	tabs                []*tabState // ours
	unmarked            []*tabState // read, without a tag: somebody else's, or ours without its tag
}

type sheetRef struct {
	id    int64
	title string
}

// tabState is what is known of a tab of ours. Its cells are those of the last written
// Book, so its rows and columns are logical, and cols and rows hold their positions.
// After StateOf only the structure is known: cols and rows are empty, and seen is what
// was read.
type tabState struct {
	id         int64
	key        string // as tagged; empty: not tagged
	untagged   bool   // it is ours and must get its tag back
	hidden     bool
	color      string
	hideGrid   bool
	frozenRows int
	frozenCols int
	gridRows   int
	gridCols   int

	cols      []colState
	rows      []rowState
	keyCol    int        // logical column with the days, or −1
	spareCols []colState // tagged columns that left the Book: hidden, kept
	spareRows []rowState // identified rows that left the Book

	vals    []uint64 // valueCode of each cell, row by row
	looks   []uint32 // index into palette of each cell
	palette []look

	merges        []Area // logical; each is in one piece
	foreignMerges []Area // merges that a read found and that may not be ours, by position
	rules         int    // how many conditional rules the tab has
	rulesHash     uint64
	protects      []protectState
	protect       uint64 // digest of ours
	charts        []chartState
	filter        bool
	filterHash    uint64
	groups        []groupState

	seen          *seenTab
	duplicateDays bool // a day is in two rows

	inputs string // of the Tab that stands here; empty: not known
	packed []byte // all the rest but id and key, as it is kept; nil: it is read
}

// colState is a column: its key, empty if it is known by position, and its position; −1:
// it is gone.
type colState struct {
	key    string
	pos    int
	width  int
	hidden bool
	// untagged means that it has lost its tag and must get it back.
	untagged bool
}

type rowState struct {
	day    float64
	tag    string
	pos    int
	height int
	// untagged is as in colState.
	untagged bool
}

func (r rowState) identified() bool { return r.day != 0 || r.tag != "" }

type protectState struct {
	id    int64
	sheet bool // over the whole sheet
	// Only if it was read with LookFields.
	shape   uint64
	editors []string
}

type chartState struct {
	id       int64
	spec, at uint64
}

// seenTab is what StateOf saw of the cells, by position.
type seenTab struct {
	cells [][]seenCell
	// looks says that the fields below, and looks and validation of cells, were read.
	looks         bool
	cols, rows    []seenLine
	rules, filter uint64 // shapes
}

type seenCell struct {
	value uint64
	note  uint64
	text  string // of the note, right after the read
	style uint64 // shape
	check uint64
	// format is the type of the number format; meant says that by this format the number
	// is not meant as a number.
	format string
	meant  bool
}

func (s *seenTab) at(r, c int) seenCell {
	if r >= 0 && c >= 0 && r < len(s.cells) && c < len(s.cells[r]) {
		return s.cells[r][c]
	}
	return seenCell{style: noStyle}
}

// noStyle is the shape of a cell to which nobody gave a look.
var noStyle = formatShape(nil)

// Fresh returns the state of a spreadsheet that Drive has just made: one empty tab with
// id 0.
func Fresh() *State { return &State{fresh: true, order: []sheetRef{{}}} }

// StateOf returns the state of a spreadsheet that was read with StateFields. It does not
// know the looks of cells, so a Diff against it rewrites all looks of ours, but not
// values that are already there. It leaves notes on people's cells alone except those in
// Tab.Notes.
func StateOf(s *sheets.Spreadsheet) *State {
	p := NewPieces(s.Properties)
	for _, sh := range s.Sheets {
		p.Add(sh)
	}
	return p.State()
}

// Pieces makes a State of a spreadsheet that is read tab by tab, and long tabs in bands
// of rows, because it is too large to be read at once.
type Pieces struct {
	st            *State
	tab           *tabState // the last one added
	title         string
	first, others bool // the empty tab with which Drive makes a spreadsheet; somebody's
}

// NewPieces begins with the properties of the spreadsheet.
func NewPieces(p *sheets.SpreadsheetProperties) *Pieces {
	st := &State{}
	if p != nil {
		st.title, st.locale, st.zone, st.recalc = p.Title, p.Locale, p.TimeZone, p.AutoRecalc
	}
	return &Pieces{st: st}
}

// Add adds the next tab, read with the mask that StateOf needs, or its first rows. It
// keeps nothing of sh.
func (p *Pieces) Add(sh *sheets.Sheet) {
	p.settle()
	if sh.Properties != nil {
		p.tab, p.title = seeTab(sh), sh.Properties.Title
	}
}

// More adds rows that follow to the tab that was added last: read with RowFields, without
// a gap. It keeps nothing of sh.
func (p *Pieces) More(sh *sheets.Sheet) {
	if p.tab == nil {
		return
	}
	for _, d := range sh.Data {
		if p.tab.seen.looks {
			for len(p.tab.seen.rows) < int(d.StartRow) {
				p.tab.seen.rows = append(p.tab.seen.rows, seenLine{})
			}
			p.tab.seen.rows = append(p.tab.seen.rows[:d.StartRow], seenLines(d.RowMetadata)...)
		}
		p.tab.readData(d)
	}
}

// settle sorts the tab that was added last, once all its rows are known.
func (p *Pieces) settle() {
	t := p.tab
	if t == nil {
		return
	}
	p.tab = nil
	p.st.order = append(p.st.order, sheetRef{t.id, p.title})
	switch {
	case t.key != "":
		p.st.tabs = append(p.st.tabs, t)
	case t.id == 0 && len(t.seen.cells) == 0:
		p.first = true
	default:
		p.others = true
		p.st.unmarked = append(p.st.unmarked, t)
	}
}

// State returns what is known once all tabs were added.
func (p *Pieces) State() *State {
	p.settle()
	// Beside tabs of ours the empty tab is left over from a write that was interrupted
	// between its parts.
	p.st.fresh = p.first && !p.others
	return p.st
}

// seeTab reads a tab. A tab, column or row counts as ours if its tag has the id that we
// would have given it: a person's copy of a tab has tags with the same words and other
// ids.
func seeTab(sh *sheets.Sheet) *tabState {
	p := sh.Properties
	t := &tabState{id: p.SheetId, hidden: p.Hidden, keyCol: -1, seen: &seenTab{}}
	if c := p.TabColorStyle; c != nil && c.RgbColor != nil {
		t.color = hexColor(c.RgbColor)
	}
	if g := p.GridProperties; g != nil {
		t.hideGrid = g.HideGridlines
		t.frozenRows, t.frozenCols = int(g.FrozenRowCount), int(g.FrozenColumnCount)
		t.gridRows, t.gridCols = int(g.RowCount), int(g.ColumnCount)
	}
	for _, m := range sh.DeveloperMetadata {
		if m.MetadataKey == tabKey && m.MetadataId == tabMetaID(t.id) {
			t.key = m.MetadataValue
		}
	}
	for _, r := range sh.ProtectedRanges {
		whole := r.Range != nil && r.Range.StartRowIndex == 0 && r.Range.EndRowIndex == 0 &&
			r.Range.StartColumnIndex == 0 && r.Range.EndColumnIndex == 0
		t.protects = append(t.protects, protectState{id: r.ProtectedRangeId, sheet: whole})
	}
	t.readLooks(sh)
	for _, d := range sh.Data {
		t.readData(d)
	}
	for _, m := range sh.Merges {
		t.foreignMerges = append(t.foreignMerges, Area{
			int(m.StartRowIndex), int(m.StartColumnIndex), int(m.EndRowIndex), int(m.EndColumnIndex),
		})
	}
	t.rules = len(sh.ConditionalFormats)
	for _, c := range sh.Charts {
		t.charts = append(t.charts, chartState{id: c.ChartId})
	}
	t.filter = sh.BasicFilter != nil
	t.groups = seenGroups(sh.ColumnGroups)
	return t
}

// readData reads the cells of some rows, and the tags of these rows and of columns.
func (t *tabState) readData(d *sheets.GridData) {
	for i, m := range d.ColumnMetadata {
		for _, tag := range m.DeveloperMetadata {
			if tag.MetadataKey == columnKey && tag.MetadataId == MetaID(t.id, tag.MetadataValue) {
				t.spareCols = append(t.spareCols, colState{key: tag.MetadataValue, pos: int(d.StartColumn) + i,
					hidden: m.HiddenByUser})
			}
		}
	}
	for i, m := range d.RowMetadata {
		for _, tag := range m.DeveloperMetadata {
			if tag.MetadataKey == rowKey && tag.MetadataId == rowMetaID(t.id, tag.MetadataValue) {
				t.spareRows = append(t.spareRows, rowState{tag: tag.MetadataValue, pos: int(d.StartRow) + i})
			}
		}
	}
	t.seen.read(d)
}

func (s *seenTab) read(d *sheets.GridData) {
	for i, row := range d.RowData {
		if row == nil || len(row.Values) == 0 {
			continue
		}
		r := int(d.StartRow) + i
		for len(s.cells) <= r {
			s.cells = append(s.cells, nil)
		}
		cells := s.cells[r]
		for j, v := range row.Values {
			if v == nil || v.UserEnteredValue == nil && v.Note == "" &&
				!(s.looks && (v.UserEnteredFormat != nil || v.DataValidation != nil)) {
				continue
			}
			c := int(d.StartColumn) + j
			for len(cells) <= c {
				cells = append(cells, seenCell{style: noStyle})
			}
			cells[c] = s.cell(v)
		}
		s.cells[r] = cells
	}
}

func (s *seenTab) cell(v *sheets.CellData) seenCell {
	saw := seenCell{value: seenValue(v.UserEnteredValue), note: noteHash(v.Note), text: v.Note, style: noStyle}
	if !s.looks {
		return saw
	}
	saw.style, saw.check = formatShape(v.UserEnteredFormat), seenCheck(v.DataValidation)
	if f := v.UserEnteredFormat; f != nil && f.NumberFormat != nil {
		saw.format = f.NumberFormat.Type
		e := v.EffectiveValue
		saw.meant = e != nil && e.NumberValue != nil && meaningful(saw.format)
	}
	return saw
}

// seenValue returns the valueCode of what was read; valBlank: nothing.
func seenValue(v *sheets.ExtendedValue) uint64 {
	switch {
	case v == nil:
		return valBlank
	case v.NumberValue != nil:
		return valueCode(Number, *v.NumberValue, "")
	case v.StringValue != nil && *v.StringValue != "":
		return valueCode(Text, 0, *v.StringValue)
	case v.FormulaValue != nil:
		return valueCode(Formula, 0, *v.FormulaValue)
	case v.BoolValue != nil && *v.BoolValue:
		return valTrue
	case v.BoolValue != nil:
		return valFalse
	case v.StringValue != nil:
		return valBlank
	}
	return valUnknown // an error value: the cell is not empty
}

func hexColor(c *sheets.Color) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	b.WriteByte('#')
	for _, f := range []float64{c.Red, c.Green, c.Blue} {
		n := min(255, max(0, int(f*255+0.5)))
		b.WriteByte(digits[n>>4])
		b.WriteByte(digits[n&15])
	}
	return b.String()
}

// tab returns our tab with an id, or nil.
func (s *State) tab(id int64) *tabState {
	for _, t := range s.tabs {
		if t.id == id {
			return t
		}
	}
	return nil
}

// Doubtful reports whether a Diff found a day of a tab in two rows, as after somebody
// copied one. Nobody knows which will stay, and our cells are in only one of them: this
// State is valid only while both exist, and must not be stored.
func (s *State) Doubtful() bool { return s.doubtful }

// Relocated reports whether Locate has changed the State.
func (s *State) Relocated() bool { return s.relocated }

// Title returns the title of the spreadsheet as it was last read or written.
func (s *State) Title() string { return s.title }

// Tabs returns the keys of our tabs that are known to exist.
func (s *State) Tabs() []string {
	var keys []string
	for _, t := range s.tabs {
		keys = append(keys, t.key)
	}
	return keys
}

// MadeOf gives the Inputs of the Tab that stands there whole as it was written last;
// empty: nobody knows.
func (s *State) MadeOf(key string) string {
	for _, t := range s.tabs {
		if t.key == key && t.apart() && !t.untagged {
			return t.inputs
		}
	}
	return ""
}

// Has reports whether the tab with the key is known to exist.
func (s *State) Has(key string) bool { return slices.Contains(s.Tabs(), key) }

// RangesOf returns the tabs whose keys are wanted, as ranges to which the answer of a
// write from s to after can be limited. Nil: it cannot be, since there is none, or since
// the write itself gives one of them another title. A tab that the write makes is in no
// range: nobody can have typed there.
func (s *State) RangesOf(after *State, wanted func(tab string) bool) []string {
	var ranges []string
	for _, t := range s.tabs {
		if !wanted(t.key) {
			continue
		}
		was, is := s.titleOf(t.id), after.titleOf(t.id)
		if was != is {
			return nil
		}
		ranges = append(ranges, "'"+strings.ReplaceAll(is, "'", "''")+"'")
	}
	return ranges
}

// titleOf returns the title of a tab; empty: there is none.
func (s *State) titleOf(id int64) string {
	i := slices.IndexFunc(s.order, func(r sheetRef) bool { return r.id == id })
	if i < 0 {
		return ""
	}
	return s.order[i].title
}
