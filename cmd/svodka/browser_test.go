package main

import (
	"bytes"
	"context"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// sink gathers what a running command prints.
type sink struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// The whole product in a real browser: a manager types, and the director's page
// shows it without a reload.
func TestDemoInTheBrowser(t *testing.T) {
	notShort(t)
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("skipped: no Chromium is installed (Debian: apt-get install chromium)")
	}
	now := time.Date(2026, 11, 24, 20, 0, 0, 0, time.FixedZone("MSK", 3*3600))
	var out, errs sink
	a := &app{stdout: &out, stderr: &errs, env: []string{"SVODKA_DATA_DIR=" + t.TempDir(),
		"SVODKA_LOCAL_ADDR=127.0.0.1:0"}, now: func() time.Time {
		return now
	}}
	ctx, stop := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() { code <- a.main(ctx, []string{"demo", "--no-browser"}) }()
	defer func() {
		stop()
		if c := <-code; c != 0 || errs.String() != "" {
			t.Errorf("the demo ended with %d: %s", c, errs.String())
		}
	}()
	for range 1200 {
		if strings.Contains(out.String(), "Ctrl+C") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	link := func(who string) string {
		m := regexp.MustCompile(`(?m)^` + who + ` .*(http://\S+)$`).FindStringSubmatch(out.String())
		if m == nil {
			t.Fatalf("no link for %s in:\n%s", who, out.String())
		}
		return m[1]
	}

	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.WindowSize(1440, 1000), chromedp.WSURLReadTimeout(60*time.Second))
	alloc, stopAlloc := chromedp.NewExecAllocator(t.Context(), opts...)
	defer stopAlloc()
	browser, stopBrowser := chromedp.NewContext(alloc)
	defer stopBrowser()
	if err := chromedp.Do(browser); err != nil {
		t.Skipf("skipped: the browser does not start: %v", err)
	}
	open := func(address string) context.Context {
		tab, stop := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
		t.Cleanup(stop)
		if err := chromedp.Do(tab, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(address)); err != nil {
			t.Fatal(err)
		}
		return tab
	}
	wait := func(tab context.Context, what, expr string) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			ok, err := chromedp.Run(tab, chromedp.Evaluate[bool](expr))
			if err == nil && ok {
				return
			}
		}
		text, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.body.innerText`))
		t.Fatalf("%s did not come to pass (%v); the page shows:\n%s", what, err, text)
	}

	director := open(link("director"))
	wait(director, "the director sees who has not reported",
		`/ 2 из \d/.test(document.body.innerText) && document.body.innerText.includes("Петров Сергей")`)
	manager := open(link("manager   Петров Сергей"))
	wait(manager, "the manager's page opens at today", `document.activeElement.matches(".dayform .field input")`)
	if err := chromedp.Do(manager, chromedp.KeyEvent("7"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent("350000"),
		chromedp.KeyEvent(kb.Enter)); err != nil {
		t.Fatal(err)
	}
	wait(manager, "the manager's own block counts at once", `/22 из\s20/.test(document.body.innerText)`)
	wait(director, "the director's page follows", `/ 1 из \d/.test(document.body.innerText)`)

	// The summary is the worker's: the director may only look, and the page says so.
	if err := chromedp.Do(director, chromedp.KeyEvent("x"), chromedp.KeyEvent(kb.Enter)); err != nil {
		t.Fatal(err)
	}
	wait(director, "the director is told why nothing can be typed",
		`document.body.innerText.includes("только просмотр этой таблицы")`)
}
