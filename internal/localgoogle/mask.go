package localgoogle

import (
	"reflect"
	"slices"
	"strings"
)

// mask is a tree of member names: what to answer, or what to change.
// A nil mask, and one with all set, stand for everything below.
type mask struct {
	all bool
	sub map[string]*mask
}

// get is the mask below a member, and whether the member is in the mask at all.
func (m *mask) get(name string) (*mask, bool) {
	if m == nil || m.all {
		return nil, true
	}
	s, ok := m.sub[name]
	return s, ok
}

// has says whether any of the path's members is named by the mask.
func (m *mask) has(path ...string) bool {
	for _, name := range path {
		var ok bool
		if m, ok = m.get(name); !ok {
			return false
		}
	}
	return true
}

// names says whether the mask itself spells the path out (a wildcard does not count).
func (m *mask) names(path ...string) bool {
	for _, name := range path {
		if m == nil || m.all {
			return false
		}
		s, ok := m.sub[name]
		if !ok {
			return false
		}
		m = s
	}
	return true
}

func (m *mask) isAll() bool { return m == nil || m.all }

func (m *mask) add(path []string) *mask {
	for _, name := range path {
		if m.all {
			return m
		}
		if name == "*" {
			m.all, m.sub = true, nil
			return m
		}
		if m.sub == nil {
			m.sub = map[string]*mask{}
		}
		if m.sub[name] == nil {
			m.sub[name] = &mask{}
		}
		m = m.sub[name]
	}
	return m
}

// seal turns leaves into wildcards.
func (m *mask) seal() {
	if len(m.sub) == 0 {
		m.all = true
	}
	for _, s := range m.sub {
		s.seal()
	}
}

const maxMaskDepth = 60

// parseMask reads a field mask: members separated by commas, levels by '.' or '/',
// groups in parentheses, '*' for all. ok is false when it is malformed.
func parseMask(s string) (m *mask, ok bool) {
	p := maskParser{s: s}
	m = &mask{}
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

func (p *maskParser) list(at *mask, depth int) bool {
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

func (p *maskParser) path(at *mask, depth int) bool {
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
			// The whole of this member: forget what was named below it before.
			at.all, at.sub = true, nil
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
			at.all, at.sub = true, nil
			return true
		}
	}
}

// bind checks the mask against a type and gives its members their JSON names.
// It answers the first path that names no member, or "".
func (m *mask) bind(t reflect.Type) string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if m.isAll() {
		return ""
	}
	if t.Kind() == reflect.Map || t.Kind() == reflect.Interface {
		return ""
	}
	names := sortedKeys(m.sub)
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
		sub := m.sub[name]
		if bad := sub.bind(t.Field(f.index).Type); bad != "" {
			return name + "." + bad
		}
		if f.json != name {
			delete(m.sub, name)
			m.sub[f.json] = sub
		}
	}
	return ""
}

// merged is a copy of dst with the masked members taken from src; what src lacks is
// cleared. Structs below are copied before they are changed, so that neither dst nor
// src is touched. Either may be nil.
func merged[T any](dst, src *T, m *mask) *T {
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

func mergeStruct(dst, src reflect.Value, m *mask) {
	if m.isAll() {
		dst.Set(src)
		return
	}
	ti := infoOf(dst.Type())
	for i := range ti.fields {
		f := &ti.fields[i]
		sub, ok := m.sub[f.json]
		if !ok {
			continue
		}
		d, s := dst.Field(f.index), src.Field(f.index)
		if sub.isAll() || d.Kind() != reflect.Pointer || d.Type().Elem().Kind() != reflect.Struct {
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
