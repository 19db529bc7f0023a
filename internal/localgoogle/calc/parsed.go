package calc

import "sync"

// formulas caches parsed formulas by their texts: all reports of a department hold the
// same ones, and parsing takes most of the time of a spreadsheet's first calculation. The
// results are shared, so nobody may change them.
//
// It holds two generations of texts. When the younger is full, it drops the older, and
// with it all formulas that nobody has used meanwhile.
type formulas struct {
	mu         sync.Mutex
	young, old map[formulaKey]parsedFormula
	size       int // bytes of text in young
}

// formulasSize limits the texts of a generation, in bytes. A parsed formula takes about
// ten times as much memory as its text.
const formulasSize = 1 << 20

type formulaKey struct {
	text         string
	decimalComma bool
}

type parsedFormula struct {
	n  node
	ok bool
}

// parsedFormulas caches the formulas of all spreadsheets.
var parsedFormulas formulas

// parse is the function parse with the cache.
func (f *formulas) parse(text string, decimalComma bool) (n node, ok bool) {
	key := formulaKey{text, decimalComma}
	f.mu.Lock()
	p, found := f.young[key]
	if !found {
		if p, found = f.old[key]; found {
			f.remember(key, p)
		}
	}
	f.mu.Unlock()
	if found {
		return p.n, p.ok
	}
	p.n, p.ok = parse(text, decimalComma)
	f.mu.Lock()
	f.remember(key, p)
	f.mu.Unlock()
	return p.n, p.ok
}

func (f *formulas) remember(key formulaKey, p parsedFormula) {
	if f.young == nil || f.size+len(key.text) > formulasSize {
		f.old, f.young, f.size = f.young, map[formulaKey]parsedFormula{}, 0
	}
	f.young[key] = p
	f.size += len(key.text)
}
