// Package workbook holds a spreadsheet as a value: what it should be (Book), what is
// known to be there (State), and the difference between the two as requests for one
// spreadsheets.batchUpdate.
//
// It is pure: it uses the request types of the Sheets API but does no I/O, so it sends
// nothing.
package workbook

// Book is a spreadsheet as it should be.
type Book struct {
	Title    string
	Locale   string // ru_RU
	TimeZone string // Europe/Moscow
	Recalc   string // how often NOW and TODAY are updated in an open spreadsheet; empty: leave it
	Tabs     []*Tab // in order
	// Drop are keys of tabs of ours that it may have had before: they are deleted. Other
	// tabs that it has not are left alone.
	Drop []string
}

// How often formulas that show the time are recalculated in a spreadsheet in which nobody
// types, in Google's words. By default they wait until somebody types.
const (
	EveryMinute = "MINUTE"
	EveryHour   = "HOUR"
)

// Tab is one sheet of a Book. Coordinates are 0-based rows and columns of Cells; the
// State knows their positions on the real sheet.
type Tab struct {
	ID    int64  // sheetId, chosen by us, never changes; never 0
	Key   string // identity stored in developer metadata, e.g. "month:2026-11"
	Title string // if somebody else's tab has it, ours becomes «Title (2)»
	// Exclusive means that the worker owns the whole tab and clears what is outside
	// Cells. Otherwise rows, columns and cells that are not in the Book belong to others,
	// and the worker leaves them alone. Every column should then have a key, because one
	// without is known by its position, which people can shift unnoticed.
	Exclusive bool
	// Sorted: rows change places, as in a rating, and are told by the links in them.
	// Where few have, they are moved instead of being written anew. Only for Exclusive
	// tabs of nothing but cells, which nothing else of the Book refers to by place.
	Sorted   bool
	Hidden   bool
	TabColor string // "#RRGGBB" or empty
	HideGrid bool
	// Rows and Cols are the least size of the grid; it never shrinks unless the tab is
	// Exclusive.
	Rows, Cols             int
	FrozenRows, FrozenCols int
	Columns                []Column    // of the first columns; the rest keep the default
	KeyColumn              string      // key of the column in which RowID.Day stands
	RowIDs                 []RowID     // identities of rows; rows beyond have none
	Heights                map[int]int // of rows, in pixels, or HiddenRow; 0: leave
	Cells                  [][]Cell    // rows may be short; nil cells are Blank and not ours
	Merges                 []Area
	Rules                  []Rule
	// a note with one of these texts on an Open cell is ours, whatever the State knows
	Notes   []string
	Protect *Protect
	Charts  []Chart
	Filter  *Area // basic filter
	// Groups are groups of columns that people can open and close; only on an Exclusive
	// tab, where all groups are ours.
	Groups []Group
	Copies []Copy
	// Inputs names everything that the tab is made from: where State.MadeOf gives the
	// same, it need not be made again. Empty: nobody knows. For an Exclusive tab that
	// nothing refers to, and that refers to nothing.
	Inputs string
	// Kept: the tab stands there already, made from the same Inputs, and is left as it
	// is. Only its ID, Key, Title and Inputs are given.
	Kept bool
}

// HiddenRow in Tab.Heights hides a row, once. Whether people show it again is their
// business from then on.
const HiddenRow = -1

// Group is the columns [C0,C1) of a tab, which are closed when the group is made. From
// then on people decide whether it is open. Google merges groups that touch, so at least
// one column must separate two.
type Group struct{ C0, C1 int }

// Copy says that an area of a tab has the same values and looks as another. Where it
// differs, one request copies it instead of writing cell by cell. The Book still holds
// the cells. They may be neither formulas nor a person's, and have no notes and no
// validation; notes of the other tab are not copied.
type Copy struct {
	From   int64 // ID of a tab of the same Book
	R0, C0 int   // where the area begins there
	To     Area
}

// Column is a column of a Tab.
type Column struct {
	// Key is the identity of the column, stored in developer metadata on it, so that it
	// is found wherever it was moved. Empty: the column is known by its position. A
	// column that is no longer in the Book is hidden and kept, and shown again when it
	// returns.
	Key    string
	Width  int // pixels; 0: leave it
	Hidden bool
	// Own means that nobody types into the column: anything there that is not in the
	// Book, as after somebody copied a row, is cleared once it is seen.
	Own bool
}

// RowID identifies a row by a value in it or by a tag on it. A row with neither is known
// by its position: after the row before it, as when it was made. Rows are never moved,
// but for those of a Sorted tab, which have neither. A day that is no longer in the Book
// stays as it is; a tagged row loses what the worker wrote.
type RowID struct {
	// Day is a date serial in the tab's KeyColumn of that row.
	Day float64
	// Tag is a name in developer metadata on the row, for the few fixed rows of a
	// heading.
	Tag string
}

// Area is a rectangle of cells, half open: rows [R0,R1), columns [C0,C1).
type Area struct{ R0, C0, R1, C1 int }

// ValueKind is the kind of a cell's content.
type ValueKind uint8

// The kinds of values.
const (
	Blank ValueKind = iota
	Number
	Text
	Bool
	Formula
)

// Cell is a cell as it should be.
type Cell struct {
	Kind ValueKind
	Num  float64 // Number; Bool: 1 or 0
	// Str of a Text stays text whatever it looks like. Empty, it is a cell of ours that
	// is to be empty, whatever is there now, while a Blank cell of a tab that is not
	// Exclusive is not ours. Of a Formula it is "=…" with ; and English names. References
	// are to cells of the Book (A1 is Cells[0][0], another tab is called by its Title),
	// whatever their real positions.
	Str string
	// Open means that the value is a person's. The worker keeps the look and the
	// validation of the cell, and writes the value only when it makes the cell, also when
	// again.
	Open  bool
	Style *Style // nil: default look
	Note  string
	Link  string      // address that the text links to: https://… or #gid=1&range=A1
	Check *Validation // nil: none
}

// Constructors of cells.

// Txt returns a cell with a text.
func Txt(s string, st *Style) Cell { return Cell{Kind: Text, Str: s, Style: st} }

// N returns a cell with a number.
func N(v float64, st *Style) Cell { return Cell{Kind: Number, Num: v, Style: st} }

// F returns a cell with a formula; separators are ; and functions have English names.
func F(formula string, st *Style) Cell { return Cell{Kind: Formula, Str: formula, Style: st} }

// Style is the look of a cell. Styles are compared by value. Colours are
// "#RRGGBB"; empty is the default.
type Style struct {
	Format     NumberFormat
	Bold       bool
	Italic     bool
	Size       int // points; 0: 10
	Color      string
	Background string
	Align      string // LEFT, CENTER, RIGHT; empty: by value
	VAlign     string // TOP, MIDDLE, BOTTOM; empty: MIDDLE
	Wrap       string // WRAP, CLIP, OVERFLOW_CELL; empty: OVERFLOW_CELL
	Top        string // border: "" none, "thin #RRGGBB", "medium #RRGGBB"
	Bottom     string
	Left       string
	Right      string
	PadLeft    int // pixels beyond the default
}

// NumberFormat is Google's: Type is NUMBER, PERCENT, CURRENCY, DATE, TIME, DATE_TIME or
// TEXT, and Pattern its pattern.
type NumberFormat struct{ Type, Pattern string }

// Validation is a rule for what may be typed into a cell.
type Validation struct {
	// condition type of the API: ONE_OF_LIST, ONE_OF_RANGE, BOOLEAN,
	// NUMBER_GREATER_THAN_EQ, NUMBER_BETWEEN, DATE_IS_VALID, CUSTOM_FORMULA,
	// TEXT_IS_EMAIL …
	Kind string
	// as typed by a person: no decimal fractions; relative references of a CUSTOM_FORMULA
	// start at the first cell of the tab with an equal Validation
	Values  []string
	Message string // shown with the cell
	Strict  bool   // reject instead of warn
	List    bool   // show a dropdown
}

// Rule is a conditional format over areas of a tab.
type Rule struct {
	Areas  []Area
	Kind   string   // condition type of the API: CUSTOM_FORMULA, NUMBER_LESS, TEXT_EQ, BLANK …
	Values []string // formulas with ; and English names; relative references start at the top left of the first area
	Color  string   // of the text
	Back   string   // of the cell
	Bold   bool
	Strike bool
}

// Protect protects a whole tab except its open areas.
type Protect struct {
	ID      int64 // protectedRangeId, chosen by us
	Note    string
	Open    []Area
	Editors []string // e-mails besides the worker's; the worker is always an editor
}

// Chart is a native chart that lies over cells.
type Chart struct {
	ID            int64
	Kind          string // LINE, COLUMN, BAR, AREA, COMBO
	Title         string
	Data          int64    // ID of the tab of the same Book with its data, which may be hidden; 0: its own
	Domain        Area     // one column with a heading cell on top
	Series        []Area   // one column each, heading cell on top
	SeriesKinds   []string // COMBO: LINE or COLUMN for each series
	Colors        []string
	At            Area // R0, C0: the cell under its top left corner
	X             int  // pixels to the right of that corner
	Width, Height int
	Stacked       bool
}

// SheetID returns a stable sheet id, 1 … 2^31−1, for a tab's key.
func SheetID(key string) int64 { return stableID("tab:" + key) }

// MetaID returns the stable developer metadata id of a tab's column or row.
func MetaID(tab int64, key string) int64 { return stableID(itoa(tab) + ":" + key) }
