package page

import (
	"context"
	"net/http"
	"time"

	"google.golang.org/api/sheets/v4"
)

// Source gives the page access to the local Google. If an error has a method HTTPStatus()
// int, the page answers with that status, otherwise with 500.
type Source interface {
	// Caller returns the e-mail of the person who makes a request.
	Caller(r *http.Request) string
	// Owner returns the account that acts for callers without a name.
	Owner() string
	// Files returns the spreadsheets that Drive would list for a person, newest first.
	Files(user string) []File
	// Shares returns all grants of roles to people on spreadsheets, including those of
	// owners.
	Shares() []Share
	// Seq returns the number of the latest change of any file.
	Seq() int64
	// Version returns the number of the latest change of a file that the person may read.
	Version(user, id string) (int64, error)
	// Prepare loads a spreadsheet, if there is one that is not loaded, and calls read
	// with it, so that what read needs is computed. Whoever asks for it next gets what
	// fails as an error.
	Prepare(id string, read func(Book))
	// Open calls read with one version of a spreadsheet. The Book must not be used after
	// read has returned.
	Open(ctx context.Context, user, id string, read func(Book) error) error
}

// File is a spreadsheet in the list of files.
type File struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Kind     string    `json:"kind"` // from appProperties: control, summary, report; or empty
	Role     string    `json:"role"` // the caller's: reader, commenter, writer, owner
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
	// Rows returns the cells of rows [from, to) of a tab, without the rows at the end,
	// and in each row the cells at the end, that hold and show nothing.
	Rows(tab int64, from, to int) [][]Cell
	// Charts returns the charts of a tab with their data.
	Charts(tab int64) []Chart
	// Options returns the choices of a cell's dropdown.
	Options(tab int64, row, col int) []string
	// Refuse returns the texts that a strict validation rule of the cells would refuse.
	Refuse(tab int64, edits []Edit) []Refusal
}

// Info describes a spreadsheet.
type Info struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Kind     string `json:"kind"`
	Role     string `json:"role"` // the caller's
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
	GroupAfter bool           `json:"groupAfter,omitempty"` // their buttons are after them, not before
	Merges     []Area         `json:"merges,omitempty"`
	Filter     *Area          `json:"filter,omitempty"`
	Locks      []Lock         `json:"locks,omitempty"`
	Today      *int           `json:"today,omitempty"` // the row with today's date
	Key        string         `json:"key,omitempty"`   // the tab's key in its developer metadata,
	RowKeys    map[string]int `json:"rowKeys,omitempty"`
	ColKeys    map[string]int `json:"colKeys,omitempty"` // and those of its rows and columns
}

// Group is a run of columns that one button opens and closes.
type Group struct {
	From   int  `json:"from"`
	To     int  `json:"to"`    // exclusive
	Depth  int  `json:"depth"` // 1: outermost
	Closed bool `json:"closed,omitempty"`
}

// Lock is a protection that keeps the caller from editing cells.
type Lock struct {
	Area Area   `json:"area"`
	Open []Area `json:"open,omitempty"` // within it, the areas that the caller may edit all the same
	Note string `json:"note,omitempty"`
}

// Cell is a cell as shown.
type Cell struct {
	Text    string
	Edit    string // the text to edit: a formula, or the value as one would type it
	Kind    Kind
	Format  *sheets.CellFormat // effective; nil for a blank cell without fill or borders
	Note    string
	Link    string
	Error   string // the error of the formula
	Runs    []*sheets.TextFormatRun
	Rule    *sheets.DataValidationRule
	Invalid bool // the value breaks the rule
	Spark   *Spark
}

// Kind is the kind of a cell's value.
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

// Chart is a chart placed over cells.
type Chart struct {
	ID      int64    `json:"id"`
	Row     int      `json:"row"` // the cell under its top left corner
	Col     int      `json:"col"`
	X       int      `json:"x"` // pixels from that corner
	Y       int      `json:"y"`
	Width   int      `json:"width"`
	Height  int      `json:"height"`
	Title   string   `json:"title,omitempty"`
	Type    string   `json:"type"` // as in the API: LINE, COLUMN, BAR, AREA, COMBO …
	Stacked bool     `json:"stacked,omitempty"`
	Legend  string   `json:"legend,omitempty"`
	Domain  []string `json:"domain"`
	Series  []Series `json:"series"`
}

// Series is a row of values of a chart. A nil value is a gap.
type Series struct {
	Name   string     `json:"name"`
	Type   string     `json:"type,omitempty"` // in a COMBO
	Color  string     `json:"color,omitempty"`
	Format string     `json:"format,omitempty"` // kind of its numbers: PERCENT, TIME, or empty
	Values []*float64 `json:"values"`
	Texts  []string   `json:"texts"` // the values as the cells show them
}

// Edit is a text to be typed into a cell.
type Edit struct {
	Row  int    `json:"row"`
	Col  int    `json:"col"`
	Text string `json:"text"`
}

// Refusal says why a text may not be typed into a cell.
type Refusal struct {
	Row     int    `json:"row"`
	Col     int    `json:"col"`
	Message string `json:"message"` // the rule's own, or empty
}
