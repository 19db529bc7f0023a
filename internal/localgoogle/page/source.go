package page

import (
	"context"
	"net/http"
	"time"

	"google.golang.org/api/sheets/v4"
)

// Source is the local Google as the page sees it. Errors that have a method
// HTTPStatus() int are answered with that status, others with 500.
type Source interface {
	// Caller is the e-mail of who makes a request.
	Caller(r *http.Request) string
	// Owner is the account that acts for callers without a name.
	Owner() string
	// Files are the spreadsheets that Drive would list for a person, newest first.
	Files(user string) []File
	// Shares are all grants of roles to people on spreadsheets, those of owners too.
	Shares() []Share
	// Seq is the number of the latest change of any file.
	Seq() int64
	// Version is the number of the latest change of a file that the person may read.
	Version(user, id string) (int64, error)
	// Open shows one version of a spreadsheet to read. The Book is not to be used
	// after read has returned.
	Open(ctx context.Context, user, id string, read func(Book) error) error
}

// File is a spreadsheet in the list of files.
type File struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Kind     string    `json:"kind"` // of its appProperties: control, summary, report; or empty
	Role     string    `json:"role"` // of the caller: reader, commenter, writer, owner
	Modified time.Time `json:"modified"`
}

// Share is a role of a person on a spreadsheet.
type Share struct {
	FileID, Name, Kind string
	Email, Role        string
}

// Book is a version of a spreadsheet, as one person reads it.
type Book interface {
	Info() Info
	Tabs() []Tab
	// Rows are the cells of rows [from, to) of a tab: as many rows as hold or show
	// anything, each as long as it holds or shows anything.
	Rows(tab int64, from, to int) [][]Cell
	// Charts are the charts of a tab with their data.
	Charts(tab int64) []Chart
	// Options are the choices of a cell's dropdown.
	Options(tab int64, row, col int) []string
	// Refuse says which of the texts a strict validation rule of the cells would
	// refuse if they were typed.
	Refuse(tab int64, edits []Edit) []Refusal
}

// Info is what a spreadsheet is.
type Info struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Kind     string `json:"kind"`
	Role     string `json:"role"` // of the caller
	Locale   string `json:"locale"`
	TimeZone string `json:"timeZone"`
	Today    string `json:"today"` // the day in its time zone, as 2026-05-15
}

// Area is a rectangle of cells, half open: first row, end row, first column, end
// column.
type Area [4]int

// Tab is a tab without its cells.
type Tab struct {
	ID         int64          `json:"id"`
	Title      string         `json:"title"`
	Hidden     bool           `json:"hidden,omitempty"`
	Color      string         `json:"color,omitempty"`
	Rows       int            `json:"rows"`
	Cols       int            `json:"cols"`
	FrozenRows int            `json:"frozenRows,omitempty"`
	FrozenCols int            `json:"frozenCols,omitempty"`
	HideGrid   bool           `json:"hideGrid,omitempty"`
	Widths     map[int]int    `json:"widths,omitempty"`  // of columns that are not 100 pixels wide
	Heights    map[int]int    `json:"heights,omitempty"` // of rows whose height was set
	HiddenRows []int          `json:"hiddenRows,omitempty"`
	HiddenCols []int          `json:"hiddenCols,omitempty"`
	Groups     []Group        `json:"groups,omitempty"`     // of columns
	GroupAfter bool           `json:"groupAfter,omitempty"` // their buttons stand behind them, not before
	Merges     []Area         `json:"merges,omitempty"`
	Filter     *Area          `json:"filter,omitempty"`
	Locks      []Lock         `json:"locks,omitempty"`
	Today      *int           `json:"today,omitempty"` // the row that is dated today
	Key        string         `json:"key,omitempty"`   // what developer metadata calls the tab,
	RowKeys    map[string]int `json:"rowKeys,omitempty"`
	ColKeys    map[string]int `json:"colKeys,omitempty"` // and its rows and columns
}

// Group is a run of columns that is opened and closed with one button.
type Group struct {
	From   int  `json:"from"`
	To     int  `json:"to"`    // behind the last
	Depth  int  `json:"depth"` // 1: in no other group
	Closed bool `json:"closed,omitempty"`
}

// Lock is a protection that keeps the caller from editing cells.
type Lock struct {
	Area Area   `json:"area"`
	Open []Area `json:"open,omitempty"` // within it, what may be edited all the same
	Note string `json:"note,omitempty"`
}

// Cell is a cell as it is shown.
type Cell struct {
	Text    string
	Edit    string // what one edits: a formula, or the value as one would type it
	Kind    Kind
	Format  *sheets.CellFormat // effective; nil for a blank cell that nothing paints
	Note    string
	Link    string
	Error   string // what is wrong with the formula
	Runs    []*sheets.TextFormatRun
	Rule    *sheets.DataValidationRule
	Invalid bool // the value breaks the rule
	Spark   *Spark
}

// Kind is what a cell's value is.
type Kind string

// The kinds of values.
const (
	Blank   Kind = ""
	Number  Kind = "n"
	Text    Kind = "s"
	Boolean Kind = "b"
	Failure Kind = "e"
)

// Spark is a chart inside a cell. A nil value is a gap.
type Spark struct {
	Values  []*float64     `json:"values"`
	Options map[string]any `json:"options,omitempty"`
}

// Chart is a chart that stands over cells.
type Chart struct {
	ID      int64    `json:"id"`
	Row     int      `json:"row"` // of the cell under its top left corner
	Col     int      `json:"col"`
	X       int      `json:"x"` // pixels from that corner
	Y       int      `json:"y"`
	Width   int      `json:"width"`
	Height  int      `json:"height"`
	Title   string   `json:"title,omitempty"`
	Type    string   `json:"type"` // of the API: LINE, COLUMN, BAR, AREA, COMBO …
	Stacked bool     `json:"stacked,omitempty"`
	Legend  string   `json:"legend,omitempty"`
	Domain  []string `json:"domain"`
	Series  []Series `json:"series"`
}

// Series is a row of values of a chart. A nil value is a gap.
type Series struct {
	Name   string     `json:"name"`
	Type   string     `json:"type,omitempty"` // of a COMBO
	Color  string     `json:"color,omitempty"`
	Format string     `json:"format,omitempty"` // kind of its numbers: PERCENT, TIME, or empty
	Values []*float64 `json:"values"`
	Texts  []string   `json:"texts"` // the values as the cells show them
}

// Edit is a text that is going to be typed into a cell.
type Edit struct {
	Row  int    `json:"row"`
	Col  int    `json:"col"`
	Text string `json:"text"`
}

// Refusal is why a text may not be typed into a cell.
type Refusal struct {
	Row     int    `json:"row"`
	Col     int    `json:"col"`
	Message string `json:"message"` // the rule's own, or empty
}
