package localgoogle

import (
	"reflect"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/wire"
)

func (c *call) spreadsheetsBatchUpdate() (*answer, error) {
	var in sheets.BatchUpdateSpreadsheetRequest
	if err := wire.Decode(c.body, &in, ""); err != nil {
		return nil, err
	}
	c.items = len(in.Requests)
	if len(in.Requests) == 0 {
		return nil, wire.BadRequest("Must specify at least one request.")
	}
	out := &sheets.BatchUpdateSpreadsheetResponse{SpreadsheetId: c.file}
	refused := c.s.faults.ofTabs(c.file)
	err := c.s.changing(c, c.file, func(t *tx) error {
		for i, req := range in.Requests {
			reply, err := t.apply(i, req, refused)
			if err != nil {
				return err
			}
			out.Replies = append(out.Replies, reply)
		}
		return nil
	}, func(t *tx) error {
		if !in.IncludeSpreadsheetInResponse {
			return nil
		}
		w := wanted{grid: in.ResponseIncludeGridData}
		if w.grid { // cells are expensive: make only what the mask names
			w.mask, _ = c.mask.Get("updatedSpreadsheet")
		}
		for _, rng := range in.ResponseRanges {
			l, err := t.doc.locate(rng)
			if err != nil {
				return err
			}
			w.areas = append(w.areas, l)
		}
		out.UpdatedSpreadsheet = t.spreadsheet(w)
		return nil
	})
	if err != nil {
		return nil, err
	}
	refused.done()
	return &answer{body: out}, nil
}

var requestKinds = wire.Fields(reflect.TypeFor[sheets.Request]())

// apply carries out one request of a batch. A null request does nothing.
func (t *tx) apply(i int, req *sheets.Request, refused *tabFaults) (*sheets.Response, error) {
	if req == nil {
		return &sheets.Response{}, nil
	}
	kind := ""
	v := reflect.ValueOf(req).Elem()
	for _, f := range requestKinds {
		if v.Field(f.Index).IsNil() {
			continue
		}
		if kind != "" {
			at := "requests[" + itoa(int64(i)) + "]"
			return nil, wire.BadField(at,
				"Invalid value at '%s' (oneof), oneof field 'kind' is already set. Cannot set '%s'", at, f.JSON)
		}
		kind = f.JSON
	}
	if kind == "" {
		return nil, wire.BadRequest("Invalid requests[%d]: No request set.", i)
	}
	var reply *sheets.Response
	var err error
	if e := refused.refuses(t.doc, kind, req); e != nil {
		err = e
	} else {
		reply, err = t.do(kind, req)
	}
	if err != nil {
		if e := wire.AsError(err); e.Code < 500 {
			n := *e
			n.Message = "Invalid requests[" + itoa(int64(i)) + "]." + kind + ": " + e.Message
			return nil, &n
		}
		return nil, err
	}
	if reply == nil {
		reply = &sheets.Response{}
	}
	t.engine = nil
	return reply, nil
}

func none(err error) (*sheets.Response, error) { return nil, err }

// do dispatches a request by its kind.
func (t *tx) do(kind string, req *sheets.Request) (*sheets.Response, error) {
	switch kind {
	case "addSheet":
		return t.addSheet(req.AddSheet)
	case "deleteSheet":
		return none(t.deleteSheet(req.DeleteSheet))
	case "duplicateSheet":
		return t.duplicateSheet(req.DuplicateSheet)
	case "updateSheetProperties":
		return none(t.updateSheetProperties(req.UpdateSheetProperties))
	case "updateSpreadsheetProperties":
		return none(t.updateSpreadsheetProperties(req.UpdateSpreadsheetProperties))
	case "updateCells":
		return none(t.updateCells(req.UpdateCells))
	case "repeatCell":
		return none(t.repeatCell(req.RepeatCell))
	case "appendCells":
		return none(t.appendCells(req.AppendCells))
	case "setDataValidation":
		return none(t.setDataValidation(req.SetDataValidation))
	case "updateBorders":
		return none(t.updateBorders(req.UpdateBorders))
	case "mergeCells":
		return none(t.mergeCells(req.MergeCells))
	case "unmergeCells":
		return none(t.unmergeCells(req.UnmergeCells))
	case "updateDimensionProperties":
		return none(t.updateDimensionProperties(req.UpdateDimensionProperties))
	case "insertDimension":
		return none(t.insertDimensionRequest(req.InsertDimension))
	case "deleteDimension":
		return none(t.deleteDimensionRequest(req.DeleteDimension))
	case "appendDimension":
		return none(t.appendDimension(req.AppendDimension))
	case "moveDimension":
		return none(t.moveDimension(req.MoveDimension))
	case "autoResizeDimensions":
		return none(t.autoResize(req.AutoResizeDimensions))
	case "insertRange":
		return none(t.insertRange(req.InsertRange))
	case "deleteRange":
		return none(t.deleteRange(req.DeleteRange))
	case "addDimensionGroup":
		return t.addDimensionGroup(req.AddDimensionGroup)
	case "deleteDimensionGroup":
		return t.deleteDimensionGroup(req.DeleteDimensionGroup)
	case "updateDimensionGroup":
		return none(t.updateDimensionGroup(req.UpdateDimensionGroup))
	}
	return t.doObject(kind, req)
}

func (t *tx) doObject(kind string, req *sheets.Request) (*sheets.Response, error) {
	switch kind {
	case "addNamedRange":
		return t.addNamedRange(req.AddNamedRange)
	case "updateNamedRange":
		return none(t.updateNamedRange(req.UpdateNamedRange))
	case "deleteNamedRange":
		return none(t.deleteNamedRange(req.DeleteNamedRange))
	case "addProtectedRange":
		return t.addProtectedRange(req.AddProtectedRange)
	case "updateProtectedRange":
		return none(t.updateProtectedRange(req.UpdateProtectedRange))
	case "deleteProtectedRange":
		return none(t.deleteProtectedRange(req.DeleteProtectedRange))
	case "addConditionalFormatRule":
		return none(t.addConditionalFormatRule(req.AddConditionalFormatRule))
	case "updateConditionalFormatRule":
		return t.updateConditionalFormatRule(req.UpdateConditionalFormatRule)
	case "deleteConditionalFormatRule":
		return t.deleteConditionalFormatRule(req.DeleteConditionalFormatRule)
	case "createDeveloperMetadata":
		return t.createDeveloperMetadata(req.CreateDeveloperMetadata)
	case "updateDeveloperMetadata":
		return t.updateDeveloperMetadata(req.UpdateDeveloperMetadata)
	case "deleteDeveloperMetadata":
		return t.deleteDeveloperMetadata(req.DeleteDeveloperMetadata)
	case "addChart":
		return t.addChart(req.AddChart)
	case "updateChartSpec":
		return none(t.updateChartSpec(req.UpdateChartSpec))
	case "updateEmbeddedObjectPosition":
		return t.updateObjectPosition(req.UpdateEmbeddedObjectPosition)
	case "deleteEmbeddedObject":
		return none(t.deleteObject(req.DeleteEmbeddedObject))
	case "addBanding":
		return t.addBanding(req.AddBanding)
	case "updateBanding":
		return none(t.updateBanding(req.UpdateBanding))
	case "deleteBanding":
		return none(t.deleteBanding(req.DeleteBanding))
	case "setBasicFilter":
		return none(t.setBasicFilter(req.SetBasicFilter))
	case "clearBasicFilter":
		return none(t.clearBasicFilter(req.ClearBasicFilter))
	case "addTable":
		return t.addTable(req.AddTable)
	case "updateTable":
		return none(t.updateTable(req.UpdateTable))
	case "deleteTable":
		return none(t.deleteTable(req.DeleteTable))
	}
	return t.doData(kind, req)
}

func (t *tx) doData(kind string, req *sheets.Request) (*sheets.Response, error) {
	switch kind {
	case "sortRange":
		return none(t.sortRange(req.SortRange))
	case "copyPaste":
		return none(t.copyPaste(req.CopyPaste))
	case "cutPaste":
		return none(t.cutPaste(req.CutPaste))
	case "findReplace":
		return t.findReplace(req.FindReplace)
	case "trimWhitespace":
		return t.trimWhitespace(req.TrimWhitespace)
	case "deleteDuplicates":
		return t.deleteDuplicates(req.DeleteDuplicates)
	case "textToColumns":
		return none(t.textToColumns(req.TextToColumns))
	case "pasteData":
		return none(t.pasteData(req.PasteData))
	case "autoFill":
		return none(t.autoFill(req.AutoFill))
	}
	return nil, errUnsupported("this kind of request")
}

// fieldMask parses the fields member of a request for a message of type T.
func fieldMask[T any](fields string) (*wire.Mask, error) {
	if fields == "" {
		return nil, wire.BadRequest("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
	}
	m, ok := wire.ParseMask(fields)
	bad := fields
	if ok {
		bad = m.Bind(reflect.TypeFor[T]())
	}
	if bad != "" {
		return nil, wire.BadRequest("Invalid field mask: there is no field %q.", bad)
	}
	return m, nil
}

// area finds the cells of a request's range, which must be inside the grid.
func (t *tx) area(g *sheets.GridRange) (*sheet, rect, error) {
	l, err := t.doc.locateGrid(g)
	if err != nil {
		return nil, rect{}, err
	}
	if !l.sh.whole().covers(l.area) {
		return nil, rect{}, l.exceeds()
	}
	return l.sh, l.area, nil
}

// writeArea is area for cells that the caller will change.
func (t *tx) writeArea(g *sheets.GridRange) (*sheet, rect, error) {
	sh, a, err := t.area(g)
	if err != nil {
		return nil, a, err
	}
	if err := t.guardCells(sh.id(), a); err != nil {
		return nil, a, err
	}
	sh, err = t.sheetFor(sh.id())
	return sh, a, err
}
