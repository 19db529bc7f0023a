package localgoogle

import (
	"container/list"
	"context"
	"sync"

	"svodka/internal/localgoogle/calc"
)

// documents caches loaded spreadsheets; if space runs out, it drops the least recently
// used.
type documents struct {
	mu    sync.Mutex
	byID  map[int64]*place
	lru   list.List // of *place, most recent first
	cells int64
	limit int64
}

// place holds one spreadsheet: its current version, and the locks for using it.
type place struct {
	num     int64
	mu      sync.RWMutex
	doc     *document // nil until loaded; guarded by mu
	cells   int64     // as counted in documents; guarded by documents.mu
	users   int       // guarded by documents.mu
	element *list.Element

	calcMu sync.Mutex
	engine *calc.Engine // of doc, nil until needed; guarded by calcMu
	source *source      // what engine reads; guarded by calcMu
}

func (d *documents) init(limit int64) {
	d.byID, d.limit = map[int64]*place{}, limit
	d.lru.Init()
}

func (d *documents) acquire(num int64) *place {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.byID[num]
	if h == nil {
		h = &place{num: num}
		h.element = d.lru.PushFront(h)
		d.byID[num] = h
	} else {
		d.lru.MoveToFront(h.element)
	}
	h.users++
	return h
}

// release ends a use of the place; cells is its present size, or -1 if unknown.
func (d *documents) release(h *place, cells int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	h.users--
	if cells >= 0 && d.byID[h.num] == h {
		d.cells += cells - h.cells
		h.cells = cells
	}
	// The last used one stays, however large: otherwise each call would read it anew.
	for e := d.lru.Back(); e != nil && e != d.lru.Front() && d.cells > d.limit; {
		victim, _ := e.Value.(*place)
		e = e.Prev()
		if victim == nil || victim.users > 0 {
			continue
		}
		d.remove(victim)
	}
}

// loaded reports whether a spreadsheet is in the cache.
func (d *documents) loaded(num int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.byID[num]
	return h != nil && h.cells > 0
}

// forget drops a deleted spreadsheet.
func (d *documents) forget(num int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if h := d.byID[num]; h != nil {
		d.remove(h)
	}
}

func (d *documents) remove(h *place) {
	if d.byID[h.num] != h {
		return
	}
	delete(d.byID, h.num)
	d.lru.Remove(h.element)
	d.cells -= h.cells
	h.cells = 0
}

// reading runs f on the current version of a spreadsheet.
func (s *Server) reading(ctx context.Context, num int64, f func(v *view) error) error {
	h := s.docs.acquire(num)
	cells := int64(-1)
	defer func() { s.docs.release(h, cells) }()
	h.mu.RLock()
	if h.doc == nil {
		h.mu.RUnlock()
		h.mu.Lock()
		if h.doc == nil {
			doc, err := s.store.loadDocument(context.WithoutCancel(ctx), num)
			if err != nil {
				h.mu.Unlock()
				return err
			}
			h.doc = doc
			cells = doc.cellCount()
		}
		h.mu.Unlock()
		h.mu.RLock()
	}
	defer h.mu.RUnlock()
	had := h.calculated()
	defer func() {
		if cells >= 0 || had != h.calculated() {
			cells = h.weight()
		}
	}()
	return f(&view{s: s, doc: h.doc, at: h, ctx: ctx})
}

// calculated returns how many cells the engine has copies of.
func (h *place) calculated() int64 {
	h.calcMu.Lock()
	defer h.calcMu.Unlock()
	if h.engine == nil {
		return 0
	}
	return h.engine.Copied()
}

// weight returns how much of the cache the spreadsheet takes, in cells. An engine has
// cells of its own and parsed formulas, measured at some 3 KB for each cell of a person's
// report. The caller holds h.mu.
func (h *place) weight() int64 { return h.doc.cellCount() + 47*h.calculated() }
