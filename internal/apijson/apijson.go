// Package apijson writes the structs of Google's generated clients as JSON, byte for byte
// as their own MarshalJSON methods do, and reads them as their UnmarshalJSON methods do,
// but in one pass.
//
// Those methods call each other level by level, and encoding/json checks and copies their
// output again at every level above: each byte of a cell in a batch is handled eight
// times. That took a quarter of the cost of a sync, and reading as much again.
//
// The package does no I/O and knows no type of an API by name.
package apijson

import (
	"cmp"
	"encoding"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Append appends v as JSON. It fails like json.Marshal: on a number that is NaN or
// infinite, on a field that is both null and set.
func Append(b []byte, v any) ([]byte, error) { return appendAny(b, reflect.ValueOf(v)) }

// appender appends a value of one type.
type appender func(b []byte, v reflect.Value) ([]byte, error)

var appenders sync.Map // reflect.Type → appender

func appenderOf(t reflect.Type) appender {
	return once(&appenders, t, newAppender, func(made func() appender) appender {
		return func(b []byte, v reflect.Value) ([]byte, error) { return made()(b, v) }
	})
}

// once returns what was made for a type, and makes it the first time. A type may contain
// itself: until its own is made, others get what later returns, which waits for it.
func once[F any](known *sync.Map, t reflect.Type, build func(reflect.Type) F, later func(made func() F) F) F {
	if f, ok := known.Load(t); ok {
		return f.(F)
	}
	var own F
	var ready sync.WaitGroup
	ready.Add(1)
	first, loaded := known.LoadOrStore(t, later(func() F {
		ready.Wait()
		return own
	}))
	if loaded {
		return first.(F)
	}
	own = build(t)
	ready.Done()
	known.Store(t, own)
	return own
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

func newAppender(t reflect.Type) appender {
	switch {
	case generated(t):
		return fieldsOf(t).append
	case t.Kind() == reflect.Pointer && generated(t.Elem()): // it has the methods of its element
		return pointer(appenderOf(t.Elem()))
	case t.Implements(marshaler) || t.Implements(textMarshaler):
		return appendOther
	}
	switch t.Kind() {
	case reflect.Pointer:
		return pointer(appenderOf(t.Elem()))
	case reflect.Interface:
		return appendAny
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 { // bytes are text
			return slice(appenderOf(t.Elem()))
		}
	case reflect.Map:
		if t.Key() == reflect.TypeFor[string]() {
			return dictionary(appenderOf(t.Elem()))
		}
	case reflect.String:
		return func(b []byte, v reflect.Value) ([]byte, error) { return appendString(b, v.String()), nil }
	case reflect.Bool:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendBool(b, v.Bool()), nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendInt(b, v.Int(), 10), nil }
	case reflect.Float64:
		return appendFloat
	}
	return appendOther
}

// appendOther leaves a value to encoding/json: for types that API structs hardly use.
func appendOther(b []byte, v reflect.Value) ([]byte, error) {
	text, err := json.Marshal(v.Interface())
	return append(b, text...), err
}

func appendAny(b []byte, v reflect.Value) ([]byte, error) {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		return append(b, "null"...), nil
	}
	return appenderOf(v.Type())(b, v)
}

func pointer(to appender) appender {
	return func(b []byte, v reflect.Value) ([]byte, error) {
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		return to(b, v.Elem())
	}
}

func slice(of appender) appender {
	return func(b []byte, v reflect.Value) ([]byte, error) {
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = of(b, v.Index(i)); err != nil {
				return b, err
			}
		}
		return append(b, ']'), nil
	}
}

func dictionary(of appender) appender {
	return func(b []byte, v reflect.Value) ([]byte, error) {
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(x, y reflect.Value) int { return cmp.Compare(x.String(), y.String()) })
		b = append(b, '{')
		for i, k := range keys {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, k.String()), ':')
			var err error
			if b, err = of(b, v.MapIndex(k)); err != nil {
				return b, err
			}
		}
		return append(b, '}'), nil
	}
}

// fields are the fields of a generated struct.
type fields struct {
	inOrder []field // in the struct's order
	sorted  []field // by name: the order once a field is sent by force
	force   int     // index of ForceSendFields
	null    int     // index of NullFields
}

type field struct {
	index  int
	goName string
	name   string // quoted, with the colon
	quoted bool   // a number that is sent as text
	kind   reflect.Kind
	append appender
}

// generated reports whether a type is a struct made by Google's generator.
func generated(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	for _, name := range []string{"ForceSendFields", "NullFields"} {
		if f, ok := t.FieldByName(name); !ok || f.Type != reflect.TypeFor[[]string]() {
			return false
		}
	}
	for i := range t.NumField() {
		f := t.Field(i)
		switch name, options, _ := strings.Cut(f.Tag.Get("json"), ","); {
		case f.Tag.Get("json") == "-":
		case name == "", options != "omitempty" && (options != "omitempty,string" || f.Type.Kind() != reflect.Int64):
			return false
		}
	}
	return true
}

// fieldsOf returns the fields of a generated struct.
func fieldsOf(t reflect.Type) *fields {
	f := &fields{}
	for i := range t.NumField() {
		sf := t.Field(i)
		switch sf.Name {
		case "ForceSendFields":
			f.force = i
		case "NullFields":
			f.null = i
		}
		tag := sf.Tag.Get("json")
		if tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		f.inOrder = append(f.inOrder, field{
			index: i, goName: sf.Name, name: string(appendString(nil, name)) + ":", kind: sf.Type.Kind(),
			quoted: options != "omitempty", append: appenderOf(sf.Type),
		})
	}
	f.sorted = slices.SortedFunc(slices.Values(f.inOrder), func(x, y field) int { return cmp.Compare(x.name, y.name) })
	return f
}

func (f *fields) append(b []byte, v reflect.Value) ([]byte, error) {
	if v.Field(f.null).Len() > 0 {
		return appendOther(b, v)
	}
	var forced []string
	list := f.inOrder
	if l := v.Field(f.force); l.Len() > 0 {
		forced, list = l.Interface().([]string), f.sorted
	}
	b = append(b, '{')
	start := len(b)
	for i := range list {
		x := &list[i]
		fv := v.Field(x.index)
		if empty(fv, x.kind) && !x.sentEmpty(fv, forced) {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(b, x.name...)
		switch {
		case x.quoted:
			b = append(strconv.AppendInt(append(b, '"'), fv.Int(), 10), '"')
		case x.kind == reflect.Slice && fv.IsNil():
			b = append(b, "[]"...)
		case x.kind == reflect.Map && fv.IsNil():
			b = append(b, "{}"...)
		default:
			var err error
			if b, err = x.append(b, fv); err != nil {
				return b, err
			}
		}
	}
	return append(b, '}'), nil
}

// sentEmpty reports whether a field without a value is sent all the same. An absent
// message, or value of any type, has no empty form.
func (x *field) sentEmpty(v reflect.Value, forced []string) bool {
	return x.kind != reflect.Pointer && x.kind != reflect.Interface && slices.Contains(forced, x.goName)
}

func empty(v reflect.Value, kind reflect.Kind) bool {
	switch kind {
	case reflect.Pointer, reflect.Interface:
		return v.IsNil()
	case reflect.String, reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Bool:
		return !v.Bool()
	case reflect.Int64:
		return v.Int() == 0
	case reflect.Float64:
		return v.Float() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

const hexDigits = "0123456789abcdef"

// appendString writes a text as encoding/json does: safe within HTML and JavaScript.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\b':
				b = append(b, '\\', 'b')
			case '\f':
				b = append(b, '\\', 'f')
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
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(append(b, s[start:i]...), `\ufffd`...)
			start = i + size
		case r == '\u2028', r == '\u2029':
			b = append(append(b, s[start:i]...), `\u202`...)
			b = append(b, hexDigits[r&15])
			start = i + size
		}
		i += size
	}
	return append(append(b, s[start:]...), '"')
}

// appendFloat writes a number as encoding/json does, which follows JavaScript.
func appendFloat(b []byte, v reflect.Value) ([]byte, error) {
	f := v.Float()
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return appendOther(b, v) // returns the error
	}
	if a := math.Abs(f); a == 0 || a >= 1e-6 && a < 1e21 {
		return strconv.AppendFloat(b, f, 'f', -1, 64), nil
	}
	b = strconv.AppendFloat(b, f, 'e', -1, 64)
	if n := len(b); n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' { // e-09 becomes e-9
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b, nil
}
