package page_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// firefox drives a Firefox over WebDriver BiDi (https://www.w3.org/TR/webdriver-bidi/),
// as far as a smoke test needs. Unlike Chromium's protocol it is the same for all
// browsers.
type firefox struct {
	t       *testing.T
	ctx     context.Context
	conn    *websocket.Conn
	last    int
	context string // the browsing context: a tab
}

var bidiAddress = regexp.MustCompile(`WebDriver BiDi listening on (ws://\S+)`)

// startFirefox starts a browser; without Firefox it skips the test.
func startFirefox(t *testing.T) *firefox {
	t.Helper()
	if testing.Short() {
		t.Skip("it runs without -short")
	}
	path := ""
	for _, name := range []string{"firefox-esr", "firefox"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("skipped: no Firefox is installed (Debian: apt-get install firefox-esr)")
	}
	// Not t.Context: it ends before we tell the browser to close.
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	profile := t.TempDir()
	cmd := exec.CommandContext(ctx, path, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile",
		profile,
		"--width=1280", "--height=800", "about:blank")
	cmd.Env = append(cmd.Environ(), "HOME="+profile, "MOZ_DISABLE_CONTENT_SANDBOX=1")
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	address := make(chan string, 1)
	reading.Go(func() {
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if m := bidiAddress.FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			}
		}
		if _, err := io.Copy(io.Discard, said); err != nil {
			return // it has ended
		}
	})
	f := &firefox{t: t, ctx: ctx}
	t.Cleanup(func() {
		if f.conn != nil {
			f.send("browser.close", map[string]any{})
		}
		done := time.AfterFunc(5*time.Second, cancel)
		reading.Wait()
		if err := cmd.Wait(); err != nil {
			t.Logf("Firefox ends with %v", err)
		}
		done.Stop()
		cancel()
	})
	select {
	case at := <-address:
		if f.conn, _, err = websocket.Dial(ctx, at+"/session", nil); err != nil {
			t.Fatal(err)
		}
	case <-ctx.Done():
		t.Fatal("Firefox does not say where it listens")
	}
	f.conn.SetReadLimit(16 << 20)
	f.call("session.new", map[string]any{"capabilities": map[string]any{}}, nil)
	var tree struct {
		Contexts []struct {
			Context string `json:"context"`
		} `json:"contexts"`
	}
	f.call("browsingContext.getTree", map[string]any{}, &tree)
	f.context = tree.Contexts[0].Context
	f.call("browsingContext.setViewport", map[string]any{"context": f.context,
		"viewport": map[string]int{"width": 1280, "height": 800}}, nil)
	return f
}

func (f *firefox) send(method string, params any) {
	f.t.Helper()
	f.last++
	text, err := json.Marshal(map[string]any{"id": f.last, "method": method, "params": params})
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.conn.Write(f.ctx, websocket.MessageText, text); err != nil {
		f.t.Fatalf("%s: %v", method, err)
	}
}

// call sends a command and waits for its result.
func (f *firefox) call(method string, params, result any) {
	f.t.Helper()
	f.send(method, params)
	for {
		_, text, err := f.conn.Read(f.ctx)
		if err != nil {
			f.t.Fatalf("%s: %v", method, err)
		}
		var m struct {
			ID      int             `json:"id"`
			Type    string          `json:"type"`
			Error   string          `json:"error"`
			Message string          `json:"message"`
			Result  json.RawMessage `json:"result"`
		}
		if err := json.Unmarshal(text, &m); err != nil {
			f.t.Fatalf("%s: %v in %s", method, err, text)
		}
		switch {
		case m.ID != f.last:
			continue // an event
		case m.Type == "error":
			f.t.Fatalf("%s: %s: %s", method, m.Error, m.Message)
		case result != nil:
			if err := json.Unmarshal(m.Result, result); err != nil {
				f.t.Fatalf("%s: %v in %s", method, err, m.Result)
			}
		}
		return
	}
}

func (f *firefox) open(url string) {
	f.t.Helper()
	f.call("browsingContext.navigate", map[string]any{"context": f.context, "url": url, "wait": "complete"}, nil)
}

// js returns the value of an expression as text.
func (f *firefox) js(expr string) string {
	f.t.Helper()
	var out struct {
		Type      string `json:"type"`
		Exception struct {
			Text string `json:"text"`
		} `json:"exceptionDetails"`
		Result struct {
			Value string `json:"value"`
		} `json:"result"`
	}
	f.call("script.evaluate", map[string]any{"expression": "String(" + expr + ")", "awaitPromise": true,
		"target": map[string]any{"context": f.context}}, &out)
	if out.Type != "success" {
		f.t.Fatalf("%s: %s", expr, out.Exception.Text)
	}
	return out.Result.Value
}

func (f *firefox) wait(expr, want string) {
	f.t.Helper()
	got := ""
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got = f.js(expr); got == want {
			return
		}
	}
	f.t.Fatalf("%s is %q, want %q", expr, got, want)
}

// Keys of WebDriver: https://www.w3.org/TR/webdriver2/#keyboard-actions.
const (
	foxTab    = "\ue004"
	foxEnter  = "\ue007"
	foxAlt    = "\ue00a"
	foxCtrl   = "\ue009"
	foxEscape = "\ue00c"
	foxPgDown = "\ue00f"
)

// keys presses keys one after another while others are held down.
func (f *firefox) keys(text string, held ...string) {
	f.t.Helper()
	var actions []map[string]string
	press := func(kind, key string) { actions = append(actions, map[string]string{"type": kind, "value": key}) }
	for _, k := range held {
		press("keyDown", k)
	}
	for _, r := range text {
		press("keyDown", string(r))
		press("keyUp", string(r))
	}
	for _, k := range held {
		press("keyUp", k)
	}
	f.call("input.performActions", map[string]any{"context": f.context,
		"actions": []any{map[string]any{"type": "key", "id": "keyboard", "actions": actions}}}, nil)
}

// click presses the left button of the mouse over the middle of an element.
func (f *firefox) click(selector string) {
	f.t.Helper()
	at := func(side, size string) int {
		n, err := strconv.ParseFloat(f.js(fmt.Sprintf(
			`(q=>q.%s+q.%s/2)(document.querySelector(%q).getBoundingClientRect())`, side, size, selector)), 64)
		if err != nil {
			f.t.Fatalf("where %s is: %v", selector, err)
		}
		return int(n)
	}
	x, y := at("x", "width"), at("y", "height")
	f.call("input.performActions", map[string]any{"context": f.context, "actions": []any{map[string]any{
		"type": "pointer", "id": "mouse", "parameters": map[string]string{"pointerType": "mouse"},
		"actions": []map[string]any{{"type": "pointerMove", "x": x, "y": y}, {"type": "pointerDown", "button": 0},
			{"type": "pointerUp", "button": 0}}}}}, nil)
}

// The page works in Firefox as in Chromium: it shows the cells, accepts typing, finds,
// changes the tab, releases the keyboard, and opens groups of columns.
func TestFirefox(t *testing.T) {
	f := startFirefox(t)
	w := newWorld(t)
	w.put(w.report, "Сделки!B250", []any{"ООО «Дальний путь»"})
	f.open(w.web.URL + "/spreadsheets/d/" + w.report + "?as=" + anna + "&view=table")
	f.js(
		`(window.faults=[],addEventListener("error",e=>window.faults.push(e.message)),addEventListener("unhandledrejection",e=>window.faults.push(e.reason)))`)
	name := `document.querySelector(".name")?.value`
	f.wait(name, "B27")
	f.keys("12" + foxEnter)
	w.waitValue(month+"B27", "12")
	f.wait(shown(26, 2), "24")
	f.keys(foxPgDown, foxAlt)
	f.wait(`document.querySelector(".tab.on").textContent`, "Сделки")
	f.keys("f", foxCtrl)
	f.keys("дальний")
	f.wait(name, "B250")
	f.wait(shown(249, 1), "ООО «Дальний путь»")
	f.keys(foxEscape)
	f.wait(`document.activeElement.className.includes("editor")`, "true")
	f.keys(foxEscape + foxTab)
	f.wait(`document.activeElement.getAttribute("role")`, "tab")
	w.closeClients()
	f.wait(letters, "AC")
	f.click(".group")
	f.wait(letters, "ABC")
	f.wait(`document.activeElement.getAttribute("aria-expanded")`, "true")
	// Keys that the driver sends press no button in Firefox, not even a plain one.
	f.click(".group")
	f.wait(letters, "AC")
	f.wait(`window.faults.join()`, "")
	if got := f.js(`document.documentElement.scrollWidth`); got != fmt.Sprint(1280) {
		t.Errorf("the page is %s wide on a screen of 1280", got)
	}
}
