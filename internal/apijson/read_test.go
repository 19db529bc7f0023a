package apijson

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/sheets/v4"
)

// Any answer of both APIs is read as by the clients' own methods.
func TestAsTheClientsRead(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2026))
	types := []reflect.Type{reflect.TypeFor[sheets.Spreadsheet](), reflect.TypeFor[drive.File](),
		reflect.TypeFor[sheets.BatchUpdateSpreadsheetResponse](), reflect.TypeFor[sheets.ValueRange](),
		reflect.TypeFor[sheets.CellData](), reflect.TypeFor[drive.PermissionList]()}
	longest := 0
	for round := range 60 {
		for _, typ := range types {
			v := reflect.New(typ)
			fill(rng, v.Elem(), 11)
			text, err := json.MarshalIndent(v.Interface(), "", strings.Repeat(" ", round%3))
			if err != nil {
				t.Fatal(err)
			}
			checkRead(t, typ, text)
			longest = max(longest, len(text))
		}
	}
	if longest < 4_000 {
		t.Errorf("the longest is %d bytes: they hold too little to tell", longest)
	}
}

// checkRead fails if a text is read in another way than by encoding/json.
func checkRead(t *testing.T, typ reflect.Type, text []byte) {
	t.Helper()
	want, got := reflect.New(typ), reflect.New(typ)
	wantErr, err := json.Unmarshal(text, want.Interface()), Read(text, got.Interface())
	switch {
	case (err == nil) != (wantErr == nil):
		t.Fatalf("%v: error %v, want %v, of %.300q", typ, err, wantErr, text)
	case err == nil && !reflect.DeepEqual(got.Interface(), want.Interface()):
		t.Fatalf("%v: read %.300q as\n%#v, want\n%#v", typ, text, got.Elem().Interface(), want.Elem().Interface())
	}
}

func TestReadOdd(t *testing.T) {
	for _, text := range []string{
		`{"userEnteredValue":{"numberValue":-0.25e-3}}`, `{"userEnteredValue":{"numberValue":"NaN"}}`,
		`{"userEnteredValue":{"numberValue":null,"stringValue":null,"boolValue":false}}`,
		` { "note" : "a\u00e9\"\\\n\ud83d\ude00 \ud83d" , "unknown" : [ {} , [], [1,-2.5E+3,true,null,"x\"]"] ] } `,
		`{"userEnteredFormat":{"backgroundColor":{"red":1,"green":0.2,"blue":"Infinity"},"padding":{"left":3}}}`,
		`{"note":"` + "\xff\xd0" + `"}`, `{"note":null}`, `null`, `{}`, `{"note":"a","note":"b"}`,
		`{"userEnteredValue":{"numberValue":1},"userEnteredValue":{"stringValue":"b"}}`,
		`{"textFormatRuns":[{"startIndex":3},null,{}]}`, `{"textFormatRuns":[]}`, `{"textFormatRuns":null}`,
		`{"pivotTable":{"criteria":{"1":{"visibleValues":["a"]},"2":{}}}}`, `{"pivotTable":{"criteria":null}}`,
		"", " ", "{", "}", "[]", `"a"`, "1", `{"note"}`, `{"note":}`, `{"note":"a",}`, `{note:"a"}`, `{"note":"a"`,
		`{"note":"a}`, `{"note":"a"}}`, `{"note":"a"} {}`, `{"note":1}`, `{"note":tru}`, `{"note":true}`,
		`{"note":"` + "\n" + `"}`, `{"note":"\q"}`, `{"note":"\u12"}`, `{"x":01}`, `{"x":1.}`, `{"x":.5}`, `{"x":1e}`,
		`{"x":-}`, `{"x":+1}`, `{"x":"a\`, `{"userEnteredValue":{"numberValue":"1"}}`,
		`{"userEnteredValue":{"numberValue":1e999}}`, `{"userEnteredValue":{"boolValue":1}}`,
		`{"userEnteredValue":[]}`, `{"userEnteredFormat":{"padding":{"left":1.5}}}`,
		`{"userEnteredFormat":{"padding":{"left":"1"}}}`, `{"textFormatRuns":{}}`, `{"textFormatRuns":[1]}`,
		`{"textFormatRuns":[{}`, `{"x":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`,
		`{"x":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`,
	} {
		if strings.Contains(text, `"NaN"`) { // which differs from itself
			var got sheets.CellData
			if err := Read([]byte(text), &got); err != nil || !math.IsNaN(*got.UserEnteredValue.NumberValue) {
				t.Errorf("%s: %#v, %v", text, got, err)
			}
			continue
		}
		checkRead(t, reflect.TypeFor[sheets.CellData](), []byte(text))
	}
	for _, text := range []string{`{"size":"123"}`, `{"size":123}`, `{"size":"a"}`, `{"size":null}`,
		`{"capabilities":{"canEdit":true},"parents":["a",null],"properties":{"a":"б","c":null}}`} {
		checkRead(t, reflect.TypeFor[drive.File](), []byte(text))
	}
	for _, text := range []string{`{"values":[["a",1,true,null,[1],{"a":2}],[],null]}`, `{"values":[[1e400]]}`} {
		checkRead(t, reflect.TypeFor[sheets.ValueRange](), []byte(text))
	}
	for _, v := range []any{nil, sheets.CellData{}, (*sheets.CellData)(nil)} {
		if err := Read([]byte("{}"), v); err == nil {
			t.Errorf("%#v was read into", v)
		}
	}
}

// FuzzRead damages an answer.
func FuzzRead(f *testing.F) {
	text, err := json.Marshal(cells())
	if err != nil {
		f.Fatal(err)
	}
	text = text[:300]
	for i := range 20 {
		f.Add(uint16(i*13), string(`{}[]":,\ue1-.0ntf `[i%18]), uint8(i%3))
	}
	whole, err := json.Marshal(sheets.CellData{Note: "да", UserEnteredValue: &sheets.ExtendedValue{
		NumberValue: new(1.5)}, UserEnteredFormat: &sheets.CellFormat{Padding: &sheets.Padding{Left: 3}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, at uint16, put string, out uint8) {
		for _, b := range [][]byte{text, whole} {
			i := int(at) % len(b)
			damaged := string(b[:i]) + put + string(b[min(len(b), i+int(out)):])
			// encoding/json also takes names in capitals, which Google never writes.
			if put != strings.ToLower(put) || strings.ContainsAny(put, "ſK") {
				continue
			}
			checkRead(t, reflect.TypeFor[sheets.CellData](), []byte(damaged))
		}
	})
}

func BenchmarkRead(b *testing.B) {
	text, err := json.Marshal(cells().Requests[0].UpdateCells)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("apijson", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := Read(text, &sheets.UpdateCellsRequest{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := json.Unmarshal(text, &sheets.UpdateCellsRequest{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
