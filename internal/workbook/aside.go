package workbook

import (
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"
)

// This file sets a tab aside that cannot be written: a copy of it is kept, hidden, under
// another title, and the tab is deleted, so that a Diff makes it anew under its id.
//
// Whether Google copies developer metadata and protections along with a tab is not
// documented, so nothing here depends on it: the columns of the copy get tags of their
// own, by which what people typed is found there, and once the tab stands again whatever
// tags and protections the copy has are taken away.

// Aside is a tab of ours that is set aside.
type Aside struct {
	Tab   int64  // its id, which the tab that is made anew gets
	Title string // as it stood
	Copy  int64  // id of the copy
	Kept  string // title of the copy
}

// maxKept is how many characters of a title the copy's begins with, so that all of it
// stays within Google's 100.
const maxKept = 80

// NewAside names the copy that a tab is to be kept as; title gives it from the tab's own.
// There is none of a tab that is not there.
func NewAside(s *sheets.Spreadsheet, tab int64, title func(string) string) (Aside, bool) {
	at := sheetAt(s, tab)
	if at < 0 {
		return Aside{}, false
	}
	a := Aside{Tab: tab, Title: s.Sheets[at].Properties.Title}
	var taken []string
	for _, sh := range s.Sheets {
		if sh.Properties != nil {
			taken = append(taken, sh.Properties.Title)
		}
	}
	short := []rune(a.Title)
	a.Kept = freeTitle(title(string(short[:min(len(short), maxKept)])), taken)
	for n := int64(1); a.Copy == 0 || sheetAt(s, a.Copy) >= 0; n++ {
		a.Copy = stableID("aside:" + itoa(tab) + ":" + itoa(n))
	}
	return a, true
}

// Requests set the tab aside, in one batch, of a spreadsheet that was got just now. What
// formulas of people show of the tab they show of the copy, which stands hidden where the
// tab stood, if any other tab is to be seen.
func (a Aside) Requests(s *sheets.Spreadsheet) []*sheets.Request {
	at := sheetAt(s, a.Tab)
	if at < 0 {
		return nil
	}
	reqs := []*sheets.Request{{DuplicateSheet: &sheets.DuplicateSheetRequest{SourceSheetId: a.Tab, NewSheetId: a.Copy,
		NewSheetName: a.Kept, InsertSheetIndex: int64(at)}}}
	for _, d := range s.Sheets[at].Data {
		for i, m := range d.ColumnMetadata {
			for _, t := range m.DeveloperMetadata {
				if t.MetadataKey == columnKey && t.MetadataId == MetaID(a.Tab, t.MetadataValue) {
					reqs = append(reqs, tagColumn(a.Copy, t.MetadataValue, int(d.StartColumn)+i))
				}
			}
		}
	}
	reqs = append(reqs, retarget(s, a.Title, a.Kept, a.Tab)...)
	if slices.ContainsFunc(s.Sheets, func(sh *sheets.Sheet) bool {
		return sh.Properties != nil && sh.Properties.SheetId != a.Tab && !sh.Properties.Hidden
	}) {
		reqs = append(reqs, &sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
			Properties: &sheets.SheetProperties{SheetId: a.Copy, Hidden: true}, Fields: "hidden",
		}})
	}
	return append(reqs, &sheets.Request{DeleteSheet: &sheets.DeleteSheetRequest{SheetId: a.Tab}})
}

// After is the spreadsheet as it will stand after Requests, as far as a Diff asks.
func (a Aside) After(s *sheets.Spreadsheet) *sheets.Spreadsheet {
	return replaced(s, sheetAt(s, a.Tab), func(sh *sheets.Sheet) *sheets.Sheet {
		p := *sh.Properties
		p.SheetId, p.Title, p.Hidden = a.Copy, a.Kept, true
		return &sheets.Sheet{Properties: &p}
	})
}

// Question is a batch that Google never carries out, to be told by the number of the
// request that it refuses whether it would set the tab aside and make it anew as the Book
// says: only if that is the last one, which deletes a tab that there is not. Its id might
// be one that the batch makes, so that only who carries the batch out, in order, finds
// that it is not.
func (a Aside) Question(s *sheets.Spreadsheet, book *Book) ([]*sheets.Request, error) {
	after := a.After(s)
	anew, _, err := Diff(StateOf(after), book)
	if err != nil {
		return nil, err
	}
	nowhere := int64(1)
	for sheetAt(after, nowhere) >= 0 ||
		slices.ContainsFunc(book.Tabs, func(t *Tab) bool { return t.ID == nowhere }) {
		nowhere++
	}
	return append(append(a.Requests(s), anew...), &sheets.Request{DeleteSheet: &sheets.DeleteSheetRequest{
		SheetId: nowhere}}), nil
}

// CopyOf tells whether the copy is there.
func (a Aside) CopyOf(s *sheets.Spreadsheet) bool { return sheetAt(s, a.Copy) >= 0 }

// Standing is the spreadsheet with the copy in the place of the tab, so that what people
// typed is read there; ok: the tab is not there, and the copy is. It is not to be written
// by: the tab has to be made anew.
func (a Aside) Standing(s *sheets.Spreadsheet) (_ *sheets.Spreadsheet, ok bool) {
	at := sheetAt(s, a.Copy)
	if at < 0 || sheetAt(s, a.Tab) >= 0 {
		return s, false
	}
	return replaced(s, at, func(sh *sheets.Sheet) *sheets.Sheet {
		n, p := *sh, *sh.Properties
		p.SheetId, p.Title = a.Tab, a.Title
		n.Properties, n.Data = &p, nil
		for _, d := range sh.Data {
			grid := *d
			grid.ColumnMetadata = nil
			for _, m := range d.ColumnMetadata {
				line := *m
				line.DeveloperMetadata = nil
				for _, t := range m.DeveloperMetadata {
					if t.MetadataKey == columnKey && t.MetadataId == MetaID(a.Copy, t.MetadataValue) {
						tag := *t
						tag.MetadataId = MetaID(a.Tab, t.MetadataValue)
						line.DeveloperMetadata = append(line.DeveloperMetadata, &tag)
					}
				}
				grid.ColumnMetadata = append(grid.ColumnMetadata, &line)
			}
			n.Data = append(n.Data, &grid)
		}
		return &n
	}), true
}

// Resume adds to the requests of the Diff that makes the tab anew what ends the setting
// aside: formulas of people show the tab again, and the copy loses tags and protection,
// so that it is theirs.
func (a Aside) Resume(s *sheets.Spreadsheet, reqs []*sheets.Request) []*sheets.Request {
	made := slices.IndexFunc(reqs, func(r *sheets.Request) bool {
		return r.AddSheet != nil && r.AddSheet.Properties.SheetId == a.Tab
	})
	at := sheetAt(s, a.Copy)
	if at < 0 {
		return reqs
	}
	var more []*sheets.Request
	if made >= 0 || sheetAt(s, a.Tab) >= 0 { // before lines move and cells of ours are written
		more = retarget(s, a.Kept, a.Title, a.Copy)
	}
	sh := s.Sheets[at]
	for _, p := range sh.ProtectedRanges {
		more = append(more, &sheets.Request{DeleteProtectedRange: &sheets.DeleteProtectedRangeRequest{
			ProtectedRangeId: p.ProtectedRangeId}})
	}
	untag := func(tags []*sheets.DeveloperMetadata) {
		for _, t := range tags {
			if t.MetadataKey == tabKey || t.MetadataKey == columnKey || t.MetadataKey == rowKey {
				more = append(more, &sheets.Request{DeleteDeveloperMetadata: &sheets.DeleteDeveloperMetadataRequest{
					DataFilter: &sheets.DataFilter{DeveloperMetadataLookup: &sheets.DeveloperMetadataLookup{
						MetadataId: t.MetadataId}}}})
			}
		}
	}
	untag(sh.DeveloperMetadata)
	for _, d := range sh.Data {
		for _, lines := range [][]*sheets.DimensionProperties{d.ColumnMetadata, d.RowMetadata} {
			for _, m := range lines {
				untag(m.DeveloperMetadata)
			}
		}
	}
	return slices.Insert(slices.Clip(reqs), made+1, more...)
}

// retarget has formulas outside a tab name another tab than they do.
func retarget(s *sheets.Spreadsheet, from, to string, but int64) []*sheets.Request {
	var cells []CellAt
	for _, sh := range s.Sheets {
		if sh.Properties == nil || sh.Properties.SheetId == but {
			continue
		}
		for _, d := range sh.Data {
			for r, row := range d.RowData {
				for c, v := range row.Values {
					if v == nil || v.UserEnteredValue == nil || v.UserEnteredValue.FormulaValue == nil {
						continue
					}
					was := *v.UserEnteredValue.FormulaValue
					is := rewrite(was, func(title string, at reference) (string, reference) {
						if strings.EqualFold(title, from) {
							title = to
						}
						return title, at
					})
					if is != was {
						cells = append(cells, CellAt{Sheet: sh.Properties.SheetId, Row: int(d.StartRow) + r,
							Col: int(d.StartColumn) + c, Cell: Cell{Kind: Formula, Str: is}})
					}
				}
			}
		}
	}
	return SetCells(cells)
}

// replaced is a spreadsheet with one tab replaced.
func replaced(s *sheets.Spreadsheet, at int, by func(*sheets.Sheet) *sheets.Sheet) *sheets.Spreadsheet {
	n := *s
	n.Sheets = slices.Clone(s.Sheets)
	n.Sheets[at] = by(s.Sheets[at])
	return &n
}

// sheetAt is the place of a tab, or −1.
func sheetAt(s *sheets.Spreadsheet, id int64) int {
	return slices.IndexFunc(s.Sheets, func(sh *sheets.Sheet) bool {
		return sh.Properties != nil && sh.Properties.SheetId == id
	})
}

// TabOf tells which tab a request changes: by the id that it names, or by whose chart or
// protection it is in the spreadsheet, as it was got. ok: it is one.
func TabOf(r *sheets.Request, s *sheets.Spreadsheet) (id int64, ok bool) {
	of := func(rng *sheets.GridRange) (int64, bool) {
		if rng == nil {
			return 0, false
		}
		return rng.SheetId, true
	}
	holds := func(has func(*sheets.Sheet) bool) (int64, bool) {
		i := slices.IndexFunc(s.Sheets, func(sh *sheets.Sheet) bool { return sh.Properties != nil && has(sh) })
		if i < 0 {
			return 0, false
		}
		return s.Sheets[i].Properties.SheetId, true
	}
	switch {
	case r.UpdateCells != nil:
		if start := r.UpdateCells.Start; start != nil {
			return start.SheetId, true
		}
		return of(r.UpdateCells.Range)
	case r.RepeatCell != nil:
		return of(r.RepeatCell.Range)
	case r.SetDataValidation != nil:
		return of(r.SetDataValidation.Range)
	case r.MergeCells != nil:
		return of(r.MergeCells.Range)
	case r.UnmergeCells != nil:
		return of(r.UnmergeCells.Range)
	case r.CopyPaste != nil:
		return of(r.CopyPaste.Destination)
	case r.SetBasicFilter != nil && r.SetBasicFilter.Filter != nil:
		return of(r.SetBasicFilter.Filter.Range)
	case r.ClearBasicFilter != nil:
		return r.ClearBasicFilter.SheetId, true
	case r.UpdateSheetProperties != nil:
		return r.UpdateSheetProperties.Properties.SheetId, true
	case r.AddConditionalFormatRule != nil && len(r.AddConditionalFormatRule.Rule.Ranges) > 0:
		return of(r.AddConditionalFormatRule.Rule.Ranges[0])
	case r.DeleteConditionalFormatRule != nil:
		return r.DeleteConditionalFormatRule.SheetId, true
	case r.AddProtectedRange != nil:
		return of(r.AddProtectedRange.ProtectedRange.Range)
	case r.UpdateProtectedRange != nil:
		return of(r.UpdateProtectedRange.ProtectedRange.Range)
	case r.DeleteProtectedRange != nil:
		return holds(func(sh *sheets.Sheet) bool {
			return slices.ContainsFunc(sh.ProtectedRanges, func(p *sheets.ProtectedRange) bool {
				return p.ProtectedRangeId == r.DeleteProtectedRange.ProtectedRangeId
			})
		})
	}
	return tabOfLines(r, holds)
}

// tabOfLines is TabOf of requests about rows, columns, their tags and charts.
func tabOfLines(r *sheets.Request, holds func(func(*sheets.Sheet) bool) (int64, bool)) (int64, bool) {
	of := func(d *sheets.DimensionRange) (int64, bool) {
		if d == nil {
			return 0, false
		}
		return d.SheetId, true
	}
	chart := func(id int64) (int64, bool) {
		return holds(func(sh *sheets.Sheet) bool {
			return slices.ContainsFunc(sh.Charts, func(c *sheets.EmbeddedChart) bool { return c.ChartId == id })
		})
	}
	switch {
	case r.InsertDimension != nil:
		return of(r.InsertDimension.Range)
	case r.DeleteDimension != nil:
		return of(r.DeleteDimension.Range)
	case r.AppendDimension != nil:
		return r.AppendDimension.SheetId, true
	case r.MoveDimension != nil:
		return of(r.MoveDimension.Source)
	case r.UpdateDimensionProperties != nil:
		return of(r.UpdateDimensionProperties.Range)
	case r.AddDimensionGroup != nil:
		return of(r.AddDimensionGroup.Range)
	case r.DeleteDimensionGroup != nil:
		return of(r.DeleteDimensionGroup.Range)
	case r.UpdateDimensionGroup != nil:
		return of(r.UpdateDimensionGroup.DimensionGroup.Range)
	case r.CreateDeveloperMetadata != nil:
		at := r.CreateDeveloperMetadata.DeveloperMetadata.Location
		if at.DimensionRange != nil {
			return of(at.DimensionRange)
		}
		return at.SheetId, !at.Spreadsheet
	case r.AddChart != nil:
		if at := r.AddChart.Chart.Position; at != nil && at.OverlayPosition != nil {
			return at.OverlayPosition.AnchorCell.SheetId, true
		}
	case r.UpdateChartSpec != nil:
		return chart(r.UpdateChartSpec.ChartId)
	case r.UpdateEmbeddedObjectPosition != nil:
		return chart(r.UpdateEmbeddedObjectPosition.ObjectId)
	case r.DeleteEmbeddedObject != nil:
		return chart(r.DeleteEmbeddedObject.ObjectId)
	}
	return 0, false
}
