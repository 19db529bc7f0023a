// Package discovery checks requests against Google's Discovery documents, which list for
// each method of an API its path, its parameters and the type of its body. It is for
// tests: the local Google may forgive what the real one refuses, the documents do not.
//
// It reads the documents that come with google.golang.org/api and makes no request.
package discovery

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"svodka/internal/lazyregexp"
)

// schema is a type of a document, a parameter or a property.
type schema struct {
	ID         string             `json:"id"`
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Format     string             `json:"format"`
	Enum       []string           `json:"enum"`
	Items      *schema            `json:"items"`
	Properties map[string]*schema `json:"properties"`
	Additional *schema            `json:"additionalProperties"`
	Location   string             `json:"location"` // of a parameter: path or query
	Required   bool               `json:"required"`
	Repeated   bool               `json:"repeated"`
}

type method struct {
	ID         string             `json:"id"`
	HTTP       string             `json:"httpMethod"`
	Path       string             `json:"path"`
	Parameters map[string]*schema `json:"parameters"`
	Request    *schema            `json:"request"`

	api     *document
	matches *regexp.Regexp
}

type resource struct {
	Methods   map[string]*method   `json:"methods"`
	Resources map[string]*resource `json:"resources"`
}

type document struct {
	ServicePath string               `json:"servicePath"`
	Parameters  map[string]*schema   `json:"parameters"` // of all methods
	Resources   map[string]*resource `json:"resources"`
	Schemas     map[string]*schema   `json:"schemas"`
}

// Checker checks requests. It is safe for concurrent use.
type Checker struct {
	methods []*method

	mu       sync.Mutex
	problems map[string]bool
	seen     map[string]int // requests, by method
}

// documents are the files, within the module, of the APIs that the product calls.
var documents = []string{"sheets/v4/sheets-api.json", "drive/v3/drive-api.json"}

// Load reads the documents from the folder of the module google.golang.org/api, which go
// list -m -f {{.Dir}} prints.
func Load(dir string) (*Checker, error) {
	c := &Checker{problems: map[string]bool{}, seen: map[string]int{}}
	for _, name := range documents {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("reading a Discovery document: %w", err)
		}
		d := &document{}
		if err := json.Unmarshal(b, d); err != nil {
			return nil, fmt.Errorf("reading the Discovery document %s: %w", name, err)
		}
		for _, r := range d.Resources {
			if err := c.add(d, r); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// Anew returns a checker with the same documents that has seen nothing yet.
func (c *Checker) Anew() *Checker {
	return &Checker{methods: c.methods, problems: map[string]bool{}, seen: map[string]int{}}
}

var inPath = lazyregexp.New(`\{\+?([a-zA-Z]+)\}`)

func (c *Checker) add(d *document, r *resource) error {
	for _, m := range r.Methods {
		m.api = d
		pattern, from := "^", 0
		path := "/" + d.ServicePath + m.Path
		for _, at := range inPath.FindAllStringSubmatchIndex(path, -1) {
			pattern += regexp.QuoteMeta(path[from:at[0]]) + "(?P<" + path[at[2]:at[3]] + ">[^/:?]+)"
			from = at[1]
		}
		var err error
		if m.matches, err = regexp.Compile(pattern + regexp.QuoteMeta(path[from:]) + "$"); err != nil {
			return fmt.Errorf("path %q of a Discovery document: %w", m.Path, err)
		}
		c.methods = append(c.methods, m)
	}
	for _, below := range r.Resources {
		if err := c.add(d, below); err != nil {
			return err
		}
	}
	return nil
}

// Check returns the method that a request calls and what is wrong with the request: no
// such method, unknown or missing parameters, unknown fields, wrong types, values outside
// an enumeration.
func (c *Checker) Check(verb string, u *url.URL, body []byte) (name string, problems []string) {
	path := u.EscapedPath()
	for _, m := range c.methods {
		if m.HTTP != verb || !m.matches.MatchString(path) {
			continue
		}
		if m.Path == "files/{fileId}" && strings.HasSuffix(path, "/files/trash") ||
			strings.HasSuffix(path, "/files/generateIds") && m.ID == "drive.files.get" {
			continue // a word in place of an id is another method
		}
		p := &problem{doc: m.api, method: m.ID}
		p.query(m, u.Query())
		p.body(m, body)
		return m.ID, p.found
	}
	return "", []string{fmt.Sprintf("%s %s: there is no such method", verb, path)}
}

// problem holds the check of one request while it runs.
type problem struct {
	doc    *document
	method string
	found  []string
}

func (p *problem) add(format string, args ...any) {
	p.found = append(p.found, p.method+": "+fmt.Sprintf(format, args...))
}

func (p *problem) query(m *method, q url.Values) {
	for name, values := range q {
		s := m.Parameters[name]
		if s == nil || s.Location != "query" {
			if s = p.doc.Parameters[name]; s == nil {
				p.add("there is no parameter %s", name)
				continue
			}
		}
		if len(values) > 1 && !s.Repeated {
			p.add("the parameter %s stands %d times", name, len(values))
		}
		for _, v := range values {
			p.parameter(name, s, v)
		}
	}
	for name, s := range m.Parameters {
		if s.Required && s.Location == "query" && !q.Has(name) {
			p.add("the parameter %s is missing", name)
		}
	}
}

// parameter checks a value of the query, which is text whatever its type.
func (p *problem) parameter(name string, s *schema, v string) {
	var err error
	switch s.Type {
	case "integer":
		_, err = strconv.ParseInt(v, 10, 32)
	case "boolean":
		_, err = strconv.ParseBool(v)
	case "number":
		_, err = strconv.ParseFloat(v, 64)
	}
	if err != nil || len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
		p.add("the parameter %s is %q, which is no %s", name, v, s.describe())
	}
}

func (s *schema) describe() string {
	if len(s.Enum) > 0 {
		return "word of its enumeration"
	}
	return strings.TrimSpace(s.Type + " " + s.Format)
}

func (p *problem) body(m *method, body []byte) {
	if len(bytes.TrimSpace(body)) == 0 {
		return
	}
	if m.Request == nil {
		p.add("it takes no body")
		return
	}
	valid := json.RawMessage(body)
	if !json.Valid(body) {
		d := json.NewDecoder(bytes.NewReader(body))
		if err := d.Decode(&valid); err != nil {
			p.add("the body is no JSON: %v", err)
			return
		}
		p.add("something stands behind the body")
	}
	p.value(nil, m.Request, &text{b: valid})
}

// place is the position of a value in the body; nil: the whole body. It becomes text only
// if something is wrong there.
type place struct {
	in   *place
	name string
	at   int // index in a list; used if name is empty
}

func (w *place) String() string {
	switch {
	case w == nil:
		return ""
	case w.name == "":
		return fmt.Sprintf("%v[%d]", w.in, w.at)
	}
	return fmt.Sprintf("%v.%s", w.in, w.name)
}

// value checks the next value of the body and moves past it.
func (p *problem) value(where *place, s *schema, t *text) {
	if s.Ref != "" {
		named, ok := p.doc.Schemas[s.Ref]
		if !ok {
			p.add("the document lacks the type %s", s.Ref)
			t.skip()
			return
		}
		s = named
	}
	kind := t.kind()
	switch {
	case kind == 'n': // null clears a field
		t.skip()
		return
	case kind == '{' && s.Type == "object":
		p.object(where, s, t)
		return
	case kind == '[' && s.Type == "array":
		for i := range t.items() {
			p.value(&place{in: where, at: i}, s.Items, t)
		}
		return
	}
	raw := t.skip()
	if !s.takes(kind, raw) {
		p.add("%v is %s, which is no %s", where, short(raw), s.describe())
	}
}

// takes reports whether a value that is neither object nor list fits the type.
func (s *schema) takes(kind byte, raw []byte) bool {
	switch s.Type {
	case "string":
		return kind == '"' && s.takesText(unquoted(raw))
	case "boolean":
		return kind == 't' || kind == 'f'
	case "number", "integer":
		if kind != '-' && (kind < '0' || kind > '9') {
			return false
		}
		f, err := strconv.ParseFloat(string(raw), 64)
		return err == nil && (s.Type == "number" || f == math.Trunc(f) && f >= math.MinInt32 && f <= math.MaxInt32)
	case "object", "array":
		return false
	}
	return true // of any type
}

// takesText reports whether a text fits the type.
func (s *schema) takesText(text string) bool {
	var err error
	switch s.Format {
	case "int64":
		_, err = strconv.ParseInt(text, 10, 64)
	case "date-time", "google-datetime":
		_, err = time.Parse(time.RFC3339, text)
	case "date":
		_, err = time.Parse(time.DateOnly, text)
	case "byte":
		_, err = base64.StdEncoding.DecodeString(text)
	}
	return err == nil && (len(s.Enum) == 0 || slices.Contains(s.Enum, text))
}

// oneOf names the types of which exactly one field must be set; the documents say so only
// in prose.
var oneOf = []string{"Request", "DataFilter"}

func (p *problem) object(where *place, s *schema, t *text) {
	var names []string // of a oneOf type
	union := slices.Contains(oneOf, s.ID)
	for name := range t.members() {
		if union {
			names = append(names, name)
		}
		switch field := s.Properties[name]; {
		case field != nil:
			p.value(&place{in: where, name: name}, field, t)
		case s.Additional != nil:
			p.value(&place{in: where, name: name}, s.Additional, t)
		default:
			p.add("%s has no field %s", strings.TrimPrefix(fmt.Sprintf("%v (%s)", where, s.ID), " "), name)
			t.skip()
		}
	}
	if union && len(names) != 1 {
		slices.Sort(names)
		p.add("%v has %d fields of which one must be set: %v", where, len(names), names)
	}
}

func short(raw []byte) string {
	if len(raw) > 60 {
		return strings.ToValidUTF8(string(raw[:60]), "") + "…"
	}
	return string(raw)
}

// Transport checks every request that passes through it.
func (c *Checker) Transport(base http.RoundTripper) http.RoundTripper { return transport{base, c} }

type transport struct {
	base http.RoundTripper
	c    *Checker
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var all bytes.Buffer
		all.Grow(int(max(r.ContentLength, 0)) + bytes.MinRead) // else it grows many times over
		_, err := all.ReadFrom(r.Body)
		if err := errors.Join(err, r.Body.Close()); err != nil {
			return nil, err
		}
		body = all.Bytes()
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	name, problems := t.c.Check(r.Method, r.URL, body)
	t.c.mu.Lock()
	t.c.seen[name]++
	for _, p := range problems {
		t.c.problems[p] = true
	}
	t.c.mu.Unlock()
	return t.base.RoundTrip(r)
}

// Problems returns what was wrong with the requests so far, each problem once, sorted.
func (c *Checker) Problems() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.problems))
}

// Seen counts the requests so far by method.
func (c *Checker) Seen() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.seen)
}
