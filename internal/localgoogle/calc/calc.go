// Package calc calculates the formulas of one spreadsheet for the local Google.
//
// It reads a spreadsheet through Source, returns the value of any cell as Google Sheets
// would, and rewrites formulas when rows, columns and tabs move. It is pure: it does no
// I/O, has no clock and no API types. It never guesses: a function that it cannot do as
// Google does returns an error that says so, never a number.
//
// It implements operators, references, laziness, errors and the functions of everyday
// sheets itself, because there Google's rules differ from Excel's (a blank equals "",
// text never counts in SUM, errors name their function). It leaves the long tail of
// numeric functions – finance, statistics, distributions – to excelize.
package calc

import "time"

// Kind is the kind of a Value.
type Kind int

// The kinds of values.
const (
	Empty Kind = iota
	Number
	String
	Bool
	Error
)

// ErrorType is Google's name of an error.
type ErrorType string

// The errors of Google Sheets.
const (
	ErrError   ErrorType = "ERROR" // the formula cannot be parsed or is not supported
	ErrNull    ErrorType = "NULL_VALUE"
	ErrDiv     ErrorType = "DIVIDE_BY_ZERO"
	ErrValue   ErrorType = "VALUE"
	ErrRef     ErrorType = "REF"
	ErrName    ErrorType = "NAME"
	ErrNum     ErrorType = "NUM"
	ErrNA      ErrorType = "N_A"
	ErrLoading ErrorType = "LOADING"
)

// Text returns the text that a cell shows for the error.
func (e ErrorType) Text() string {
	switch e {
	case ErrNull:
		return "#NULL!"
	case ErrDiv:
		return "#DIV/0!"
	case ErrValue:
		return "#VALUE!"
	case ErrRef:
		return "#REF!"
	case ErrName:
		return "#NAME?"
	case ErrNum:
		return "#NUM!"
	case ErrNA:
		return "#N/A"
	case ErrLoading:
		return "Loading..."
	}
	return "#ERROR!"
}

// DateKind says how to show a number in a cell that has no number format.
type DateKind int

// The kinds of dates.
const (
	None DateKind = iota
	Date
	DateTime
	Time
)

// Value is the value of a cell.
type Value struct {
	Kind Kind
	Num  float64
	Str  string
	Bool bool
	Err  ErrorType
	Msg  string   // Google's message
	Link string   // the address of a HYPERLINK
	Date DateKind // how to show a number in a cell without a number format
}

// Num returns a number.
func Num(x float64) Value { return Value{Kind: Number, Num: x} }

// Str returns a text.
func Str(s string) Value { return Value{Kind: String, Str: s} }

// Boolean returns TRUE or FALSE.
func Boolean(b bool) Value { return Value{Kind: Bool, Bool: b} }

// fail returns an error with Google's own message.
func fail(t ErrorType, msg string) Value { return Value{Kind: Error, Err: t, Msg: msg} }

// Sheet is a tab and the size of its grid.
type Sheet struct {
	ID         int64
	Title      string
	Rows, Cols int
}

// Source gives the engine the spreadsheet. Cell coordinates are 0-based. The engine reads
// it again after Reset, when the grid has grown and for each named range, so it must
// always show the present state.
type Source interface {
	Sheets() []Sheet
	// Each calls f for every non-empty cell of the sheet: a formula ("=…" as typed) or a
	// constant.
	Each(sheetID int64, f func(row, col int, formula string, constant Value))
	// NamedRange returns the cells of a named range; r1 and c1 are exclusive, as in the
	// API's GridRange. An end of 0 or less is the end of the grid.
	NamedRange(name string) (sheetID int64, r0, c0, r1, c1 int, ok bool)
}

// Options are the settings of the calculation.
type Options struct {
	Now      func() time.Time // for TODAY and NOW; the machine's clock if nil
	Location *time.Location   // time zone of the spreadsheet; UTC if nil
	Locale   string           // such as "ru_RU"; en_US if empty
}
