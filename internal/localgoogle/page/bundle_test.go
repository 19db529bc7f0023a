package page_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What is embedded is what the sources give.
func TestBundleIsBuiltFromTheSources(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("skipped: node is not installed, so the bundle cannot be built for comparison")
	}
	if _, err := os.Stat("web/node_modules/esbuild"); err != nil {
		t.Skip("skipped: run npm ci in web/ to compare the embedded bundle with its sources")
	}
	out := t.TempDir()
	cmd := exec.Command(node, "build.mjs", out)
	cmd.Dir = "web"
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	want, err := filepath.Glob(filepath.Join(out, "*"))
	if err != nil {
		t.Fatal(err)
	}
	have, err := filepath.Glob("dist/*")
	if err != nil {
		t.Fatal(err)
	}
	if len(want) != len(have) {
		t.Errorf("dist holds %v, the sources give %v", have, want)
	}
	for _, name := range want {
		built, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join("dist", filepath.Base(name)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(built, kept) {
			t.Errorf("dist/%s is not what the sources give: run npm run build in web/", filepath.Base(name))
		}
	}
}
