package google

import (
	"fmt"

	"google.golang.org/api/sheets/v4"
)

// repeatable reports whether a batch may be sent again although it may have been applied
// already. It may if each request only sets things to what they should be, or if one
// request guards the batch, which is atomic, by failing the second time (it adds an
// object with an id of ours, or deletes by id). Inserting rows twice, say, would move
// what people typed.
func repeatable(reqs []*sheets.Request) bool {
	added, deleted := map[string]bool{}, map[string]bool{}
	sets := true
	for _, r := range reqs {
		if r == nil {
			continue
		}
		add, del := identity(r)
		if add != "" {
			added[add] = true
		}
		if del != "" {
			deleted[del] = true
		}
		sets = sets && (add != "" || del != "" || setsOnly(r))
	}
	// What the batch both deletes and adds exists before and after it: no guard.
	for id := range added {
		if !deleted[id] {
			return true
		}
	}
	for id := range deleted {
		if !added[id] {
			return true
		}
	}
	return sets
}

// identity names the object that a request adds or deletes, by an id that is unique in
// the spreadsheet.
func identity(r *sheets.Request) (add, del string) {
	id := func(kind string, n int64) string {
		if n == 0 {
			return "" // Google chooses one
		}
		return fmt.Sprint(kind, n)
	}
	switch {
	case r.AddSheet != nil && r.AddSheet.Properties != nil:
		add = id("sheet", r.AddSheet.Properties.SheetId)
	case r.AddProtectedRange != nil && r.AddProtectedRange.ProtectedRange != nil:
		add = id("protection", r.AddProtectedRange.ProtectedRange.ProtectedRangeId)
	case r.AddChart != nil && r.AddChart.Chart != nil:
		add = id("object", r.AddChart.Chart.ChartId)
	case r.AddBanding != nil && r.AddBanding.BandedRange != nil:
		add = id("banding", r.AddBanding.BandedRange.BandedRangeId)
	case r.AddFilterView != nil && r.AddFilterView.Filter != nil:
		add = id("view", r.AddFilterView.Filter.FilterViewId)
	case r.AddNamedRange != nil && r.AddNamedRange.NamedRange != nil && r.AddNamedRange.NamedRange.NamedRangeId != "":
		add = "name" + r.AddNamedRange.NamedRange.NamedRangeId
	case r.DeleteSheet != nil:
		// Also sheet 0, which every new spreadsheet has.
		del = fmt.Sprint("sheet", r.DeleteSheet.SheetId)
	case r.DeleteProtectedRange != nil:
		del = id("protection", r.DeleteProtectedRange.ProtectedRangeId)
	case r.DeleteEmbeddedObject != nil:
		del = id("object", r.DeleteEmbeddedObject.ObjectId)
	case r.DeleteBanding != nil:
		del = id("banding", r.DeleteBanding.BandedRangeId)
	case r.DeleteFilterView != nil:
		del = id("view", r.DeleteFilterView.FilterId)
	case r.DeleteNamedRange != nil && r.DeleteNamedRange.NamedRangeId != "":
		del = "name" + r.DeleteNamedRange.NamedRangeId
	}
	return add, del
}

// setsOnly reports whether a request leaves the same result however often it is applied.
// It assumes that a request not listed here does not.
func setsOnly(r *sheets.Request) bool {
	switch {
	case r.UpdateCells != nil, r.RepeatCell != nil, r.UpdateBorders != nil,
		r.UpdateSpreadsheetProperties != nil, r.UpdateSheetProperties != nil, r.UpdateDimensionProperties != nil,
		r.SetDataValidation != nil, r.SetBasicFilter != nil, r.ClearBasicFilter != nil,
		r.MergeCells != nil, r.UnmergeCells != nil, r.AutoResizeDimensions != nil,
		r.UpdateProtectedRange != nil, r.UpdateNamedRange != nil, r.UpdateBanding != nil,
		r.UpdateDimensionGroup != nil, r.CopyPaste != nil, r.UpdateChartSpec != nil,
		r.UpdateEmbeddedObjectPosition != nil,
		r.UpdateDeveloperMetadata != nil, r.DeleteDeveloperMetadata != nil:
		return true
	case r.CreateDeveloperMetadata != nil:
		m := r.CreateDeveloperMetadata.DeveloperMetadata
		return m != nil && m.MetadataId != 0 // Google refuses a second one with that id, or it is the same
	}
	return false
}
