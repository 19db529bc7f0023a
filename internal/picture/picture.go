// Package picture draws the first screen of «Главное» as an image for messages: what a
// director sees on a phone without opening anything.
//
// It is pure: equal values give equal bytes. It shows figures exactly as given. The
// drawing is a table with bars, so it is laid out here by hand and not by a chart
// library; letters and shapes come from golang.org/x/image.
package picture

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strconv"
	"strings"

	"svodka/internal/kpi"
	"svodka/internal/summary"
	"svodka/internal/terms"
	"svodka/internal/words"
)

const (
	width  = 390 // points: a phone
	scale  = 2   // pixels per point
	margin = 16
	inner  = width - 2*margin
	// tallest is the height up to which people are shown: Telegram shrinks pictures much
	// higher than 1280 pixels.
	tallest = 720
	// fewest is how many people are shown however many KPIs there are.
	fewest = 3
	// mostKPIs limits the KPIs; «Главное» has the rest.
	mostKPIs = 3
	// causeLines limits the lines of a person's figures and cause.
	causeLines = 3
	nameLines  = 4 // lines for people who have not reported
)

// The colours of the spreadsheets.
var (
	ink    = rgb("#1F2937")
	navy   = rgb("#1F3A5F")
	grey   = rgb("#5B6472")
	hair   = rgb("#E5E7EB")
	cardBg = rgb("#F4F6F9")
)

// block is a part of the picture, drawn below the one before.
type block struct {
	height float64
	draw   func(c *canvas, y float64)
}

// Draw returns the picture as a PNG.
func Draw(g summary.Glance) ([]byte, error) {
	c, err := paint(g)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, reduced(c)); err != nil {
		return nil, fmt.Errorf("encode the picture: %w", err)
	}
	return b.Bytes(), nil
}

// reduced returns the image with a palette, which takes a third of the bytes: the edges
// of letters and shapes, which have many shades, keep every fifteenth. If there are still
// too many colours, it returns the image itself.
func reduced(c *canvas) image.Image {
	b := c.img.Bounds()
	out := image.NewPaletted(b, nil)
	at := map[color.RGBA]uint8{}
	var last color.RGBA // before is last's index: most pixels equal their neighbour
	var before uint8
	near := func(v uint8) uint8 { return uint8((int(v) + 7) / 15 * 15) }
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			col := c.img.RGBAAt(x, y)
			if len(at) > 0 && col == last {
				out.Pix[out.PixOffset(x, y)] = before
				continue
			}
			last = col
			if !c.solid[col] {
				col = color.RGBA{near(col.R), near(col.G), near(col.B), 0xFF}
			}
			i, seen := at[col]
			if !seen {
				if len(at) == 256 {
					return c.img
				}
				i = uint8(len(at))
				at[col], out.Palette = i, append(out.Palette, col)
			}
			out.Pix[out.PixOffset(x, y)], before = i, i
		}
	}
	return out
}

// paint lays the blocks out below each other and draws them.
func paint(g summary.Glance) (*canvas, error) {
	t, err := newTypefaces()
	if err != nil {
		return nil, err
	}
	l := layout{t, g}
	blocks := l.head()
	blocks = append(blocks, l.kpis()...)
	blocks = append(blocks, l.reports()...)
	blocks = append(blocks, l.behind(heightOf(blocks))...)
	blocks = append(blocks, gap(10))
	c := newCanvas(t, heightOf(blocks))
	y := 0.0
	for _, b := range blocks {
		if b.draw != nil {
			b.draw(c, y)
		}
		y += b.height
	}
	return c, nil
}

func heightOf(blocks []block) (h float64) {
	for _, b := range blocks {
		h += b.height
	}
	return h
}

func gap(h float64) block { return block{height: h} }

// layout makes the blocks.
type layout struct {
	*typefaces
	g summary.Glance
}

// paragraph returns a text on as many lines as it needs, each of the given height.
func (l layout) paragraph(list []word, most int, height float64) block {
	lines := l.wrap(list, inner, most)
	return block{height * float64(len(lines)), func(c *canvas, y float64) {
		for i, line := range lines {
			c.line(line, margin, y+height*(float64(i)+0.5))
		}
	}}
}

// head returns whose summary it is and as of when.
func (l layout) head() []block {
	out := []block{gap(14), l.paragraph(l.wordsOf(faceTitle, navy, l.g.Title), 2, 22), gap(2),
		l.paragraph(l.wordsOf(faceText, ink, l.g.Day), 2, 17),
		l.paragraph(l.wordsOf(faceSmall, grey, l.g.Freshness), 2, 16)}
	if l.g.Unreadable != "" {
		bad := terms.LightColors(kpi.Red)
		lines := l.wrap(l.wordsOf(faceText, rgb(bad.Ink), l.g.Unreadable), inner-16, 3)
		h := 17*float64(len(lines)) + 10
		out = append(out, gap(8), block{h, func(c *canvas, y float64) {
			c.fill(box{margin, y, inner, h}, 6, rgb(bad.Back))
			for i, line := range lines {
				c.line(line, margin+8, y+5+17*(float64(i)+0.5))
			}
		}})
	}
	return out
}

// heading returns the heading of a part. The signs of lights in it have their colours.
func (l layout) heading(s string) []block {
	list := l.wordsOf(faceHeading, navy, s)
	for i, w := range list {
		for _, light := range terms.Lights() {
			if strings.HasPrefix(w.text, terms.LightSign(light)) {
				list[i].ink = rgb(terms.LightColors(light).Ink)
				break
			}
		}
	}
	return []block{gap(14), l.paragraph(list, 1, 22), gap(2)}
}

// more says how many are not shown.
func (l layout) more(s string) block {
	return block{18, func(c *canvas, y float64) { c.text(faceSmall, grey, s, margin, y+9, inner) }}
}

// kpis returns a card for each leading KPI.
func (l layout) kpis() []block {
	if len(l.g.KPIs) == 0 {
		return nil
	}
	out := l.month()
	for i, k := range l.g.KPIs[:min(len(l.g.KPIs), mostKPIs)] {
		if i > 0 {
			out = append(out, gap(8))
		}
		out = append(out, l.card(k))
	}
	if n := len(l.g.KPIs) - mostKPIs; n > 0 {
		out = append(out, gap(4), l.more(l.g.Lang.T("и ещё ", "and ")+strconv.Itoa(n)+
			l.g.Lang.T(" — вкладка «Главное»", " more in the tab “Main”")))
	}
	return out
}

// month returns the heading of the KPIs, with the progress of the month beside it, or
// below it if that is long.
func (l layout) month() []block {
	out := l.heading(l.g.Month)
	if l.width(faceHeading, l.g.Month)+12+l.width(faceSmall, l.g.Progress) > inner {
		return append(out[:2], l.paragraph(l.wordsOf(faceSmall, grey, l.g.Progress), 2, 16), gap(4))
	}
	month := out[1]
	out[1].draw = func(c *canvas, y float64) {
		month.draw(c, y)
		c.textRight(faceSmall, grey, l.g.Progress, margin+inner, y+12, inner)
	}
	return out
}

// figureFaces are the faces for a fact; the first that fits is used.
var figureFaces = []face{faceLarge, faceTitle, faceStrong, faceSmallStrong}

// card returns a KPI: title and pace, fact of plan, the bar, the forecast. It never cuts
// a figure, which would change it: a long one gets a line of its own.
func (l layout) card(k summary.GlanceKPI) block {
	const pad, lineHeight = 12, 18
	left, room := float64(margin+pad), float64(inner-2*pad)
	pill := l.pillWidth(k.Pace, faceStrong)
	head := l.width(faceSmall, k.Pace.Head)
	title := l.wrap(l.wordsOf(faceStrong, ink, k.Title), room-pill-head-14, 2)

	fact := figureFaces[0]
	for _, fact = range figureFaces {
		if l.width(fact, k.Fact.Text) <= room {
			break
		}
	}
	plan := l.g.Lang.T("из ", "of ") + k.Plan.Text
	beside := l.width(fact, k.Fact.Text)+7+l.width(faceText, plan) <= room
	inThirds := !slices.ContainsFunc(k.More, func(f summary.GlanceFigure) bool {
		return l.width(faceTextStrong, f.Text) > room/3-6
	})

	// Vertical centres of the lines, from the top of the card.
	atFact := 30 + lineHeight*float64(max(1, len(title)))
	atPlan, atBar := atFact+2, atFact+16
	if !beside {
		atPlan, atBar = atFact+22, atFact+34
	}
	atMore := atBar
	if k.Bar.OK {
		atMore += 38
	}
	height := atMore + 44
	if !inThirds {
		height = atMore + 14 + lineHeight*float64(len(k.More))
	}
	return block{height, func(c *canvas, y float64) {
		c.fill(box{margin, y, inner, height}, 8, cardBg)
		l.pill(c, k.Pace, left+room, y+21, 26, faceStrong)
		c.textRight(faceSmall, grey, k.Pace.Head, left+room-pill-6, y+21, room)
		for i, line := range title {
			c.line(line, left, y+21+lineHeight*float64(i))
		}
		w := c.text(fact, navy, k.Fact.Text, left, y+atFact, room)
		if beside {
			c.text(faceText, grey, plan, left+w+7, y+atPlan, room)
		} else {
			c.text(faceText, grey, plan, left, y+atPlan, room)
		}
		if k.Bar.OK {
			l.bar(c, k, box{left, y + atBar, room, 12})
		}
		c.fill(box{left, y + atMore, room, 1}, 0, hair)
		for i, f := range k.More {
			col := ink
			if light := terms.LightColors(f.Light); light.Ink != "" {
				col = rgb(light.Ink)
			}
			if inThirds {
				x := left + room/3*float64(i)
				c.text(faceSmall, grey, f.Head, x, y+atMore+14, room/3-6)
				c.text(faceTextStrong, col, f.Text, x, y+atMore+30, room/3-6)
				continue
			}
			at := y + atMore + 6 + lineHeight*(float64(i)+0.5)
			w := c.text(faceSmall, grey, f.Head, left, at, room)
			c.textRight(faceTextStrong, col, f.Text, left+room, at, room-w-8)
		}
	}}
}

// bar draws fact against plan, with a mark and its figure at the plan to date.
func (l layout) bar(c *canvas, k summary.GlanceKPI, b box) {
	c.fill(b, 3, rgb(k.Bar.Colors.Back))
	fact := b
	fact.w *= min(1, k.Bar.Fact)
	c.fill(fact, 3, rgb(k.Bar.Colors.Ink))
	at := b.x + min(b.w*k.Bar.ToDate, b.w-2)
	c.fill(box{at - 1.5, b.y - 4, 5, b.h + 8}, 0, cardBg) // visible on any colour
	c.fill(box{at, b.y - 4, 2, b.h + 8}, 1, navy)
	s := k.PlanToDate.Head + " " + k.PlanToDate.Text
	w := c.width(faceSmall, c.clean(s))
	c.text(faceSmall, navy, s, max(b.x, min(at+1-w/2, b.x+b.w-w)), b.y+b.h+13, b.w)
}

// pill draws a figure in the colours of its light, with its right end at x and its centre
// at y. It returns its width.
func (l layout) pill(c *canvas, f summary.GlanceFigure, x, y, h float64, of face) float64 {
	colors := terms.LightColors(f.Light)
	text, w := c.clean(f.Text), l.pillWidth(f, of)
	if colors == (terms.Colors{}) {
		c.textRight(of, grey, text, x, y, w)
		return w
	}
	c.fill(box{x - w, y - h/2, w, h}, 5, rgb(colors.Back))
	c.text(of, rgb(colors.Ink), text, x-w+8, y, w-16)
	return w
}

func (l layout) pillWidth(f summary.GlanceFigure, of face) float64 {
	return l.width(of, l.clean(f.Text)) + 16
}

// note returns a sentence in place of a list.
func (l layout) note(n summary.GlanceNote) block {
	of := grey
	if n.Good {
		of = rgb(terms.LightColors(kpi.Green).Ink)
	}
	return l.paragraph(l.wordsOf(faceText, of, n.Text), 3, 18)
}

// reports returns who has not reported, by day.
func (l layout) reports() []block {
	out := l.heading(l.g.ReportsHead)
	if l.g.ReportsNote.Text != "" {
		return append(out, l.note(l.g.ReportsNote))
	}
	for i, r := range l.g.Reports {
		if i > 0 {
			out = append(out, gap(4))
		}
		out = append(out, l.paragraph(l.namesOf(r), nameLines, 18))
	}
	return out
}

// namesOf returns who has not reported for a day: as many names as fit the lines, and how
// many more.
func (l layout) namesOf(r summary.GlanceReports) []word {
	for n := len(r.Names); ; n-- {
		text := l.wordsOf(faceTextStrong, grey, r.Head+":")
		for i, name := range r.Names[:n] {
			if whole := strings.ReplaceAll(name, " ", words.NBSP); l.width(faceText, whole) < inner/2 {
				name = whole // do not break it at the end of a line
			}
			if i < n-1 {
				name += ","
			}
			text = append(text, l.wordsOf(faceText, ink, name)...)
		}
		if more := len(r.Names) - n + r.More; more > 0 {
			text = append(text, l.wordsOf(faceText, grey, l.moreOf(cmp.Or(r.MoreOf, words.People), more))...)
		}
		if n == 0 || len(l.wrap(text, inner, nameLines+1)) <= nameLines {
			return text
		}
	}
}

// moreOf returns «и ещё 3 человека».
func (l layout) moreOf(what words.Noun, n int) string {
	return l.g.Lang.T("и ещё ", "and ") + what.Count(n, l.g.Lang) + l.g.Lang.T("", " more")
}

// behind returns who needs help, as many as fit below the given height.
func (l layout) behind(above float64) []block {
	out := l.heading(l.g.BehindHead)
	if l.g.BehindNote.Text != "" {
		return append(out, l.note(l.g.BehindNote))
	}
	room := tallest - above - heightOf(out) - 28 // the last line and the margin
	shown := 0
	for _, p := range l.g.Behind {
		b := l.person(p, shown > 0)
		if room -= b.height; room < 0 && shown >= fewest {
			break
		}
		out = append(out, b)
		shown++
	}
	if more := len(l.g.Behind) - shown + l.g.BehindMore; more > 0 {
		out = append(out, l.more(l.moreOf(cmp.Or(l.g.BehindIs, words.People), more)))
	}
	return out
}

// person returns somebody who needs help: name, pace, and how much of what and why.
func (l layout) person(p summary.GlancePerson, lined bool) block {
	const nameHeight = 18
	text := l.wordsOf(faceTextStrong, ink, strings.TrimSpace(p.KPI+" "+p.Deviation.Text)+":")
	why := l.paragraph(append(text, l.wordsOf(faceText, ink, p.Cause)...), causeLines, 17)
	name := l.wrap(l.wordsOf(faceStrong, navy, p.Name), inner-l.pillWidth(p.Pace, faceTextStrong)-8, 2)
	above := 13 + nameHeight*float64(max(1, len(name)))
	return block{above + why.height + 7, func(c *canvas, y float64) {
		if lined {
			c.fill(box{margin, y, inner, 1}, 0, hair)
		}
		l.pill(c, p.Pace, width-margin, y+17, 22, faceTextStrong)
		for i, line := range name {
			c.line(line, margin, y+17+nameHeight*float64(i))
		}
		why.draw(c, y+above)
	}}
}
