// Package wire is the wire format of the local Google: it reads request bodies into the
// API's own structs and writes structs as answers, each as Google does, parses field
// masks, and words errors.
//
// It is the lowest floor of the local Google. It knows the types of Sheets v4 and Drive
// v3, but no documents, files, users or routes, does no I/O and never refuses because of
// the data.
//
//   - Decode and DecodeWithNulls read JSON: leniently where Google is lenient
//     (snake_case, null for absent, one object in place of a list, single quotes), with
//     Google's errors where it is not.
//   - Encode writes JSON: members in the schema's order, without defaults, and only what
//     a mask names.
//   - Mask is a parsed field mask, for answers (Encode) and for changes (Merged).
//   - Error is an answer that reports a failure, in the forms of both APIs.
package wire

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// typeInfo is what this package needs to know about one API struct.
type typeInfo struct {
	name   string
	drive  bool
	fields []fieldInfo // in the order in which Google writes them
	byName map[string]int
	force  int // index of ForceSendFields, or -1
}

type fieldInfo struct {
	index    int
	goName   string
	json     string
	snake    string
	asString bool // a 64-bit number that is sent as a string
	presence bool // kept in answers when zero but set
}

var typeInfos sync.Map // reflect.Type -> *typeInfo

func infoOf(t reflect.Type) *typeInfo {
	if ti, ok := typeInfos.Load(t); ok {
		return ti.(*typeInfo)
	}
	ti := &typeInfo{name: t.Name(), byName: map[string]int{}, force: -1,
		drive: strings.Contains(t.PkgPath(), "/drive/")}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "ForceSendFields" {
			ti.force = i
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		ti.fields = append(ti.fields, fieldInfo{
			index: i, goName: f.Name, json: name, snake: Snake(name),
			asString: strings.Contains(options, "string"),
			presence: ti.drive || slices.Contains(presence[t.Name()], name),
		})
	}
	order := memberOrder[ti.name]
	if ti.drive {
		order = driveOrder[ti.name]
	}
	slices.SortStableFunc(ti.fields, func(a, b fieldInfo) int { return rank(order, a.json) - rank(order, b.json) })
	for i, f := range ti.fields {
		ti.byName[f.json] = i
		ti.byName[f.snake] = i
	}
	actual, _ := typeInfos.LoadOrStore(t, ti)
	return actual.(*typeInfo)
}

// Field is a member of an API struct: its index in the struct, and its name.
type Field struct {
	Index int
	JSON  string
}

// Fields returns the members of an API struct, in Google's order.
func Fields(t reflect.Type) []Field {
	var out []Field
	for _, f := range infoOf(t).fields {
		out = append(out, Field{f.index, f.json})
	}
	return out
}

func rank(order []string, name string) int {
	if i := slices.Index(order, name); i >= 0 {
		return i
	}
	return len(order)
}

// Snake returns a name of the API as errors write it: start_row_index.
func Snake(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// presence lists the scalar members that Google keeps when they are zero but set.
var presence = map[string][]string{
	"GridRange":       {"startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex"},
	"DimensionRange":  {"startIndex", "endIndex"},
	"TextFormat":      {"bold", "italic", "strikethrough", "underline"},
	"SheetProperties": {"sheetId", "index"},

	"DeveloperMetadataLocation": {"sheetId"},

	// Members of unions: the answer shows which one is set even if it is zero.
	"SortSpec":               {"dimensionIndex"},
	"FilterSpec":             {"columnIndex"},
	"PivotGroup":             {"sourceColumnOffset"},
	"PivotValue":             {"sourceColumnOffset"},
	"PivotFilterSpec":        {"columnOffsetIndex"},
	"EmbeddedObjectPosition": {"sheetId"},
}

// memberOrder is the schema's own order of members, which Google's answers keep; unlisted
// ones follow alphabetically.
var memberOrder = map[string][]string{
	"Spreadsheet": {"spreadsheetId", "properties", "sheets", "namedRanges", "spreadsheetUrl",
		"developerMetadata", "dataSources", "dataSourceSchedules"},
	"SpreadsheetProperties": {"title", "locale", "autoRecalc", "timeZone", "defaultFormat",
		"iterativeCalculationSettings", "spreadsheetTheme"},
	"SpreadsheetTheme": {"primaryFontFamily", "themeColors"},
	"ThemeColorPair":   {"colorType", "color"},
	"Sheet": {"properties", "data", "merges", "conditionalFormats", "filterViews", "protectedRanges",
		"basicFilter", "charts", "bandedRanges", "developerMetadata", "rowGroups", "columnGroups", "slicers", "tables"},
	"SheetProperties": {"sheetId", "title", "index", "sheetType", "gridProperties", "hidden", "tabColor",
		"rightToLeft", "tabColorStyle", "dataSourceSheetProperties"},
	"GridProperties": {"rowCount", "columnCount", "frozenRowCount", "frozenColumnCount", "hideGridlines",
		"rowGroupControlAfter", "columnGroupControlAfter"},
	"GridData": {"startRow", "startColumn", "rowData", "rowMetadata", "columnMetadata"},
	"CellData": {"userEnteredValue", "effectiveValue", "formattedValue", "userEnteredFormat",
		"effectiveFormat", "hyperlink", "note", "textFormatRuns", "dataValidation", "pivotTable", "dataSourceTable",
		"dataSourceFormula", "chipRuns"},
	"ExtendedValue": {"numberValue", "stringValue", "boolValue", "formulaValue", "errorValue"},
	"ErrorValue":    {"type", "message"},
	"CellFormat": {"numberFormat", "backgroundColor", "borders", "padding", "horizontalAlignment",
		"verticalAlignment", "wrapStrategy", "textDirection", "textFormat", "hyperlinkDisplayType", "textRotation",
		"backgroundColorStyle"},
	"TextFormat": {"foregroundColor", "fontFamily", "fontSize", "bold", "italic", "strikethrough",
		"underline", "foregroundColorStyle", "link"},
	"NumberFormat":        {"type", "pattern"},
	"Color":               {"red", "green", "blue", "alpha"},
	"ColorStyle":          {"rgbColor", "themeColor"},
	"Borders":             {"top", "bottom", "left", "right"},
	"Border":              {"style", "width", "color", "colorStyle"},
	"Padding":             {"top", "right", "bottom", "left"},
	"GridRange":           {"sheetId", "startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex"},
	"DimensionRange":      {"sheetId", "dimension", "startIndex", "endIndex"},
	"DimensionProperties": {"hiddenByFilter", "hiddenByUser", "pixelSize", "developerMetadata"},
	"DimensionGroup":      {"range", "depth", "collapsed"},
	"NamedRange":          {"namedRangeId", "name", "range"},
	"ProtectedRange": {"protectedRangeId", "range", "namedRangeId", "description", "warningOnly",
		"requestingUserCanEdit", "unprotectedRanges", "editors", "tableId"},
	"Editors": {"users", "groups", "domainUsersCanEdit"},

	"ConditionalFormatRule": {"ranges", "booleanRule", "gradientRule"},
	"BooleanRule":           {"condition", "format"},
	"BooleanCondition":      {"type", "values"},
	"ConditionValue":        {"relativeDate", "userEnteredValue"},
	"GradientRule":          {"minpoint", "midpoint", "maxpoint"},
	"InterpolationPoint":    {"color", "type", "value", "colorStyle"},
	"DataValidationRule":    {"condition", "inputMessage", "strict", "showCustomUi"},

	"DeveloperMetadata":         {"metadataId", "metadataKey", "metadataValue", "location", "visibility"},
	"DeveloperMetadataLocation": {"locationType", "spreadsheet", "sheetId", "dimensionRange"},
	"MatchedDeveloperMetadata":  {"developerMetadata", "dataFilters"},
	"MatchedValueRange":         {"valueRange", "dataFilters"},
	"ValueRange":                {"range", "majorDimension", "values"},
	"BandedRange": {"bandedRangeId", "range", "rowProperties", "columnProperties",
		"bandedRangeReference"},
	"BandingProperties": {"headerColor", "firstBandColor", "secondBandColor", "footerColor", "headerColorStyle",
		"firstBandColorStyle", "secondBandColorStyle", "footerColorStyle"},
	"Table":                 {"tableId", "name", "range", "rowsProperties", "columnProperties"},
	"TableColumnProperties": {"columnIndex", "columnName", "columnType", "dataValidationRule"},
	"TableRowsProperties": {"headerColorStyle", "firstBandColorStyle", "secondBandColorStyle",
		"footerColorStyle"},
	"EmbeddedChart": {"chartId", "spec", "position", "border"},

	"BatchUpdateSpreadsheetResponse": {"spreadsheetId", "replies", "updatedSpreadsheet"},
	"UpdateValuesResponse": {"spreadsheetId", "updatedRange", "updatedRows", "updatedColumns", "updatedCells",
		"updatedData"},
	"AppendValuesResponse": {"spreadsheetId", "tableRange", "updates"},
	"BatchUpdateValuesResponse": {"spreadsheetId", "totalUpdatedRows", "totalUpdatedColumns", "totalUpdatedCells",
		"totalUpdatedSheets", "responses"},
	"BatchGetValuesResponse":   {"spreadsheetId", "valueRanges"},
	"ClearValuesResponse":      {"spreadsheetId", "clearedRange"},
	"BatchClearValuesResponse": {"spreadsheetId", "clearedRanges"},

	"BatchUpdateValuesByDataFilterResponse": {"spreadsheetId", "totalUpdatedRows", "totalUpdatedColumns",
		"totalUpdatedCells", "totalUpdatedSheets", "responses"},
	"UpdateValuesByDataFilterResponse": {"updatedRange", "updatedRows", "updatedColumns", "updatedCells",
		"dataFilter", "updatedData"},
	"FindReplaceResponse": {"valuesChanged", "formulasChanged", "rowsChanged", "sheetsChanged",
		"occurrencesChanged"},
}

// driveOrder is memberOrder for Drive's types.
var driveOrder = map[string][]string{
	"File": {"kind", "id", "name", "mimeType", "description", "starred", "trashed", "explicitlyTrashed", "parents",
		"properties", "appProperties", "spaces", "version",
		"webViewLink", "iconLink", "viewedByMe", "createdTime", "modifiedTime", "modifiedByMeTime", "modifiedByMe",
		"sharedWithMeTime", "owners", "lastModifyingUser", "shared", "ownedByMe", "capabilities", "permissions",
		"permissionIds"},
	"FileList": {"kind", "nextPageToken", "incompleteSearch", "files"},
	"User":     {"kind", "displayName", "photoLink", "me", "permissionId", "emailAddress"},
	"Permission": {"kind", "id", "type", "emailAddress", "domain", "role", "allowFileDiscovery", "displayName",
		"expirationTime", "deleted", "pendingOwner"},
	"PermissionList": {"kind", "nextPageToken", "permissions"},
	"ChangeList":     {"kind", "nextPageToken", "newStartPageToken", "changes"},
	"Change":         {"kind", "type", "changeType", "time", "removed", "fileId", "file"},
	"StartPageToken": {"kind", "startPageToken"},
	"About":          {"kind", "user"},
	"CommentList":    {"kind", "nextPageToken", "comments"},
}
