package apijson

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Read parses JSON into v, a pointer to a struct of Google's generated clients, as their
// own UnmarshalJSON methods do, but in one pass: those methods make encoding/json go over
// a colour or a number once more at every level.
//
// It fails with ErrSyntax on text that is no JSON, and on a value of another type than
// the field's. Names of fields are compared exactly, as Google writes them; fields that
// v lacks are left out.
func Read(data []byte, v any) error {
	to := reflect.ValueOf(v)
	if to.Kind() != reflect.Pointer || to.IsNil() {
		return fmt.Errorf("read JSON into %T: not a pointer to a value", v)
	}
	r := &reader{text: data}
	if err := setterOf(to.Type().Elem())(r, to.Elem()); err != nil {
		return fmt.Errorf("read JSON into %T, byte %d of %d: %w", v, r.at, len(data), err)
	}
	if r.next(); r.at < len(r.text) {
		return fmt.Errorf("read JSON into %T, byte %d of %d: %w", v, r.at, len(data), ErrSyntax)
	}
	return nil
}

// ErrSyntax is in the error of Read where a text is no JSON, as one that was cut short is
// not.
var ErrSyntax = errors.New("this is no JSON")

// setter reads the next value into v.
type setter func(r *reader, v reflect.Value) error

var setters sync.Map // reflect.Type → setter

func setterOf(t reflect.Type) setter {
	return once(&setters, t, newSetter, func(made func() setter) setter {
		return func(r *reader, v reflect.Value) error { return made()(r, v) }
	})
}

var (
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func newSetter(t reflect.Type) setter {
	if generated(t) {
		return structSetter(t)
	}
	if t.Kind() == reflect.Pointer { // also to what has methods of its own
		return pointerSetter(t)
	}
	if p := reflect.PointerTo(t); p.Implements(unmarshaler) || p.Implements(textUnmarshaler) {
		return setOther
	}
	switch t.Kind() {
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 { // bytes are text
			return sliceSetter(t)
		}
	case reflect.Map:
		if t.Key() == reflect.TypeFor[string]() {
			return mapSetter(t)
		}
	case reflect.String:
		return setString
	case reflect.Bool:
		return setBool
	case reflect.Int64:
		return setInt
	case reflect.Float64:
		return setFloat
	}
	return setOther
}

// setOther leaves a value to encoding/json: for types that API structs hardly use.
func setOther(r *reader, v reflect.Value) error {
	r.next()
	start := r.at
	if err := r.skip(0); err != nil {
		return err
	}
	return json.Unmarshal(r.text[start:r.at], v.Addr().Interface())
}

func pointerSetter(t reflect.Type) setter {
	elem := t.Elem()
	set := setterOf(elem)
	return func(r *reader, v reflect.Value) error {
		if r.next() == 'n' {
			v.SetZero()
			return r.word("null")
		}
		if v.IsNil() {
			v.Set(reflect.New(elem))
		}
		return set(r, v.Elem())
	}
}

func sliceSetter(t reflect.Type) setter {
	set := setterOf(t.Elem())
	return func(r *reader, v reflect.Value) error {
		if r.next() == 'n' {
			v.SetZero()
			return r.word("null")
		}
		v.SetLen(0)
		err := r.list(func() error {
			n := v.Len()
			if n == v.Cap() {
				v.Grow(1)
			}
			v.SetLen(n + 1)
			x := v.Index(n)
			x.SetZero()
			return set(r, x)
		})
		if v.IsNil() && err == nil {
			v.Set(reflect.MakeSlice(t, 0, 0))
		}
		return err
	}
}

func mapSetter(t reflect.Type) setter {
	set := setterOf(t.Elem())
	return func(r *reader, v reflect.Value) error {
		if r.next() == 'n' {
			v.SetZero()
			return r.word("null")
		}
		if v.IsNil() {
			v.Set(reflect.MakeMap(t))
		}
		return r.object(func(name []byte) error {
			x := reflect.New(t.Elem()).Elem()
			if err := set(r, x); err != nil {
				return err
			}
			v.SetMapIndex(reflect.ValueOf(string(name)).Convert(t.Key()), x)
			return nil
		})
	}
}

// structSetter reads a generated struct.
func structSetter(t reflect.Type) setter {
	type field struct {
		index int
		set   setter
	}
	fields := map[string]field{}
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		if tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		set := setterOf(f.Type)
		if options != "omitempty" { // the other one there is: a number that is sent as text
			set = setQuotedInt
		}
		fields[name] = field{i, set}
	}
	return func(r *reader, v reflect.Value) error {
		if r.next() == 'n' {
			return r.word("null")
		}
		return r.object(func(name []byte) error {
			f, ok := fields[string(name)]
			if !ok {
				return r.skip(0)
			}
			return f.set(r, v.Field(f.index))
		})
	}
}

func setString(r *reader, v reflect.Value) error {
	if r.next() == 'n' {
		return r.word("null")
	}
	s, err := r.string()
	if err == nil {
		v.SetString(string(s))
	}
	return err
}

func setBool(r *reader, v reflect.Value) error {
	switch r.next() {
	case 't':
		v.SetBool(true)
		return r.word("true")
	case 'f':
		v.SetBool(false)
		return r.word("false")
	}
	return r.word("null")
}

func setInt(r *reader, v reflect.Value) error { return r.integer(v, r.number) }

// setQuotedInt reads a number that is sent as text.
func setQuotedInt(r *reader, v reflect.Value) error { return r.integer(v, r.string) }

func (r *reader) integer(v reflect.Value, take func() ([]byte, error)) error {
	if r.next() == 'n' {
		return r.word("null")
	}
	text, err := take()
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	v.SetInt(n)
	return err
}

// setFloat also reads the words for what JSON has no number for.
func setFloat(r *reader, v reflect.Value) error {
	if r.next() == 'n' {
		return r.word("null")
	}
	f, err := r.float()
	v.SetFloat(f)
	return err
}

func (r *reader) float() (float64, error) {
	if r.next() == '"' {
		s, err := r.string()
		if err != nil {
			return 0, err
		}
		f, ok := map[string]float64{"NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1)}[string(s)]
		if !ok {
			return 0, fmt.Errorf("%q is not a number", s)
		}
		return f, nil
	}
	text, err := r.number()
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(string(text), 64)
}

// reader goes over a text of JSON.
type reader struct {
	text []byte
	at   int
}

// next skips white space and returns the byte that follows; 0 at the end.
func (r *reader) next() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// word takes true, false or null.
func (r *reader) word(w string) error {
	if !bytes.HasPrefix(r.text[r.at:], []byte(w)) {
		return r.other()
	}
	r.at += len(w)
	return nil
}

// other returns the error for a value that is not of the wanted type.
func (r *reader) other() error {
	behind := *r
	if err := behind.skip(0); err != nil {
		return err
	}
	return fmt.Errorf("a value of another type: %.40q", r.text[r.at:behind.at])
}

// object calls what for every name; what takes the value.
func (r *reader) object(what func(name []byte) error) error {
	return r.items('{', '}', func() error {
		if r.next() != '"' {
			return ErrSyntax
		}
		name, err := r.string()
		if err != nil {
			return err
		}
		if r.next() != ':' {
			return ErrSyntax
		}
		r.at++
		return what(name)
	})
}

// list calls what for every element; what takes it.
func (r *reader) list(what func() error) error { return r.items('[', ']', what) }

func (r *reader) items(open, end byte, what func() error) error {
	if r.next() != open {
		return r.other()
	}
	r.at++
	if r.next() == end {
		r.at++
		return nil
	}
	for {
		if err := what(); err != nil {
			return err
		}
		switch r.next() {
		case ',':
			r.at++
		case end:
			r.at++
			return nil
		default:
			return ErrSyntax
		}
	}
}

// string takes a text. What it returns may be part of the read text: it is to be copied.
func (r *reader) string() ([]byte, error) {
	if r.next() != '"' {
		return nil, r.other()
	}
	start, plain, ascii := r.at, true, true
	for i := start + 1; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			r.at = i + 1
			if s := r.text[start+1 : i]; plain && (ascii || utf8.Valid(s)) {
				return s, nil
			}
			var s string
			err := json.Unmarshal(r.text[start:r.at], &s)
			return []byte(s), err
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			r.at = i
			return nil, ErrSyntax
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	r.at = len(r.text)
	return nil, ErrSyntax
}

// number takes a number: [-]digits[.digits][e[±]digits], without a zero before others.
func (r *reader) number() ([]byte, error) {
	start := r.at
	if r.peek() == '-' {
		r.at++
		if !digit(r.peek()) {
			return nil, ErrSyntax
		}
	}
	if !digit(r.peek()) {
		return nil, r.other()
	}
	if zero := r.peek() == '0'; r.digits() > 1 && zero {
		return nil, ErrSyntax
	}
	if r.peek() == '.' {
		r.at++
		if r.digits() == 0 {
			return nil, ErrSyntax
		}
	}
	if c := r.peek(); c == 'e' || c == 'E' {
		r.at++
		if c := r.peek(); c == '+' || c == '-' {
			r.at++
		}
		if r.digits() == 0 {
			return nil, ErrSyntax
		}
	}
	return r.text[start:r.at], nil
}

func (r *reader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// digits takes digits and returns how many there were.
func (r *reader) digits() int {
	start := r.at
	for digit(r.peek()) {
		r.at++
	}
	return r.at - start
}

// deepest bounds how deep values that are left out may lie in each other, as
// encoding/json does.
const deepest = 10_000

// skip takes a value of any type.
func (r *reader) skip(depth int) error {
	if depth > deepest {
		return ErrSyntax
	}
	switch c := r.next(); {
	case c == '{':
		return r.object(func([]byte) error { return r.skip(depth + 1) })
	case c == '[':
		return r.list(func() error { return r.skip(depth + 1) })
	case c == '"':
		_, err := r.string()
		return err
	case c == '-', digit(c):
		_, err := r.number()
		return err
	}
	for _, w := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(r.text[r.at:], []byte(w)) {
			r.at += len(w)
			return nil
		}
	}
	return ErrSyntax
}
