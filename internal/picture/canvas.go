package picture

import (
	"embed"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

//go:embed font/*.otf
var fontFiles embed.FS

// face is a size and weight of the font.
type face uint8

const (
	faceTitle   face = iota
	faceHeading      // of a block
	faceLarge        // the fact
	faceStrong       // a KPI, a person
	faceText
	faceTextStrong // inside a sentence
	faceSmall
	faceSmallStrong
	faces
)

// sizes are the weights and sizes of the faces, in points of the picture.
var sizes = [faces]struct {
	bold bool
	size float64
}{{true, 17}, {true, 15}, {true, 22}, {true, 14}, {false, 13}, {true, 13}, {false, 11.5}, {true, 11.5}}

// typefaces are the faces, ready to draw with. Each drawing has its own: a face is not
// safe for concurrent use.
type typefaces [faces]font.Face

// parsed are the two weights of the font.
var parsed = sync.OnceValues(func() (out [2]*opentype.Font, err error) {
	for i, name := range []string{"Regular", "Bold"} {
		b, err := fontFiles.ReadFile("font/SvodkaSans-" + name + ".otf")
		if err != nil {
			return out, fmt.Errorf("read the font of the picture: %w", err)
		}
		if out[i], err = opentype.Parse(b); err != nil {
			return out, fmt.Errorf("read the font of the picture, %s: %w", name, err)
		}
	}
	return out, nil
})

func newTypefaces() (*typefaces, error) {
	fonts, err := parsed()
	if err != nil {
		return nil, err
	}
	out := &typefaces{}
	for i, s := range sizes {
		of := fonts[0]
		if s.bold {
			of = fonts[1]
		}
		out[i], err = opentype.NewFace(of, &opentype.FaceOptions{Size: s.size * scale, DPI: 72,
			Hinting: font.HintingNone})
		if err != nil {
			return nil, fmt.Errorf("size the font of the picture: %w", err)
		}
	}
	return out, nil
}

// width returns the width of a text in points.
func (t *typefaces) width(f face, s string) float64 {
	return float64(font.MeasureString(t[f], s)) / 64 / scale
}

// clean returns a text without characters that the font lacks: it drops emoji, and
// replaces others by a box.
func (t *typefaces) clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if _, ok := t[faceText].GlyphAdvance(r); ok {
			return r
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsPunct(r) {
			return '□'
		}
		return -1
	}, s)
}

// cut shortens a text to the width room, with an ellipsis if its end is missing.
func (t *typefaces) cut(f face, s string, room float64) string {
	if t.width(f, s) <= room {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 {
		runes = runes[:len(runes)-1]
		if short := strings.TrimRight(string(runes), " \u00a0.,:;") + "…"; t.width(f, short) <= room {
			return short
		}
	}
	return ""
}

// word is an unbreakable piece of a line of text.
type word struct {
	face face
	text string
	ink  color.RGBA
}

// wordsOf splits a text at its spaces.
func (t *typefaces) wordsOf(f face, ink color.RGBA, s string) []word {
	var out []word
	for _, w := range strings.Split(t.clean(s), " ") {
		if w != "" {
			out = append(out, word{f, w, ink})
		}
	}
	return out
}

// wrap puts words on at most most lines no wider than room; an ellipsis replaces what
// does not fit.
func (t *typefaces) wrap(list []word, room float64, most int) [][]word {
	var lines [][]word
	var line []word
	at := 0.0
	space := t.width(faceText, " ")
	for i, w := range list {
		width := t.width(w.face, w.text)
		if len(line) > 0 && at+space+width > room {
			if len(lines) == most-1 {
				return append(lines, t.ellipsis(line, at, room))
			}
			lines, line, at = append(lines, line), nil, 0
		}
		if len(line) > 0 {
			at += space
		}
		if width > room {
			w.text = t.cut(w.face, w.text, room)
			width = t.width(w.face, w.text)
		}
		line, at = append(line, list[i]), at+width
		line[len(line)-1] = w
	}
	if len(line) > 0 {
		lines = append(lines, line)
	}
	return lines
}

// ellipsis shows that a line of width at does not end there.
func (t *typefaces) ellipsis(line []word, at, room float64) []word {
	for len(line) > 0 {
		last := &line[len(line)-1]
		before := at - t.width(last.face, last.text)
		if cut := t.cut(last.face, last.text+" …", room-before); len(line) == 1 || len([]rune(cut)) > 2 {
			last.text = strings.TrimRight(strings.TrimSuffix(strings.TrimSuffix(cut, "…"), " "), " .,:;") + "…"
			break
		}
		line, at = line[:len(line)-1], before-t.width(faceText, " ")
	}
	return line
}

// box is an area of the picture in points.
type box struct{ x, y, w, h float64 }

// mark records what was drawn where, for tests.
type mark struct {
	text string
	box  box
	ink  color.RGBA
	back color.RGBA // what was there before
}

// canvas is the drawing area. Its measures are points: scale pixels each.
type canvas struct {
	*typefaces
	img   *image.RGBA
	solid map[color.RGBA]bool // the colours of areas and texts
	marks []mark
}

// fill fills a box with rounded corners.
func (c *canvas) fill(b box, radius float64, col color.RGBA) {
	x0, y0, x1, y1 := float32(b.x*scale), float32(b.y*scale), float32((b.x+b.w)*scale), float32((b.y+b.h)*scale)
	r := min(float32(radius*scale), (x1-x0)/2, (y1-y0)/2)
	if x1-x0 < 0.5 {
		return
	}
	c.solid[col] = true
	bounds := c.img.Bounds()
	v := vector.NewRasterizer(bounds.Dx(), int(y1)+2-int(y0))
	up := float32(int(y0)) // so that the rasterizer is no larger than the box
	y0, y1 = y0-up, y1-up
	const k = 0.5523 // a quarter circle as a Bézier curve
	v.MoveTo(x0+r, y0)
	v.LineTo(x1-r, y0)
	v.CubeTo(x1-r+k*r, y0, x1, y0+r-k*r, x1, y0+r)
	v.LineTo(x1, y1-r)
	v.CubeTo(x1, y1-r+k*r, x1-r+k*r, y1, x1-r, y1)
	v.LineTo(x0+r, y1)
	v.CubeTo(x0+r-k*r, y1, x0, y1-r+k*r, x0, y1-r)
	v.LineTo(x0, y0+r)
	v.CubeTo(x0, y0+r-k*r, x0+r-k*r, y0, x0+r, y0)
	v.ClosePath()
	to := image.Rect(0, int(up), bounds.Dx(), int(up)+v.Size().Y)
	v.Draw(c.img, to.Intersect(bounds), image.NewUniform(col), image.Point{})
}

// text draws a text with its left end at x, vertically centred at y. It cuts a text wider
// than room. It returns the text's width.
func (c *canvas) text(f face, ink color.RGBA, s string, x, y, room float64) float64 {
	s = c.cut(f, c.clean(s), room)
	width := c.width(f, s)
	// Capitals are about 0.73 of the size high: centre them in the line.
	base := y + 0.73*sizes[f].size/2
	c.solid[ink] = true
	back := c.img.RGBAAt(int((x+1)*scale), int(y*scale))
	d := font.Drawer{Dst: c.img, Src: image.NewUniform(ink), Face: c.typefaces[f],
		Dot: fixed.Point26_6{X: fixed.Int26_6(x * scale * 64), Y: fixed.Int26_6(base * scale * 64)}}
	d.DrawString(s)
	if s != "" {
		c.marks = append(c.marks, mark{s, box{x, y - sizes[f].size/2, width, sizes[f].size}, ink, back})
	}
	return width
}

// textRight is text with its right end at x.
func (c *canvas) textRight(f face, ink color.RGBA, s string, x, y, room float64) float64 {
	s = c.cut(f, c.clean(s), room)
	return c.text(f, ink, s, x-c.width(f, s), y, room)
}

// line draws the words of a line from wrap.
func (c *canvas) line(list []word, x, y float64) {
	space := c.width(faceText, " ")
	for _, w := range list {
		x += c.text(w.face, w.ink, w.text, x, y, width-x) + space
	}
}

// newCanvas returns an empty canvas.
func newCanvas(t *typefaces, height float64) *canvas {
	c := &canvas{typefaces: t, img: image.NewRGBA(image.Rect(0, 0, width*scale, int(height*scale))),
		solid: map[color.RGBA]bool{{0xFF, 0xFF, 0xFF, 0xFF}: true}}
	draw.Draw(c.img, c.img.Bounds(), image.White, image.Point{}, draw.Src)
	return c
}

// rgb parses a colour #RRGGBB; anything else gives black.
func rgb(s string) color.RGBA {
	v, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 16, 24)
	if err != nil {
		return color.RGBA{A: 0xFF}
	}
	return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 0xFF}
}
