package page

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"
)

// block is a run of rows in compact form. Cells point into tables of styles and rules; a
// cell is null (empty), a number (only a style), or [style, text], with an object for the
// members that few cells have.
type block struct {
	Version int64   `json:"version"`
	From    int     `json:"from"`
	To      int     `json:"to"`
	Styles  []style `json:"styles"`
	Rules   []rule  `json:"rules,omitempty"`
	Rows    [][]any `json:"rows"`
}

// style is a cell's look; members with the default are left out.
type style struct {
	Back   string `json:"bg,omitempty"`
	Color  string `json:"fg,omitempty"`
	Size   int64  `json:"fs,omitempty"` // points, if not 10
	Bold   bool   `json:"b,omitempty"`
	Italic bool   `json:"i,omitempty"`
	Under  bool   `json:"u,omitempty"`
	Strike bool   `json:"s,omitempty"`
	Align  string `json:"h,omitempty"` // c or r
	VAlign string `json:"v,omitempty"` // t or m
	Wrap   string `json:"w,omitempty"` // w (wrap) or c (clip)
	Top    string `json:"bt,omitempty"`
	Right  string `json:"br,omitempty"`
	Bottom string `json:"bb,omitempty"`
	Left   string `json:"bl,omitempty"` // borders: width, style and colour as in CSS
	Pad    int64  `json:"pl,omitempty"` // padding at the left, if not 3
}

// rule is a validation rule.
type rule struct {
	Kind    string   `json:"kind"`
	Values  []string `json:"values,omitempty"`
	Message string   `json:"message,omitempty"`
	Strict  bool     `json:"strict,omitempty"`
	List    bool     `json:"list,omitempty"`
}

// more holds the members that few cells have.
type more struct {
	Edit    *string `json:"e,omitempty"` // the text to edit, if not the shown text
	Kind    Kind    `json:"k,omitempty"` // if not text
	Note    string  `json:"n,omitempty"`
	Link    string  `json:"l,omitempty"`
	Error   string  `json:"x,omitempty"`
	Rule    *int    `json:"d,omitempty"`
	Invalid bool    `json:"bad,omitempty"`
	Runs    []run   `json:"r,omitempty"`
	Spark   *Spark  `json:"sp,omitempty"`
}

// run is a piece of a text with its own look, up to the next run.
type run struct {
	Start  int64  `json:"at"`
	Color  string `json:"fg,omitempty"`
	Size   int64  `json:"fs,omitempty"`
	Bold   bool   `json:"b,omitempty"`
	Italic bool   `json:"i,omitempty"`
	Under  bool   `json:"u,omitempty"`
	Strike bool   `json:"s,omitempty"`
	Link   string `json:"l,omitempty"`
}

type packer struct {
	out    *block
	styles map[style]int
	rules  map[*sheets.DataValidationRule]int
}

func pack(rows [][]Cell, version int64, from, to int) *block {
	p := &packer{out: &block{Version: version, From: from, To: to, Styles: []style{{}}, Rows: make([][]any, len(rows))},
		styles: map[style]int{{}: 0}, rules: map[*sheets.DataValidationRule]int{}}
	for i, row := range rows {
		line := make([]any, len(row))
		for j := range row {
			line[j] = p.cell(&row[j])
		}
		p.out.Rows[i] = line
	}
	return p.out
}

func (p *packer) cell(c *Cell) any {
	s := p.style(c.Format)
	m := more{Kind: c.Kind, Note: c.Note, Link: c.Link, Error: c.Error, Invalid: c.Invalid, Spark: c.Spark}
	if c.Edit != c.Text {
		m.Edit = &c.Edit
	}
	if c.Kind == Text {
		m.Kind = Blank
	}
	if c.Rule != nil {
		i := p.rule(c.Rule)
		m.Rule = &i
	}
	for _, r := range c.Runs {
		m.Runs = append(m.Runs, newRun(r))
	}
	plain := m.Edit == nil && m.Kind == Blank && m.Note == "" && m.Link == "" && m.Error == "" && m.Rule == nil &&
		!m.Invalid && m.Runs == nil && m.Spark == nil
	switch {
	case plain && c.Text == "" && c.Format == nil:
		return nil
	case plain && c.Text == "":
		return s
	case plain:
		return []any{s, c.Text}
	}
	return []any{s, c.Text, m}
}

func (p *packer) rule(r *sheets.DataValidationRule) int {
	if i, ok := p.rules[r]; ok {
		return i
	}
	n := rule{Message: r.InputMessage, Strict: r.Strict, List: r.ShowCustomUi}
	if r.Condition != nil {
		n.Kind = r.Condition.Type
		for _, v := range r.Condition.Values {
			n.Values = append(n.Values, cmp.Or(v.UserEnteredValue, v.RelativeDate))
		}
	}
	i := len(p.out.Rules)
	p.out.Rules = append(p.out.Rules, n)
	p.rules[r] = i
	return i
}

func (p *packer) style(f *sheets.CellFormat) int {
	if f == nil {
		return 0
	}
	s := newStyle(f)
	i, ok := p.styles[s]
	if !ok {
		i = len(p.out.Styles)
		p.styles[s] = i
		p.out.Styles = append(p.out.Styles, s)
	}
	return i
}

func newStyle(f *sheets.CellFormat) style {
	s := style{
		Back:   unless(cssColor(f.BackgroundColor), "#ffffff"),
		Align:  map[string]string{"CENTER": "c", "RIGHT": "r"}[f.HorizontalAlignment],
		VAlign: map[string]string{"TOP": "t", "MIDDLE": "m"}[f.VerticalAlignment],
		Wrap:   map[string]string{"WRAP": "w", "CLIP": "c", "LEGACY_WRAP": "w"}[f.WrapStrategy],
	}
	if f.Padding != nil && f.Padding.Left != 3 {
		s.Pad = f.Padding.Left
	}
	if b := f.Borders; b != nil {
		s.Top, s.Right, s.Bottom, s.Left = border(b.Top), border(b.Right), border(b.Bottom), border(b.Left)
	}
	if t := f.TextFormat; t != nil {
		s.Color = unless(cssColor(t.ForegroundColor), "#000000")
		s.Bold, s.Italic, s.Under, s.Strike = t.Bold, t.Italic, t.Underline, t.Strikethrough
		if t.FontSize != 10 {
			s.Size = t.FontSize
		}
	}
	return s
}

func newRun(r *sheets.TextFormatRun) run {
	n := run{Start: r.StartIndex}
	if t := r.Format; t != nil {
		n.Color, n.Size, n.Bold, n.Italic, n.Under, n.Strike = cssColor(t.ForegroundColor), t.FontSize, t.Bold,
			t.Italic, t.Underline, t.Strikethrough
		if t.Link != nil {
			n.Link = t.Link.Uri
		}
	}
	return n
}

func unless(s, usual string) string {
	if s == usual {
		return ""
	}
	return s
}

// cssColor returns a colour as in CSS, empty for none.
func cssColor(c *sheets.Color) string {
	if c == nil {
		return ""
	}
	const digits = "0123456789abcdef"
	out := []byte{'#'}
	for _, f := range []float64{c.Red, c.Green, c.Blue} {
		n := int(math.Round(min(max(f, 0), 1) * 255))
		out = append(out, digits[n>>4], digits[n&15])
	}
	return string(out)
}

func border(b *sheets.Border) string {
	if b == nil || b.Style == "" || b.Style == "NONE" {
		return ""
	}
	look := map[string]string{"SOLID_MEDIUM": "2px solid ", "SOLID_THICK": "3px solid ", "DOUBLE": "3px double ",
		"DOTTED": "1px dotted ", "DASHED": "1px dashed "}[b.Style]
	return cmp.Or(look, "1px solid ") + cmp.Or(cssColor(b.Color), "#000000")
}

// account is a person that the user of the page can act as.
type account struct {
	Email string `json:"email"`
	Name  string `json:"name"` // empty if not known
	Kind  string `json:"kind"` // owner, director, ops, manager or guest
	File  string `json:"file"` // the file to start with; "": the list
}

// accounts returns everybody who has a role on a spreadsheet: the owner first, then
// readers of a summary, writers of a control spreadsheet, and the rest. A writer of the
// control spreadsheet is ops, whatever other access they have; a writer of one report is
// its manager and has its name.
func accounts(src Source) []account {
	order := []string{"owner", "director", "ops", "manager", "guest"}
	rank := []string{"guest", "manager", "director", "ops", "owner"} // ascending: the highest that applies counts
	byEmail := map[string]account{src.Owner(): {Email: src.Owner(), Kind: "owner"}}
	reports := map[string]int{}
	for _, s := range src.Shares() {
		if s.Email == "" || s.Email == src.Owner() {
			continue
		}
		a := account{Email: s.Email, Kind: "guest", File: s.FileID}
		writes := s.Role != "reader" && s.Role != "commenter"
		switch {
		case s.Kind == "summary":
			a.Kind = "director"
		case s.Kind == "control" && writes:
			a.Kind = "ops"
		case s.Kind == "report" && writes:
			a.Kind = "manager"
			reports[s.Email]++
			if _, name, ok := strings.Cut(s.Name, "— "); ok && reports[s.Email] == 1 {
				a.Name = name
			}
		}
		had, ok := byEmail[s.Email]
		switch {
		case ok && slices.Index(rank, had.Kind) >= slices.Index(rank, a.Kind):
			had.Name = cmp.Or(had.Name, a.Name)
			a = had
		case ok:
			a.Name = cmp.Or(a.Name, had.Name)
		}
		if reports[s.Email] > 1 {
			a.Name = ""
		}
		byEmail[s.Email] = a
	}
	out := make([]account, 0, len(byEmail))
	for _, a := range byEmail {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b account) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)),
			strings.Compare(a.Name, b.Name), strings.Compare(a.Email, b.Email))
	})
	return out
}

// MarshalJSON writes a number in a form that JSON allows.
func (s Spark) MarshalJSON() ([]byte, error) {
	type plain Spark
	p := plain(s)
	p.Values = finite(s.Values)
	return json.Marshal(p)
}

// MarshalJSON writes numbers in a form that JSON allows.
func (s Series) MarshalJSON() ([]byte, error) {
	type plain Series
	p := plain(s)
	p.Values = finite(s.Values)
	return json.Marshal(p)
}

// finite replaces infinite numbers and NaN by gaps.
func finite(values []*float64) []*float64 {
	out := make([]*float64, len(values))
	for i, v := range values {
		if v != nil && !math.IsNaN(*v) && !math.IsInf(*v, 0) {
			out[i] = v
		}
	}
	return out
}
