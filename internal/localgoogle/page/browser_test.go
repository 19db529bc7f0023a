package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"google.golang.org/api/sheets/v4"
)

// chrome is one browser for all tests.
var chrome struct {
	once    sync.Once
	ctx     context.Context
	stop    func()
	path    string
	missing string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chrome.stop != nil {
		chrome.stop()
	}
	os.Exit(code)
}

func startChrome() {
	if testing.Short() {
		chrome.missing = "it runs without -short"
		return
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		chrome.missing = "no Chromium or Chrome is installed (Debian: apt-get install chromium)"
		return
	}
	chrome.path = path
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), options(path)...)
	ctx, stop := chromedp.NewContext(alloc)
	chrome.ctx, chrome.stop = ctx, func() { stop(); stopAlloc() }
	if err := chromedp.Do(ctx); err != nil {
		chrome.missing = "the browser does not start: " + err.Error()
	}
}

// options are those of a browser at a path.
func options(path string) []chromedp.ExecAllocatorOption {
	return append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.WindowSize(1280, 800), chromedp.WSURLReadTimeout(60*time.Second))
}

// tab is a browser tab that shows the page.
type tab struct {
	t      *testing.T
	w      *world
	ctx    context.Context
	mu     sync.Mutex
	faults []string // the browser's complaints
}

func (w *world) open(path string, width, height int64) *tab {
	t := w.t
	t.Helper()
	chrome.once.Do(startChrome)
	if chrome.missing != "" {
		t.Skip("skipped: " + chrome.missing)
	}
	// A context for each tab keeps the sessions of two people apart.
	ctx, stop := chromedp.NewContext(chrome.ctx, chromedp.WithNewBrowserContext())
	b := &tab{t: t, w: w}
	if err := chromedp.Do(ctx); err != nil { // opens the tab, for as long as its context lives
		t.Fatal(err)
	}
	listening, quiet := context.WithCancel(ctx)
	var ears sync.WaitGroup
	listen := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for _, f := range []func(){
			func() { hear(listening, target, network.RequestWillBeSent, b.leaves) },
			func() { hear(listening, target, runtime.ExceptionThrown, b.throws) },
			func() { hear(listening, target, log.EntryAdded, b.logs) },
		} {
			ears.Go(f)
		}
		if _, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, target, log.Enable, cdp.Empty{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, runtime.Enable, cdp.Empty{})
		return err
	})
	var cancel func()
	b.ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(func() {
		quiet()
		ears.Wait()
		cancel()
		stop()
		for _, f := range b.faults {
			t.Errorf("the browser says: %s", f)
		}
	})
	var size []chromedp.EmulateViewportOption
	if width < 600 {
		size = append(size, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	b.run(listen, chromedp.EmulateViewport(width, height, size...), chromedp.Navigate(w.web.URL+path))
	return b
}

// hear calls f for each event of a kind.
func hear[E any](ctx context.Context, target *chromedp.Target, event cdp.Event[E], f func(E)) {
	for e, err := range cdp.Events(ctx, target, event) {
		if err != nil {
			return
		}
		f(e)
	}
}

func (b *tab) fault(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, fmt.Sprintf(format, args...))
}

// leaves records requests that would leave the machine.
func (b *tab) leaves(e network.EventRequestWillBeSent) {
	if u, err := url.Parse(e.Request.URL); err == nil && u.Scheme != "data" && u.Scheme != "blob" &&
		"http://"+u.Host != b.w.web.URL {
		b.fault("a request leaves for %s", e.Request.URL)
	}
}

// logs records what the page's own policy forbids.
func (b *tab) logs(e log.EventEntryAdded) {
	if strings.Contains(e.Entry.Text, "Content Security Policy") {
		b.fault("%s", e.Entry.Text)
	}
}

func (b *tab) throws(e runtime.EventExceptionThrown) {
	text := e.ExceptionDetails.Text
	if x := e.ExceptionDetails.Exception; x != nil {
		text += " " + x.Description
	}
	b.fault("%s", text)
}

func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// js returns the value of an expression.
func (b *tab) js(expr string) any {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[any](expr))
	if err != nil {
		b.t.Fatalf("%s: %v", expr, err)
	}
	return v
}

// numbers returns the value of an expression that is a list of numbers.
func (b *tab) numbers(expr string) []float64 {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]float64](expr))
	if err != nil {
		b.t.Fatalf("%s: %v", expr, err)
	}
	return v
}

// wait waits until an expression has the wanted value.
func (b *tab) wait(expr string, want any) {
	b.t.Helper()
	var got any
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
		if got = b.js(expr); got == want {
			return
		}
	}
	b.t.Fatalf("%s is %#v, want %#v", expr, got, want)
}

// keys types texts letter by letter and presses named keys.
func (b *tab) keys(keys ...string) {
	b.t.Helper()
	for _, text := range keys {
		for _, r := range text {
			b.press(r, 0)
		}
	}
}

// ctrl presses Ctrl and a letter.
func (b *tab) ctrl(letter rune, shift bool) {
	b.t.Helper()
	m := kb.ModifierCtrl
	if shift {
		m |= kb.ModifierShift
	}
	b.press(letter, m)
}

// press sends a key as a keyboard does: the text comes with the press, so that a page
// which handles the key prevents the text.
func (b *tab) press(r rune, m kb.Modifier) {
	b.t.Helper()
	p := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Modifiers: int64(m), Text: string(r),
		Key: string(r)}
	if k, ok := kb.Keys[r]; ok {
		p.Key, p.Code, p.WindowsVirtualKeyCode, p.Text = k.Key, k.Code, k.Windows, k.Text
	}
	if m&kb.ModifierCtrl != 0 || p.Text == "" {
		p.Type, p.Text = input.DispatchKeyEventTypeRawKeyDown, ""
	}
	b.run(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, p); err != nil {
			return err
		}
		p.Type, p.Text = input.DispatchKeyEventTypeKeyUp, ""
		_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, p)
		return err
	}))
}

// gotoCell types a cell's name into the name box.
func (b *tab) gotoCell(cell string) {
	b.t.Helper()
	b.run(chromedp.Click(chromedp.CSS(".name")))
	b.keys(cell, kb.Enter)
	b.wait(`document.querySelector(".name").value`, cell)
	b.wait(`document.activeElement.className.includes("editor")`, true)
}

// where returns the middle of the active cell in the window.
func (b *tab) where() (x, y float64) {
	b.t.Helper()
	p := b.numbers(
		`(()=>{const q=document.querySelector(".active").getBoundingClientRect();return [q.x+q.width/2,q.y+q.height/2]})()`)
	return p[0], p[1]
}

// shown returns an expression for the text of the cell at a row and a column of the grid,
// found by its place on the screen.
func shown(row, col int) string { return onCell(row, col, `c.textContent`) }

// onCell evaluates an expression about a cell c.
func onCell(row, col int, expr string) string {
	return fmt.Sprintf(`(()=>{
		const head=(cls,i)=>[...document.querySelectorAll("."+cls+" .h")].find(h=>h.dataset.i==i)?.getBoundingClientRect();
		const r=head("rowhead",%d), k=head("colhead",%d);
		if(!r||!k) return "not in view";
		const c=[...document.querySelectorAll(".grid .c")].find(c=>{const q=c.getBoundingClientRect();return Math.abs(q.y-r.y)<2&&Math.abs(q.x-k.x)<2&&!c.classList.contains("editor")});
		return c?%s:"";
	})()`, row, col, expr)
}

func (w *world) waitValue(cell, want string) {
	w.t.Helper()
	got := ""
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
		if got = w.value(w.report, cell); got == want {
			return
		}
	}
	w.t.Fatalf("%s holds %q, want %q", cell, got, want)
}

const month = "'Ноябрь 2026'!"

func TestManagerTypes(t *testing.T) {
	w := newWorld(t)
	b := w.open("/spreadsheets/d/"+w.report+"?as="+anna+"&view=table", 1280, 800)
	b.wait(`document.querySelector(".name")?.value`, "B27") // today, where one types
	b.wait(`document.title`, "Отчёт — Иванова Анна")
	b.wait(`document.querySelector(".tip:not([hidden])")?.textContent`, "Звонки: введите число, например 12")

	b.keys("1", "2", kb.Enter)
	w.waitValue(month+"B27", "12")
	b.wait(shown(26, 1), "12")
	b.wait(shown(26, 2), "24") // a formula follows
	b.wait(`document.querySelector(".name").value`, "B28")

	b.keys("5", kb.Tab) // below ten: red; Tab leads to the right, past what is closed or not
	w.waitValue(month+"B28", "5")
	b.wait(onCell(27, 1, `getComputedStyle(c).backgroundColor`), "rgb(255, 0, 0)")
	b.wait(`document.querySelector(".name").value`, "C28")

	b.gotoCell("B28")
	b.keys(kb.F2, kb.Backspace, "1", "5", kb.Enter)
	w.waitValue(month+"B28", "15")
	b.wait(onCell(27, 1, `getComputedStyle(c).backgroundColor`), "rgba(0, 0, 0, 0)")
	b.ctrl('z', false)
	w.waitValue(month+"B28", "5")
	b.ctrl('z', false)
	w.waitValue(month+"B28", "")
	b.ctrl('z', true)
	w.waitValue(month+"B28", "5")
	b.gotoCell("B28")
	b.keys(kb.Delete)
	w.waitValue(month+"B28", "")

	b.keys("9", kb.Escape) // nothing is typed
	b.keys(kb.ArrowUp)
	b.wait(`document.querySelector(".name").value`, "B27")
	if got := w.value(w.report, month+"B28"); got != "" {
		t.Errorf("Escape left %q", got)
	}
	// The page shows the formula of a cell.
	b.keys(kb.ArrowRight)
	b.wait(`document.querySelector(".bar").value`, `=IF(B27="";"";B27*2)`)
	// A broken rule that only warns is marked, with its message.
	b.gotoCell("B20")
	b.keys("-", "1", kb.Enter)
	w.waitValue(month+"B20", "-1")
	b.wait(onCell(19, 1, `!!c.querySelector("i.bad")`), true)
}

func TestProtectedCellsSayWhy(t *testing.T) {
	w := newWorld(t)
	b := w.open("/spreadsheets/d/"+w.report+"?as="+anna+"&view=table", 1280, 800)
	b.wait(`document.querySelector(".name")?.value`, "B27")
	b.gotoCell("C10")
	b.keys("7")
	b.wait(`document.querySelector(".tip:not([hidden])")?.textContent`,
		"Эта ячейка защищена: Открыты только ячейки для ввода")
	b.keys(kb.Enter)
	if got := w.value(w.report, month+"C10"); got != "" {
		t.Errorf("C10 holds %q", got)
	}
	// Where the page cannot know, the server refuses: a new protection holds whatever the
	// page shows.
	b.gotoCell("B10")
	// A hidden tab does not listen, so this one writes before it learns of the
	// protection.
	b.js(
		`(() => { Object.defineProperty(document, "hidden", {value: true}); document.dispatchEvent(new Event("visibilitychange")); })()`)
	w.batch(w.report, &sheets.Request{AddProtectedRange: &sheets.AddProtectedRangeRequest{
		ProtectedRange: &sheets.ProtectedRange{
			Range: grid(monthTab, 9, 10, 1, 2), Editors: &sheets.Editors{Users: []string{w.server.Owner()}}}}})
	b.keys("8", kb.Enter)
	b.wait(`document.querySelector(".tip:not([hidden])")?.textContent.startsWith("Эта ячейка защищена")`, true)
	if got := w.value(w.report, month+"B10"); got != "" {
		t.Errorf("B10 holds %q", got)
	}

	d := w.open("/spreadsheets/d/"+w.report+"?as="+director+"&lang=en", 1280, 800)
	d.wait(`!!document.querySelector(".name")?.value`, true)
	d.gotoCell("B10")
	d.keys("7")
	d.wait(`document.querySelector(".tip:not([hidden])")?.textContent`, "You may only view this spreadsheet")
}

func (b *tab) paste(text string) {
	b.t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		b.t.Fatal(err)
	}
	b.js(`(()=>{const d=new DataTransfer();d.setData("text/plain",` + string(quoted) +
		`);document.activeElement.dispatchEvent(new ClipboardEvent("paste",{clipboardData:d,bubbles:true,cancelable:true}))})()`)
}

func TestBlocksArePastedInOneRequest(t *testing.T) {
	w := newWorld(t)
	b := w.open("/spreadsheets/d/"+w.report+"?as="+anna+"&view=table", 1280, 800)
	b.wait(`document.querySelector(".name")?.value`, "B27")
	b.gotoCell("B4")
	w.server.Journal().Reset()
	b.paste("21\r\n22\r\n23\r\n")
	w.waitValue(month+"B6", "23")
	if n := w.server.Journal().Count("sheets.spreadsheets.values.update"); n != 1 {
		t.Errorf("a block took %d writes", n)
	}
	b.wait(shown(4, 2), "44")
	b.ctrl('z', false)
	w.waitValue(month+"B6", "")
	// The page pastes nothing at all over closed cells.
	b.gotoCell("B4")
	b.paste("1\t2\n3\t4")
	b.wait(`document.querySelector(".tip:not([hidden])")?.textContent`, "Среди этих ячеек есть защищённые")
	if got := w.value(w.report, month+"B4"); got != "" {
		t.Errorf("B4 holds %q", got)
	}
	// Names are text, whatever they look like; a quoted cell may have lines.
	b.run(chromedp.Click(chromedp.CSS(`.tab[data-gid="12"]`)))
	b.gotoCell("A5")
	b.paste("15.11.2026\t<script>alert(1)</script>\t100\n16.11.2026\t\"две\nстроки\"\t1 200,50")
	w.waitValue("Сделки!B5", "<script>alert(1)</script>")
	w.waitValue("Сделки!B6", "две\nстроки")
	b.wait(shown(4, 1), "<script>alert(1)</script>")
	if n := b.js(`document.querySelectorAll("main script").length`); n != 0.0 {
		t.Errorf("%v scripts in the page", n)
	}
	// What was copied here is pasted as it was typed.
	b.gotoCell("C6")
	b.js(
		`(()=>{const d=new DataTransfer();document.activeElement.dispatchEvent(new ClipboardEvent("copy",{clipboardData:d,bubbles:true,cancelable:true}));window.copied=d.getData("text/plain")})()`)
	text, ok := b.js(`window.copied`).(string)
	if !ok || text == "" {
		t.Fatalf("copied %q", text)
	}
	b.gotoCell("C9")
	b.paste(text)
	w.waitValue("Сделки!C9", "1200,5")
}

func TestWhatOthersWriteAppears(t *testing.T) {
	w := newWorld(t)
	b := w.open("/spreadsheets/d/"+w.report+"?as="+anna+"&view=table", 1280, 800)
	b.wait(`document.querySelector(".name")?.value`, "B27")
	b.wait(shown(20, 1), "")
	b.keys("1", "2") // in the middle of typing
	started := time.Now()
	w.put(w.report, month+"B21", []any{"33"})
	b.wait(shown(20, 1), "33")
	b.wait(shown(20, 2), "66")
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	b.wait(`document.querySelector(".editor").value`, "12")
	// So does a change of the structure.
	w.batch(w.report, &sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
		Properties: &sheets.SheetProperties{SheetId: dealsTab, Title: "Продажи"}, Fields: "title"}})
	b.wait(`document.querySelector('.tab[data-gid="12"]').textContent`, "Продажи")
	b.wait(`document.querySelector(".editor").value`, "12")
	b.keys("3", kb.Enter)
	w.waitValue(month+"B27", "123")
}

// Where somebody types a cell to go to, nothing is typed over when the sheet changes.
func TestCellToGoToIsNotTypedOver(t *testing.T) {
	w := newWorld(t)
	id := w.create("Настройки", "control", [2]string{"ops@example.com", "writer"})
	b := w.open("/spreadsheets/d/"+id, 1280, 800)
	b.gotoCell("B3")
	name := `document.querySelector(".name").value`
	for i, c := range []struct{ typed, then, cell string }{
		{"C7", kb.Enter, "C7"}, {"D8", kb.Escape, "C7"}, {"nowhere", kb.Enter, "C7"},
	} {
		b.run(chromedp.Click(chromedp.CSS(".name")))
		b.keys(strings.Split(c.typed, "")...)
		text := fmt.Sprint("written by others ", i)
		w.put(id, "A1", []any{text})
		b.wait(shown(0, 0), text)
		b.wait(name, c.typed)
		b.keys(c.then)
		b.wait(name, c.cell)
		b.wait(`document.activeElement.className.includes("editor")`, true)
	}
}

func TestNotesAndLinks(t *testing.T) {
	w := newWorld(t)
	w.put(w.report, month+"D4", []any{`=HYPERLINK("#gid=12&range=B2";"к сделке")`})
	w.put(w.report, month+"D5", []any{`=HYPERLINK("javascript:alert(1)";"нет")`})
	b := w.open("/spreadsheets/d/"+w.report+"?as="+anna+"&view=table", 1280, 800)
	b.wait(`document.querySelector(".name")?.value`, "B27")
	b.wait(onCell(0, 1, `!!c.querySelector("i.note")`), true)
	p := b.numbers(onCell(0, 1, `(q=>[q.x+9,q.y+9])(c.getBoundingClientRect())`))
	b.run(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, p[0], p[1]))
	b.wait(`document.querySelector(".tip:not([hidden]) .notetext")?.textContent`, "Введите за каждый рабочий день")
	b.wait(onCell(4, 3, `c.querySelector("a")===null&&c.textContent`), "нет")
	b.gotoCell("D4")
	b.wait(`document.querySelector(".tip:not([hidden]) a.go")?.textContent`, "Открыть")
	b.run(chromedp.Click(chromedp.CSS(".tip a.go")))
	b.wait(`document.querySelector(".tab.on").textContent+" "+document.querySelector(".name").value`, "Сделки B2")
}

func TestListsAndCheckboxes(t *testing.T) {
	w := newWorld(t)
	id := w.create("Настройки", "control", [2]string{"ops@example.com", "writer"})
	w.batch(id,
		&sheets.Request{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{
			Properties: &sheets.SpreadsheetProperties{Locale: "ru_RU"}, Fields: "locale"}},
		&sheets.Request{SetDataValidation: &sheets.SetDataValidationRequest{Range: grid(0, 0, 5, 0, 1),
			Rule: &sheets.DataValidationRule{
				Condition: number("ONE_OF_RANGE", "=Sheet1!$F$1:$F$3"), Strict: true, ShowCustomUi: true,
				InputMessage: "Выберите роль"}}},
		&sheets.Request{SetDataValidation: &sheets.SetDataValidationRequest{Range: grid(0, 0, 5, 1, 2),
			Rule: &sheets.DataValidationRule{Condition: number("BOOLEAN"), Strict: true}}})
	w.put(id, "F1:F3", []any{"Продавец"}, []any{"Звонарь"}, []any{"Аккаунт"})
	value := func(cell, want string) {
		t.Helper()
		for range 200 {
			if w.value(id, cell) == want {
				return
			}
			time.Sleep(25 * time.Millisecond)
		}
		t.Fatalf("%s holds %q, want %q", cell, w.value(id, cell), want)
	}
	b := w.open("/spreadsheets/d/"+id, 1280, 800) // opened by its owner
	b.wait(`document.querySelector(".who")?.title`, "ops@example.com")
	b.gotoCell("A1")
	b.keys(kb.Enter)
	b.wait(`document.querySelectorAll(".list:not([hidden]) .item").length`, 3.0)
	b.run(chromedp.Click(chromedp.CSS(".list .item:nth-child(2)")))
	value("A1", "Звонарь")
	b.gotoCell("A2")
	b.keys("а", "к")
	b.wait(`document.querySelector(".list:not([hidden]) .on")?.textContent`, "Аккаунт")
	b.keys(kb.Enter)
	value("A2", "Аккаунт")
	// The page refuses what is not in the list, with the rule's own message, and the
	// person can correct it.
	b.gotoCell("A3")
	b.keys("Повар", kb.Enter)
	b.wait(`document.querySelector(".tip:not([hidden])")?.textContent`, "Выберите роль")
	b.wait(`document.querySelector(".editor").value`, "Повар")
	if got := w.value(id, "A3"); got != "" {
		t.Errorf("A3 holds %q", got)
	}
	b.keys(kb.Escape)
	b.wait(shown(2, 0), "")
	b.gotoCell("B2")
	b.keys(" ")
	value("B2", "ИСТИНА")
	b.wait(onCell(1, 1, `!!c.querySelector(".box.on")`), true)
	x, y := b.where()
	b.run(chromedp.MouseClickXY(x, y))
	value("B2", "ЛОЖЬ")
}

// roles makes a spreadsheet with a dropdown of roles, two of which begin alike.
func (w *world) roles() string {
	w.t.Helper()
	id := w.create("Настройки", "control", [2]string{"ops@example.com", "writer"})
	w.batch(id,
		&sheets.Request{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{
			Properties: &sheets.SpreadsheetProperties{Locale: "ru_RU"}, Fields: "locale"}},
		&sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
			Properties: &sheets.SheetProperties{SheetId: 0, GridProperties: &sheets.GridProperties{RowCount: 40,
				ColumnCount: 4}}, Fields: "gridProperties(rowCount,columnCount)"}},
		&sheets.Request{SetDataValidation: &sheets.SetDataValidationRequest{Range: grid(0, 0, 40, 1, 2),
			Rule: &sheets.DataValidationRule{Condition: number("ONE_OF_LIST", "Менеджер по продажам (сделки)",
				"Менеджер по продажам", "Аккаунт-менеджер"), Strict: true, ShowCustomUi: true,
				InputMessage: "Выберите из списка"}}})
	return id
}

// A text is taken as typed; the list completes it only if exactly one choice begins with
// it.
func TestListTakesWhatIsTyped(t *testing.T) {
	w := newWorld(t)
	id := w.roles()
	b := w.open("/spreadsheets/d/"+id, 1280, 800)
	b.wait(`!!document.querySelector(".name")?.value`, true)
	holds := func(cell, want string) {
		t.Helper()
		got := ""
		for range 400 {
			if got = w.value(id, cell); got == want {
				return
			}
			time.Sleep(25 * time.Millisecond)
		}
		t.Fatalf("%s holds %q, want %q", cell, got, want)
	}
	enter := func(cell, text string) {
		t.Helper()
		b.gotoCell(cell)
		b.keys(text)
		b.wait(`document.querySelector(".list:not([hidden])") !== null`, true)
		b.keys(kb.Enter)
	}
	enter("B1", "Менеджер по продажам")
	holds("B1", "Менеджер по продажам")
	enter("B2", "менеджер  по продажам")
	holds("B2", "Менеджер по продажам")
	enter("B3", "акк")
	holds("B3", "Аккаунт-менеджер")
	// Two choices begin with it: the page chooses none for the person.
	b.gotoCell("B4")
	b.keys("Менедж")
	b.wait(`document.querySelectorAll(".list:not([hidden]) .item").length`, 3.0)
	b.wait(`document.querySelector(".list .on")`, nil)
	b.keys(kb.Enter)
	b.wait(`document.querySelector(".tip:not([hidden])")?.textContent`, "Выберите из списка")
	b.wait(`document.querySelector(".editor").value`, "Менедж")
	b.keys(kb.ArrowDown, kb.Escape)
	// The page answers a slip with the single nearest name.
	enter("B5", "Менеджер по продожам")
	b.wait(`document.querySelector(".tip:not([hidden])")?.textContent`,
		"«Менеджер по продожам» нет в списке. Возможно, «Менеджер по продажам»?")
	b.keys(kb.Escape)
	holds("B5", "")
}

// A list of people with mistakes in it is pasted as a whole: the page marks and counts
// the mistakes and adds the rows that are missing.
func TestPasteKeepsWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	id := w.roles()
	b := w.open("/spreadsheets/d/"+id, 1280, 800)
	b.wait(`!!document.querySelector(".name")?.value`, true)
	var rows []string
	for i := range 50 {
		role := "Менеджер по продажам"
		if i == 3 || i == 35 {
			role = "Повар"
		}
		rows = append(rows, fmt.Sprintf("Сотрудник %d\t%s", i+1, role))
	}
	b.gotoCell("A2")
	w.server.Journal().Reset()
	b.paste(strings.Join(rows, "\n"))
	b.wait(`document.querySelector(".toast.on.wrong")?.textContent`,
		"Вставлено ячеек: 100; не подходят: 2 (B5, B37). Они сохранены и отмечены красным уголком")
	if n := w.server.Journal().Count("sheets.spreadsheets.values.update"); n != 1 {
		t.Errorf("a block took %d writes", n)
	}
	for cell, want := range map[string]string{"A5": "Сотрудник 4", "B5": "Повар", "A51": "Сотрудник 50",
		"B51": "Менеджер по продажам"} {
		if got := w.value(id, cell); got != want {
			t.Errorf("%s holds %q, want %q", cell, got, want)
		}
	}
	b.gotoCell("B5")
	b.wait(onCell(4, 1, `!!c.querySelector("i.bad")`), true)
	b.ctrl('z', false)
	b.wait(shown(4, 0), "")
}

func TestPhoneOpensAtTodaysForm(t *testing.T) {
	w := newWorld(t)
	b := w.open("/spreadsheets/d/"+w.report+"?as="+anna, 390, 780)
	b.wait(`document.querySelector(".dayform:not([hidden]) h2")?.textContent`, "Сегодня, вт 24.11")
	b.wait(`document.querySelector(".state").textContent`, "Осталось заполнить: 1")
	b.wait(`document.querySelector(".field .stats").textContent`, "нужно 95 в день")
	if w := b.js(`document.documentElement.scrollWidth`); w != 390.0 {
		t.Errorf("the page is %v wide on a screen of 390", w)
	}
	b.wait(`document.querySelector("#field1").inputMode`, "decimal")
	b.run(chromedp.Click(chromedp.CSS("#field1")))
	b.keys("14", kb.Enter)
	w.waitValue(month+"B27", "14")
	b.wait(`document.querySelector(".state").textContent`, "Отчёт за день сдан")
	b.wait(`document.querySelector(".tile b").textContent`, "28")
	b.keys("был на выезде")
	b.run(chromedp.Click(chromedp.CSS("h2")))
	w.waitValue(month+"D27", "был на выезде")
	// Yesterday is one tap away.
	b.run(chromedp.Click(chromedp.CSS(".step")))
	b.wait(`document.querySelector(".dayform h2").textContent`, "Вчера, пн 23.11")
	b.wait(`document.querySelector("#field1").value`, "")
	b.run(chromedp.Click(chromedp.CSS("#field1")))
	b.keys("8")
	b.run(chromedp.Click(chromedp.CSS("h2")))
	w.waitValue(month+"B26", "8")
	// A deal goes into the first free row; a name is never a formula.
	b.run(chromedp.Click(chromedp.CSS("#dealclient")))
	b.keys("=HYPERLINK(1)")
	b.run(chromedp.Click(chromedp.CSS("#dealamount")))
	b.keys("45000", kb.Enter)
	w.waitValue("Сделки!B3", "=HYPERLINK(1)")
	w.waitValue("Сделки!A3", "24.11.2026")
	w.waitValue("Сделки!C3", "45000")
	// The grid stays reachable, and takes taps.
	b.run(chromedp.Click(chromedp.CSS(`[data-show="table"]`)))
	b.wait(`document.querySelector(".book").hidden`, false)
	b.wait(`document.querySelector(".name").value`, "B27")
	b.wait(shown(26, 1), "14") // scrolled to
}

// On a laptop, too, «Мой день» is there first for the person who reports, ready to be
// typed into; who has chosen the table gets it the next time. Who reads the report, and
// whose account keeps it, gets the table.
func TestLaptopOpensAtTodaysForm(t *testing.T) {
	w := newWorld(t)
	link := "/spreadsheets/d/" + w.report
	b := w.open(link+"?as="+anna+"#gid=11&range=B27", 1280, 800)
	b.wait(`document.querySelector(".dayform:not([hidden]) h2")?.textContent`, "Сегодня, вт 24.11")
	b.wait(`document.activeElement.id`, "field1")
	b.keys("14", kb.Enter)
	w.waitValue(month+"B27", "14")
	b.wait(`document.querySelector(".state").textContent`, "Отчёт за день сдан")
	form := `!!document.querySelector(".dayform:not([hidden]) h2")`
	again := func(query string) {
		t.Helper()
		b.run(chromedp.Navigate("about:blank"), chromedp.Navigate(w.web.URL+link+query))
		b.wait(`!!document.querySelector(".book,.dayform")`, true)
		b.wait(`performance.getEntriesByName("shown").length`, 1.0)
	}
	b.run(chromedp.Click(chromedp.CSS(`[data-show="table"]`)))
	b.wait(shown(26, 1), "14")
	again("?as=" + anna)
	b.wait(form, false)
	b.wait(shown(26, 1), "14")
	again("?as=" + anna + "&view=form") // the address asks for it, once
	b.wait(form, true)
	b.js(`localStorage.clear();0`)
	for _, who := range []string{director, w.server.Owner()} {
		again("?as=" + who)
		b.wait(`!!document.querySelector(".name")?.value`, true)
		b.wait(form, false)
	}
}

// Wherever a tab ends in the window, the frozen rows cut no row there.
func TestNoRowIsCutAtTheEnd(t *testing.T) {
	w := newWorld(t)
	w.batch(w.report, &sheets.Request{UpdateDimensionProperties: &sheets.UpdateDimensionPropertiesRequest{
		Range:      &sheets.DimensionRange{SheetId: monthTab, Dimension: "ROWS", StartIndex: 10, EndIndex: 12},
		Properties: &sheets.DimensionProperties{PixelSize: 47}, Fields: "pixelSize"}})
	b := w.open("/spreadsheets/d/"+w.report+"?as="+anna+"&view=table", 1280, 640)
	b.wait(`document.querySelector(".name")?.value`, "B27")
	for height := int64(560); height < 640; height += 13 {
		b.run(chromedp.EmulateViewport(1280, height))
		b.wait(`innerHeight`, float64(height))
		b.wait(`(()=>{const g=document.querySelector(".grid");g.scrollTop=1e6;if(g.scrollTop<40)return "not scrolled";
			const line=document.querySelector(".top.pane").getBoundingClientRect().bottom;
			return [...document.querySelectorAll(".left.pane .row")].map(r=>r.getBoundingClientRect())
				.filter(q=>q.top<line-.5&&q.bottom>line+.5).length})()`, 0.0)
	}
}

// Where scrolling ends, the frozen rows cut no row.
func TestScrollingEndsAtARow(t *testing.T) {
	w := newWorld(t)
	b := w.open("/spreadsheets/d/"+w.report+"?as="+anna+"&view=table", 1280, 420)
	b.wait(`document.querySelector(".name")?.value`, "B27")
	b.js(`document.querySelector(".grid").scrollTop=0`)
	for _, to := range []int{8, 30, 50, 71} {
		b.js(fmt.Sprintf(`document.querySelector(".grid").scrollTop=%d`, to))
		b.wait(`(()=>{const g=document.querySelector(".grid");
			const line=document.querySelector(".top.pane").getBoundingClientRect().bottom;
			const cut=[...document.querySelectorAll(".left.pane .row")].map(r=>r.getBoundingClientRect())
				.filter(q=>q.top<line-1&&q.bottom>line+1).length;
			return cut+" "+(Math.abs(g.scrollTop-`+fmt.Sprint(to)+`)<=24)})()`, "0 true")
	}
}

// The form asks back a client that is nearly one who is there, before anything is
// written: the one is taken, or the other said to be meant.
func TestFormAsksBackNearClient(t *testing.T) {
	w := newWorld(t)
	b := w.open("/spreadsheets/d/"+w.report+"?as="+anna, 390, 780)
	ask := `document.querySelector(".ask:not([hidden]) span")?.textContent`
	enter := func(client, amount string) {
		t.Helper()
		b.wait(`!!document.querySelector("#dealclient")`, true)
		b.run(chromedp.Click(chromedp.CSS("#dealclient")))
		b.js(`document.querySelector("#dealclient").select()`)
		b.keys(client)
		b.run(chromedp.Click(chromedp.CSS("#dealamount")))
		b.keys(amount, kb.Enter)
	}
	enter("ооо ромашка", "45000")
	b.wait(ask, "Похоже на «ООО «Ромашка»»")
	if got := w.value(w.report, "Сделки!B3"); got != "" {
		t.Errorf("B3 holds %q before the answer", got)
	}
	b.run(chromedp.Click(chromedp.CSS(".ask button")))
	b.wait(ask, nil)
	b.keys(kb.Enter)
	w.waitValue("Сделки!B3", "ООО «Ромашка»")
	enter("Ромашки", "7")
	b.wait(ask, "Похоже на «ООО «Ромашка»»")
	b.run(chromedp.Click(chromedp.CSS(".ask button:last-child")))
	b.keys(kb.Enter)
	w.waitValue("Сделки!B4", "Ромашки")
	enter("Лютик", "8") // near to nobody
	w.waitValue("Сделки!B5", "Лютик")
}

// standings adds to the report the hidden columns by which the worker says whether a day
// is a working day and what a figure counts as.
func (w *world) standings() {
	w.t.Helper()
	tag := func(key string, i int64) *sheets.Request {
		return &sheets.Request{CreateDeveloperMetadata: &sheets.CreateDeveloperMetadataRequest{
			DeveloperMetadata: &sheets.DeveloperMetadata{MetadataKey: "x.col", MetadataValue: key,
				Visibility: "DOCUMENT", Location: &sheets.DeveloperMetadataLocation{
					DimensionRange: &sheets.DimensionRange{SheetId: monthTab, Dimension: "COLUMNS", StartIndex: i,
						EndIndex: i + 1}}}}}
	}
	w.batch(w.report, tag("w", 4), tag("counted:calls", 5))
	rows := make([][]any, 30)
	for i := range rows {
		day, weight := noon.AddDate(0, 0, i-23), "1"
		if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			weight = "0"
		}
		at := firstDay + i + 1
		// A number below 500 counts, another does not, and a text waits.
		rows[i] = []any{weight, fmt.Sprintf(`=IF(ISNUMBER(B%d);IF(B%[1]d<500;B%[1]d;"");IF(B%[1]d="";"";"…"))`, at)}
	}
	w.put(w.report, month+"E4", rows...)
}

// The form says the same of a day as the table and the summary: a day off is one, and a
// day is reported only if the server has the figures and the program understood them.
func TestFormSaysWhatTheServerHas(t *testing.T) {
	w := newWorld(t)
	w.standings()
	b := w.open("/spreadsheets/d/"+w.report+"?as="+anna, 390, 780)
	state := `document.querySelector(".state")?.textContent`
	said := `document.querySelector(".field .said")?.textContent`
	b.wait(state, "Осталось заполнить: 1")
	enter := func(text string) {
		t.Helper()
		b.run(chromedp.Click(chromedp.CSS("#field1")))
		b.js(`document.querySelector("#field1").select()`)
		b.keys(text)
		b.run(chromedp.Click(chromedp.CSS("h2")))
	}
	enter("много")
	b.wait(state, "Не принято: «Звонки». Исправьте, что написано") // the cell's rule is broken
	b.wait(said, "Звонки: введите число, например 12")
	enter("900")
	b.wait(state, "Не принято: «Звонки». Исправьте, что написано") // it counts as nothing
	b.wait(said, "Не считается: проверьте, что введено")
	b.wait(`document.querySelector(".field").className`, "field unread")
	// Without a connection nothing is reported, and the form says so.
	b.js(`window.real=window.fetch;window.fetch=()=>Promise.reject(new TypeError("away"));0`)
	enter("12")
	b.wait(state, "Нет связи: введённое ещё не отправлено. Не закрывайте страницу")
	b.wait(said, "Набранное не потеряно и будет сохранено, когда связь вернётся")
	b.js(`window.fetch=window.real;0`)
	b.wait(state, "Отчёт за день сдан")
	w.waitValue(month+"B27", "12")
	b.wait(said, "")
	// Two days before yesterday was Sunday: the form asks for nothing, and nothing is
	// missing.
	for range 2 {
		b.run(chromedp.Click(chromedp.CSS(".step")))
	}
	b.wait(`document.querySelector(".dayform h2").textContent`, "вс 22.11")
	b.wait(state, "Выходной: отчёт не нужен")
	b.wait(`document.querySelector("#field1").checkVisibility()`, false)
	// Somebody who works on it all the same opens the day and has reported.
	b.run(chromedp.Click(chromedp.CSS(".anyway")))
	b.wait(`document.activeElement.id`, "field1")
	enter("5")
	b.wait(state, "Отчёт за день сдан")
	w.waitValue(month+"B25", "5")
	// The day off before is independent of it.
	b.run(chromedp.Click(chromedp.CSS(".step")))
	b.wait(state, "Выходной: отчёт не нужен")
	b.wait(`document.querySelector(".anyway").hidden`, false)
}

// The page keeps what is typed while the server is away, and sends it when the server is
// back.
func TestNothingTypedIsLostWithoutConnection(t *testing.T) {
	w := newWorld(t)
	b := w.open("/spreadsheets/d/"+w.report+"?as="+anna+"&view=table", 1280, 800)
	b.wait(`document.querySelector(".name")?.value`, "B27")
	b.js(`window.real=window.fetch;window.fetch=()=>Promise.reject(new TypeError("away"));0`)
	b.keys("41", kb.Enter)
	b.wait(`document.querySelector(".status").textContent`,
		"Набранное не потеряно и будет сохранено, когда связь вернётся")
	b.wait(shown(26, 1), "41")
	if got := w.value(w.report, month+"B27"); got != "" {
		t.Fatalf("B27 holds %q without a connection", got)
	}
	b.js(`window.fetch=window.real;0`)
	w.waitValue(month+"B27", "41")
	b.wait(`document.querySelector(".status").textContent`, "Изменения видны сразу")
	b.wait(shown(26, 2), "82")
}

func TestSpreadsheetIsDownloadedAsItsReader(t *testing.T) {
	w := newWorld(t)
	b := w.open("/spreadsheets/d/"+w.report+"?as="+director, 1280, 800)
	b.wait(`!!document.querySelector(".name")?.value`, true)
	b.js(
		`URL.createObjectURL=b=>{window.blob=b;return "#"};HTMLAnchorElement.prototype.click=function(){window.saved=this.download};0`)
	w.server.Journal().Reset()
	b.run(chromedp.Click(chromedp.CSS("header .tool.save")))
	b.wait(`window.saved`, "Отчёт — Иванова Анна.xlsx")
	if n, ok := b.js(`window.blob.size`).(float64); !ok || n < 2000 {
		t.Errorf("the file has %v bytes", n)
	}
	calls := w.server.Journal().Calls()
	if len(calls) != 1 || calls[0].Method != "drive.files.export" || calls[0].User != director {
		t.Errorf("calls: %+v", calls)
	}
}

func TestOneChoosesWhoOneIs(t *testing.T) {
	w := newWorld(t)
	w.create("Сводка", "summary", [2]string{director, "reader"})
	b := w.open("/", 1280, 800)
	b.wait(`document.querySelectorAll(".file").length`, 2.0)
	b.run(chromedp.Click(chromedp.CSS(`[data-email="` + anna + `"]`)))
	b.wait(`[...document.querySelectorAll(".file b")].map(f=>f.textContent).join()`, "Отчёт — Иванова Анна")
	w.create("Ещё одна", "", [2]string{anna, "reader"})
	b.wait(`[...document.querySelectorAll(".file b")].map(f=>f.textContent).join()`, "Отчёт — Иванова Анна,Ещё одна")
	b.run(chromedp.Click(chromedp.CSS(".file.report")))
	b.wait(`document.querySelector(".who")?.title`, anna)
	// Without access the page offers a choice instead of the spreadsheet.
	s := w.open("/spreadsheets/d/"+w.report+"?as="+boris, 1280, 800)
	s.wait(`document.querySelector("h1")?.textContent`, "Нет доступа")
	s.wait(`document.querySelector(".grid")`, nil)
	s.run(chromedp.Click(chromedp.CSS(`[data-email="` + anna + `"]`)))
	s.wait(`document.querySelector(".name")?.value`, "B27")
}

// A summary of 500 people and 70 columns: how long it takes to open, which -v prints, and
// how much is in the document.
func TestLargeSummaryOpensAtOnce(t *testing.T) {
	w := newWorld(t)
	const people, cols = 500, 70
	id := w.create("Сводка", "summary", [2]string{director, "reader"})
	look := &sheets.CellFormat{NumberFormat: &sheets.NumberFormat{Type: "NUMBER", Pattern: "#,##0"},
		Borders: &sheets.Borders{Bottom: &sheets.Border{Style: "SOLID",
			Color: &sheets.Color{Red: 0.8, Green: 0.8, Blue: 0.8}}}}
	rows := make([]*sheets.RowData, people)
	for r := range rows {
		rows[r] = &sheets.RowData{}
		for c := range cols {
			v := float64(r*cols + c)
			rows[r].Values = append(rows[r].Values,
				&sheets.CellData{UserEnteredValue: &sheets.ExtendedValue{NumberValue: &v}, UserEnteredFormat: look})
		}
	}
	rule := func(cond, value string, i float64) *sheets.Request {
		return &sheets.Request{AddConditionalFormatRule: &sheets.AddConditionalFormatRuleRequest{
			Rule: &sheets.ConditionalFormatRule{Ranges: []*sheets.GridRange{grid(0, 1, people+1, 1, cols)},
				BooleanRule: &sheets.BooleanRule{Condition: number(cond, value),
					Format: &sheets.CellFormat{BackgroundColor: &sheets.Color{Red: i, Green: 0.8}}}}}}
	}
	w.batch(id,
		&sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
			Properties: &sheets.SheetProperties{SheetId: 0, GridProperties: &sheets.GridProperties{RowCount: people + 1,
				ColumnCount: cols, FrozenRowCount: 1, FrozenColumnCount: 1}}, Fields: "gridProperties"}},
		&sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{Start: &sheets.GridCoordinate{RowIndex: 1}, Fields: "*",
			Rows: rows}},
		rule("NUMBER_LESS", "1000", 0.5), rule("NUMBER_GREATER", "30000", 1))
	b := w.open("/spreadsheets/d/"+id+"?as="+director, 1280, 800)
	b.wait(shown(2, 1), "71")
	b.wait(`performance.getEntriesByName("shown").length`, 1.0)
	drawn, ok := b.js(`performance.getEntriesByName("shown")[0].startTime`).(float64)
	if !ok {
		t.Fatal("the page measures no drawing")
	}
	t.Logf("%d people, %d columns: cells are on the screen %.0f ms after the click", people, cols, drawn)
	// What is on the way to the first cells does not grow with the company.
	asked := b.js(`(()=>{const shown=performance.getEntriesByName("shown")[0].startTime;
		return performance.getEntriesByType("resource").filter(r=>r.startTime<shown&&r.name.includes("/_page/")&&
			!r.name.includes("/static/")).map(r=>new URL(r.name).pathname.replace(/\/[^/]{20,}/,"/ID")+
			(r.decodedBodySize>500000?" has "+r.decodedBodySize+" bytes":"")).sort().join(" ")})()`)
	if asked != "/_page/sheet/ID" && asked != "/_page/sheet/ID /_page/sheet/ID/charts" {
		t.Errorf("before the first cells the page asks for %v", asked)
	}
	if n, ok := b.js(`document.querySelectorAll(".grid .c").length`).(float64); !ok || n > 3000 || n < 200 {
		t.Errorf("%v of %d cells are in the document", n, people*cols)
	}
	b.gotoCell("BR501")
	b.wait(shown(500, 69), "34,999")
	b.wait(onCell(500, 69, `getComputedStyle(c).backgroundColor`), "rgb(255, 204, 0)")
	if n, ok := b.js(`document.querySelectorAll(".grid .c").length`).(float64); !ok || n > 3000 {
		t.Errorf("%v of %d cells are in the document after scrolling", n, people*cols)
	}
}

// The browser's own search knows only rows that are drawn; ours knows all, and says in
// which other tabs a text occurs.
func TestFindInRowsThatAreNotDrawn(t *testing.T) {
	w := newWorld(t)
	w.put(w.report, "Сделки!B250:C250", []any{"ООО «Дальний путь»", "1234567"})
	w.put(w.report, "Сделки!B260:C260", []any{"ИП Путилов", "5"})
	b := w.open("/spreadsheets/d/"+w.report+"?as="+anna+"#gid=12", 1280, 800)
	b.wait(`!!document.querySelector(".name")?.value`, true)
	b.ctrl('f', false)
	b.wait(`document.activeElement.className`, "findtext")
	b.keys("ПУТ")
	b.wait(`document.querySelector(".findcount").textContent`, "1 из 2")
	b.wait(`document.querySelector(".name").value`, "B250")
	b.wait(onCell(249, 1, `c.classList.contains("hit")&&c.textContent`), "ООО «Дальний путь»")
	b.keys(kb.Enter)
	b.wait(`document.querySelector(".name").value`, "B260")
	b.keys(kb.Enter)
	b.wait(`document.querySelector(".findcount").textContent`, "1 из 2")
	// A number is found as it is typed and as it is shown.
	b.js(`document.querySelector(".findtext").select()`)
	b.keys("1234")
	b.wait(`document.querySelector(".name").value`, "C250")
	// The search offers matches in another tab.
	b.js(`document.querySelector(".findtext").select()`)
	b.keys("Звонки")
	b.wait(`document.querySelector(".findtab")?.textContent`, "Ноябрь 2026 (1)")
	b.run(chromedp.Click(chromedp.CSS(".findtab")))
	b.wait(`document.querySelector(".tab.on").textContent+" "+document.querySelector(".name").value`,
		"Ноябрь 2026 B1")
	b.keys(kb.Escape)
	b.wait(`document.activeElement.className.includes("editor")`, true)
	b.wait(`document.querySelector(".hit")`, nil)
}

// What the keyboard alone can do, and what a screen reader says.
func TestKeyboardAndScreenReader(t *testing.T) {
	w := newWorld(t)
	b := w.open("/spreadsheets/d/"+w.report+"?as="+anna+"&view=table", 1280, 800)
	b.wait(`document.querySelector(".name")?.value`, "B27")
	on := `document.querySelector(".tab.on").textContent`
	b.press([]rune(kb.PageDown)[0], kb.ModifierAlt)
	b.wait(on, "Сделки")
	b.press([]rune(kb.PageUp)[0], kb.ModifierCtrl|kb.ModifierShift)
	b.wait(on, "Ноябрь 2026")
	// Tab goes from cell to cell, and leaves the grid after the last one of a row.
	b.gotoCell("C27")
	b.keys(kb.Tab)
	b.wait(`document.querySelector(".name").value`, "D27")
	b.wait(`document.querySelector(".hear[role=status]").textContent`, "D27, Комментарий, вт 24.11, Пусто")
	b.keys(kb.Tab) // a hidden column lies between
	b.wait(`document.querySelector(".name").value`, "F27")
	b.keys(kb.Tab)
	b.wait(`document.activeElement.getAttribute("role")+" "+document.activeElement.textContent`, "tab Ноябрь 2026")
	b.keys(kb.ArrowRight)
	b.wait(`document.activeElement.textContent`, "Сделки")
	b.wait(on, "Сделки")
	b.keys(kb.ArrowLeft)
	// After Esc it leaves from any cell.
	b.gotoCell("B27")
	b.keys(kb.Escape, kb.Tab)
	b.wait(`document.activeElement.getAttribute("role")`, "tab")

	for expr, want := range map[string]any{
		`document.querySelector(".grid").getAttribute("role")`:                      "grid",
		`document.querySelector(".grid").getAttribute("aria-label")`:                "Ноябрь 2026",
		`document.querySelector("[role=tablist] [aria-selected=true]").textContent`: "Ноябрь 2026",
		`[...document.querySelectorAll(".grid .c:not(.editor)")].every(c=>c.getAttribute("role")==="gridcell"&&c.closest("[role=row]")&&c.closest("[role=row]").closest("[role=rowgroup]"))`: true,
		onCell(0, 1,
			`c.getAttribute("aria-label")+" "+c.getAttribute("aria-colindex")+" "+c.closest("[role=row]").getAttribute("aria-rowindex")`): "B1 Звонки 2 1",
	} {
		if got := b.js(expr); got != want {
			t.Errorf("%s is %v, want %v", expr, got, want)
		}
	}
}

// closeClients puts the column of the clients into a closed group, with its button over
// the column before.
func (w *world) closeClients() {
	w.t.Helper()
	clients := &sheets.DimensionRange{SheetId: dealsTab, Dimension: "COLUMNS", StartIndex: 1, EndIndex: 2}
	w.batch(w.report, &sheets.Request{AddDimensionGroup: &sheets.AddDimensionGroupRequest{Range: clients}},
		&sheets.Request{UpdateDimensionGroup: &sheets.UpdateDimensionGroupRequest{Fields: "collapsed",
			DimensionGroup: &sheets.DimensionGroup{Range: clients, Depth: 1, Collapsed: true}}},
		&sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
			Properties: &sheets.SheetProperties{SheetId: dealsTab, GridProperties: &sheets.GridProperties{
				ForceSendFields: []string{"ColumnGroupControlAfter"}}},
			Fields: "gridProperties.columnGroupControlAfter"}})
}

// letters returns those of the columns that are shown.
const letters = `[...document.querySelectorAll(".colhead .h")].map(h=>h.textContent).join("")`

// A reader opens a group of columns with the mouse and closes it with the keyboard. It
// stays so for this person when the page is loaded again, and the spreadsheet does not
// change.
func TestGroupsOfColumns(t *testing.T) {
	w := newWorld(t)
	w.closeClients()
	path := fmt.Sprintf("/spreadsheets/d/%s?as=%s#gid=%d", w.report, director, dealsTab)
	b := w.open(path, 1280, 800)
	b.wait(letters, "AC")
	version := func() float64 {
		return read[struct{ Version float64 }](w, director, "/_page/sheet/"+w.report).Version
	}
	before := version()
	b.run(chromedp.Click(chromedp.CSS(".group")))
	b.wait(letters, "ABC")
	b.wait(shown(1, 1), "ООО «Ромашка»")
	button :=
		`document.activeElement.getAttribute("aria-label")+" "+document.activeElement.getAttribute("aria-expanded")`
	b.wait(button, "Скрыть столбцы: B true")
	b.run(chromedp.Navigate("about:blank"), chromedp.Navigate(w.web.URL+path))
	b.wait(letters, "ABC")

	// The keyboard reaches the button before the grid.
	b.gotoCell("B2")
	b.press([]rune(kb.Escape)[0], 0)
	b.press([]rune(kb.Tab)[0], kb.ModifierShift)
	b.wait(button, "Скрыть столбцы: B true")
	b.keys(kb.Enter)
	b.wait(letters, "AC")
	b.wait(button, "Показать столбцы: B false")
	b.wait(`document.querySelector(".name").value`, "A2") // the selected column is now hidden
	b.keys(" ")
	b.wait(letters, "ABC")
	b.wait(onCell(1, 2, `c.textContent`), "45000")
	// The search finds what a person sees: in a column that was opened, and not once it
	// is closed again.
	b.ctrl('f', false)
	b.keys("ромашка")
	b.wait(`document.querySelector(".name").value`, "B2")
	b.run(chromedp.Click(chromedp.CSS(".group")))
	b.wait(letters, "AC")
	b.wait(`document.querySelector(".find").classList.contains("none")`, true)
	b.run(chromedp.Click(chromedp.CSS(".group")))
	b.wait(letters, "ABC")
	b.wait(`document.querySelector(".findcount").textContent.startsWith("1 ")`, true)
	if after := version(); after != before {
		t.Errorf("opening a group has changed the spreadsheet: version %v after %v", after, before)
	}

	// Others see it as the spreadsheet has it.
	other := w.open(fmt.Sprintf("/spreadsheets/d/%s?as=%s#gid=%d", w.report, anna, dealsTab), 390, 844)
	other.wait(`!!document.querySelector(".switch button")`, true)
	other.run(chromedp.Click(chromedp.CSS(".switch button:last-child")))
	other.wait(letters, "AC")
	other.run(chromedp.Click(chromedp.CSS(".group")))
	other.wait(letters, "ABC")
}
