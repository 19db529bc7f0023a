package control

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/words"
	"svodka/internal/workbook"
	templates "svodka/sheets-templates"
)

// PersonStatus is what «Сотрудники» shows of a person.
type PersonStatus struct {
	Link   string // URL of the person's spreadsheet
	Status string // one line in the language of the sheets that begins with ReportReady, OutOfReach or Archived
}

// LayoutInput is the input of the control spreadsheet.
type LayoutInput struct {
	// Result is that of the Read, or nil for a new spreadsheet.
	Result *Result
	// Seed fills a new spreadsheet.
	Seed []templates.Role
	// Settings are the defaults of «Параметры»; nil: the embedded ones.
	Settings []templates.Setting
	Status   map[department.PersonID]PersonStatus
	Teams    map[string]TeamStatus // by Team.ID
	// Notes are problems besides those of the Result: what the worker found elsewhere.
	Notes []Problem
	// Pending is what the next run will change because of edits, one line each.
	Pending []string
	// Done is what the last edit announced in this way has changed.
	Done []string
	Lang words.Lang
	Zone string // IANA name, for the spreadsheet and the seeded setting
	Year int    // for the example in the calendar's explanation
	// SpreadsheetID makes links to cells inside «Проверка»; may be empty: links are then
	// relative, #gid=…&range=….
	SpreadsheetID string
}

// Spare rows: ops never meet a row without its dropdowns.
const (
	spareRows = 200
	leastRows = 300
)

// layout makes one Book.
type layout struct {
	LayoutInput
	styles styles
	rules  map[string]*workbook.Validation // by tab/column
	units  map[string]kpi.Unit             // of KPIs by key and by title, for «Планы»
}

// Layout returns the control spreadsheet as it should be. What ops typed is Open: its
// value is written only where a tab or column is made again.
func Layout(in LayoutInput) *workbook.Book {
	if in.Result != nil && len(in.Notes) > 0 {
		r := *in.Result
		r.Problems = slices.Concat(r.Problems, in.Notes)
		sortProblems(r.Problems)
		in.Result = &r
	}
	if in.Settings == nil {
		in.Settings = templates.BuiltinSettings()
	}
	l := &layout{LayoutInput: in, styles: styles{}, rules: map[string]*workbook.Validation{},
		units: map[string]kpi.Unit{}}
	b := &workbook.Book{
		Title:    in.Lang.T("Настройки отчётности", "Report settings"),
		Locale:   in.Lang.Locale(),
		TimeZone: in.Zone,
	}
	if in.Result != nil {
		b.Title = cmp.Or(in.Result.title, b.Title)
		b.TimeZone = in.Result.Department.Settings.Zone.String()
		for _, r := range in.Result.Department.Roles {
			for _, k := range r.KPIs {
				l.units[k.Key], l.units[norm(k.Title)] = k.Unit, k.Unit
			}
		}
	}
	for i := range schema {
		b.Tabs = append(b.Tabs, l.tab(&schema[i]))
	}
	b.Tabs = append(b.Tabs, l.checks())
	return b
}

// grid returns a tab as it is now; an empty one if it is missing.
func (l *layout) grid(t *tab) *grid {
	if l.Result != nil {
		if g := l.Result.grids[t.key]; g != nil {
			return g
		}
	}
	return &grid{tab: t}
}

func (l *layout) tab(t *tab) *workbook.Tab {
	g := l.grid(t)
	out := &workbook.Tab{
		ID: workbook.SheetID(t.key), Key: t.key, Title: t.title.in(l.Lang), TabColor: t.color,
	}
	if g.found {
		out.ID, out.Title = g.id, g.title
	}
	cols := l.order(t, g)
	rows := l.rows(t, g)
	// Rows of the Book are rows of the sheet; a deleted header returns to the top, and
	// pushes them down.
	head := max(g.head, 0)
	last := head
	for at := range rows {
		last = max(last, at)
	}
	out.FrozenRows = head + 1
	n := max(last+1+spareRows, leastRows+1)
	if t.key == TabSettings {
		n = last + 1
	} else {
		out.FrozenCols = l.frozen(cols)
	}
	out.Rows, out.Cols = max(n, g.size), len(cols)
	out.Cells = make([][]workbook.Cell, n)
	for _, c := range cols {
		out.Columns = append(out.Columns, workbook.Column{Key: c.key, Width: c.width, Hidden: c.hidden})
		out.Cells[head] = append(out.Cells[head], l.header(t, g, c, len(out.Columns) == 1))
	}
	out.RowIDs = make([]workbook.RowID, head+1)
	out.RowIDs[head] = workbook.RowID{Tag: headTag}
	marks := l.marks(t)
	down := g.down()
	var blank []workbook.Cell // the spare rows are all alike, and share their cells
	for at := head + 1; at < n; at++ {
		empty := rows[at] == nil && len(marks[at-down]) == 0
		if empty && blank != nil {
			out.Cells[at] = blank
			continue
		}
		cells := make([]workbook.Cell, len(cols))
		for i, c := range cols {
			cells[i] = l.cell(t, c, at-down, rows[at], marks[at-down])
		}
		out.Cells[at] = cells
		if empty {
			blank = cells
		}
	}
	if t.key == TabSettings {
		i := slices.IndexFunc(cols, func(c *column) bool { return c.key == "value" })
		out.Protect = &workbook.Protect{
			ID:   workbook.SheetID("protect:" + t.key),
			Note: l.Lang.T("Меняйте колонку «Значение»", "Change the column Value"),
			Open: []workbook.Area{{R0: head + 1, C0: i, R1: n, C1: i + 1}},
		}
	}
	return out
}

// order returns the columns as ops arranged them; missing ones return behind the one that
// they were behind at first.
func (l *layout) order(t *tab, g *grid) []*column {
	var out []*column
	for i := range t.columns {
		if _, ok := g.cols[t.columns[i].key]; ok || !g.found {
			out = append(out, &t.columns[i])
		}
	}
	if !g.found {
		return out
	}
	slices.SortStableFunc(out, func(a, b *column) int { return cmp.Compare(g.cols[a.key], g.cols[b.key]) })
	for i := range t.columns {
		c := &t.columns[i]
		if slices.Contains(out, c) {
			continue
		}
		at := 0
		if i > 0 {
			at = 1 + slices.Index(out, &t.columns[i-1])
		}
		out = slices.Insert(out, at, c)
	}
	return l.bringStatus(g, out)
}

// frozen freezes the columns that identify a row and show its status, where ops left
// them.
func (l *layout) frozen(cols []*column) int {
	n := 0
	if cols[n].key == statusKey {
		n++
	}
	switch key := func(i int) string { return cols[n+i].key }; {
	case key(0) == "name":
		return n + 1
	case key(0) == "role" && key(1) == "key" && key(2) == "title":
		return n + 3
	}
	return n
}

// header returns the cell of a column's heading. Ops may reword it: it stays theirs.
func (l *layout) header(t *tab, g *grid, c *column, first bool) workbook.Cell {
	st := *headStyle
	if c.owned {
		st = *ownedHeadStyle
	}
	if st.Align = c.align(t); st.Align == "" { // figures
		st.Align = "RIGHT"
	}
	cell := workbook.Txt(c.title.in(l.Lang), l.styles.of(st))
	// An emptied heading is written again.
	_, there := g.cols[c.key]
	if s := g.headers[c.key]; s != "" {
		cell.Str = s
	}
	cell.Open = !there || g.headers[c.key] != ""
	cell.Note = c.help.in(l.Lang)
	if first {
		about := t.help.in(l.Lang)
		if t.key == TabCalendar {
			about = fmt.Sprintf(about, l.Year)
		}
		cell.Note = about + "\n\n" + c.title.in(l.Lang) + ": " + cell.Note
	}
	return cell
}

// rows returns the content of ops' cells, by row of the sheet: what is there, or what was
// there if it must be restored, or the seed.
func (l *layout) rows(t *tab, g *grid) map[int]map[string]any {
	out := map[int]map[string]any{}
	down := g.down()
	switch {
	case l.Result == nil:
		for i, cells := range l.seed(t) {
			out[g.head+1+i] = cells
		}
	case !g.found:
		for i, row := range l.Result.Snapshot.Tabs[t.key] {
			out[g.head+1+i] = row.Cells
		}
	default:
		for _, row := range g.rows() {
			out[row.At+down] = row.Cells
		}
		for _, row := range l.Result.Snapshot.Tabs[t.key] {
			if out[row.At+down] == nil || len(g.lost) == 0 {
				continue
			}
			cells := maps.Clone(out[row.At+down])
			for key := range g.lost {
				if v, ok := row.Cells[key]; ok {
					cells[key] = v
				}
			}
			out[row.At+down] = cells
		}
	}
	if t.key == TabSettings {
		l.settingsRows(g, out)
	}
	return out
}

// settingsRows adds the settings that have no row.
func (l *layout) settingsRows(g *grid, rows map[int]map[string]any) {
	have := map[string]bool{}
	last := max(g.head, 0)
	for at, cells := range rows {
		have[settingKey(cells)] = true
		last = max(last, at)
	}
	for _, s := range l.Settings {
		if !have[s.Key] {
			last++
			rows[last] = l.seedSetting(s)
		}
	}
}

// marks collects the problems of a tab by row.
func (l *layout) marks(t *tab) map[int][]Problem {
	out := map[int][]Problem{}
	if l.Result == nil {
		return out
	}
	for _, p := range l.Result.Problems {
		if p.Tab == t.key && p.Row >= 0 {
			out[p.Row] = append(out[p.Row], p)
		}
	}
	return out
}

// align returns how a column's cells, and so its heading, are aligned; empty: as figures
// are.
func (c *column) align(t *tab) string {
	switch {
	case c.owned || t.key == TabSettings:
		return "LEFT"
	case c.kind == asDate || c.kind == asFlag || c.vocab != nil:
		return "CENTER"
	case c.kind == asText:
		return "LEFT"
	}
	return ""
}

// cell returns one cell below the header. row is nil if nothing is typed.
func (l *layout) cell(t *tab, c *column, at int, row map[string]any, marks []Problem) workbook.Cell {
	if c.owned {
		return l.owned(t, c, at, row, marks)
	}
	st := workbook.Style{VAlign: "TOP", Wrap: "CLIP", Format: l.format(t, c, row)}
	if st.Align = c.align(t); st.Align == "LEFT" && t.key != TabSettings {
		st.Align = "" // as the value has it: a number typed for a text is seen to be one
	}
	cell := valueCell(row[c.key])
	cell.Open = true
	for _, p := range marks {
		if p.Column != c.key {
			continue
		}
		if cell.Note == "" {
			st.Background = bad.Back
			if p.Severity == Warning {
				st.Background = soSo.Back
			}
		} else {
			cell.Note += "\n"
		}
		cell.Note += p.Message
	}
	if v := l.proposal(t, at)[c.key]; v != "" && cell.Note == "" {
		cell.Note = fmt.Sprintf(
			l.Lang.T("Действует «%s»: предложено программой, потому что здесь пусто. Впишите своё, "+
				"если нужно другое.",
				"“%s” is in force: proposed by the program, as nothing stands here. Type your own "+
					"if it should be otherwise."), v)
	}
	cell.Style = l.styles.of(st)
	cell.Check = l.rule(t, c, row)
	return cell
}

// proposal returns what the reader proposed for a row of KPIs.
func (l *layout) proposal(t *tab, at int) proposal {
	if t.key != TabKPIs || l.Result == nil {
		return nil
	}
	return l.Result.proposed[at]
}

// valueCell returns a cell with a stored value.
func valueCell(v any) workbook.Cell {
	switch v := v.(type) {
	case string:
		return workbook.Txt(v, nil)
	case float64:
		return workbook.N(v, nil)
	case bool:
		c := workbook.Cell{Kind: workbook.Bool}
		if v {
			c.Num = 1
		}
		return c
	}
	return workbook.Cell{}
}

// owned returns a cell that the worker writes.
func (l *layout) owned(t *tab, c *column, at int, row map[string]any, marks []Problem) workbook.Cell {
	st := workbook.Style{Italic: true, Color: grey, VAlign: "TOP", Wrap: "CLIP"}
	if c.wrap {
		st.Wrap = "WRAP"
	}
	text, link := "", ""
	switch {
	case row == nil:
	case c.key == statusKey:
		text = l.status(t, at, marks)
		if len(marks) > 0 {
			st.Italic = false
			st.Color, st.Background = soSo.Ink, soSo.Back
			if marks[0].Severity == Error {
				st.Color, st.Background = bad.Ink, bad.Back
			}
		}
	case t.key == TabSettings:
		text = l.settingText(c.key, settingKey(row))
		if c.key == "name" {
			st.Italic, st.Color, st.Bold = false, "", true
		}
	case c.key == "before":
		text = l.earlier(at, row)
	case c.key == "moves":
		text = l.earlierTeams(at, row)
	case t.key == TabTeams && c.key == "id":
		text = l.team(at).ID
	case t.key == TabTeams && c.key == "link":
		if s := l.Teams[l.team(at).ID]; s.Link != "" {
			text, link = l.Lang.T("открыть", "open"), s.Link
			st.Italic, st.Color = false, linkStyle.Color
		}
	case c.key == "entered":
		text = l.tenureText(at, row)
	case c.key == "id":
		text = string(l.id(at))
	case c.key == "link":
		text, link = l.link(at, row)
		if link != "" {
			st.Italic, st.Color = false, linkStyle.Color
		}
	}
	if row == nil {
		return workbook.Cell{Style: l.styles.of(st)}
	}
	cell := workbook.Txt(text, l.styles.of(st)) // empty: what was typed there is removed
	cell.Link = link
	switch stray := textOf(row[statusKey]); {
	case c.key != statusKey:
	case stray != "": // ops' own text: it stays until they have moved it
		cell = workbook.Txt(stray, cell.Style)
		cell.Open, cell.Note = true, text
	case utf8.RuneCountInString(text) > statusFits:
		cell.Note = text // a row is one line high, however long the text
	}
	return cell
}

func (l *layout) id(at int) department.PersonID {
	if l.Result == nil {
		return ""
	}
	return l.Result.ids[at]
}

// earlier returns the roles that a person had before. Text of ops that nobody understands
// stays as it is.
func (l *layout) earlier(at int, row map[string]any) string {
	if l.Result != nil {
		if s, ok := l.Result.roles[at]; ok {
			return s
		}
	}
	return textOf(row["before"])
}

// earlierTeams returns the teams that a person was in before, like earlier.
func (l *layout) earlierTeams(at int, row map[string]any) string {
	if l.Result != nil {
		if s, ok := l.Result.moves[at]; ok {
			return s
		}
	}
	return textOf(row["moves"])
}

// team returns the team in force in a row of «Команды».
func (l *layout) team(at int) department.Team {
	if l.Result == nil {
		return department.Team{}
	}
	i := slices.IndexFunc(l.Result.Snapshot.Tabs[TabTeams], func(r Row) bool { return r.At == at })
	if i < 0 || i >= len(l.Result.Department.Teams) {
		return department.Team{}
	}
	return l.Result.Department.Teams[i]
}

// tenureText returns since when a person counts.
func (l *layout) tenureText(at int, row map[string]any) string {
	if l.Result != nil && l.Result.grids[TabPeople] != nil && l.Result.grids[TabPeople].found {
		return l.Result.stays[at]
	}
	return textOf(row["entered"])
}

// link returns the link to a person's spreadsheet: the one that ops chose as they wrote
// it, else the worker's own.
func (l *layout) link(at int, row map[string]any) (text, link string) {
	if own := textOf(row["link"]); own != "" {
		return own, own
	}
	if s := l.Status[l.id(at)]; s.Link != "" {
		return l.Lang.T("открыть", "open"), s.Link
	}
	return "", ""
}

// settingText returns the name or explanation of a setting.
func (l *layout) settingText(col, key string) string {
	if col == "key" {
		return key
	}
	for _, s := range l.Settings {
		if s.Key != key {
			continue
		}
		if col == "name" {
			return l.Lang.T(s.Title.RU, s.Title.EN)
		}
		return l.Lang.T(s.Help.RU, s.Help.EN)
	}
	return ""
}

// format returns the number format of a cell.
func (l *layout) format(t *tab, c *column, row map[string]any) workbook.NumberFormat {
	switch {
	case c.text:
		return workbook.NumberFormat{Type: "TEXT", Pattern: "@"}
	case c.kind == asDate:
		return dateFormat(l.Lang)
	case c.kind == asMoney:
		return figureFormat(kpi.Money)
	case c.kind == asFigure && t.key == TabKPIs:
		u, _ := units.code(textOf(row["unit"])) // not known: no format
		unit, _ := kpi.ParseUnit(u)
		return figureFormat(unit)
	case c.kind == asFigure:
		name := textOf(row["kpi"])
		return figureFormat(cmp.Or(l.units[name], l.units[norm(name)]))
	case t.key == TabSettings:
		if s, ok := settingOf(settingKey(row)); ok {
			return settingFormat(s.kind)
		}
	}
	return workbook.NumberFormat{}
}

// rule returns the validation of a cell, one for a whole column.
func (l *layout) rule(t *tab, c *column, row map[string]any) *workbook.Validation {
	name := t.key + "/" + c.key
	if t.key == TabSettings {
		name += "/" + settingKey(row)
	}
	v, ok := l.rules[name]
	if !ok {
		v = l.validation(t, c, row)
		l.rules[name] = v
	}
	return v
}

func (l *layout) validation(t *tab, c *column, row map[string]any) *workbook.Validation {
	choose := l.Lang.T("Выберите из списка", "Choose from the list")
	switch {
	case t.key == TabSettings:
		return l.settingRule(settingKey(row))
	case c.vocab != nil:
		return &workbook.Validation{Kind: "ONE_OF_LIST", Values: c.vocab.list(l.Lang), Message: choose, Strict: true,
			List: true}
	case t.key == TabPeople && c.key == "team" && (l.Result == nil || len(l.Result.Department.Teams) == 0):
		return nil // if no teams are listed, any text may be typed
	case c.from != "":
		return &workbook.Validation{Kind: "ONE_OF_RANGE", Values: []string{l.column(c.from)}, Message: choose,
			Strict: c.strict, List: true}
	case c.kind == asDate:
		return &workbook.Validation{Kind: "DATE_IS_VALID",
			Message: l.Lang.T("Введите дату, например 15.05.2026", "Type a date, for example 2026-05-15"), Strict: true}
	case c.kind == asFlag:
		return &workbook.Validation{Kind: "BOOLEAN", Strict: true}
	}
	switch c.check {
	case checkEmail:
		return &workbook.Validation{Kind: "TEXT_IS_EMAIL",
			Message: l.Lang.T("Введите e-mail, например ivanova@example.ru",
				"Type an e-mail, for example ivanova@example.com"), Strict: true}
	case checkPositive:
		return &workbook.Validation{Kind: "NUMBER_GREATER_THAN_EQ", Values: []string{"0"},
			Message: l.Lang.T("Введите число от 0", "Type a number from 0"), Strict: true}
	case checkFunnel:
		return &workbook.Validation{Kind: "NUMBER_BETWEEN", Values: []string{"0", "20"},
			Message: l.Lang.T("Введите номер шага: 1, 2, 3…", "Type the number of the step: 1, 2, 3…"), Strict: true}
	}
	return nil
}

func (l *layout) settingRule(key string) *workbook.Validation {
	s, ok := settingOf(key)
	if !ok {
		return nil
	}
	between := func(what string) *workbook.Validation {
		return &workbook.Validation{Kind: "NUMBER_BETWEEN",
			Values: []string{strconv.Itoa(int(s.least)), strconv.Itoa(int(s.most))}, Message: what, Strict: true}
	}
	switch s.kind {
	case ofChoice:
		return &workbook.Validation{Kind: "ONE_OF_LIST", Values: s.vocab.list(l.Lang),
			Message: l.Lang.T("Выберите из списка", "Choose from the list"), Strict: true, List: true}
	case ofFlag:
		return &workbook.Validation{Kind: "BOOLEAN", Strict: true}
	case ofShare:
		return between(fmt.Sprintf(l.Lang.T("Введите процент от %d%% до %d%%", "Type a percentage from %d%% to %d%%"),
			int(s.least*100), int(s.most*100)))
	case ofNumber, ofWhole:
		return between(fmt.Sprintf(l.Lang.T("Введите число от %d до %d", "Type a number from %d to %d"), int(s.least),
			int(s.most)))
	case ofMoney:
		return &workbook.Validation{Kind: "NUMBER_GREATER_THAN_EQ", Values: []string{"0"},
			Message: l.Lang.T("Введите сумму в рублях", "Type a sum in roubles"), Strict: true}
	}
	return nil
}

// column returns the address of a column's data, for a dropdown: "people/name" is
// ='Сотрудники'!$B$2:$B. Like all addresses of a Book it counts the Book's columns:
// package workbook accounts for those that ops put between them.
func (l *layout) column(name string) string {
	for i := range schema {
		t := &schema[i]
		g := l.grid(t)
		at := slices.IndexFunc(l.order(t, g), func(c *column) bool { return t.key+"/"+c.key == name })
		if at < 0 {
			continue
		}
		title := t.title.in(l.Lang)
		if g.found {
			title = g.title
		}
		letter := workbook.ColumnName(at)
		return "=" + workbook.Quote(title) + "!$" + letter + "$" + strconv.Itoa(max(g.head, 0)+2) + ":$" + letter
	}
	return ""
}

// seed returns the rows of a new tab.
func (l *layout) seed(t *tab) []map[string]any {
	if t.key != TabKPIs {
		return nil
	}
	var out []map[string]any
	for _, role := range l.Seed {
		for _, k := range role.KPIs {
			u, _ := kpi.ParseUnit(k.Unit)
			row := map[string]any{
				"role": l.Lang.T(role.Title.RU, role.Title.EN), "key": k.Key, "title": l.Lang.T(k.Title.RU, k.Title.EN),
				"unit":      units.word(k.Unit, l.Lang),
				"source":    sources.word(cmp.Or(k.Source, string(kpi.Manual)), l.Lang),
				"period":    periods.word(cmp.Or(k.Period, string(calendar.Month)), l.Lang),
				"direction": directions.word(cmp.Or(k.Direction, string(kpi.Higher)), l.Lang),
				"lights":    cmp.Or(k.Lights, kpi.DefaultThresholds().String()),
				"required":  k.Required,
			}
			if k.Formula != "" {
				row["formula"] = k.Formula
			}
			if k.Weight > 0 {
				row["weight"] = k.Weight
			}
			if k.Funnel > 0 {
				row["funnel"] = float64(k.Funnel)
			}
			for key, text := range map[string]string{"plan": k.Plan, "min": k.Min, "max": k.Max} {
				n, ok := templates.Figure(text, u)
				switch {
				case !ok:
					row[key] = text // reading reports it where it is
				case n.OK && u == kpi.Duration:
					row[key] = n.V / 86400
				case n.OK:
					row[key] = n.V
				}
			}
			out = append(out, row)
		}
	}
	return out
}

// seedSetting returns the row of a setting with its default, typed as a spreadsheet holds
// the value.
func (l *layout) seedSetting(s templates.Setting) map[string]any {
	text := l.Lang.T(s.Value.RU, s.Value.EN)
	if s.Key == "zone" && l.Zone != "" {
		text = l.Zone
	}
	row := map[string]any{"key": s.Key}
	if text == "" {
		return row
	}
	row["value"] = text
	def, ok := settingOf(s.Key)
	if !ok || text == "" && def.kind != ofFlag {
		return row
	}
	ln := &line{reader: &reader{lang: l.Lang}, Row: Row{Cells: map[string]any{"key": s.Key, "value": text}},
		tab: tabOf(TabSettings)}
	v := ln.settingValue(def, text)
	if ln.bad {
		return row // reading reports it where it is
	}
	switch def.kind {
	case ofTime:
		row["value"] = v.num / 24
	case ofShare, ofNumber, ofWhole, ofMoney:
		row["value"] = v.num
	case ofFlag:
		row["value"] = v.yes
	}
	return row
}
