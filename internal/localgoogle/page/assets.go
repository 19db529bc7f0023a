package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// dist holds the files built from web/; see web/build.mjs.
//
//go:embed dist
var dist embed.FS

// policy lets the page load its own files and call its own server, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var mimes = map[string]string{".js": "text/javascript; charset=UTF-8", ".css": "text/css; charset=UTF-8",
	".svg": "image/svg+xml", ".html": "text/html; charset=UTF-8"}

// index is the one HTML page. Its links to the other files end in their hashes, so that
// browsers may keep those for ever and still never show an old one.
var index = sync.OnceValues(func() ([]byte, error) {
	page, err := dist.ReadFile("dist/index.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(dist, "dist/*")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := dist.ReadFile(name)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(data)
		link := "/_page/static/" + path.Base(name)
		page = bytes.ReplaceAll(page, []byte(`"`+link+`"`), []byte(`"`+link+"?v="+hex.EncodeToString(sum[:6])+`"`))
	}
	return page, nil
})

// shell serves the page.
func shell(w http.ResponseWriter, r *http.Request) {
	body, err := index()
	if err != nil {
		fail(w, err)
		return
	}
	head := w.Header()
	head.Set("Content-Security-Policy", policy)
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cache-Control", "no-cache")
	file(w, r, ".html", body)
}

// asset serves one of the page's files.
func asset(w http.ResponseWriter, r *http.Request, name string) {
	body, err := dist.ReadFile("dist/" + name)
	if err != nil || strings.HasSuffix(name, ".html") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", policy)
	if r.URL.Query().Has("v") {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		w.Header().Set("Cache-Control", "no-cache")
	}
	file(w, r, path.Ext(name), body)
}

func file(w http.ResponseWriter, r *http.Request, ext string, body []byte) {
	w.Header().Set("Content-Type", mimes[ext])
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	// The browser may be gone; then it needs no answer.
	if _, err := w.Write(body); err != nil {
		return
	}
}
