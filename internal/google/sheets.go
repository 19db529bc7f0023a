package google

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"google.golang.org/api/googleapi"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/apijson"
	"svodka/internal/workbook"
)

// Apply sends the requests as one atomic batchUpdate; without requests it makes no call.
//
// After a lost answer it tries again only if applying the batch twice does no harm. If it
// would, or if Google then says that the batch no longer fits, the error is an
// ErrAmbiguous: read what is there before writing again.
func (c *Client) Apply(ctx context.Context, id string, reqs []*sheets.Request) error {
	if len(reqs) == 0 {
		return nil
	}
	what := call{op: "write spreadsheet", method: "sheets.spreadsheets.batchUpdate", file: id, api: sheetsWrite,
		effect: once}
	if repeatable(reqs) {
		what.effect = repeats
	}
	return c.do(ctx, what, func(ctx context.Context, a *account) error {
		_, err := a.batchUpdate(ctx, id, &sheets.BatchUpdateSpreadsheetRequest{Requests: reqs}, "spreadsheetId")
		return err
	})
}

// ApplyAndRead is Apply that also returns the fields in the mask as they are after the
// batch: of these ranges, or of the whole spreadsheet if there are none. So one call
// writes and misses nothing typed up to that moment.
func (c *Client) ApplyAndRead(
	ctx context.Context, id string, reqs []*sheets.Request, fields string, ranges ...string,
) (*sheets.Spreadsheet, error) {
	what := call{op: "write spreadsheet", method: "sheets.spreadsheets.batchUpdate", file: id, api: sheetsWrite,
		effect: once}
	if len(reqs) == 0 || fields == "" {
		return nil, failure(what, Permanent, errors.New("no requests, or no fields named"))
	}
	if repeatable(reqs) {
		what.effect = repeats
	}
	var got *sheets.BatchUpdateSpreadsheetResponse
	err := c.do(ctx, what, func(ctx context.Context, a *account) (err error) {
		got, err = a.batchUpdate(ctx, id, &sheets.BatchUpdateSpreadsheetRequest{
			Requests:                     reqs,
			IncludeSpreadsheetInResponse: true,
			ResponseIncludeGridData:      true,
			ResponseRanges:               ranges,
		}, "updatedSpreadsheet("+fields+")")
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

// batchUpdate is the generated client's call of that name.
func (a *account) batchUpdate(
	ctx context.Context, id string, batch *sheets.BatchUpdateSpreadsheetRequest, fields string,
) (*sheets.BatchUpdateSpreadsheetResponse, error) {
	body, err := apijson.Append(nil, batch)
	if err != nil {
		return nil, fmt.Errorf("encode a batch of %d requests: %w", len(batch.Requests), err)
	}
	got := &sheets.BatchUpdateSpreadsheetResponse{}
	return got, a.exchange(ctx, http.MethodPost, "v4/spreadsheets/{spreadsheetId}:batchUpdate", id, fields, body,
		into(got))
}

// into reads an answer into a struct of the generated clients.
func into(answer any) func([]byte) error {
	return func(b []byte) error { return apijson.Read(b, answer) }
}

// exchange does what the generated client's calls do with a spreadsheet, with another
// way of encoding the body and decoding the answer: the generated way took longer than
// all the rest of a write, and most of a read.
func (a *account) exchange(ctx context.Context, method, path, id, fields string, body []byte,
	read func([]byte) error) error {
	query := url.Values{"alt": {"json"}, "prettyPrint": {"false"}, "fields": {fields}}
	to := googleapi.ResolveRelative(a.sheets.BasePath, path) + "?" + query.Encode()
	var sent io.Reader
	if body != nil {
		sent = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, to, sent)
	if err != nil {
		return err
	}
	googleapi.Expand(req.URL, map[string]string{"spreadsheetId": id})
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", googleapi.UserAgent+" "+a.sheets.UserAgent)
	res, err := a.HTTP.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	defer googleapi.CloseBody(res)
	if err := googleapi.CheckResponse(res); err != nil {
		return err
	}
	return readAnswer(res.Body, read)
}

// answers holds memory for answers as they come, for the next one.
var answers sync.Pool

// keptAnswer is more than most answers; memory for larger ones is not kept.
const keptAnswer = 1 << 20

// readAnswer gives an answer to read, which keeps nothing of it.
func readAnswer(from io.Reader, read func([]byte) error) error {
	b, _ := answers.Get().(*bytes.Buffer)
	if b == nil {
		b = new(bytes.Buffer)
	}
	defer func() {
		if b.Cap() <= keptAnswer {
			b.Reset()
			answers.Put(b)
		}
	}()
	if _, err := b.ReadFrom(from); err != nil {
		return err
	}
	return read(b.Bytes())
}

// Columns reads whole columns by their developer metadata ids in one call: values and the
// types of their number formats, which a read of values alone lacks. It leaves out ids
// that no column carries any more.
func (c *Client) Columns(ctx context.Context, id string, metaIDs []int64) ([]workbook.Found, error) {
	if len(metaIDs) == 0 {
		return nil, nil
	}
	filters := make([]*sheets.DataFilter, len(metaIDs))
	for i, m := range metaIDs {
		filters[i] = &sheets.DataFilter{DeveloperMetadataLookup: &sheets.DeveloperMetadataLookup{MetadataId: m}}
	}
	what := call{op: "read columns of spreadsheet", method: "sheets.spreadsheets.getByDataFilter", file: id,
		api: sheetsRead}
	body, err := apijson.Append(nil, &sheets.GetSpreadsheetByDataFilterRequest{
		DataFilters: filters, IncludeGridData: true})
	if err != nil {
		return nil, fmt.Errorf("encode a question for %d columns: %w", len(filters), err)
	}
	var found []workbook.Found
	err = c.do(ctx, what, func(ctx context.Context, a *account) error {
		return a.exchange(ctx, http.MethodPost, "v4/spreadsheets/{spreadsheetId}:getByDataFilter", id,
			workbook.ReadFields, body, func(answer []byte) (err error) {
				found, err = workbook.ReadColumns(answer, metaIDs)
				return err
			})
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Rows reads the fields in the mask of some rows of one tab, by its sheetId, in one call:
// those from one row to before another, or to the end if that is 0.
func (c *Client) Rows(ctx context.Context, id string, tab int64, from, to int, fields string) (*sheets.Spreadsheet,
	error) {
	what := call{op: "read rows of spreadsheet", method: "sheets.spreadsheets.getByDataFilter", file: id,
		api: sheetsRead}
	if fields == "" {
		return nil, failure(what, Permanent, errors.New("no fields named"))
	}
	filter := &sheets.DataFilter{GridRange: &sheets.GridRange{SheetId: tab, StartRowIndex: int64(from),
		EndRowIndex: int64(to), ForceSendFields: []string{"SheetId"}}}
	var got *sheets.Spreadsheet
	err := c.do(ctx, what, func(ctx context.Context, a *account) (err error) {
		got, err = a.sheets.Spreadsheets.GetByDataFilter(id, &sheets.GetSpreadsheetByDataFilterRequest{
			DataFilters: []*sheets.DataFilter{filter}, IncludeGridData: true}).
			Fields(googleapi.Field(fields)).Context(ctx).Do()
		return err
	})
	return got, err
}

// Spreadsheet reads the fields in the mask in one call.
func (c *Client) Spreadsheet(ctx context.Context, id, fields string) (*sheets.Spreadsheet, error) {
	what := call{op: "read spreadsheet", method: "sheets.spreadsheets.get", file: id, api: sheetsRead}
	if fields == "" {
		return nil, failure(what, Permanent, errors.New("no fields named"))
	}
	var got *sheets.Spreadsheet
	err := c.do(ctx, what, func(ctx context.Context, a *account) error {
		got = &sheets.Spreadsheet{}
		return a.exchange(ctx, http.MethodGet, "v4/spreadsheets/{spreadsheetId}", id, fields, nil, into(got))
	})
	if err != nil {
		return nil, err
	}
	return got, nil
}
