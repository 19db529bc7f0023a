package localgoogle

import (
	"cmp"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/wire"
)

// TabFault makes the server refuse batches that touch a tab, as Google does when it
// stumbles over something invisible: 400, with the number of the request in the message.
// It lasts until the tab is deleted, which removes the cause, or until the next Reset.
type TabFault struct {
	FileID string // "": any
	// Tab is the sheetId; or Title is used instead: the tab's title at the time.
	Tab   int64
	Title string
	// Kinds are the requests to refuse, such as "updateCells"; none: all that name the
	// tab except duplicateSheet and deleteSheet.
	Kinds   []string
	Message string // "": a message that explains nothing
	// Stays makes the fault apply to whatever has that id or title, also to a tab that is
	// made anew.
	Stays bool
}

// RefuseTab adds a fault of a tab.
func (f *Faults) RefuseTab(fault TabFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tabs = append(f.tabs, &fault)
}

// tabFaults holds the faults of one batch.
type tabFaults struct {
	all  *Faults
	list []*TabFault
	gone []*TabFault // those whose tab the batch has deleted
}

func (f *Faults) ofTabs(file string) *tabFaults {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := &tabFaults{all: f}
	for _, x := range f.tabs {
		if x.FileID == "" || x.FileID == file {
			b.list = append(b.list, x)
		}
	}
	return b
}

// refuses returns the refusal of a request, or nil.
func (b *tabFaults) refuses(d *document, kind string, req *sheets.Request) *wire.Error {
	for _, f := range b.list {
		if slices.Contains(b.gone, f) {
			continue
		}
		id, there := f.tab(d)
		if !there && !(f.Stays && kind == "addSheet") || !namesSheet(reflect.ValueOf(req), id) {
			continue
		}
		if hit := len(f.Kinds) == 0 && kind != "duplicateSheet" && kind != "deleteSheet" ||
			slices.Contains(f.Kinds, kind); hit {
			return wire.BadRequest("%s", cmp.Or(f.Message, "Internal error encountered while changing the sheet."))
		}
		if kind == "deleteSheet" && !f.Stays {
			b.gone = append(b.gone, f)
		}
	}
	return nil
}

// done ends the faults of deleted tabs, after the batch is carried out.
func (b *tabFaults) done() {
	if len(b.gone) == 0 {
		return
	}
	b.all.mu.Lock()
	defer b.all.mu.Unlock()
	b.all.tabs = slices.DeleteFunc(b.all.tabs, func(f *TabFault) bool { return slices.Contains(b.gone, f) })
}

// tab returns the id of the tab, and whether it exists.
func (f *TabFault) tab(d *document) (id int64, there bool) {
	if f.Title != "" {
		if sh := d.sheetByTitle(f.Title); sh != nil {
			return sh.id(), true
		}
		return 0, false
	}
	return f.Tab, d.sheet(f.Tab) != nil
}

// namesSheet reports whether anything in a message names the tab. It does not look up
// what a request names by the id of a chart or a protection.
func namesSheet(v reflect.Value, id int64) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && namesSheet(v.Elem(), id)
	case reflect.Slice:
		if k := v.Type().Elem().Kind(); k != reflect.Pointer && k != reflect.Struct {
			return false
		}
		for i := range v.Len() {
			if namesSheet(v.Index(i), id) {
				return true
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Field(i)
			if name := v.Type().Field(i).Name; field.Kind() == reflect.Int64 && strings.HasSuffix(name, "SheetId") {
				if name != "NewSheetId" && field.Int() == id {
					return true
				}
			} else if namesSheet(field, id) {
				return true
			}
		}
	}
	return false
}

// readTabFault reads the body of POST /_internal/refused.
func readTabFault(r *http.Request) (TabFault, error) {
	var in struct {
		FileID, Title, Message string
		Tab                    int64
		Kinds                  []string
		Stays                  bool
	}
	if err := readControl(r, &in); err != nil || in.Tab == 0 && in.Title == "" {
		return TabFault{}, errTabFault
	}
	return TabFault{FileID: in.FileID, Tab: in.Tab, Title: in.Title, Kinds: in.Kinds, Message: in.Message,
		Stays: in.Stays}, nil
}
