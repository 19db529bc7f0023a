// Package fingerprint tells whether values are what they were, also in another process: a
// value has the same fingerprint there as long as it holds the same.
//
// It is pure, and knows nothing of what the values mean.
package fingerprint

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
	"reflect"
	"slices"
	"time"
)

// Writer makes a fingerprint of values that are added in an order. Use New.
type Writer struct {
	hash hash.Hash
	buf  []byte
	err  error
}

// New returns a Writer without values.
func New() *Writer { return &Writer{hash: sha256.New()} }

// full is how many bytes are hashed at once.
const full = 4096

// Sum returns the fingerprint of all that was added: as good as unique. It fails if a
// value was added that has none.
func (w *Writer) Sum() (string, error) {
	w.hash.Write(w.buf)
	w.buf = w.buf[:0]
	return string(w.hash.Sum(nil)[:16]), w.err
}

// Int adds a number.
func (w *Writer) Int(n int64) { w.add(binary.LittleEndian.AppendUint64(w.buf, uint64(n))) }

// Float adds a number.
func (w *Writer) Float(f float64) { w.Int(int64(math.Float64bits(f))) }

// Text adds a text.
func (w *Writer) Text(s string) {
	w.Int(int64(len(s)))
	w.add(append(w.buf, s...))
}

// add takes the buffer with something appended.
func (w *Writer) add(buf []byte) {
	if w.buf = buf; len(buf) >= full {
		w.hash.Write(buf)
		w.buf = buf[:0]
	}
}

// Add adds a value with all that it holds: fields that other packages cannot see, what
// pointers point to and not where, and maps in any order. Functions, channels and values
// that hold themselves have no fingerprint.
func (w *Writer) Add(v any) { w.value(reflect.ValueOf(v), 0) }

// deepest is how far values may lie within each other: what lies deeper holds itself.
const deepest = 200

var (
	zone   = reflect.TypeFor[time.Location]()
	moment = reflect.TypeFor[time.Time]()
)

func (w *Writer) value(v reflect.Value, depth int) {
	if depth > deepest {
		w.err = fmt.Errorf("a %s holds itself", v.Type())
		return
	}
	w.Int(int64(v.Kind()))
	if !v.IsValid() {
		return
	}
	depth++
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			w.Int(1)
		} else {
			w.Int(0)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.Int(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		w.Int(int64(v.Uint()))
	case reflect.Float32, reflect.Float64:
		w.Float(v.Float())
	case reflect.String:
		w.Text(v.String())
	case reflect.Slice, reflect.Array:
		w.Int(int64(v.Len()))
		for i := range v.Len() {
			w.value(v.Index(i), depth)
		}
	case reflect.Map:
		w.entries(v, depth)
	case reflect.Pointer:
		if v.IsNil() {
			w.Int(0)
			return
		}
		w.Int(1)
		w.value(v.Elem(), depth)
	case reflect.Interface:
		if v.IsNil() {
			w.Text("")
			return
		}
		w.Text(v.Elem().Type().String())
		w.value(v.Elem(), depth)
	case reflect.Struct:
		w.fields(v, depth)
	default:
		w.err = fmt.Errorf("a %s has no fingerprint", v.Type())
	}
}

// fields adds a struct. Zones and times hold where they were looked for last: they are
// added as what they mean.
func (w *Writer) fields(v reflect.Value, depth int) {
	switch t := v.Type(); {
	case t != zone && t != moment:
		for i := range v.NumField() {
			w.value(v.Field(i), depth)
		}
	case !v.CanInterface() || t == zone && !v.CanAddr():
		w.err = fmt.Errorf("a %s that cannot be reached has no fingerprint", t)
	case t == zone:
		w.Text(v.Addr().Interface().(*time.Location).String())
	default:
		at := v.Interface().(time.Time)
		w.Text(at.Location().String())
		w.Int(at.Unix())
		w.Int(int64(at.Nanosecond()))
	}
}

// entries adds a map, in the order of the fingerprints of its entries.
func (w *Writer) entries(v reflect.Value, depth int) {
	var all [][]byte
	for i := v.MapRange(); i.Next(); {
		one := New()
		one.value(i.Key(), depth)
		one.value(i.Value(), depth)
		sum, err := one.Sum()
		if err != nil {
			w.err = err
			return
		}
		all = append(all, []byte(sum))
	}
	slices.SortFunc(all, bytes.Compare)
	w.Int(int64(len(all)))
	for _, sum := range all {
		w.add(append(w.buf, sum...))
	}
}
