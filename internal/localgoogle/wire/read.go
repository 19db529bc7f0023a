package wire

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"google.golang.org/api/sheets/v4"
)

// jsonReader reads a request body into API structs as Google does: null means absent,
// snake_case names are accepted, one object may stand for a list, and an unknown name or
// a value of the wrong type is an error. ForceSendFields records a scalar that was sent
// as zero.
type jsonReader struct {
	data  []byte
	pos   int
	path  []string
	bad   []Violation
	depth int

	// nulls are the paths of dictionary members that were sent as null.
	nulls []string

	// shared maps the text of formats and rules to values: equal ones become one value.
	shared map[reflect.Type]map[string]reflect.Value
}

const maxJSONDepth = 100

// unions are the messages of which at most one member may be set.
var unions = map[string]struct {
	name    string
	members []string
}{
	"DataFilter":                {"filter", []string{"a1Range", "gridRange", "developerMetadataLookup"}},
	"DeveloperMetadataLocation": {"location", []string{"spreadsheet", "sheetId", "dimensionRange"}},
	"ExtendedValue": {"value", []string{"numberValue", "stringValue", "boolValue", "formulaValue",
		"errorValue"}},
	"ConditionalFormatRule": {"rule", []string{"booleanRule", "gradientRule"}},
}

// wrapped reports whether Google wraps a number in a message of its own, to tell zero
// from nothing; its errors then name the value inside.
func wrapped(message, field string) bool {
	return (message == "GridRange" || message == "DimensionRange") && strings.HasSuffix(field, "Index")
}

// sharedTypes are immutable once read and often repeated.
var sharedTypes = map[reflect.Type]bool{
	reflect.TypeFor[*sheets.CellFormat]():         true,
	reflect.TypeFor[*sheets.DataValidationRule](): true,
}

// Decode reads data into dst, a pointer to a struct. root is what Google calls the body
// in messages: "" for the whole, "data" if the body is one field.
func Decode(data []byte, dst any, root string) error {
	_, err := DecodeWithNulls(data, dst, root)
	return err
}

// DecodeWithNulls is Decode that also returns which members of dictionaries were null, as
// "app_properties.key".
func DecodeWithNulls(data []byte, dst any, root string) (nulls []string, err error) {
	r := &jsonReader{data: data, shared: map[reflect.Type]map[string]reflect.Value{}}
	if root != "" {
		r.path = append(r.path, root)
	}
	r.space()
	if r.pos == len(r.data) {
		return nil, nil
	}
	if err := r.value(reflect.ValueOf(dst).Elem()); err != nil {
		return nil, err
	}
	r.space()
	if r.pos != len(r.data) {
		return nil, r.syntax()
	}
	if len(r.bad) > 0 {
		return nil, Invalid(r.bad)
	}
	return r.nulls, nil
}

func (r *jsonReader) space() {
	for r.pos < len(r.data) {
		switch r.data[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

func (r *jsonReader) peek() byte {
	r.space()
	if r.pos < len(r.data) {
		return r.data[r.pos]
	}
	return 0
}

func (r *jsonReader) syntax() error {
	rest := r.data[min(r.pos, len(r.data)):]
	if len(rest) == 0 {
		return BadRequest("Invalid JSON payload received. Unexpected end of string.\n")
	}
	line := rest
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	if len(line) > 40 {
		line = line[:40]
	}
	return BadRequest("Invalid JSON payload received. Unexpected token.\n%s\n^", strings.ToValidUTF8(string(line), "?"))
}

func (r *jsonReader) where() string { return strings.Join(r.path, ".") }

func (r *jsonReader) violate(format string, args ...any) {
	if len(r.bad) < 100 {
		r.bad = append(r.bad, Violation{r.where(), fmt.Sprintf(format, args...)})
	}
}

// wrong records a value of the wrong type and skips it.
func (r *jsonReader) wrong(kind string) error {
	start := r.pos
	if err := r.skip(); err != nil {
		return err
	}
	text := strings.ToValidUTF8(string(r.data[start:r.pos]), "?")
	r.violate("Invalid value at '%s' (%s), %s", r.where(), kind, text)
	return nil
}

func (r *jsonReader) literal(word string) error {
	if !bytes.HasPrefix(r.data[r.pos:], []byte(word)) {
		return r.syntax()
	}
	r.pos += len(word)
	return nil
}

func typeURL(t reflect.Type) string {
	if strings.Contains(t.PkgPath(), "/drive/") {
		return "type.googleapis.com/google.apps.drive.v3." + t.Name()
	}
	return "type.googleapis.com/google.apps.sheets.v4." + t.Name()
}

// value reads the next value into v. null leaves v unchanged.
func (r *jsonReader) value(v reflect.Value) error {
	c := r.peek()
	switch c {
	case 0:
		return r.syntax()
	case 'n':
		return r.literal("null")
	}
	r.depth++
	defer func() { r.depth-- }()
	if r.depth > maxJSONDepth {
		return BadRequest("Invalid JSON payload received. Message too deep.")
	}
	t := v.Type()
	switch v.Kind() {
	case reflect.Pointer:
		return r.pointer(v, t, c)
	case reflect.Struct:
		if c != '{' {
			return r.wrong(typeURL(t))
		}
		return r.object(v)
	case reflect.Slice:
		return r.list(v, t, c)
	case reflect.Map:
		if c != '{' {
			return r.wrong("Map")
		}
		return r.dictionary(v, t)
	case reflect.Interface:
		x, err := r.any()
		if err == nil && x != nil {
			v.Set(reflect.ValueOf(x))
		}
		return err
	case reflect.String:
		if c != '"' && c != '\'' {
			return r.wrong("TYPE_STRING")
		}
		s, err := r.str()
		v.SetString(s)
		return err
	case reflect.Bool:
		return r.boolean(v, c)
	case reflect.Int64, reflect.Uint64, reflect.Float64:
		return r.number(v, c)
	default:
		return r.skip()
	}
}

func (r *jsonReader) pointer(v reflect.Value, t reflect.Type, c byte) error {
	if !sharedTypes[t] || c != '{' {
		p := reflect.New(t.Elem())
		if err := r.value(p.Elem()); err != nil {
			return err
		}
		v.Set(p)
		return nil
	}
	start := r.pos
	if err := r.skip(); err != nil {
		return err
	}
	text := string(r.data[start:r.pos])
	if known, ok := r.shared[t][text]; ok {
		v.Set(known)
		return nil
	}
	r.pos = start
	p := reflect.New(t.Elem())
	if err := r.value(p.Elem()); err != nil {
		return err
	}
	v.Set(p)
	if r.shared[t] == nil {
		r.shared[t] = map[string]reflect.Value{}
	}
	r.shared[t][text] = p
	return nil
}

// each calls f before every element of the current list or member of the current object.
func (r *jsonReader) each(end byte, f func() error) error {
	r.pos++ // the opening bracket
	if r.peek() == end {
		r.pos++
		return nil
	}
	for {
		if err := f(); err != nil {
			return err
		}
		switch r.peek() {
		case ',':
			r.pos++
			if r.peek() == end { // Google accepts a trailing comma
				r.pos++
				return nil
			}
		case end:
			r.pos++
			return nil
		default:
			return r.syntax()
		}
	}
}

func (r *jsonReader) key() (string, error) {
	var name string
	switch c := r.peek(); {
	case c == '"' || c == '\'':
		var err error
		if name, err = r.str(); err != nil {
			return "", err
		}
	default: // an unquoted word
		start := r.pos
		for r.pos < len(r.data) && isBare(r.data[r.pos], r.pos == start) {
			r.pos++
		}
		if name = string(r.data[start:r.pos]); name == "" {
			return "", r.syntax()
		}
	}
	if r.peek() != ':' {
		return "", r.syntax()
	}
	r.pos++
	return name, nil
}

func isBare(c byte, first bool) bool {
	return c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || !first && c >= '0' && c <= '9'
}

func (r *jsonReader) object(v reflect.Value) error {
	ti := infoOf(v.Type())
	union := unions[ti.name]
	kind := "" // of the union, once one is set
	return r.each('}', func() error {
		name, err := r.key()
		if err != nil {
			return err
		}
		i, ok := ti.byName[name]
		if !ok {
			at := ""
			if where := r.where(); where != "" {
				at = fmt.Sprintf(" at '%s'", where)
			}
			r.violate(`Invalid JSON payload received. Unknown name "%s"%s: Cannot find field.`, name, at)
			return r.skip()
		}
		f := &ti.fields[i]
		isNull := r.peek() == 'n'
		if !isNull && slices.Contains(union.members, f.json) {
			if kind != "" {
				r.violate("Invalid value at '%s' (oneof), oneof field '%s' is already set. Cannot set '%s'", r.where(),
					union.name, f.json)
				return r.skip()
			}
			kind = f.json
		}
		fv := v.Field(f.index)
		step := f.snake
		if wrapped(ti.name, f.json) {
			step += ".value"
		}
		r.path = append(r.path, step)
		err = r.value(fv)
		r.path = r.path[:len(r.path)-1]
		if err == nil && !isNull && fv.Kind() != reflect.Pointer && isEmpty(fv) {
			setForced(v, ti, f.goName, true)
		}
		return err
	})
}

func (r *jsonReader) list(v reflect.Value, t reflect.Type, c byte) error {
	elem := t.Elem()
	element := func() error {
		isNull := r.peek() == 'n'
		e := reflect.New(elem).Elem()
		if err := r.value(e); err != nil {
			return err
		}
		if isNull && elem.Kind() != reflect.Interface && elem.Kind() != reflect.Pointer {
			return nil
		}
		v.Set(reflect.Append(v, e))
		return nil
	}
	if c == '[' {
		v.Set(reflect.MakeSlice(t, 0, 4))
		base := ""
		if n := len(r.path); n > 0 {
			base = r.path[n-1]
		}
		i := 0
		err := r.each(']', func() error {
			if n := len(r.path); n > 0 {
				r.path[n-1] = base + "[" + strconv.Itoa(i) + "]"
			}
			i++
			return element()
		})
		if n := len(r.path); n > 0 {
			r.path[n-1] = base
		}
		return err
	}
	if elem.Kind() == reflect.Interface {
		return r.wrong("type.googleapis.com/google.protobuf.ListValue")
	}
	return element()
}

func (r *jsonReader) dictionary(v reflect.Value, t reflect.Type) error {
	if v.IsNil() {
		v.Set(reflect.MakeMap(t))
	}
	return r.each('}', func() error {
		name, err := r.key()
		if err != nil {
			return err
		}
		e := reflect.New(t.Elem()).Elem()
		isNull := r.peek() == 'n'
		r.path = append(r.path, name)
		if isNull {
			r.nulls = append(r.nulls, r.where())
		}
		err = r.value(e)
		r.path = r.path[:len(r.path)-1]
		if err == nil && !isNull {
			v.SetMapIndex(reflect.ValueOf(name), e)
		}
		return err
	})
}

func (r *jsonReader) boolean(v reflect.Value, c byte) error {
	switch c {
	case 't', 'f':
		v.SetBool(c == 't')
		return r.literal(map[byte]string{'t': "true", 'f': "false"}[c])
	case '"', '\'':
		start := r.pos
		s, err := r.str()
		if err != nil {
			return err
		}
		if s == "true" || s == "false" {
			v.SetBool(s == "true")
			return nil
		}
		r.pos = start
	}
	return r.wrong("TYPE_BOOL")
}

func (r *jsonReader) number(v reflect.Value, c byte) error {
	kind := "TYPE_INT32"
	if v.Kind() == reflect.Float64 {
		kind = "TYPE_DOUBLE"
	}
	start := r.pos
	var text string
	switch {
	case c == '"' || c == '\'':
		s, err := r.str()
		if err != nil {
			return err
		}
		text = s
	case c == '-' || c >= '0' && c <= '9':
		text = r.digits()
	default:
		return r.wrong(kind)
	}
	if v.Kind() == reflect.Float64 {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			r.pos = start
			return r.wrong(kind)
		}
		v.SetFloat(f)
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f, ferr := strconv.ParseFloat(text, 64)
		if ferr != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			r.pos = start
			return r.wrong(kind)
		}
		n = int64(f)
	}
	if v.Kind() == reflect.Uint64 {
		v.SetUint(uint64(max(n, 0)))
		return nil
	}
	v.SetInt(n)
	return nil
}

func (r *jsonReader) digits() string {
	start := r.pos
	for r.pos < len(r.data) && strings.IndexByte("+-.eE0123456789", r.data[r.pos]) >= 0 {
		r.pos++
	}
	return string(r.data[start:r.pos])
}

// any reads a value of no declared type: string, float64, bool, nil, []any or Object.
func (r *jsonReader) any() (any, error) {
	switch c := r.peek(); {
	case c == '"' || c == '\'':
		return r.str()
	case c == 't':
		return true, r.literal("true")
	case c == 'f':
		return false, r.literal("false")
	case c == 'n':
		return nil, r.literal("null")
	case c == '-' || c >= '0' && c <= '9':
		text := r.digits()
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			r.pos -= len(text)
			return nil, r.syntax()
		}
		return f, nil
	case c == '[':
		list := []any{}
		err := r.nested(func() error {
			return r.each(']', func() error {
				x, err := r.any()
				list = append(list, x)
				return err
			})
		})
		return list, err
	case c == '{':
		object := Object{}
		err := r.nested(func() error {
			return r.each('}', func() error {
				name, err := r.key()
				if err != nil {
					return err
				}
				x, err := r.any()
				object = append(object, Member{name, x})
				return err
			})
		})
		return object, err
	}
	return nil, r.syntax()
}

func (r *jsonReader) nested(f func() error) error {
	r.depth++
	defer func() { r.depth-- }()
	if r.depth > maxJSONDepth {
		return BadRequest("Invalid JSON payload received. Message too deep.")
	}
	return f()
}

// skip skips the next value, checking only its syntax.
func (r *jsonReader) skip() error {
	switch c := r.peek(); {
	case c == '"' || c == '\'':
		return r.skipString()
	case c == 't':
		return r.literal("true")
	case c == 'f':
		return r.literal("false")
	case c == 'n':
		return r.literal("null")
	case c == '-' || c >= '0' && c <= '9':
		r.digits()
		return nil
	case c == '[':
		return r.nested(func() error { return r.each(']', r.skip) })
	case c == '{':
		return r.nested(func() error {
			return r.each('}', func() error {
				if _, err := r.key(); err != nil {
					return err
				}
				return r.skip()
			})
		})
	}
	return r.syntax()
}

func (r *jsonReader) skipString() error {
	quote := r.data[r.pos]
	for i := r.pos + 1; i < len(r.data); i++ {
		switch r.data[i] {
		case '\\':
			i++
		case quote:
			r.pos = i + 1
			return nil
		}
	}
	r.pos = len(r.data)
	return r.syntax()
}

func (r *jsonReader) str() (string, error) {
	start := r.pos + 1
	quote := r.data[r.pos]
	for i := start; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == quote:
			s := string(r.data[start:i])
			r.pos = i + 1
			return strings.ToValidUTF8(s, "\ufffd"), nil
		case c == '\\' || c < 0x20:
			return r.escaped(start, i, quote)
		}
	}
	r.pos = len(r.data)
	return "", r.syntax()
}

// escaped reads the rest of a string with escapes, the first of which is at i.
func (r *jsonReader) escaped(start, i int, quote byte) (string, error) {
	b := append([]byte(nil), r.data[start:i]...)
	for i < len(r.data) {
		c := r.data[i]
		switch {
		case c == quote:
			r.pos = i + 1
			return strings.ToValidUTF8(string(b), "\ufffd"), nil
		case c != '\\':
			b = append(b, c)
			i++
			continue
		}
		if i+1 >= len(r.data) {
			break
		}
		esc := r.data[i+1]
		i += 2
		switch esc {
		case 'n':
			b = append(b, '\n')
		case 't':
			b = append(b, '\t')
		case 'r':
			b = append(b, '\r')
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case '"', '\'', '\\', '/':
			b = append(b, esc)
		case 'u':
			u, ok := r.hex4(i)
			if !ok {
				r.pos = i
				return "", r.syntax()
			}
			i += 4
			if utf16.IsSurrogate(u) {
				low, ok := rune(0), false
				if i+6 <= len(r.data) && r.data[i] == '\\' && r.data[i+1] == 'u' {
					low, ok = r.hex4(i + 2)
				}
				u = utf16.DecodeRune(u, low)
				if ok && u != utf8.RuneError {
					i += 6
				}
			}
			b = utf8.AppendRune(b, u)
		default:
			r.pos = i - 1
			return "", r.syntax()
		}
	}
	r.pos = len(r.data)
	return "", r.syntax()
}

func (r *jsonReader) hex4(i int) (rune, bool) {
	if i+4 > len(r.data) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(r.data[i:i+4]), 16, 32)
	return rune(n), err == nil
}
