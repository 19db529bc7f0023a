package page_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The embedded files are those that the sources build.
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

// The form asks back the names that the sheet asks back, and no others.
func TestFormAsksBackTheNamesThatTheSheetDoes(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("skipped: node is not installed, so what the form asks cannot be run")
	}
	b, err := os.ReadFile("../../report/testdata/near-clients.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("web/node_modules/esbuild"); err != nil {
		t.Skip("skipped: run npm ci in web/ to run what the form asks")
	}
	cmd := exec.Command(node, "--input-type=module", "-e", `
		import { transformSync } from "esbuild";
		import { readFileSync } from "node:fs";
		const { code } = transformSync(readFileSync("src/clients.ts", "utf8"), { loader: "ts" });
		const { nearClient } = await import("data:text/javascript;base64," + Buffer.from(code).toString("base64"));
		const { list, near } = JSON.parse(readFileSync(0, "utf8"));
		console.log(JSON.stringify(Object.fromEntries(Object.keys(near).map((x) => [x, nearClient(x, list) ?? ""]))));`)
	cmd.Dir, cmd.Stdin = "web", bytes.NewReader(b)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want struct{ Near map[string]string }
	got := map[string]string{}
	for text, to := range map[string]any{string(b): &want, string(out): &got} {
		if err := json.Unmarshal([]byte(text), to); err != nil {
			t.Fatal(err)
		}
	}
	for typed, near := range want.Near {
		if got[typed] != near {
			t.Errorf("%q is near %q, want %q", typed, got[typed], near)
		}
	}
}
