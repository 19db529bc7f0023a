package workbook

import (
	"cmp"
	"slices"

	"google.golang.org/api/sheets/v4"
)

// groupState is a group of columns by position. Its depth counts the groups that contain
// it, and itself.
type groupState struct{ from, to, depth int }

func seenGroups(list []*sheets.DimensionGroup) []groupState {
	var out []groupState
	for _, g := range list {
		if g.Range != nil {
			out = append(out, groupState{int(g.Range.StartIndex), int(g.Range.EndIndex), int(g.Depth)})
		}
	}
	return out
}

// group returns the state as a type of the API.
func (g groupState) group(sheet int64) *sheets.DimensionGroup {
	return &sheets.DimensionGroup{Range: dimension(sheet, columns, g.from, g.to), Depth: int64(g.depth)}
}

// area returns the group's columns in the first row.
func (g Group) area() Area { return Area{C0: g.C0, R1: 1, C1: g.C1} }

// grouped reports whether a column of the Book is in a group.
func (t *Tab) grouped(c int) bool {
	return slices.ContainsFunc(t.Groups, func(g Group) bool { return g.C0 <= c && c < g.C1 })
}

// wasGrouped reports whether a column of the Book was in a group, so that it may be
// hidden whatever the state says.
func (p *plan) wasGrouped(c int) bool {
	if len(p.old.groups) == 0 || p.colFrom[c] < 0 || !p.want.Exclusive {
		return false
	}
	at := p.old.column(p.colFrom[c]).pos
	return slices.ContainsFunc(p.old.groups, func(g groupState) bool { return g.from <= at && at < g.to })
}

// wantGroups returns the groups of the Book by the positions of their columns.
func (p *plan) wantGroups() []groupState {
	var out []groupState
	for _, g := range p.want.Groups {
		for _, a := range p.now.areas(g.area()) {
			out = append(out, groupState{a.C0, a.C1, 1})
		}
	}
	return out
}

// ungroup removes the groups that are not in the Book, before anything moves; and all
// groups if columns are about to move, because nothing says what becomes of groups then.
// p.now.groups are those that stay. Deeper groups go first: deleting makes the columns of
// a range one level less deep.
func (d *differ) ungroup(p *plan, moves bool) {
	if !p.want.Exclusive {
		return
	}
	want := p.wantGroups()
	gone := slices.Clone(p.old.groups)
	slices.SortStableFunc(gone, func(a, b groupState) int { return cmp.Compare(b.depth, a.depth) })
	for _, g := range gone {
		if !moves && slices.Contains(want, g) {
			p.now.groups = append(p.now.groups, g)
			continue
		}
		d.add(&sheets.Request{DeleteDimensionGroup: &sheets.DeleteDimensionGroupRequest{
			Range: dimension(p.want.ID, columns, g.from, g.to)}})
	}
}

// groups makes the missing groups and closes them. Their buttons are over the column
// before the group, which is the part that stays visible.
func (d *differ) groups(p *plan) {
	made := false
	want := p.wantGroups()
	for _, g := range want {
		if slices.Contains(p.now.groups, g) {
			continue
		}
		made = true
		closed := g.group(p.want.ID)
		closed.Collapsed = true
		d.add(&sheets.Request{AddDimensionGroup: &sheets.AddDimensionGroupRequest{Range: closed.Range}},
			&sheets.Request{UpdateDimensionGroup: &sheets.UpdateDimensionGroupRequest{DimensionGroup: closed,
				Fields: "collapsed"}})
	}
	p.now.groups = want
	if made {
		d.add(&sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
			Properties: &sheets.SheetProperties{SheetId: p.want.ID,
				GridProperties: &sheets.GridProperties{ForceSendFields: []string{"ColumnGroupControlAfter"}}},
			Fields: "gridProperties.columnGroupControlAfter",
		}})
	}
}
