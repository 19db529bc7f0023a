package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"

	"google.golang.org/api/sheets/v4"
)

// Member is a member of an Object.
type Member struct {
	Name  string
	Value any
}

// Object is a JSON object whose members keep their order.
type Object []Member

// With returns the object with one more member at its end.
func (o Object) With(name string, value any) Object { return append(o, Member{name, value}) }

// Encode writes v as Google does: members in the schema's order, without default values,
// only what the mask names, indented by two spaces if pretty.
func Encode(v any, m *Mask, pretty bool) []byte { return Append(make([]byte, 0, 512), v, m, pretty) }

// Append appends to b what Encode returns.
func Append(b []byte, v any, m *Mask, pretty bool) []byte {
	w := &jsonWriter{pretty: pretty, buf: b}
	w.value(reflect.ValueOf(v), m)
	if pretty {
		w.buf = append(w.buf, '\n')
	}
	return w.buf
}

type jsonWriter struct {
	buf    []byte
	pretty bool
	depth  int

	// formats caches the text of written formats: thousands of cells share a few.
	formats map[formatText][]byte
}

type formatText struct {
	f     *sheets.CellFormat
	m     *Mask
	depth int
}

var cellFormatType = reflect.TypeFor[*sheets.CellFormat]()

// format writes a cell format; it copies one that was written before.
func (w *jsonWriter) format(v reflect.Value, m *Mask) {
	f, _ := v.Interface().(*sheets.CellFormat)
	key := formatText{f, m, w.depth}
	if text, ok := w.formats[key]; ok {
		w.buf = append(w.buf, text...)
		return
	}
	start := len(w.buf)
	w.object(v.Elem(), m)
	if w.formats == nil {
		w.formats = map[formatText][]byte{}
	}
	w.formats[key] = bytes.Clone(w.buf[start:])
}

func (w *jsonWriter) newline() {
	if !w.pretty {
		return
	}
	w.buf = append(w.buf, '\n')
	for range w.depth {
		w.buf = append(w.buf, ' ', ' ')
	}
}

func (w *jsonWriter) open(c byte) {
	w.buf = append(w.buf, c)
	w.depth++
}

func (w *jsonWriter) close(c byte, empty bool) {
	w.depth--
	if !empty {
		w.newline()
	}
	w.buf = append(w.buf, c)
}

func (w *jsonWriter) name(s string, first bool) {
	if !first {
		w.buf = append(w.buf, ',')
	}
	w.newline()
	w.buf = appendJSONString(w.buf, s)
	w.buf = append(w.buf, ':')
	if w.pretty {
		w.buf = append(w.buf, ' ')
	}
}

func (w *jsonWriter) value(v reflect.Value, m *Mask) {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		if v.IsNil() {
			w.buf = append(w.buf, "null"...)
			return
		}
		if v.Type() == cellFormatType {
			w.format(v, m)
			return
		}
		v = v.Elem()
	}
	if !v.IsValid() {
		w.buf = append(w.buf, "null"...)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		w.object(v, m)
	case reflect.Slice:
		w.list(v, m)
	case reflect.Map:
		w.dictionary(v, m)
	case reflect.String:
		w.buf = appendJSONString(w.buf, v.String())
	case reflect.Bool:
		w.buf = strconv.AppendBool(w.buf, v.Bool())
	case reflect.Float32, reflect.Float64:
		w.buf = appendJSONNumber(w.buf, v.Float())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.buf = strconv.AppendInt(w.buf, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		w.buf = strconv.AppendUint(w.buf, v.Uint(), 10)
	default:
		w.buf = append(w.buf, "null"...)
	}
}

func (w *jsonWriter) list(v reflect.Value, m *Mask) {
	switch l := v.Interface().(type) {
	case Object:
		w.ordered(l, m)
		return
	case json.RawMessage:
		w.buf = append(w.buf, l...)
		return
	}
	w.open('[')
	for i := range v.Len() {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.newline()
		w.value(v.Index(i), m)
	}
	w.close(']', v.Len() == 0)
}

func (w *jsonWriter) ordered(o Object, m *Mask) {
	w.open('{')
	n := 0
	for _, f := range o {
		sub, ok := m.Get(f.Name)
		if !ok {
			continue
		}
		w.name(f.Name, n == 0)
		w.value(reflect.ValueOf(f.Value), sub)
		n++
	}
	w.close('}', n == 0)
}

func (w *jsonWriter) dictionary(v reflect.Value, m *Mask) {
	w.open('{')
	n := 0
	keys := make([]string, 0, v.Len())
	for _, k := range v.MapKeys() {
		keys = append(keys, k.String())
	}
	slices.Sort(keys)
	for _, k := range keys {
		sub, ok := m.Get(k)
		if !ok {
			continue
		}
		w.name(k, n == 0)
		w.value(v.MapIndex(reflect.ValueOf(k)), sub)
		n++
	}
	w.close('}', n == 0)
}

func (w *jsonWriter) object(v reflect.Value, m *Mask) {
	ti := infoOf(v.Type())
	var force []string
	if ti.force >= 0 {
		force, _ = v.Field(ti.force).Interface().([]string)
	}
	w.open('{')
	n := 0
	for i := range ti.fields {
		f := &ti.fields[i]
		fv := v.Field(f.index)
		if isEmpty(fv) && (!f.presence || !slices.Contains(force, f.goName)) {
			continue
		}
		sub, ok := m.Get(f.json)
		if !ok {
			continue
		}
		w.name(f.json, n == 0)
		n++
		if f.asString && fv.Kind() == reflect.Int64 {
			w.buf = appendJSONString(w.buf, strconv.FormatInt(fv.Int(), 10))
			continue
		}
		if fv.Kind() == reflect.Slice && fv.IsNil() {
			w.buf = append(w.buf, "[]"...)
			continue
		}
		w.value(fv, sub)
	}
	w.close('}', n == 0)
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	default:
		return v.IsZero()
	}
}

const hexDigits = "0123456789abcdef"

func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			b = append(b, s[start:i]...)
			b = append(b, "\ufffd"...)
			i++
			start = i
			continue
		}
		i += size
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

func appendJSONNumber(b []byte, f float64) []byte {
	if math.IsNaN(f) {
		return append(b, `"NaN"`...)
	}
	if math.IsInf(f, 0) {
		return append(b, fmt.Sprintf("%q", map[bool]string{true: "Infinity", false: "-Infinity"}[f > 0])...)
	}
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'g'
	}
	return strconv.AppendFloat(b, f, format, -1, 64)
}

// sortedKeys returns the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
