package apijson

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/sheets/v4"
)

// texts are what people type and what encoding/json writes in its own way.
var texts = []string{"", "выручка", "=SUM(A1:B2)&\"<руб.>\"", "a\\b\"c\n\t\r\b\f\x00\x1f\x7f", "\u2028 \u2029 \ufffd",
	"\xff\xd0", "👍🏽 e\u0301"}

var numbers = []float64{0, 1, -1, 0.1, 1e20, 1e21, 1e-6, 1e-7, 1.5e-10, -2.5e300, math.Pi, math.MaxFloat64, 46156}

// fill sets the fields of an API struct at random: some fields, some by force, few to
// null.
func fill(rng *rand.Rand, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Pointer:
		if depth > 0 && rng.IntN(8) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(rng, v.Elem(), depth-1)
		}
	case reflect.Struct:
		t := v.Type()
		if v.CanAddr() && t == reflect.TypeFor[googleapi.ServerResponse]() {
			return
		}
		var names, empty []string
		for i := range t.NumField() {
			if n := t.Field(i).Name; t.Field(i).Tag.Get("json") != "-" && n != "ForceSendFields" && n != "NullFields" {
				if rng.IntN(5) < 2 {
					fill(rng, v.Field(i), depth)
				}
				if names = append(names, n); v.Field(i).IsZero() {
					empty = append(empty, n)
				}
			}
		}
		if f := v.FieldByName("ForceSendFields"); f.IsValid() && len(names) > 0 && rng.IntN(2) == 0 {
			f.Set(reflect.ValueOf([]string{names[rng.IntN(len(names))], names[rng.IntN(len(names))], "Nothing"}))
		}
		if f := v.FieldByName("NullFields"); f.IsValid() && len(empty) > 0 && rng.IntN(10) == 0 {
			f.Set(reflect.ValueOf([]string{empty[rng.IntN(len(empty))]}))
		}
	case reflect.Slice:
		if depth == 0 {
			return
		}
		n := rng.IntN(3)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(rng, v.Index(i), depth-1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range rng.IntN(3) {
			x := reflect.New(v.Type().Elem()).Elem()
			fill(rng, x, depth-1)
			v.SetMapIndex(reflect.ValueOf(texts[rng.IntN(len(texts))]), x)
		}
	case reflect.Interface:
		if any := []any{nil, 1, 2.5, "три", true, []any{1, "a"}, map[string]any{"b": nil}}; v.NumMethod() == 0 {
			if x := reflect.ValueOf(any[rng.IntN(len(any))]); x.IsValid() {
				v.Set(x)
			}
		}
	case reflect.String:
		v.SetString(texts[rng.IntN(len(texts))])
	case reflect.Bool:
		v.SetBool(rng.IntN(2) == 0)
	case reflect.Int64:
		v.SetInt([]int64{0, 1, -7, math.MaxInt64}[rng.IntN(4)])
	case reflect.Float64:
		v.SetFloat(numbers[rng.IntN(len(numbers))])
	case reflect.Uint8:
		v.SetUint(uint64(rng.IntN(256)))
	}
}

// Any value of the structs of both APIs is written byte for byte as by their own methods.
func TestAsTheClientsWrite(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2026))
	types := []reflect.Type{reflect.TypeFor[*sheets.BatchUpdateSpreadsheetRequest](),
		reflect.TypeFor[*sheets.Spreadsheet](),
		reflect.TypeFor[*sheets.ValueRange](), reflect.TypeFor[*drive.File](), reflect.TypeFor[*drive.Permission]()}
	request := reflect.TypeFor[sheets.Request]()
	for i := range request.NumField() {
		if f := request.Field(i); f.Type.Kind() == reflect.Pointer {
			types = append(types, f.Type)
		}
	}
	longest := 0
	for round := range 40 {
		for _, typ := range types {
			v := reflect.New(typ.Elem())
			fill(rng, v.Elem(), 11)
			want, err := json.Marshal(v.Interface())
			if err != nil {
				t.Fatal(err)
			}
			got, err := Append([]byte("before"), v.Interface())
			if err != nil || string(got) != "before"+string(want) {
				t.Fatalf("round %d of %v: %v\n got %s\nwant before%s", round, typ, err, got, want)
			}
			longest = max(longest, len(want))
		}
	}
	if longest < 4_000 {
		t.Errorf("the longest is %d bytes: they hold too little to tell", longest)
	}
}

func TestValues(t *testing.T) {
	var none *sheets.Request
	for _, v := range []any{nil, none, []*sheets.Request{nil}, [][]any{{"a", nil, 1.5}, nil, {}}, []byte("abc"),
		int32(3),
		map[string]string(nil), json.RawMessage(` {"a": 1}`), struct{ A int }{1}, uint8(7), "<", new("x"),
		map[int]int{1: 2}} {
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Append(nil, v); err != nil || string(got) != string(want) {
			t.Errorf("%#v: %s, %v, want %s", v, got, err, want)
		}
	}
	for _, f := range numbers {
		want, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Append(nil, f); err != nil || !slices.Equal(got, want) {
			t.Errorf("%g: %s, %v, want %s", f, got, err, want)
		}
	}
}

// What cannot be sent is an error, as in the clients.
func TestErrors(t *testing.T) {
	nan := math.NaN()
	for _, v := range []any{
		&sheets.CellData{UserEnteredValue: &sheets.ExtendedValue{NumberValue: &nan}},
		&sheets.Color{Red: math.Inf(1)},
		&sheets.SheetProperties{Title: "Май", NullFields: []string{"Title"}},
	} {
		if b, err := Append(nil, v); err == nil {
			t.Errorf("%#v was written: %s", v, b)
		}
	}
}

// cells returns a batch like a report's.
func cells() *sheets.BatchUpdateSpreadsheetRequest {
	format := &sheets.CellFormat{
		NumberFormat:         &sheets.NumberFormat{Type: "NUMBER", Pattern: "#,##0"},
		BackgroundColorStyle: &sheets.ColorStyle{RgbColor: &sheets.Color{Red: 0.95, Green: 0.9, Blue: 1}},
		TextFormat:           &sheets.TextFormat{Bold: true, FontSize: 10},
	}
	var rows []*sheets.RowData
	for r := range 100 {
		row := &sheets.RowData{}
		for c := range 20 {
			n := float64(r * c)
			row.Values = append(row.Values, &sheets.CellData{
				UserEnteredValue: &sheets.ExtendedValue{NumberValue: &n}, UserEnteredFormat: format})
		}
		rows = append(rows, row)
	}
	return &sheets.BatchUpdateSpreadsheetRequest{Requests: []*sheets.Request{{UpdateCells: &sheets.UpdateCellsRequest{
		Rows: rows, Fields: "*", Start: &sheets.GridCoordinate{SheetId: 7, ForceSendFields: []string{"RowIndex"}}}}}}
}

func BenchmarkBatch(b *testing.B) {
	batch := cells()
	b.Run("apijson", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Append(nil, batch); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(batch); err != nil {
				b.Fatal(err)
			}
		}
	})
}
