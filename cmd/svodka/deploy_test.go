package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// deployed returns the files that an administrator copies.
func deployed(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, pattern := range []string{"docs/deploy/*", "docs/deployment.md", "Dockerfile", ".github/workflows/*"} {
		names, err := filepath.Glob(filepath.Join("..", "..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		if len(names) == 0 {
			t.Errorf("there is no %s", pattern)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.ToSlash(strings.TrimPrefix(name, filepath.Join("..", "..")+string(filepath.Separator)))] =
				string(b)
		}
	}
	return files
}

// The deployed files name only settings, commands and files that exist.
func TestDeployedFilesNameWhatThereIs(t *testing.T) {
	setting := map[string]bool{}
	for f := range reflect.TypeFor[settings]().Fields() {
		setting["SVODKA_"+f.Tag.Get("env")] = true
	}
	command := map[string]bool{}
	for _, c := range commands() {
		command[c.name] = true
	}
	files := deployed(t)
	seen := 0
	for name, text := range files {
		for _, m := range regexp.MustCompile(`\bSVODKA_[A-Z_]*[A-Z]\b`).FindAllString(text, -1) {
			if seen++; !setting[m] && !ofDepartment(m) {
				t.Errorf("%s names the setting %s, which there is not", name, m)
			}
		}
		for _, m := range regexp.MustCompile("(?m)(?:^|[`] ?|/|run --rm |as_)svodka ([a-z]+)").
			FindAllStringSubmatch(text, -1) {
			if seen++; !command[m[1]] && !strings.Contains(m[0], "systemctl") && m[1] != "svodka" {
				t.Errorf("%s names the command svodka %s, which there is not", name, m[1])
			}
		}
		if !strings.HasSuffix(name, ".md") {
			continue
		}
		for _, m := range regexp.MustCompile(`\]\((deploy/[^)]+)\)|(?:^|\s)(docs/deploy/[\w.-]+)`).
			FindAllStringSubmatch(text, -1) {
			file := m[2]
			if m[1] != "" {
				file = "docs/" + m[1]
			}
			if seen++; files[file] == "" && file != "docs/deploy/key.json" && !strings.Contains(file, "*") &&
				file != "docs/deploy/svodka" {
				t.Errorf("%s names the file %s, which there is not", name, file)
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d names were looked at", seen)
	}
}

// documents parses a YAML file.
func documents(t *testing.T, name, text string) []map[string]any {
	t.Helper()
	var docs []map[string]any
	dec := yaml.NewDecoder(bytes.NewReader([]byte(text)), yaml.Strict())
	for {
		var d map[string]any
		err := dec.Decode(&d)
		if errors.Is(err, io.EOF) {
			return docs
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		docs = append(docs, d)
	}
}

// at walks into what was parsed: at(d, "spec", "containers", 0, "image").
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				return nil
			}
			v = m[p]
		case int:
			l, ok := v.([]any)
			if !ok || p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

// Wherever it runs, there is one worker, without root, with a read-only root file system,
// and with time to end.
func TestDeploymentIsSafe(t *testing.T) {
	files := deployed(t)
	must := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	pod := func(name string, pod any) {
		t.Helper()
		must(name+": runAsNonRoot", at(pod, "securityContext", "runAsNonRoot"), true)
		must(name+": hostname", at(pod, "hostname"), "svodka")
		must(name+": read-only root", at(pod, "containers", 0, "securityContext", "readOnlyRootFilesystem"), true)
		must(name+": capabilities", at(pod, "containers", 0, "securityContext", "capabilities", "drop"), []any{"ALL"})
		must(name+": escalation", at(pod, "containers", 0, "securityContext", "allowPrivilegeEscalation"), false)
		must(name+": secrets", at(pod, "containers", 0, "volumeMounts", 2, "readOnly"), true)
	}
	kinds := map[string]bool{}
	for name, text := range files {
		if !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
			continue
		}
		for _, d := range documents(t, name, text) {
			switch kind := at(d, "kind"); {
			case kind == "Deployment":
				must("replicas", at(d, "spec", "replicas"), uint64(1))
				must("strategy", at(d, "spec", "strategy", "type"), "Recreate")
				must("labels", at(d, "spec", "selector", "matchLabels"),
					at(d, "spec", "template", "metadata", "labels"))
				pod(name, at(d, "spec", "template", "spec"))
			case kind == "CronJob":
				must("concurrency", at(d, "spec", "concurrencyPolicy"), "Forbid")
				pod(name, at(d, "spec", "jobTemplate", "spec", "template", "spec"))
			case strings.HasPrefix(name, ".github/"):
				must(name+": permissions", at(d, "permissions"), map[string]any{"contents": "read"})
			case at(d, "services") != nil:
				s := at(d, "services", "svodka")
				must("compose: read_only", at(s, "read_only"), true)
				must("compose: user", at(s, "user"), "65532:65532")
				must("compose: hostname", at(s, "hostname"), "svodka")
				must("compose: ports", at(s, "ports"), nil)
				must("compose: cap_drop", at(s, "cap_drop"), []any{"ALL"})
				kinds["compose"] = true
			}
			if k, ok := at(d, "kind").(string); ok {
				kinds[k] = true
			}
		}
	}
	for _, k := range []string{"Deployment", "CronJob", "ConfigMap", "PersistentVolumeClaim", "compose"} {
		if !kinds[k] {
			t.Errorf("there is no %s", k)
		}
	}
	for _, line := range []string{"USER 65532:65532",
		`HEALTHCHECK --interval=30s --timeout=6s --start-period=30s CMD ["/svodka", "healthy"]`,
		"FROM gcr.io/distroless/static-debian13:nonroot", "CGO_ENABLED=0"} {
		if !strings.Contains(files["Dockerfile"], line) {
			t.Errorf("the Dockerfile lacks %q", line)
		}
	}
}

// systemd accepts the units, if it is installed.
func TestUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze here")
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "svodka")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	args := []string{"verify", "--man=no"}
	for name, text := range deployed(t) {
		if ext := filepath.Ext(name); ext != ".service" && ext != ".timer" {
			continue
		}
		file := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "/usr/local/bin/svodka", binary)),
			0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if len(args) != 5 {
		t.Errorf("units: %v", args[2:])
	}
	if out, err := exec.Command(analyze, args...).CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("systemd-analyze: %v\n%s", err, out)
	}
}
