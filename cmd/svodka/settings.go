package main

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"svodka/internal/google/access"
	"svodka/internal/lazyregexp"
	"svodka/internal/schedule"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// settings come from environment variables with the prefix SVODKA_. The tag of says whose
// a setting is where there are several departments; see settingNames.
type settings struct {
	DataDir       string        `env:"DATA_DIR" envDefault:"./svodka-data"`
	Language      words.Lang    `env:"LANGUAGE" envDefault:"ru"`
	Zone          string        `env:"ZONE" envDefault:"Europe/Moscow"`
	Space         string        `env:"SPACE" envDefault:"main"`
	LocalAddr     string        `env:"LOCAL_ADDR" envDefault:"127.0.0.1:8090" of:"deployment"`
	TemplatesDir  string        `env:"TEMPLATES_DIR"`
	SyncCron      string        `env:"SYNC_CRON" envDefault:"*/5 * * * *"`
	ProvisionCron string        `env:"PROVISION_CRON" envDefault:"30 5 * * *"`
	CloseCron     string        `env:"CLOSE_CRON" envDefault:"10 5 * * *"`
	SweepCron     string        `env:"SWEEP_CRON" envDefault:"30 4 * * 0"`
	MonitorAddr   string        `env:"MONITOR_ADDR" envDefault:"127.0.0.1:9464" of:"deployment"`
	ReadyWithin   time.Duration `env:"READY_WITHIN" envDefault:"1h" of:"deployment"`
	LogLevel      slog.Level    `env:"LOG_LEVEL" envDefault:"warn" of:"deployment"`
	LogFormat     string        `env:"LOG_FORMAT" envDefault:"text" of:"deployment"`

	NotifyURLs string `env:"NOTIFY_URLS" of:"secret"`
	NotifyFile string `env:"NOTIFY_URLS_FILE"`
	DigestURLs string `env:"DIGEST_URLS" of:"secret"`
	DigestFile string `env:"DIGEST_URLS_FILE"`
	NotifyCron string `env:"NOTIFY_CRON" envDefault:"*/5 * * * *"`

	DatabaseURL    string `env:"DATABASE_URL" of:"deployment"`
	DatabaseFile   string `env:"DATABASE_URL_FILE" of:"deployment"`
	DatabaseSchema string `env:"DATABASE_SCHEMA" envDefault:"svodka" of:"deployment"`
	AtOnce         int    `env:"AT_ONCE" envDefault:"8" of:"deployment"`

	SkorozvonURL        string `env:"SKOROZVON_URL" envDefault:"https://app.skorozvon.ru"`
	SkorozvonUsername   string `env:"SKOROZVON_USERNAME"`
	SkorozvonKey        string `env:"SKOROZVON_API_KEY" of:"secret"`
	SkorozvonKeyFile    string `env:"SKOROZVON_API_KEY_FILE"`
	SkorozvonClient     string `env:"SKOROZVON_CLIENT_ID"`
	SkorozvonSecret     string `env:"SKOROZVON_CLIENT_SECRET" of:"secret"`
	SkorozvonSecretFile string `env:"SKOROZVON_CLIENT_SECRET_FILE"`
	SkorozvonCron       string `env:"SKOROZVON_CRON" envDefault:"2-59/10 * * * *"`

	Backend           string     `env:"BACKEND"`
	GoogleKeys        []string   `env:"GOOGLE_KEY_FILES"`
	GoogleSubjects    []string   `env:"GOOGLE_SUBJECTS"`
	GoogleClient      string     `env:"GOOGLE_CLIENT_FILE"`
	GoogleToken       string     `env:"GOOGLE_TOKEN_FILE"`
	GoogleWay         access.Way `env:"GOOGLE_WAY"`
	GoogleFolder      string     `env:"GOOGLE_FOLDER"`
	GoogleOthersFiles bool       `env:"GOOGLE_OTHERS_FILES" envDefault:"false"`
	GoogleMails       bool       `env:"GOOGLE_MAILS" envDefault:"false"`
	GoogleUserLimit   int        `env:"GOOGLE_USER_PER_MINUTE" envDefault:"50"`
	GoogleAllLimit    int        `env:"GOOGLE_PROJECT_PER_MINUTE" envDefault:"280"`
	GoogleEndpoint    string     `env:"GOOGLE_ENDPOINT"`
}

// settingsHelp is the list in the help; a test compares it with the struct.
var settingsHelp = [][2]string{
	{"SVODKA_DATA_DIR", "folder of the ledger and of the local Google (./svodka-data)"},
	{"SVODKA_LANGUAGE", "language of the spreadsheets and of what imports say: ru or en (ru)"},
	{"SVODKA_ZONE", "time zone of new spreadsheets (Europe/Moscow)"},
	{"SVODKA_SPACE", "mark of the department's files at Google, of several in one account (main)"},
	{"SVODKA_LOCAL_ADDR", "address of the local Google, loopback only (127.0.0.1:8090)"},
	{"SVODKA_TEMPLATES_DIR", "folder of role templates that replace the built-in ones"},
	{"SVODKA_SYNC_CRON", "when svodka run syncs: a cron spec in SVODKA_ZONE (*/5 * * * *)"},
	{"SVODKA_PROVISION_CRON", "when it has ready what the day needs, or off (30 5 * * *)"},
	{"SVODKA_CLOSE_CRON", "when it locks days and closes periods; off: at every sync (10 5 * * *)"},
	{"SVODKA_SWEEP_CRON", "when it reads every spreadsheet, changed or not, or off (30 4 * * 0)"},
	{"SVODKA_MONITOR_ADDR", "address of its health and metrics, or off (127.0.0.1:9464)"},
	{"SVODKA_READY_WITHIN", "how long a due sync may be missing while it is ready (1h)"},
	{"SVODKA_LOG_LEVEL", "debug, info, warn or error (warn)"},
	{"SVODKA_LOG_FORMAT", "text or json (text)"},
	{"SVODKA_NOTIFY_URLS", "how people are reminded: URLs with {address}"},
	{"SVODKA_NOTIFY_URLS_FILE", "file that holds them, instead"},
	{"SVODKA_DIGEST_URLS", "where the directors' digest goes besides: complete URLs"},
	{"SVODKA_DIGEST_URLS_FILE", "file that holds them, instead"},
	{"SVODKA_NOTIFY_CRON", "when svodka run looks who is due (*/5 * * * *)"},
	{"SVODKA_DATABASE_URL", "its address, such as postgres://svodka@host/svodka"},
	{"SVODKA_DATABASE_URL_FILE", "file that holds it, instead"},
	{"SVODKA_DATABASE_SCHEMA", "the department's schema there (svodka)"},
	{"SVODKA_AT_ONCE", "how many of several departments svodka run works on at a time (8)"},
	{"SVODKA_SKOROZVON_URL", "address of Скорозвон (https://app.skorozvon.ru)"},
	{"SVODKA_SKOROZVON_USERNAME", "whose calls are pulled: the account's user"},
	{"SVODKA_SKOROZVON_API_KEY", "its API key"},
	{"SVODKA_SKOROZVON_API_KEY_FILE", "file that holds it, instead"},
	{"SVODKA_SKOROZVON_CLIENT_ID", "id of the API application"},
	{"SVODKA_SKOROZVON_CLIENT_SECRET", "its secret"},
	{"SVODKA_SKOROZVON_CLIENT_SECRET_FILE", "file that holds it, instead"},
	{"SVODKA_SKOROZVON_CRON", "when svodka run pulls calls (2-59/10 * * * *)"},
	{"SVODKA_BACKEND", "local or google; if not set, google when a key or client file is set"},
	{"SVODKA_GOOGLE_KEY_FILES", "JSON keys of service accounts, separated by commas"},
	{"SVODKA_GOOGLE_SUBJECTS", "e-mails of the users that they act for by delegation"},
	{"SVODKA_GOOGLE_CLIENT_FILE", "JSON of the OAuth client that svodka auth login signs in with"},
	{"SVODKA_GOOGLE_TOKEN_FILE", "where it keeps the consent; if not set, token.json in SVODKA_DATA_DIR"},
	{"SVODKA_GOOGLE_WAY", "service-account, delegation or consent; if not set, told by the files"},
	{"SVODKA_GOOGLE_FOLDER", "id or address of the folder in which files are made"},
	{"SVODKA_GOOGLE_OTHERS_FILES", "also work in spreadsheets that people made: whole Drive (false)"},
	{"SVODKA_GOOGLE_MAILS", "let Google tell people by mail what is shared with them (false)"},
	{"SVODKA_GOOGLE_USER_PER_MINUTE", "reads, and writes, a minute and account; Google allows 60 (50)"},
	{"SVODKA_GOOGLE_PROJECT_PER_MINUTE", "the same of all accounts; Google allows 300 (280)"},
	{"SVODKA_GOOGLE_ENDPOINT", "loopback address of a Google for tests, such as http://127.0.0.1:8090"},
}

// prefix begins the name of every setting.
const prefix = "SVODKA_"

// defaultDir is the data folder if none is set.
const defaultDir = "./svodka-data"

// settings reads and checks the settings; its error reports everything that is wrong. It
// points out unknown names once.
func (a *app) settings() (settings, error) {
	vars := a.vars()
	a.sayUnknown(vars)
	s, err := env.ParseAsWithOptions[settings](env.Options{Environment: vars, Prefix: prefix})
	var errs []error
	var many env.AggregateError
	switch {
	case errors.As(err, &many):
		for _, e := range many.Errors {
			errs = append(errs, fmt.Errorf("settings: %w", inOurWords(e, vars)))
		}
	case err != nil:
		errs = append(errs, fmt.Errorf("settings: %w", err))
	}
	if s.Language != words.RU && s.Language != words.EN && s.Language != "" {
		errs = append(errs, fmt.Errorf("settings: SVODKA_LANGUAGE is %q (it must be ru or en)", s.Language))
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil || s.Zone == "Local" {
		errs = append(errs, fmt.Errorf("settings: SVODKA_ZONE is %q (it must be a name such as Europe/Moscow)", s.Zone))
		zone = time.UTC
	}
	if !spaceName.MatchString(s.Space) {
		errs = append(errs, fmt.Errorf("settings: SVODKA_SPACE is %q (write at most 40 letters a–z, digits, - and _)",
			s.Space))
	}
	if s.AtOnce < 1 && len(many.Errors) == 0 {
		errs = append(errs, fmt.Errorf("settings: SVODKA_AT_ONCE is %d (it must be 1 or more)", s.AtOnce))
	}
	errs = append(errs, s.checkSpecs(a.now().In(zone))...)
	if err := loopback(s.LocalAddr); err != nil {
		errs = append(errs, fmt.Errorf("settings: SVODKA_LOCAL_ADDR: %w", err))
	}
	if s.LogFormat != "text" && s.LogFormat != "json" && s.LogFormat != "" {
		errs = append(errs, fmt.Errorf("settings: SVODKA_LOG_FORMAT is %q (it must be text or json)", s.LogFormat))
	}
	if s.TemplatesDir != "" {
		if d, err := os.Stat(s.TemplatesDir); err != nil || !d.IsDir() {
			errs = append(errs, fmt.Errorf("settings: SVODKA_TEMPLATES_DIR is %q (it must be a folder with *.yaml "+
				"files of roles)", s.TemplatesDir))
		}
	}
	errs = append(errs, s.checkChannels()...)
	errs = append(errs, s.checkSkorozvon()...)
	errs = append(errs, s.finishGoogle(len(errs) == 0)...)
	return s, errors.Join(errs...)
}

// inOurWords names the variable and its valid values, where the library names the field
// that it reads.
func inOurWords(err error, vars map[string]string) error {
	var p env.ParseError
	if !errors.As(err, &p) {
		return err
	}
	f, ok := reflect.TypeFor[settings]().FieldByName(p.Name)
	if !ok {
		return err
	}
	name := prefix + f.Tag.Get("env")
	must := "it cannot be read"
	switch f.Type {
	case reflect.TypeFor[time.Duration]():
		must = "it must be a length of time, such as 90s, 15m or 1h"
	case reflect.TypeFor[slog.Level]():
		must = "it must be debug, info, warn or error"
	case reflect.TypeFor[bool]():
		must = "it must be true or false"
	case reflect.TypeFor[int]():
		must = "it must be a whole number"
	}
	return fmt.Errorf("%s is %q (%s)", name, vars[name], must)
}

// sayUnknown points out variables with our prefix that are not settings: a misspelt one
// would silently have no effect.
func (a *app) sayUnknown(vars map[string]string) {
	if a.saidUnknown {
		return
	}
	a.saidUnknown = true
	known := make([]string, len(settingsHelp))
	for i, h := range settingsHelp {
		known[i] = h[0]
	}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if vars[name] == "" || !strings.HasPrefix(strings.ToUpper(name), prefix) || slices.Contains(known, name) ||
			byKubernetes.MatchString(name) || ofDepartment(name) {
			continue
		}
		guess := ""
		if s := closest(strings.ToUpper(name), known); s != "" {
			guess = "; did you mean " + s + "?"
		}
		fmt.Fprintf(a.stderr, "svodka: warning: %s is no setting%s (all settings: svodka help)\n", name, guess)
	}
}

// spaceName matches what Google keeps as a mark of files.
var spaceName = lazyregexp.New(`^[a-z0-9_-]{1,40}$`)

// ofDepartment reports whether a variable is a setting of one department.
func ofDepartment(name string) bool {
	rest, ok := strings.CutPrefix(name, ownPrefix)
	return ok && slices.ContainsFunc(settingNames(), func(s settingName) bool {
		return s.scope != ofDeployment && strings.HasSuffix(rest, "_"+s.name)
	})
}

// byKubernetes matches what Kubernetes sets in every pod beside a Service called svodka.
var byKubernetes = lazyregexp.New(`^SVODKA_(SERVICE_(HOST|PORT)|PORT)(_|$)`)

// checkSpecs returns the job specs that are unreadable, or whose time never comes.
func (s settings) checkSpecs(now time.Time) []error {
	var errs []error
	for _, v := range []struct{ name, spec string }{
		{"SYNC", s.SyncCron}, {"PROVISION", optional(s.ProvisionCron)}, {"CLOSE", optional(s.CloseCron)},
		{"SWEEP", optional(s.SweepCron)},
		{"NOTIFY", s.NotifyCron}, {"SKOROZVON", s.SkorozvonCron},
	} {
		if v.spec == "" {
			continue
		}
		if err := schedule.CheckSpec(v.spec, now); err != nil {
			errs = append(errs, fmt.Errorf("settings: SVODKA_%s_CRON is %q: %w (write minute, hour, day of month, "+
				"month, day of week, such as */5 * * * *, or @every 10m)", v.name, v.spec, err))
		}
	}
	return errs
}

// loopback checks that an address is reachable only from this machine.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%q is no address (write for example 127.0.0.1:8090)", addr)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("%q can be reached from other machines, and the local Google knows no passwords (write "+
		"127.0.0.1 for the host)", addr)
}

// logger returns the log of the process, on stderr.
func (a *app) logger(s settings) *slog.Logger {
	o := &slog.HandlerOptions{Level: s.LogLevel}
	log := slog.New(slog.NewTextHandler(a.stderr, o))
	if s.LogFormat == "json" {
		log = slog.New(slog.NewJSONHandler(a.stderr, o))
	}
	if a.department != "" {
		log = log.With("department", a.department)
	}
	return log
}

// templates returns the role templates and the defaults of «Параметры»: the built-in ones
// or those in the folder.
func (s settings) templates() ([]templates.Role, []templates.Setting, error) {
	if s.TemplatesDir == "" {
		return templates.Builtin(), templates.BuiltinSettings(), nil
	}
	dir := os.DirFS(s.TemplatesDir)
	roles, err := templates.Load(dir)
	defaults, serr := templates.LoadSettings(dir)
	if err := errors.Join(err, serr); err != nil {
		return nil, nil, fmt.Errorf("reading role templates in %s: %w", s.TemplatesDir, err)
	}
	return roles, defaults, nil
}

// makeDir makes the data folder, which only its owner may read.
func (s settings) makeDir() error {
	if err := os.MkdirAll(s.DataDir, 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w (set SVODKA_DATA_DIR to a folder that can be written)", err)
	}
	return nil
}

func (s settings) path(name string) string { return filepath.Join(s.DataDir, name) }
