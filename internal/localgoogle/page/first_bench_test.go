package page_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/option"

	"svodka/internal/localgoogle"
)

// BenchmarkFirstCells measures, in a new browser each time, how long the page of a
// spreadsheet takes from the navigation to the first frame with cells (cells-ms), of a
// server that has just opened the data in SVODKA_FIRST_CELLS and has loaded none of it;
// the spreadsheet is the newest there, or of the name in SVODKA_FIRST_CELLS_OF. floor-ms
// is what the browser takes to paint one word of a page without scripts, again-ms the
// same page in the same browser. All are medians.
func BenchmarkFirstCells(b *testing.B) {
	dir := os.Getenv("SVODKA_FIRST_CELLS")
	if dir == "" {
		b.Skip("SVODKA_FIRST_CELLS names no folder")
	}
	var floor, first, again []float64
	for b.Loop() {
		f, c, a := firstCells(b, dir)
		floor, first, again = append(floor, f), append(first, c), append(again, a)
	}
	median := func(list []float64) float64 {
		slices.Sort(list)
		return list[len(list)/2]
	}
	b.ReportMetric(median(floor), "floor-ms")
	b.ReportMetric(median(first), "cells-ms")
	b.ReportMetric(median(again), "again-ms")
}

func firstCells(b *testing.B, dir string) (floor, first, again float64) {
	b.Helper()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	trivial := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if _, err := w.Write([]byte("<!doctype html><p>word")); err != nil {
			b.Error(err)
		}
	}))
	defer trivial.Close()
	floor = inNewBrowser(b, trivial.URL, `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0`)[0]

	s, err := localgoogle.Open(context.Background(), localgoogle.Options{Dir: dir})
	must(err)
	web := httptest.NewServer(s)
	dr, err := drive.NewService(context.Background(), option.WithHTTPClient(&http.Client{Transport: bearer("")}),
		option.WithEndpoint(web.URL+"/drive/v3/"))
	must(err)
	files := dr.Files.List() // that loads none
	if name := os.Getenv("SVODKA_FIRST_CELLS_OF"); name != "" {
		files = files.Q("name = '" + name + "'")
	}
	list, err := files.Do()
	must(err)
	if len(list.Files) == 0 {
		b.Fatal("there is no such spreadsheet")
	}
	at := web.URL + "/spreadsheets/d/" + list.Files[0].Id + "?as=" + s.Owner()
	got := inNewBrowser(b, at, `performance.getEntriesByName("shown")[0]?.startTime ?? 0`, at)
	s.EndStreams()
	web.Close()
	must(s.Close())
	return floor, got[0], got[1]
}

// inNewBrowser opens a page in a new browser, and others after it there, and returns what
// an expression says of each once it is not 0.
func inNewBrowser(b *testing.B, url, expr string, more ...string) (got []float64) {
	b.Helper()
	chrome.once.Do(startChrome)
	if chrome.missing != "" {
		b.Skip("skipped: " + chrome.missing)
	}
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), options(chrome.path)...)
	defer stopAlloc()
	ctx, stop := chromedp.NewContext(alloc)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, at := range append([]string{url}, more...) {
		if err := chromedp.Do(ctx, chromedp.Navigate(at)); err != nil {
			b.Fatal(err)
		}
		for {
			ms, err := chromedp.Run(ctx, chromedp.Evaluate[float64](expr))
			if err != nil {
				b.Fatal(err)
			}
			if ms > 0 {
				got = append(got, ms)
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return got
}
