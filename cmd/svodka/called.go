package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"svodka/internal/lazyregexp"
)

// fromSource is how the program is run from its source.
const fromSource = "go run ./cmd/svodka"

// buildFolder is where go run puts what it builds; it is gone afterwards, or is a cache.
var buildFolder = lazyregexp.New(`^go-build[0-9]*$`)

// calledAs is what somebody types to run the program once more, by the first
// argument that it got.
func calledAs(arg0 string) string {
	if known, err := exec.LookPath("svodka"); err == nil && sameFile(known, arg0) {
		return "svodka"
	}
	for dir := filepath.Dir(arg0); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if buildFolder.MatchString(filepath.Base(dir)) {
			return fromSource
		}
	}
	if strings.ContainsRune(arg0, ' ') {
		return `"` + arg0 + `"`
	}
	return arg0
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// mention finds the program with one of its commands in a text.
var mention = lazyregexp.New(`(^|[\s(:;,«"])svodka (demo|local|init|auth|check|sync|run|healthy|notify|backup|import|` +
	`export|show|version|help)\b`)

// typeable is a text with its commands as somebody can type them who started the
// program as they did.
func (a *app) typeable(text string) string {
	if a.called == "" || a.called == "svodka" {
		return text
	}
	return mention.ReplaceAllString(text, "${1}"+strings.ReplaceAll(a.called, "$", "$$")+" ${2}")
}
