package workbook

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
	"sync"
)

// stateVersion is the first byte of a stored state. Any change of what is stored, of the
// hashes or of the codes of values needs a new version: a state of an unknown version is
// refused, and the caller reads the spreadsheet instead.
const (
	stateVersion = 6
	// withoutInputs is the version before, when all tabs were kept together, and
	// withoutGroups the one before that, when nothing made groups of columns.
	withoutInputs = 5
	withoutGroups = 4
)

// Marshal encodes a state for storing.
func (s *State) Marshal() ([]byte, error) { return s.marshal(stateVersion) }

func (s *State) marshal(version byte) ([]byte, error) {
	out := []byte{version}
	if version > withoutInputs {
		for _, t := range s.apart() {
			p, err := t.pack()
			if err != nil {
				return nil, fmt.Errorf("keep a workbook state: tab %q: %w", t.key, err)
			}
			out = binary.AppendUvarint(out, uint64(len(p)))
			out = append(out, p...)
		}
		out = binary.AppendUvarint(out, 0) // they end here
	}
	e := encoder{version: version}
	walk(&e, s)
	z, err := deflate(e.b)
	if err != nil {
		return nil, fmt.Errorf("keep a workbook state: %w", err)
	}
	return append(out, z...), nil
}

// UnmarshalState decodes what Marshal wrote. If it fails, the caller must read the state
// with StateOf.
func UnmarshalState(b []byte) (*State, error) {
	s, err := OpenState(b)
	if err != nil {
		return nil, err
	}
	for _, t := range s.apart() {
		if err := t.unpack(); err != nil {
			return nil, fmt.Errorf("read a workbook state: tab %q: %w", t.key, err)
		}
	}
	return s, nil
}

// OpenState is UnmarshalState but for the cells of tabs with Inputs, which are read once
// a Diff needs them: a State for Diff, MadeOf and Marshal alone.
func OpenState(b []byte) (*State, error) {
	if len(b) == 0 {
		return nil, errors.New("read a workbook state: it is empty")
	}
	version, b := b[0], b[1:]
	if version < withoutGroups || version > stateVersion {
		return nil, fmt.Errorf("read a workbook state: its format is %d, not %d", version, stateVersion)
	}
	var packed [][]byte
	for version > withoutInputs {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return nil, errDamaged
		}
		one := b[k : k+int(n)]
		b = b[k+int(n):]
		if n == 0 {
			break
		}
		packed = append(packed, one)
	}
	raw, err := inflate(b)
	if err != nil {
		return nil, err
	}
	d := decoder{b: raw, version: version}
	s := d.state()
	apart := s.apart()
	if d.bad || len(d.b) > 0 || len(apart) != len(packed) {
		return nil, errDamaged
	}
	for i, t := range apart {
		t.packed = packed[i]
	}
	return s, nil
}

var errDamaged = errors.New("read a workbook state: it is damaged")

// apart are the tabs that are kept apart from the rest of the state.
func (s *State) apart() []*tabState {
	var out []*tabState
	for _, t := range s.tabs {
		if t.apart() {
			out = append(out, t)
		}
	}
	return out
}

// apart tells that a tab may stay packed from one Diff to the next.
func (t *tabState) apart() bool { return t.inputs != "" && t.seen == nil }

// pack gives a tab as bytes.
func (t *tabState) pack() ([]byte, error) {
	if t.packed != nil {
		return t.packed, nil
	}
	e := encoder{version: stateVersion}
	walkTab(&e, t)
	return deflate(e.b)
}

// unpack reads what is known of a tab, if that was not done yet.
func (t *tabState) unpack() error {
	if t.packed == nil {
		return nil
	}
	raw, err := inflate(t.packed)
	if err != nil {
		return err
	}
	got := tabState{inputs: t.inputs}
	d := decoder{b: raw, version: stateVersion}
	walkTab(&d, &got)
	if d.bad || len(d.b) > 0 || got.id != t.id {
		return errDamaged
	}
	*t = got
	return nil
}

// deflate packs bytes, with a sum by which inflate sees whether they are whole.
// writers holds what compresses, for the next state: each takes a megabyte to set up.
var writers sync.Pool

func deflate(b []byte) ([]byte, error) {
	var out bytes.Buffer
	z, _ := writers.Get().(*flate.Writer)
	if z == nil {
		var err error
		if z, err = flate.NewWriter(&out, flate.BestSpeed); err != nil {
			return nil, err
		}
	} else {
		z.Reset(&out)
	}
	if _, err := z.Write(binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	writers.Put(z)
	return out.Bytes(), nil
}

// readers holds what decompresses, for the next state.
var readers sync.Pool

// unpacker decompresses.
type unpacker struct {
	z   io.ReadCloser
	buf bytes.Buffer
}

func (u *unpacker) read(b []byte) ([]byte, error) {
	in := bytes.NewReader(b)
	if u.z == nil {
		u.z = flate.NewReader(in)
	} else if err := u.z.(flate.Resetter).Reset(in, nil); err != nil {
		return nil, err
	}
	u.buf.Reset()
	if _, err := u.buf.ReadFrom(u.z); err != nil {
		return nil, err
	}
	return bytes.Clone(u.buf.Bytes()), nil
}

func inflate(b []byte) ([]byte, error) {
	z, _ := readers.Get().(*unpacker)
	if z == nil {
		z = new(unpacker)
	}
	raw, err := z.read(b)
	readers.Put(z)
	if err != nil {
		return nil, fmt.Errorf("read a workbook state: %w", err)
	}
	n := len(raw) - 4
	if n < 0 || crc32.ChecksumIEEE(raw[:n]) != binary.LittleEndian.Uint32(raw[n:]) {
		return nil, errDamaged
	}
	return raw[:n], nil
}

// codec writes or reads one value a method. The same walk does both, so that writing and
// reading cannot differ.
type codec interface {
	int(*int)
	id(*int64)
	bool(*bool)
	str(*string)
	code(*uint64)
	// list passes on a length; reading, it makes the slice first.
	list(n int) int
	// has reports whether what came with a version is stored.
	has(version byte) bool
}

type encoder struct {
	b       []byte
	version byte
}

func (e *encoder) has(version byte) bool { return e.version >= version }

func (e *encoder) int(v *int)     { e.b = binary.AppendVarint(e.b, int64(*v)) }
func (e *encoder) id(v *int64)    { e.b = binary.AppendVarint(e.b, *v) }
func (e *encoder) list(n int) int { e.b = binary.AppendUvarint(e.b, uint64(n)); return n }
func (e *encoder) str(v *string)  { e.list(len(*v)); e.b = append(e.b, *v...) }
func (e *encoder) bool(v *bool) {
	if *v {
		e.b = append(e.b, 1)
	} else {
		e.b = append(e.b, 0)
	}
}

// code reverses the bytes: small numbers have their set bits at the top, and so become
// short.
func (e *encoder) code(v *uint64) { e.b = binary.AppendUvarint(e.b, bits.ReverseBytes64(*v)) }

type decoder struct {
	b       []byte
	bad     bool
	version byte
}

func (d *decoder) has(version byte) bool { return d.version >= version }

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) id(v *int64) {
	n, k := binary.Varint(d.b)
	if k <= 0 {
		d.bad, d.b = true, nil
		return
	}
	*v, d.b = n, d.b[k:]
}

func (d *decoder) int(v *int) {
	var n int64
	d.id(&n)
	*v = int(n)
}

// list never accepts more items than there are bytes left.
func (d *decoder) list(int) int {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return 0
	}
	return int(n)
}

func (d *decoder) str(v *string) {
	n := d.list(0)
	*v, d.b = string(d.b[:n]), d.b[n:]
}

func (d *decoder) bool(v *bool) { *v = d.uvarint() == 1 }

func (d *decoder) code(v *uint64) { *v = bits.ReverseBytes64(d.uvarint()) }

func (d *decoder) state() *State {
	s := &State{}
	walk(d, s)
	return s
}

func list[T any](c codec, v *[]T, each func(*T)) {
	n := c.list(len(*v))
	if *v == nil && n > 0 {
		*v = make([]T, n)
	}
	for i := range min(n, len(*v)) {
		each(&(*v)[i])
	}
}

// lookRun is n adjacent cells of one look: most cells look like their neighbour.
type lookRun struct{ look, n int }

func sameLooks(looks []uint32) (out []lookRun) {
	for _, k := range looks {
		if n := len(out); n > 0 && out[n-1].look == int(k) {
			out[n-1].n++
			continue
		}
		out = append(out, lookRun{int(k), 1})
	}
	return out
}

// expandLooks returns at most cells looks: what was stored may be damaged.
func expandLooks(stretches []lookRun, cells int) []uint32 {
	looks := make([]uint32, 0, cells)
	for _, s := range stretches {
		for range min(s.n, cells-len(looks)) {
			looks = append(looks, uint32(s.look))
		}
	}
	return looks
}

func walk(c codec, s *State) {
	c.bool(&s.fresh)
	c.bool(&s.formulasShifted)
	c.str(&s.title)
	c.str(&s.locale)
	c.str(&s.zone)
	c.str(&s.recalc)
	list(c, &s.order, func(r *sheetRef) { c.id(&r.id); c.str(&r.title) })
	for _, tabs := range []*[]*tabState{&s.tabs, &s.unmarked} {
		list(c, tabs, func(t **tabState) {
			if *t == nil {
				*t = &tabState{}
			}
			if c.has(withoutInputs + 1) {
				apart := (*t).apart()
				if c.bool(&apart); apart {
					c.id(&(*t).id)
					c.str(&(*t).key)
					c.str(&(*t).inputs)
					return
				}
			}
			walkTab(c, *t)
		})
	}
}

func walkTab(c codec, t *tabState) {
	c.id(&t.id)
	c.str(&t.key)
	c.bool(&t.untagged)
	c.bool(&t.hidden)
	c.str(&t.color)
	c.bool(&t.hideGrid)
	for _, n := range []*int{&t.frozenRows, &t.frozenCols, &t.gridRows, &t.gridCols, &t.keyCol, &t.rules} {
		c.int(n)
	}
	for _, h := range []*uint64{&t.rulesHash, &t.protect, &t.filterHash} {
		c.code(h)
	}
	c.bool(&t.filter)
	col := func(v *colState) { c.str(&v.key); c.int(&v.pos); c.int(&v.width); c.bool(&v.hidden) }
	list(c, &t.cols, col)
	list(c, &t.spareCols, col)
	// rows mostly follow each other: their distances pack better
	prev := -1
	row := func(v *rowState) {
		day, step := int(v.day), v.pos-prev-1
		c.int(&day)
		c.str(&v.tag)
		c.int(&step)
		c.int(&v.height)
		if pos := prev + 1 + step; v.pos != pos || v.day != float64(day) {
			v.day, v.pos = float64(day), pos
		}
		prev = v.pos
	}
	list(c, &t.rows, row)
	list(c, &t.spareRows, row)
	list(c, &t.vals, c.code)
	stretches := sameLooks(t.looks)
	list(c, &stretches, func(s *lookRun) { c.int(&s.look); c.int(&s.n) })
	if t.looks == nil {
		t.looks = expandLooks(stretches, len(t.vals))
	}
	list(c, &t.palette, func(l *look) { c.code(&l.style); c.code(&l.note); c.code(&l.check) })
	area := func(a *Area) { c.int(&a.R0); c.int(&a.C0); c.int(&a.R1); c.int(&a.C1) }
	list(c, &t.merges, area)
	list(c, &t.foreignMerges, area)
	list(c, &t.protects, func(p *protectState) {
		c.id(&p.id)
		c.bool(&p.sheet)
		c.code(&p.shape)
		list(c, &p.editors, c.str)
	})
	list(c, &t.charts, func(p *chartState) { c.id(&p.id); c.code(&p.spec); c.code(&p.at) })
	if c.has(withoutGroups + 1) {
		list(c, &t.groups, func(g *groupState) { c.int(&g.from); c.int(&g.to); c.int(&g.depth) })
	}

	seen := t.seen != nil
	if c.bool(&seen); !seen {
		return
	}
	if t.seen == nil {
		t.seen = &seenTab{}
	}
	c.bool(&t.seen.looks)
	line := func(l *seenLine) { c.int(&l.size); c.bool(&l.hidden) }
	list(c, &t.seen.cols, line)
	list(c, &t.seen.rows, line)
	c.code(&t.seen.rules)
	c.code(&t.seen.filter)
	list(c, &t.seen.cells, func(r *[]seenCell) {
		list(c, r, func(s *seenCell) {
			c.code(&s.value)
			c.code(&s.note)
			c.str(&s.text)
			c.code(&s.style)
			c.code(&s.check)
			c.str(&s.format)
			c.bool(&s.meant)
		})
	})
}
