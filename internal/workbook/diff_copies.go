package workbook

import (
	"google.golang.org/api/sheets/v4"
)

// copied is a Copy in progress.
type copied struct {
	Copy
	possible bool // both areas are in one piece
	// rows [from,to) of the Book differ; none if to is 0
	from, to int
}

// differs records that a row of the Book must be copied.
func (k *copied) differs(row int) {
	if k.to == 0 {
		k.from = row
	}
	k.from, k.to = min(k.from, row), max(k.to, row+1)
}

// planCopies finds the areas of a tab that can be copied: those that are in one piece in
// both tabs. The cells of the others are written as usual.
func (d *differ) planCopies(p *plan) {
	for _, k := range p.want.Copies {
		from := d.planOf(k.From).now.areas(k.source(k.To.R0, k.To.R1))
		to := p.now.areas(k.To)
		whole := len(from) == 1 && len(to) == 1 && from[0].size() == to[0].size() && to[0].size() == k.To.size()
		p.copied = append(p.copied, copied{Copy: k, possible: whole})
	}
}

// source returns the area from which rows [r0,r1) are copied.
func (k Copy) source(r0, r1 int) Area {
	return Area{k.R0 + r0 - k.To.R0, k.C0, k.R0 + r1 - k.To.R0, k.C0 + k.To.C1 - k.To.C0}
}

func (a Area) size() [2]int { return [2]int{a.R1 - a.R0, a.C1 - a.C0} }

func (a Area) has(r, c int) bool { return a.R0 <= r && r < a.R1 && a.C0 <= c && c < a.C1 }

func (d *differ) planOf(id int64) *plan {
	for _, p := range d.plans {
		if p.want.ID == id {
			return p
		}
	}
	return nil // the Book was checked
}

// copyOf returns the Copy that writes a cell; nil: the cell is written by itself.
func (p *plan) copyOf(r, c *spot) *copied {
	for i := range p.copied {
		if k := &p.copied[i]; k.possible && k.To.has(r.want, c.want) {
			return k
		}
	}
	return nil
}

// copies copies what differs, after its source is written. Pasting may bring notes along,
// which are cleared.
func (d *differ) copies(p *plan) {
	for _, k := range p.copied {
		if k.to == 0 {
			continue
		}
		from := d.planOf(k.From).now.areas(k.source(k.from, k.to))
		to := p.now.areas(Area{k.from, k.To.C0, k.to, k.To.C1})
		d.add(&sheets.Request{CopyPaste: &sheets.CopyPasteRequest{
			Source: gridRange(k.From, from[0]), Destination: gridRange(p.want.ID, to[0]), PasteType: "PASTE_NORMAL",
		}}, &sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{
			Range: gridRange(p.want.ID, to[0]), Fields: "note",
		}})
	}
}
