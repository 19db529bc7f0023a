package apijson

import "strconv"

// Parts goes over JSON and takes parts of it, where a struct for all of it would take
// longer than what is done with it. Methods take the next value; they fail as Read does.
type Parts struct{ r reader }

// Each calls f with the Parts of a whole text, and fails if f does not take all of it.
func Each(text []byte, f func(p *Parts) error) error {
	p := &Parts{reader{text: text}}
	if err := f(p); err != nil {
		return err
	}
	if p.r.next(); p.r.at < len(text) {
		return ErrSyntax
	}
	return nil
}

// Object calls f for every name of an object; f takes the value. It takes null, too.
func (p *Parts) Object(f func(name []byte) error) error {
	if p.r.next() == 'n' {
		return p.r.word("null")
	}
	return p.r.object(f)
}

// List calls f for every element; f takes it. It takes null, too.
func (p *Parts) List(f func() error) error {
	if p.r.next() == 'n' {
		return p.r.word("null")
	}
	return p.r.list(f)
}

// Text takes a text, which is valid until the next value is taken; null is none.
func (p *Parts) Text() ([]byte, error) {
	if p.r.next() == 'n' {
		return nil, p.r.word("null")
	}
	return p.r.string()
}

// Int takes a whole number; null is 0.
func (p *Parts) Int() (int64, error) {
	if p.r.next() == 'n' {
		return 0, p.r.word("null")
	}
	text, err := p.r.number()
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(text), 10, 64)
}

// Float takes a number, or one of the words for what JSON has no number for. Null is not
// ok.
func (p *Parts) Float() (f float64, ok bool, err error) {
	if p.r.next() == 'n' {
		return 0, false, p.r.word("null")
	}
	f, err = p.r.float()
	return f, err == nil, err
}

// Bool takes true or false. Null is not ok.
func (p *Parts) Bool() (v, ok bool, err error) {
	switch p.r.next() {
	case 't':
		return true, true, p.r.word("true")
	case 'f':
		return false, true, p.r.word("false")
	}
	return false, false, p.r.word("null")
}

// Skip takes a value of any type.
func (p *Parts) Skip() error { return p.r.skip(0) }
