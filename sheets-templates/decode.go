package templates

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"svodka/internal/lazyregexp"
)

// file is one YAML file being read. It collects every mistake instead of stopping at the
// first, so that people need to correct the file only once.
type file struct {
	name string
	root ast.Node
	errs []error
}

// open parses a file; it fails on a syntax error and names the line.
func open(dir fs.FS, name string) (*file, error) {
	b, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	tree, err := parser.ParseBytes(b, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		if e, ok := errors.AsType[yaml.Error](err); ok && e.GetToken() != nil {
			return nil, fmt.Errorf("%s:%d: %s", name, e.GetToken().Position.Line, e.GetMessage())
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return nil, fmt.Errorf("%s:1: one YAML document is expected, found %d", name, len(tree.Docs))
	}
	return &file{name: name, root: tree.Docs[0].Body}, nil
}

func (f *file) fail(at ast.Node, format string, args ...any) {
	line := 1
	if at != nil && at.GetToken() != nil && at.GetToken().Position != nil {
		line = at.GetToken().Position.Line
	}
	f.errs = append(f.errs, fmt.Errorf("%s:%d: %s", f.name, line, fmt.Sprintf(format, args...)))
}

// fields splits a mapping. Unknown and repeated fields are mistakes. It returns the node
// of each field's value, for mistakes found later; for a missing field, the node of the
// mapping itself.
func (f *file) fields(n ast.Node, what string, read map[string]func(ast.Node)) map[string]ast.Node {
	at := make(map[string]ast.Node, len(read))
	for name := range read {
		at[name] = n
	}
	m, ok := n.(*ast.MappingNode)
	if !ok {
		f.fail(n, "%s is written as fields, key: value", what)
		return at
	}
	if len(m.Values) > 0 {
		for name := range at {
			at[name] = m.Values[0].Key
		}
	}
	seen := map[string]bool{}
	for _, v := range m.Values {
		name := v.Key.GetToken().Value
		take, ok := read[name]
		switch {
		case !ok:
			f.fail(v.Key, "unknown field %q of %s; known are %s", name, what,
				strings.Join(slices.Sorted(maps.Keys(read)), ", "))
		case seen[name]:
			f.fail(v.Key, "field %q of %s stands twice", name, what)
		default:
			seen[name] = true
			at[name] = v.Value
			take(v.Value)
		}
	}
	return at
}

// list calls read for each entry of a sequence.
func (f *file) list(n ast.Node, what string, read func(ast.Node)) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		f.fail(n, "%s is a list of entries, each beginning with -", what)
		return
	}
	for _, v := range s.Values {
		read(v)
	}
}

// text returns a scalar as it was written: 1900, 1:30:00 and 25% alike.
func (f *file) text(n ast.Node) string {
	switch n := n.(type) {
	case *ast.NullNode:
		return ""
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value)
	case *ast.StringNode:
		return strings.TrimSpace(n.Value)
	case ast.ScalarNode:
		return strings.TrimSpace(n.GetToken().Value)
	}
	f.fail(n, "a single value is expected")
	return ""
}

func (f *file) str(dst *string) func(ast.Node) {
	return func(n ast.Node) { *dst = f.text(n) }
}

// both reads a text in two languages, {ru: …, en: …}; if plain, also a single text for
// both.
func (f *file) both(dst *Text, plain bool) func(ast.Node) {
	return func(n ast.Node) {
		if _, ok := n.(ast.ScalarNode); ok && plain {
			s := f.text(n)
			*dst = Text{RU: s, EN: s}
			return
		}
		f.fields(n, "a text in two languages", map[string]func(ast.Node){"ru": f.str(&dst.RU), "en": f.str(&dst.EN)})
		if dst.RU == "" || dst.EN == "" {
			f.fail(n, "both languages are needed: {ru: …, en: …}")
		}
	}
}

var roleKey = lazyregexp.New(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func (f *file) role() Role {
	var r Role
	var kpis ast.Node
	at := f.fields(f.root, "a role", map[string]func(ast.Node){
		"key":   f.str(&r.Key),
		"title": f.both(&r.Title, false),
		"kpis":  func(n ast.Node) { kpis = n },
	})
	if _, ok := f.root.(*ast.MappingNode); !ok {
		return r
	}
	if !roleKey.MatchString(r.Key) {
		f.fail(at["key"], "key %q of a role: latin letters, digits and - are expected, as in cold-caller", r.Key)
	}
	if r.Title.RU == "" && r.Title.EN == "" {
		f.fail(at["title"], "the role has no title")
	}
	if kpis == nil {
		f.fail(f.root, "the role has no kpis")
		return r
	}
	var places []map[string]ast.Node
	f.list(kpis, "kpis", func(n ast.Node) {
		var k KPI
		places = append(places, f.kpi(n, &k))
		r.KPIs = append(r.KPIs, k)
	})
	f.check(r, places)
	return r
}

func (f *file) kpi(n ast.Node, k *KPI) map[string]ast.Node {
	return f.fields(n, "a KPI", map[string]func(ast.Node){
		"key":       f.str(&k.Key),
		"title":     f.both(&k.Title, false),
		"unit":      f.str(&k.Unit),
		"source":    f.str(&k.Source),
		"formula":   f.str(&k.Formula),
		"plan":      f.str(&k.Plan),
		"period":    f.str(&k.Period),
		"direction": f.str(&k.Direction),
		"lights":    f.str(&k.Lights),
		"min":       f.str(&k.Min),
		"max":       f.str(&k.Max),
		"weight": func(n ast.Node) {
			v, err := strconv.ParseFloat(f.text(n), 64)
			if err != nil || v < 0 || v > 1e6 {
				f.fail(n, "weight %q: a number from 0 is expected", f.text(n))
				return
			}
			k.Weight = v
		},
		"funnel": func(n ast.Node) {
			v, err := strconv.Atoi(f.text(n))
			if err != nil || v < 0 || v > 100 {
				f.fail(n, "funnel %q: a whole number from 0 is expected", f.text(n))
				return
			}
			k.Funnel = v
		},
		"required": func(n ast.Node) {
			b, ok := n.(*ast.BoolNode)
			if !ok {
				f.fail(n, "required %q: true or false is expected", f.text(n))
				return
			}
			k.Required = b.Value
		},
	})
}

// settings reads the list; entries of base that the file does not name stay, and without
// a base the file is the whole list.
func (f *file) settings(base []Setting) []Setting {
	out := slices.Clone(base)
	seen := map[string]bool{}
	f.list(f.root, "the file", func(n ast.Node) {
		var s Setting
		at := f.fields(n, "a setting", map[string]func(ast.Node){
			"key":   f.str(&s.Key),
			"value": f.both(&s.Value, true),
			"title": f.both(&s.Title, false),
			"help":  f.both(&s.Help, false),
		})
		i := slices.IndexFunc(out, func(o Setting) bool { return o.Key == s.Key })
		switch {
		case s.Key == "":
			f.fail(at["key"], "the setting has no key")
			return
		case seen[s.Key]:
			f.fail(at["key"], "the setting %q stands twice", s.Key)
			return
		case base != nil && i < 0:
			f.fail(at["key"], "there is no setting %q", s.Key)
			return
		case base == nil && (s.Title.RU == "" || s.Help.RU == ""):
			f.fail(at["key"], "the setting %q needs title and help", s.Key)
			return
		}
		seen[s.Key] = true
		if i < 0 {
			out = append(out, s)
			return
		}
		out[i].Value = s.Value
		if s.Title.RU != "" {
			out[i].Title = s.Title
		}
		if s.Help.RU != "" {
			out[i].Help = s.Help
		}
	})
	return out
}
