package localgoogle

import (
	"slices"
	"strings"
	"time"
)

// query is the compiled q parameter of files.list.
type query func(s *Server, f *file, user string) bool

// compileQuery parses q: terms with and, or, not and parentheses. ok is false if it is
// malformed.
func compileQuery(q string) (query, bool) {
	if strings.TrimSpace(q) == "" {
		return func(*Server, *file, string) bool { return true }, true
	}
	tokens, ok := lexQuery(q)
	if !ok {
		return nil, false
	}
	p := &queryParser{tokens: tokens}
	e, ok := p.or(0)
	if !ok || p.pos != len(p.tokens) {
		return nil, false
	}
	return e, true
}

type queryToken struct {
	kind byte // 'w' word, 's' string, or the punctuation itself; comparisons are 'o'
	text string
}

func lexQuery(q string) ([]queryToken, bool) {
	var out []queryToken
	for i := 0; i < len(q); {
		c := q[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '\'' || c == '"':
			s, n, ok := queryString(q[i:])
			if !ok {
				return nil, false
			}
			out = append(out, queryToken{'s', s})
			i += n
		case strings.IndexByte("(){}", c) >= 0:
			out = append(out, queryToken{c, string(c)})
			i++
		case strings.IndexByte("<>=!", c) >= 0:
			n := 1
			if i+1 < len(q) && q[i+1] == '=' {
				n = 2
			}
			out = append(out, queryToken{'o', q[i : i+n]})
			i += n
		default:
			start := i
			for i < len(q) && strings.IndexByte(" \t\r\n'\"(){}<>=!", q[i]) < 0 {
				i++
			}
			out = append(out, queryToken{'w', q[start:i]})
		}
	}
	return out, true
}

func queryString(s string) (text string, n int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == s[0]:
			return b.String(), i + 1, true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0, false
}

type queryParser struct {
	tokens []queryToken
	pos    int
}

const maxQueryDepth = 50

func (p *queryParser) peek() queryToken {
	if p.pos < len(p.tokens) {
		return p.tokens[p.pos]
	}
	return queryToken{}
}

func (p *queryParser) next() queryToken {
	t := p.peek()
	p.pos++
	return t
}

func (p *queryParser) word(w string) bool {
	if t := p.peek(); t.kind == 'w' && strings.EqualFold(t.text, w) {
		p.pos++
		return true
	}
	return false
}

func (p *queryParser) or(depth int) (query, bool) {
	left, ok := p.and(depth)
	for ok && p.word("or") {
		l := left
		var right query
		if right, ok = p.and(depth); ok {
			left = func(s *Server, f *file, u string) bool { return l(s, f, u) || right(s, f, u) }
		}
	}
	return left, ok
}

func (p *queryParser) and(depth int) (query, bool) {
	left, ok := p.not(depth)
	for ok && p.word("and") {
		l := left
		var right query
		if right, ok = p.not(depth); ok {
			left = func(s *Server, f *file, u string) bool { return l(s, f, u) && right(s, f, u) }
		}
	}
	return left, ok
}

func (p *queryParser) not(depth int) (query, bool) {
	if depth > maxQueryDepth {
		return nil, false
	}
	if p.word("not") {
		e, ok := p.not(depth + 1)
		return func(s *Server, f *file, u string) bool { return !e(s, f, u) }, ok
	}
	if p.peek().kind == '(' {
		p.pos++
		e, ok := p.or(depth + 1)
		return e, ok && p.next().kind == ')'
	}
	return p.term()
}

func (p *queryParser) term() (query, bool) {
	first := p.next()
	if first.kind == 's' {
		if !p.word("in") {
			return nil, false
		}
		return memberTerm(first.text, p.next())
	}
	if first.kind != 'w' {
		return nil, false
	}
	name := first.text
	op := p.next()
	if op.kind == 'w' && strings.EqualFold(op.text, "has") {
		return p.hasTerm(name)
	}
	value := p.next()
	operator := strings.ToLower(op.text)
	switch name {
	case "name", "title", "mimeType", "fullText":
		return textTerm(name, operator, value)
	case "trashed", "starred", "sharedWithMe":
		want, isBool := queryBool(value)
		if !isBool || operator != "=" && operator != "!=" {
			return nil, false
		}
		want = want == (operator == "=")
		return func(s *Server, f *file, u string) bool { return flag(s, f, u, name) == want }, true
	case "modifiedTime", "createdTime":
		return timeTerm(name, operator, value)
	}
	return nil, false
}

func queryBool(t queryToken) (value, ok bool) {
	switch strings.ToLower(t.text) {
	case "true":
		return true, t.kind == 'w' || t.kind == 's'
	case "false":
		return false, t.kind == 'w' || t.kind == 's'
	}
	return false, false
}

func flag(s *Server, f *file, user, name string) bool {
	switch name {
	case "trashed":
		return s.trashed(f)
	case "starred":
		return slices.Contains(f.Starred, user)
	default:
		return f.Owner != user && slices.ContainsFunc(f.Perms, func(p permission) bool {
			return p.matches(user, false)
		})
	}
}

func textTerm(name, op string, value queryToken) (query, bool) {
	if value.kind != 's' {
		return nil, false
	}
	get := func(f *file) string { return f.Name }
	if name == "mimeType" {
		get = func(f *file) string { return f.Mime }
	}
	want := value.text
	switch op {
	case "=":
		return func(_ *Server, f *file, _ string) bool { return get(f) == want }, name != "fullText"
	case "!=":
		return func(_ *Server, f *file, _ string) bool { return get(f) != want }, name != "fullText"
	case "contains":
		return func(_ *Server, f *file, _ string) bool {
			if name == "mimeType" {
				return strings.HasPrefix(f.Mime, want)
			}
			return containsPrefix(f.Name, want)
		}, true
	}
	return nil, false
}

// containsPrefix is Drive's "name contains": want must begin at the start of a word.
func containsPrefix(name, want string) bool {
	name, want = strings.ToLower(name), strings.ToLower(strings.TrimSpace(want))
	for i := 0; i <= len(name)-len(want); i++ {
		j := strings.Index(name[i:], want)
		if j < 0 {
			return false
		}
		at := i + j
		if at == 0 || strings.IndexByte(" _-.,;:/\\()[]{}'\"—–", name[at-1]) >= 0 || name[at-1] >= 0x80 &&
			!continuesWord(name[:at]) {
			return true
		}
		i = at
	}
	return want == ""
}

// continuesWord reports whether s ends in a letter or digit.
func continuesWord(s string) bool {
	r := []rune(s)
	return len(r) > 0 && isWordRune(r[len(r)-1])
}

func timeTerm(name, op string, value queryToken) (query, bool) {
	if value.kind != 's' {
		return nil, false
	}
	at, ok := parseQueryTime(value.text)
	if !ok {
		return nil, false
	}
	get := func(f *file) time.Time { return f.Modified }
	if name == "createdTime" {
		get = func(f *file) time.Time { return f.Created }
	}
	var fits func(c int) bool
	switch op {
	case "<":
		fits = func(c int) bool { return c < 0 }
	case "<=":
		fits = func(c int) bool { return c <= 0 }
	case "=":
		fits = func(c int) bool { return c == 0 }
	case "!=":
		fits = func(c int) bool { return c != 0 }
	case ">":
		fits = func(c int) bool { return c > 0 }
	case ">=":
		fits = func(c int) bool { return c >= 0 }
	default:
		return nil, false
	}
	return func(_ *Server, f *file, _ string) bool { return fits(get(f).Compare(at)) }, true
}

func parseQueryTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func memberTerm(value string, list queryToken) (query, bool) {
	if list.kind != 'w' {
		return nil, false
	}
	switch list.text {
	case "parents":
		return func(_ *Server, f *file, user string) bool {
			if value == "root" || value == rootID(user) {
				return f.Parent == "" && f.Owner == user
			}
			return f.Parent == value
		}, true
	case "owners":
		return func(_ *Server, f *file, user string) bool { return f.Owner == selfOr(value, user) }, true
	case "writers", "readers":
		level := roleReader
		if list.text == "writers" {
			level = roleWriter
		}
		return func(s *Server, f *file, user string) bool {
			return s.role(f, selfOr(value, user), false) >= level
		}, true
	}
	return nil, false
}

func selfOr(value, user string) string {
	if value == "me" {
		return user
	}
	return strings.ToLower(value)
}

// hasTerm parses { key='…' and value='…' } after "appProperties has".
func (p *queryParser) hasTerm(name string) (query, bool) {
	if name != "appProperties" && name != "properties" || p.next().kind != '{' {
		return nil, false
	}
	want := map[string]string{}
	for {
		k, eq, v := p.next(), p.next(), p.next()
		if k.kind != 'w' || eq.text != "=" || v.kind != 's' || k.text != "key" && k.text != "value" {
			return nil, false
		}
		want[k.text] = v.text
		if p.word("and") {
			continue
		}
		break
	}
	if p.next().kind != '}' || len(want) != 2 {
		return nil, false
	}
	return func(_ *Server, f *file, _ string) bool {
		props := f.AppProps
		if name == "properties" {
			props = f.Props
		}
		v, ok := props[want["key"]]
		return ok && v == want["value"]
	}, true
}
