package livecheck

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"svodka/internal/lazyregexp"
)

// recording is a file of masked traffic: one case, an interaction a line, in the form of
// the recordings of Google by which the local Google is scored. It holds no headers, so
// no access tokens, and its names of files and people are made up.
type recording struct {
	f    *os.File
	w    *bufio.Writer
	mask *mask
	n    int
}

// interaction is a line of the file.
type interaction struct {
	Method   string `json:"method"`
	URL      string `json:"url"`
	Body     any    `json:"body,omitempty"`
	Status   int    `json:"status"`
	Response any    `json:"response,omitempty"`
}

// newRecording begins a file in a folder, which it makes. known are ids of files and
// addresses to mask from the beginning.
func newRecording(dir string, now time.Time, known []string) (*recording, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of the recording: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "live-"+now.UTC().Format("20060102-150405")+".json"),
		os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making the recording: %w", err)
	}
	r := &recording{f: f, w: bufio.NewWriter(f), mask: newMask(known)}
	_, err = fmt.Fprintf(r.w, `{"case":%q,"source":"svodka check --live","interactions":[`,
		strings.TrimSuffix(filepath.Base(f.Name()), ".json"))
	return r, err
}

func (r *recording) add(x exchange) error {
	method, target := x.method, x.url
	in := interaction{Method: method, URL: target, Status: x.status, Body: value(x.body), Response: value(x.answer)}
	r.mask.learn(target, in.Response)
	in.URL, in.Body, in.Response = r.mask.url(target), r.mask.value("", in.Body), r.mask.value("", in.Response)
	sep := ",\n"
	if r.n == 0 {
		sep = "\n"
	}
	r.n++
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(in); err != nil {
		return fmt.Errorf("recording %s %s: %w", method, in.URL, err)
	}
	_, err := io.WriteString(r.w, sep+strings.TrimRight(b.String(), "\n"))
	return err
}

func (r *recording) close() error {
	_, err := io.WriteString(r.w, "\n]}\n")
	return errors.Join(err, r.w.Flush(), r.f.Close())
}

// value returns a body as JSON, or as text if it is not JSON; nil: there is none.
func value(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return string(b)
	}
	return v
}

// mask replaces ids, addresses, names of accounts and tokens, always the same by the
// same, so that a recording can be replayed. The replacement cannot be reversed without
// the salt, which is stored nowhere.
type mask struct {
	salt  []byte
	known map[string]string // of ids and tokens
	all   *strings.Replacer // of everything known; nil: make it anew
	mails map[string]string // of addresses
}

func newMask(known []string) *mask {
	m := &mask{salt: []byte(rand.Text()), known: map[string]string{}, mails: map[string]string{}}
	for _, s := range known {
		if s != "" && !strings.Contains(s, "@") {
			m.id(s)
		}
	}
	return m
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// id makes up a name of the same length and the same kind of letters.
func (m *mask) id(s string) {
	if m.known[s] != "" || len(s) < shortestID {
		return
	}
	from := letters
	if strings.Trim(s, "0123456789") == "" {
		from = letters[len(letters)-10:]
	}
	sum := sha256.Sum256(append(slices.Clone(m.salt), s...))
	n := new(big.Int).SetBytes(append(sum[:], sum[:]...))
	base, rest := big.NewInt(int64(len(from))), new(big.Int)
	out := make([]byte, min(len(s), 60))
	for i := range out {
		n.DivMod(n, base, rest)
		out[i] = from[rest.Int64()]
	}
	m.known[s] = string(out)
	m.all = nil
}

// shortestID keeps short words such as "root" and "me" unmasked.
const shortestID = 8

// idFields are fields of answers that hold ids or tokens, and nameFields those that hold
// names of people or accounts.
var (
	idFields = []string{"id", "fileId", "spreadsheetId", "driveId", "teamDriveId", "permissionId", "parents",
		"resourceKey", "headRevisionId",
		"startPageToken", "newStartPageToken", "nextPageToken", "pageToken"}
	nameFields = []string{"displayName", "photoLink", "owner", "holder"}
)

var idsOfURL = lazyregexp.New(`/(?:files|spreadsheets|drives|permissions)/([A-Za-z0-9_-]+)`)

// learn collects the ids in an exchange.
func (m *mask) learn(target string, answer any) {
	for _, x := range idsOfURL.FindAllStringSubmatch(target, -1) {
		m.id(x[1])
	}
	if u, err := url.Parse(target); err == nil {
		for _, k := range []string{"pageToken", "driveId"} {
			m.id(u.Query().Get(k))
		}
	}
	m.learnFrom("", answer)
}

func (m *mask) learnFrom(field string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			m.learnFrom(k, x)
		}
	case []any:
		for _, x := range v {
			m.learnFrom(field, x)
		}
	case string:
		if slices.Contains(idFields, field) {
			m.id(v)
		}
	}
}

func (m *mask) url(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return m.text(target)
	}
	q := u.Query()
	for k, vs := range q {
		for i := range vs {
			q[k][i] = m.text(vs[i])
		}
	}
	path := m.text(u.EscapedPath())
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// value masks the texts of a JSON value.
func (m *mask) value(field string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = m.value(k, x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = m.value(field, x)
		}
		return out
	case string:
		if slices.Contains(nameFields, field) {
			return "somebody"
		}
		return m.text(v)
	}
	return v
}

var address = lazyregexp.New(`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`)

// text masks everything known, and every address.
func (m *mask) text(s string) string {
	if m.all == nil {
		all := slices.Collect(maps.Keys(m.known))
		// The longest first, since one may begin with another.
		slices.SortFunc(all, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
		var pairs []string
		for _, id := range all {
			pairs = append(pairs, id, m.known[id])
		}
		m.all = strings.NewReplacer(pairs...)
	}
	s = m.all.Replace(s)
	return address.ReplaceAllStringFunc(s, func(a string) string {
		a = strings.ToLower(a)
		if m.mails[a] == "" {
			m.mails[a] = fmt.Sprintf("person%d@example.com", len(m.mails)+1)
		}
		return m.mails[a]
	})
}
