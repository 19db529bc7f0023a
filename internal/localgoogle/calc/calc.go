// Package calc calculates the formulas of one spreadsheet for the local Google.
//
// It reads a spreadsheet through Source, answers the value of any cell as Google Sheets
// would, and rewrites formulas when rows, columns and tabs move. It is pure: it does no
// I/O, has no clock and no API types, and never guesses – a function that it cannot do as
// Google does gives an error that says so, never a number.
//
// Operators, references, laziness, errors and the functions of everyday sheets are its
// own, because that is where Excel's rules and Google's part company (a blank equals "",
// text never counts in SUM, errors name their function). The long tail of numeric
// functions – finance, statistics, distributions – is calculated by excelize.
package calc

import "time"

// Kind is what a Value is.
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

// Text is how a cell shows the error.
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

// DateKind is how a number wants to be shown where its cell has no number format.
type DateKind int

// The kinds of dates.
const (
	None DateKind = iota
	Date
	DateTime
	Time
)

// Value is what a cell holds.
type Value struct {
	Kind Kind
	Num  float64
	Str  string
	Bool bool
	Err  ErrorType
	Msg  string   // what Google says about the error
	Link string   // the address of a HYPERLINK
	Date DateKind // what a number looks like in a cell without a number format
}

// Num is a number.
func Num(x float64) Value { return Value{Kind: Number, Num: x} }

// Str is a text.
func Str(s string) Value { return Value{Kind: String, Str: s} }

// Boolean is TRUE or FALSE.
func Boolean(b bool) Value { return Value{Kind: Bool, Bool: b} }

// fail is an error with Google's own words about it.
func fail(t ErrorType, msg string) Value { return Value{Kind: Error, Err: t, Msg: msg} }

// Sheet is a tab and the size of its grid.
type Sheet struct {
	ID         int64
	Title      string
	Rows, Cols int
}

// Source is the spreadsheet as the engine reads it. Cell coordinates are 0-based. The
// engine reads it again after Reset, after the grid has grown and for each name of a
// range, so it must always show the present state.
type Source interface {
	Sheets() []Sheet
	// Each calls f for every non-empty cell of the sheet: a formula ("=…" as typed) or a
	// constant.
	Each(sheetID int64, f func(row, col int, formula string, constant Value))
	// NamedRange returns the cells of a named range; r1 and c1 are exclusive, as in the
	// API's GridRange. An end of 0 or less is the end of the grid.
	NamedRange(name string) (sheetID int64, r0, c0, r1, c1 int, ok bool)
}

// Options are the surroundings of the calculation.
type Options struct {
	Now      func() time.Time // for TODAY and NOW; the machine's clock if nil
	Location *time.Location   // time zone of the spreadsheet; UTC if nil
	Locale   string           // such as "ru_RU"; en_US if empty
}
