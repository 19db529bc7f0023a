package google

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/api/googleapi"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/workbook"
)

// Apply sends the requests as one atomic batchUpdate; none: no call.
//
// A lost answer is followed by another try only where a second application does
// no harm; else, and when Google then says that the batch no longer fits, the
// error is an ErrAmbiguous: read what is there before writing again.
func (c *Client) Apply(ctx context.Context, id string, reqs []*sheets.Request) error {
	if len(reqs) == 0 {
		return nil
	}
	what := call{op: "write spreadsheet", method: "sheets.spreadsheets.batchUpdate", file: id, api: sheetsWrite, effect: once}
	if repeatable(reqs) {
		what.effect = repeats
	}
	return c.do(ctx, what, func(ctx context.Context, a *account) error {
		_, err := a.sheets.Spreadsheets.BatchUpdate(id, &sheets.BatchUpdateSpreadsheetRequest{Requests: reqs}).
			Fields("spreadsheetId").Context(ctx).Do()
		return err
	})
}

// ApplyGet is Apply that also gets what the field mask names of the spreadsheet
// as it stands after the batch: so that nothing typed up to that moment is
// missed, in one call.
func (c *Client) ApplyGet(ctx context.Context, id string, reqs []*sheets.Request, fields string) (*sheets.Spreadsheet, error) {
	what := call{op: "write spreadsheet", method: "sheets.spreadsheets.batchUpdate", file: id, api: sheetsWrite, effect: once}
	if len(reqs) == 0 || fields == "" {
		return nil, failure(what, Permanent, errors.New("no requests, or no fields named"))
	}
	if repeatable(reqs) {
		what.effect = repeats
	}
	var got *sheets.BatchUpdateSpreadsheetResponse
	err := c.do(ctx, what, func(ctx context.Context, a *account) (err error) {
		got, err = a.sheets.Spreadsheets.BatchUpdate(id, &sheets.BatchUpdateSpreadsheetRequest{
			Requests:                     reqs,
			IncludeSpreadsheetInResponse: true,
			ResponseIncludeGridData:      true,
		}).Fields(googleapi.Field("updatedSpreadsheet(" + fields + ")")).Context(ctx).Do()
		return err
	})
	if err != nil {
		return nil, err
	}
	if got.UpdatedSpreadsheet == nil {
		return nil, failure(what, Ambiguous, errors.New("the answer lacks the spreadsheet"))
	}
	return got.UpdatedSpreadsheet, nil
}

// Columns reads whole columns by their developer metadata ids, in one call.
// Ids that stand on no column any more are simply not in the answer.
func (c *Client) Columns(ctx context.Context, id string, metaIDs []int64) ([]workbook.Found, error) {
	if len(metaIDs) == 0 {
		return nil, nil
	}
	filters := make([]*sheets.DataFilter, len(metaIDs))
	for i, m := range metaIDs {
		filters[i] = &sheets.DataFilter{DeveloperMetadataLookup: &sheets.DeveloperMetadataLookup{MetadataId: m}}
	}
	what := call{op: "read columns of spreadsheet", method: "sheets.spreadsheets.values.batchGetByDataFilter", file: id, api: sheetsRead}
	var got *sheets.BatchGetValuesByDataFilterResponse
	err := c.do(ctx, what, func(ctx context.Context, a *account) (err error) {
		got, err = a.sheets.Spreadsheets.Values.BatchGetByDataFilter(id, &sheets.BatchGetValuesByDataFilterRequest{
			DataFilters:          filters,
			MajorDimension:       "COLUMNS",
			ValueRenderOption:    "UNFORMATTED_VALUE",
			DateTimeRenderOption: "SERIAL_NUMBER",
		}).Fields("valueRanges(valueRange(range,values),dataFilters(developerMetadataLookup(metadataId)))").Context(ctx).Do()
		return err
	})
	if err != nil {
		return nil, err
	}
	found, err := foundIn(got.ValueRanges)
	if err != nil {
		return nil, failure(what, Permanent, err)
	}
	return found, nil
}

// foundIn reads the matched columns.
func foundIn(matches []*sheets.MatchedValueRange) ([]workbook.Found, error) {
	var found []workbook.Found
	for _, m := range matches {
		if m == nil || m.ValueRange == nil {
			continue
		}
		title, row, col, err := parseRange(m.ValueRange.Range)
		if err != nil {
			return nil, err
		}
		var values []any
		switch n := len(m.ValueRange.Values); n {
		case 0: // nothing stands in it
		case 1:
			values = m.ValueRange.Values[0]
		default:
			return nil, fmt.Errorf("range %q holds %d columns, expected one", m.ValueRange.Range, n)
		}
		for i, v := range values {
			if v == "" {
				values[i] = nil // how an empty cell above a full one is given
			}
		}
		for _, f := range m.DataFilters {
			if f != nil && f.DeveloperMetadataLookup != nil && f.DeveloperMetadataLookup.MetadataId != 0 {
				found = append(found, workbook.Found{MetaID: f.DeveloperMetadataLookup.MetadataId, Sheet: title, Col: col, Row: row, Values: values})
			}
		}
	}
	return found, nil
}

// Spreadsheet gets what the field mask names, in one call.
func (c *Client) Spreadsheet(ctx context.Context, id, fields string) (*sheets.Spreadsheet, error) {
	what := call{op: "read spreadsheet", method: "sheets.spreadsheets.get", file: id, api: sheetsRead}
	if fields == "" {
		return nil, failure(what, Permanent, errors.New("no fields named"))
	}
	var got *sheets.Spreadsheet
	err := c.do(ctx, what, func(ctx context.Context, a *account) (err error) {
		got, err = a.sheets.Spreadsheets.Get(id).Fields(googleapi.Field(fields)).Context(ctx).Do()
		return err
	})
	return got, err
}
