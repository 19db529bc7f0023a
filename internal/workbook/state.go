package workbook

import "google.golang.org/api/sheets/v4"

// StateFields is the field mask of the spreadsheets.get that StateOf reads.
const StateFields = "spreadsheetId,properties(title,locale,timeZone),developerMetadata,sheets(properties,developerMetadata,merges,protectedRanges(protectedRangeId,description),conditionalFormats(ranges),charts(chartId),basicFilter(range),data(startRow,startColumn,columnMetadata(developerMetadata,hiddenByUser),rowMetadata(developerMetadata),rowData(values(userEnteredValue,note))))"

// State is what is known to stand in a spreadsheet: its structure (which tab,
// column and row is where) and a hash of the value and of the look of each cell
// that the worker wrote. It is small enough to be kept for every spreadsheet.
type State struct{ todo int }

// Fresh is the state of a spreadsheet just made through Drive: one tab, empty,
// with id 0.
func Fresh() *State { panic("workbook: to be written") }

// StateOf reads a state off a spreadsheet got with StateFields. What cells look
// like is not known from it, so a Diff against it writes all that is ours
// again.
func StateOf(s *sheets.Spreadsheet) *State { panic("workbook: to be written") }

// Marshal and UnmarshalState keep a state as bytes.
func (s *State) Marshal() ([]byte, error) { panic("workbook: to be written") }

// UnmarshalState reads what Marshal wrote.
func UnmarshalState(b []byte) (*State, error) { panic("workbook: to be written") }

// Found is a tagged column as a read of values found it.
type Found struct {
	MetaID int64
	Sheet  string // title at the time
	Col    int    // 0-based
	Row    int    // 0-based row of Values[0]
	Values []any  // float64, string, bool or nil
}

// Locate brings the state's structure up to date with what a read found: where
// each tagged column stands now, and, by the values of each tab's key column,
// each day's row. It tells what could not be found: columns that are gone, tabs
// that are gone, days that are gone or stand twice.
func (s *State) Locate(tabs []*Tab, found []Found) (missing []string) {
	panic("workbook: to be written")
}

// Diff gives the requests of the one batchUpdate that turns what is there into
// what should be, and the state after it. No requests: nothing to do. Cells
// that are Open keep what stands in them. Tabs of have that are not in want are
// left alone unless drop names their key.
func Diff(have *State, want *Book, drop ...string) (reqs []*sheets.Request, after *State, err error) {
	panic("workbook: to be written")
}
