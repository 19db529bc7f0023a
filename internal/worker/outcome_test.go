package worker

import (
	"errors"
	"reflect"
	"testing"
)

// The results of steps are added up, every field of them, except what the cycle itself
// says of the whole.
func TestOutcomeAddsUp(t *testing.T) {
	ofTheCycle := map[string]bool{"AsOf": true, "People": true, "Settled": true, "Problems": true}
	part := Outcome{Failures: []error{errors.New("refused")}, Summary: true, again: true}
	numbers := func(v reflect.Value, f func(reflect.Value)) {
		for i := range v.NumField() {
			if v.Field(i).Kind() == reflect.Int {
				f(v.Field(i))
			}
		}
	}
	one := func(v reflect.Value) { v.SetInt(1) }
	numbers(reflect.ValueOf(&part).Elem(), one)
	numbers(reflect.ValueOf(&part.States).Elem(), one)

	var sum Outcome
	sum.add(part)
	sum.add(part)
	sum.add(Outcome{})
	for _, v := range []reflect.Value{reflect.ValueOf(sum), reflect.ValueOf(sum.States)} {
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if f := v.Field(i); f.Kind() == reflect.Int && !ofTheCycle[name] && f.Int() != 2 {
				t.Errorf("%s of two steps with 1 each: %d", name, f.Int())
			}
		}
	}
	if len(sum.Failures) != 2 || !sum.Summary || !sum.again || sum.People != 0 {
		t.Errorf("%+v", sum)
	}
}
