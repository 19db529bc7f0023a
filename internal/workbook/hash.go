package workbook

import (
	"math"
	"strconv"
)

// A state stores the value of a cell as a 64-bit code. A number is its own bits, so
// numbers are compared exactly and small ones pack well. Everything else uses bit
// patterns of infinities and NaNs, which no cell can hold.
const (
	valBlank   uint64 = 0                     // nothing of ours
	valZero    uint64 = 1 << 63               // the number 0
	valOpen    uint64 = 0x7ff0_0000_0000_0001 // the value is a person's
	valUnknown uint64 = 0x7ff0_0000_0000_0002 // ours, but the value is unknown
	valEmpty   uint64 = 0x7ff0_0000_0000_0003 // ours, and known to be empty
	valFalse   uint64 = 0x7ff0_0000_0000_0004
	valTrue    uint64 = 0x7ff0_0000_0000_0005
	valVacant  uint64 = 0x7ff0_0000_0000_0006 // a person's, in a row that was found empty
	valText    uint64 = 0xfff0_0000_0000_0000 // with 52 bits of a hash
)

// valueCode returns the code of a value that the worker writes. An empty text is a cell
// of ours that is to be empty.
func valueCode(kind ValueKind, num float64, str string) uint64 {
	switch kind {
	case Number:
		if num == 0 {
			return valZero
		}
		return math.Float64bits(num)
	case Bool:
		if num != 0 {
			return valTrue
		}
		return valFalse
	case Text, Formula:
		if str == "" {
			return valEmpty
		}
		h := newHash().byte(byte(kind)).str(str)
		return valText | uint64(h>>52^h)&(1<<52-1)
	}
	return valBlank
}

// stands reports whether a value of ours is in the cell, or may be.
func stands(code uint64) bool {
	return code != valBlank && code != valOpen && code != valEmpty && code != valVacant
}

// hash is FNV-1a, written out so that hashing a million cells allocates nothing. States
// store its results, so it must never change.
type hash uint64

func newHash() hash { return 14695981039346656037 }

func (h hash) byte(b byte) hash { return (h ^ hash(b)) * 1099511628211 }

func (h hash) str(s string) hash {
	for i := range len(s) {
		h = h.byte(s[i])
	}
	return h.byte(0xff) // not in UTF-8: tells "a","b" from "ab"
}

func (h hash) int(n int) hash { return h.str(strconv.Itoa(n)) }

func (h hash) bool(b bool) hash {
	if b {
		return h.byte(1)
	}
	return h.byte(0)
}

// sum never returns 0, which means "none", or ^0, which means "unknown".
func (h hash) sum() uint64 {
	if h == 0 || h == ^hash(0) {
		return 1
	}
	return uint64(h)
}

// look is everything of a cell except its value: hashes, 0 for none.
type look struct {
	style uint64 // and link
	note  uint64
	check uint64
}

const unknown = ^uint64(0)

var unknownLook = look{unknown, unknown, unknown}

func styleHash(s *Style, link string) uint64 {
	if s == nil && link == "" {
		return 0
	}
	h := newHash().str(link)
	if s == nil {
		return h.sum()
	}
	return h.str(s.Format.Type).str(s.Format.Pattern).bool(s.Bold).bool(s.Italic).int(s.Size).
		str(s.Color).str(s.Background).str(s.Align).str(s.VAlign).str(s.Wrap).
		str(s.Top).str(s.Bottom).str(s.Left).str(s.Right).int(s.PadLeft).sum()
}

func noteHash(note string) uint64 {
	if note == "" {
		return 0
	}
	return newHash().str(note).sum()
}

// checkHash hashes a validation; values are as they are sent.
func checkHash(v *Validation, values []string) uint64 {
	if v == nil {
		return 0
	}
	h := newHash().str(v.Kind).str(v.Message).bool(v.Strict).bool(v.List).int(len(values))
	for _, s := range values {
		h = h.str(s)
	}
	return h.sum()
}
