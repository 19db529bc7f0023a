package main

import (
	"bytes"
	"errors"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"svodka/internal/departments"
	"svodka/internal/ledger"
	"svodka/internal/ledger/pgtest"
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

// Wherever it runs, there is one worker, or with a database several, without root, with a
// read-only root file system, and with time to end.
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
		if !several(name) {
			must(name+": hostname", at(pod, "hostname"), "svodka")
		}
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
			case kind == "Deployment" && several(name):
				must("replicas", at(d, "spec", "replicas"), uint64(3))
				must("strategy", at(d, "spec", "strategy", "type"), "RollingUpdate")
				must("labels", at(d, "spec", "selector", "matchLabels"),
					at(d, "spec", "template", "metadata", "labels"))
				p := at(d, "spec", "template", "spec")
				pod(name, p)
				must("alive", at(p, "containers", 0, "livenessProbe", "httpGet", "path"), "/healthz")
				must("ready", at(p, "containers", 0, "readinessProbe", "httpGet", "path"), "/readyz")
				must("data", at(p, "volumes", 0, "emptyDir"), map[string]any{})
				must("time to end", at(p, "terminationGracePeriodSeconds"), uint64(90))
			case kind == "PodDisruptionBudget":
				must("disruption", at(d, "spec", "maxUnavailable"), uint64(1))
				must("of whom", at(d, "spec", "selector", "matchLabels"), map[string]any{"app": "svodka"})
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
				if several(name) {
					must("compose: replicas", at(s, "deploy", "replicas"), uint64(3))
					must("compose: volumes", at(s, "volumes"), nil)
					must("compose: ports of the database", at(d, "services", "postgres", "ports"), nil)
					must("compose: ports of Grafana", at(d, "services", "grafana", "ports"),
						[]any{"127.0.0.1:3000:3000"})
					mounted(t, files, d)
				} else {
					must("compose: hostname", at(s, "hostname"), "svodka")
				}
				must("compose: ports", at(s, "ports"), nil)
				must("compose: cap_drop", at(s, "cap_drop"), []any{"ALL"})
				kinds["compose"] = true
			}
			if k, ok := at(d, "kind").(string); ok {
				kinds[k] = true
			}
		}
	}
	for _, k := range []string{"Deployment", "CronJob", "ConfigMap", "PersistentVolumeClaim", "compose",
		"PodDisruptionBudget"} {
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

// several reports whether a file is for several processes on a database.
func several(name string) bool { return strings.HasSuffix(name, "-replicas.yaml") }

// mounted checks that every file and secret that a service of a compose file mounts is
// there.
func mounted(t *testing.T, files map[string]string, compose map[string]any) {
	t.Helper()
	services, _ := at(compose, "services").(map[string]any)
	n := 0
	for name, s := range services {
		secrets, _ := at(s, "secrets").([]any)
		for _, secret := range secrets {
			if n++; at(compose, "secrets", secret) == nil {
				t.Errorf("%s: there is no secret %v", name, secret)
			}
		}
		volumes, _ := at(s, "volumes").([]any)
		for _, v := range volumes {
			from, _, _ := strings.Cut(v.(string), ":")
			file, own := strings.CutPrefix(from, "./")
			if n++; own && files["docs/deploy/"+file] == "" || !own && at(compose, "volumes", from) == nil {
				t.Errorf("%s: there is no %s", name, from)
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d secrets and volumes were looked at", n)
	}
}

// withPrograms skips a test unless there are PostgreSQL and its client programs, and
// returns the address of a database of its own.
func withPrograms(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"psql", "pg_dump", "pg_restore"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv(pgtest.Required) != "" {
				t.Fatal(err)
			}
			t.Skip("no " + program + " here")
		}
	}
	if found, err := pgtest.Find(); err != nil {
		t.Fatal(err)
	} else if found == "" {
		t.Skip("no PostgreSQL here")
	}
	address, err := pgtest.Fresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// The backup script dumps every department by itself, and one of them is put back without
// touching another.
func TestBackupOfDepartments(t *testing.T) {
	address := withPrograms(t)
	db, err := ledger.Connect(t.Context(), address, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	r, err := departments.Open(t.Context(), address, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	value := func(name string) string {
		t.Helper()
		l, err := db.Open(t.Context(), name, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		b, err := l.Get(t.Context(), "value")
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	set := func(name, to string) {
		t.Helper()
		l, err := db.Open(t.Context(), name, time.Now)
		if err == nil {
			err = l.Set(t.Context(), "value", []byte(to))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	set("north", "before")
	set("south", "before")
	set("south_moved2", "before")
	set("moved_south", "before")
	dir := t.TempDir()
	run := func(program string, args ...string) string {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Env = append(os.Environ(), "DATABASE_URL="+address)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", program, args, err, out)
		}
		return string(out)
	}
	out := run("sh", filepath.Join("..", "..", "docs", "deploy", "backup-departments.sh"), dir)
	if want := "backup: moved_south\nbackup: north\nbackup: south\nbackup: svodka_departments\n"; out != want {
		t.Errorf("the script says %q, want %q", out, want)
	}
	info, err := os.Stat(filepath.Join(dir, "north.dump"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the dump: %v, %v", info, err)
	}
	set("north", "after")
	set("south", "after")
	run("pg_restore", "--clean", "--if-exists", "--dbname", address, filepath.Join(dir, "north.dump"))
	if n, s := value("north"), value("south"); n != "before" || s != "after" {
		t.Errorf("north is as it was %s, south %s: want before and after", n, s)
	}
}

// The script of the compose file makes the role that Grafana reads as.
func TestGrafanaRole(t *testing.T) {
	address := withPrograms(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("it's secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	cmd := exec.Command("sh", filepath.Join("..", "..", "docs", "deploy", "grafana-role.sh"))
	cmd.Env = append(os.Environ(), "PGHOST="+u.Query().Get("host"), "POSTGRES_USER="+u.Query().Get("user"),
		"POSTGRES_DB="+name, "GRAFANA_PASSWORD_FILE="+file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command("psql", "--no-psqlrc", "-At", "-d", address, "-c",
		"SELECT r.rolcanlogin, r.rolsuper, r.rolconnlimit, a.rolpassword IS NOT NULL, "+
			"array_to_string(r.rolconfig, ' ') FROM pg_authid a JOIN pg_roles r USING (rolname) WHERE rolname "+
			"= 'grafana'").CombinedOutput()
	if want := "t|f|8|t|statement_timeout=30s default_transaction_read_only=on"; err != nil ||
		strings.TrimSpace(string(out)) != want {
		t.Errorf("the role is %s, %v, want %s", out, err, want)
	}
}

// PostgreSQL's programs ask the server as the role of whoever runs them, and Debian's
// lets in nobody but its own administrator and svodka: so each shown line says as whom.
func TestShownLinesSayAsWhom(t *testing.T) {
	programs := regexp.MustCompile(`\b(psql|pg_dump|pg_restore|createuser|createdb|backup-departments\.sh) `)
	as := regexp.MustCompile(`^sudo -u (postgres|svodka) |^sudo install `)
	n := 0
	for _, page := range []string{"docs/deployment.md", "docs/sql.md"} {
		for i, block := range strings.Split(pages(t)[page], "```") {
			if i%2 == 0 {
				continue
			}
			for line := range strings.Lines(block) {
				if !programs.MatchString(line) {
					continue
				}
				if n++; !as.MatchString(line) {
					t.Errorf("%s shows a line that works for nobody in particular: %s", page, line)
				}
			}
		}
	}
	if n < 8 {
		t.Errorf("only %d lines were looked at", n)
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
		for _, program := range []string{"/usr/local/bin/svodka", "/usr/local/bin/backup-departments.sh"} {
			text = strings.ReplaceAll(text, program, binary)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if len(args) != 7 {
		t.Errorf("units: %v", args[2:])
	}
	if out, err := exec.Command(analyze, args...).CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("systemd-analyze: %v\n%s", err, out)
	}
}
