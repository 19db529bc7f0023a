package wire

import (
	"reflect"
	"slices"
	"strings"
)

// Mask is a tree of member names: what to answer, or what to change. A nil mask, and one
// with All set, include everything below.
type Mask struct {
	All bool
	Sub map[string]*Mask
}

// Get returns the mask below a member, and whether the mask includes the member at all.
func (m *Mask) Get(name string) (*Mask, bool) {
	if m == nil || m.All {
		return nil, true
	}
	s, ok := m.Sub[name]
	return s, ok
}

// Has reports whether the mask includes any part of the path.
func (m *Mask) Has(path ...string) bool {
	for _, name := range path {
		var ok bool
		if m, ok = m.Get(name); !ok {
			return false
		}
	}
	return true
}

// Names reports whether the mask itself spells the path out (a wildcard does not count).
func (m *Mask) Names(path ...string) bool {
	for _, name := range path {
		if m == nil || m.All {
			return false
		}
		s, ok := m.Sub[name]
		if !ok {
			return false
		}
		m = s
	}
	return true
}

// IsAll reports whether the mask includes everything.
func (m *Mask) IsAll() bool { return m == nil || m.All }

func (m *Mask) add(path []string) *Mask {
	for _, name := range path {
		if m.All {
			return m
		}
		if name == "*" {
			m.All, m.Sub = true, nil
			return m
		}
		if m.Sub == nil {
			m.Sub = map[string]*Mask{}
		}
		if m.Sub[name] == nil {
			m.Sub[name] = &Mask{}
		}
		m = m.Sub[name]
	}
	return m
}

// seal turns leaves into wildcards.
func (m *Mask) seal() {
	if len(m.Sub) == 0 {
		m.All = true
	}
	for _, s := range m.Sub {
		s.seal()
	}
}

const maxMaskDepth = 60

// ParseMask parses a field mask: members separated by commas, levels by '.' or '/',
// groups in parentheses, '*' for all. ok is false if it is malformed.
func ParseMask(s string) (m *Mask, ok bool) {
	p := maskParser{s: s}
	m = &Mask{}
	if !p.list(m, 0) || p.pos != len(p.s) {
		return nil, false
	}
	m.seal()
	return m, true
}

type maskParser struct {
	s   string
	pos int
}

func (p *maskParser) space() {
	for p.pos < len(p.s) && (p.s[p.pos] == ' ' || p.s[p.pos] == '\n' || p.s[p.pos] == '\t') {
		p.pos++
	}
}

func (p *maskParser) list(at *Mask, depth int) bool {
	for {
		if !p.path(at, depth) {
			return false
		}
		p.space()
		if p.pos < len(p.s) && p.s[p.pos] == ',' {
			p.pos++
			continue
		}
		return true
	}
}

func (p *maskParser) path(at *Mask, depth int) bool {
	if depth > maxMaskDepth {
		return false
	}
	for {
		p.space()
		start := p.pos
		for p.pos < len(p.s) && !strings.ContainsRune(" ,./()\n\t", rune(p.s[p.pos])) {
			p.pos++
		}
		if p.pos == start {
			return false
		}
		depth++
		if depth > maxMaskDepth {
			return false
		}
		at = at.add([]string{p.s[start:p.pos]})
		p.space()
		if p.pos == len(p.s) {
			// The whole member: forget what was named below it before.
			at.All, at.Sub = true, nil
			return true
		}
		switch p.s[p.pos] {
		case '.', '/':
			p.pos++
		case '(':
			p.pos++
			if !p.list(at, depth) {
				return false
			}
			p.space()
			if p.pos == len(p.s) || p.s[p.pos] != ')' {
				return false
			}
			p.pos++
			return true
		default:
			at.All, at.Sub = true, nil
			return true
		}
	}
}

// Bind checks the mask against a type and gives its members their JSON names. It returns
// the first path that names no member, or "".
func (m *Mask) Bind(t reflect.Type) string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if m.IsAll() {
		return ""
	}
	if t.Kind() == reflect.Map || t.Kind() == reflect.Interface {
		return ""
	}
	names := sortedKeys(m.Sub)
	if t.Kind() != reflect.Struct {
		return names[0]
	}
	ti := infoOf(t)
	for _, name := range names {
		i, ok := ti.byName[name]
		if !ok {
			return name
		}
		f := ti.fields[i]
		sub := m.Sub[name]
		if bad := sub.Bind(t.Field(f.index).Type); bad != "" {
			return name + "." + bad
		}
		if f.json != name {
			delete(m.Sub, name)
			m.Sub[f.json] = sub
		}
	}
	return ""
}

// Merged returns a copy of dst with the masked members taken from src; it clears what src
// lacks. It copies structs below before changing them, so neither dst nor src changes.
// Either may be nil.
func Merged[T any](dst, src *T, m *Mask) *T {
	out := new(T)
	if dst != nil {
		*out = *dst
	}
	if src == nil {
		src = new(T)
	}
	mergeStruct(reflect.ValueOf(out).Elem(), reflect.ValueOf(src).Elem(), m)
	return out
}

func mergeStruct(dst, src reflect.Value, m *Mask) {
	if m.IsAll() {
		dst.Set(src)
		return
	}
	ti := infoOf(dst.Type())
	for i := range ti.fields {
		f := &ti.fields[i]
		sub, ok := m.Sub[f.json]
		if !ok {
			continue
		}
		d, s := dst.Field(f.index), src.Field(f.index)
		if sub.IsAll() || d.Kind() != reflect.Pointer || d.Type().Elem().Kind() != reflect.Struct {
			d.Set(s)
			setForced(dst, ti, f.goName, isForced(src, ti, f.goName))
			continue
		}
		if d.IsNil() && s.IsNil() {
			continue
		}
		fresh := reflect.New(d.Type().Elem())
		if !d.IsNil() {
			fresh.Elem().Set(d.Elem())
		}
		from := reflect.New(d.Type().Elem()).Elem()
		if !s.IsNil() {
			from = s.Elem()
		}
		mergeStruct(fresh.Elem(), from, sub)
		if s.IsNil() && fresh.Elem().IsZero() {
			d.SetZero()
			continue
		}
		d.Set(fresh)
	}
}

func isForced(v reflect.Value, ti *typeInfo, name string) bool {
	if ti.force < 0 {
		return false
	}
	list, _ := v.Field(ti.force).Interface().([]string)
	return slices.Contains(list, name)
}

func setForced(v reflect.Value, ti *typeInfo, name string, on bool) {
	if ti.force < 0 || isForced(v, ti, name) == on {
		return
	}
	list, _ := v.Field(ti.force).Interface().([]string)
	var next []string
	for _, n := range list {
		if n != name {
			next = append(next, n)
		}
	}
	if on {
		next = append(next, name)
	}
	v.Field(ti.force).Set(reflect.ValueOf(next))
}
