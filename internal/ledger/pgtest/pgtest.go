// Package pgtest gives tests a PostgreSQL of their own: a throwaway cluster in a
// temporary folder, with a socket there and no port. It needs the programs initdb and
// postgres, as in Debian's package postgresql.
//
// It is for tests alone, and knows nothing of what they store in it.
package pgtest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Required is the environment variable that makes tests fail instead of being skipped
// where PostgreSQL is not installed.
const Required = "TEST_POSTGRES"

// errMissing means that PostgreSQL is not installed.
var errMissing = errors.New("PostgreSQL is not installed (on Debian: apt install postgresql)")

// errShort means that the run is of the short tests.
var errShort = errors.New("it needs a server of PostgreSQL: not a short test, unless " + Required + " is set")

// Server is a running cluster.
type Server struct {
	dir      string
	as       *syscall.Credential // nil: the user of the tests
	postgres string              // the program

	cmd   *exec.Cmd
	ended chan error
	log   *bytes.Buffer // to be read after it has ended
}

var shared struct {
	once   sync.Once
	server *Server
	err    error
	fresh  atomic.Int32 // how many databases Fresh has made
}

// Address starts the test program's own server, once, and returns the address of its
// database. It skips the test where PostgreSQL is not installed, and, unless that is
// required, in a run of the short tests: a server takes longer than they do. The
// package's TestMain must end with Main.
func Address(t testing.TB) string {
	t.Helper()
	address, err := Find()
	if err != nil {
		t.Fatal(err)
	}
	if address == "" {
		t.Skip(cmp.Or(shared.err, errShort))
	}
	return address
}

// Find is Address for callers without a test; empty: such a test is to be skipped.
func Find() (string, error) {
	if testing.Short() && os.Getenv(Required) == "" {
		return "", nil
	}
	shared.once.Do(func() { shared.server, shared.err = Start(context.Background()) })
	switch {
	case errors.Is(shared.err, errMissing) && os.Getenv(Required) == "":
		return "", nil
	case shared.err != nil:
		return "", shared.err
	}
	return shared.server.Address(), nil
}

// Main runs a package's tests, stops the server that they started, and returns the exit
// code.
func Main(m interface{ Run() int }) int {
	code := m.Run()
	if shared.server != nil {
		if err := shared.server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	return code
}

// Start makes a cluster and starts its server. It compares text by the rules of Russian,
// so that nobody relies on the order of bytes without asking for it.
func Start(ctx context.Context) (*Server, error) {
	initdb, err := program("initdb")
	if err != nil {
		return nil, err
	}
	postgres, err := program("postgres")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "svodka-pg")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, ended: make(chan error, 1), log: &bytes.Buffer{}}
	if err := s.start(ctx, initdb, postgres); err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL in %s: %w\n%s", dir, err, s.log), os.RemoveAll(dir))
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, initdb, postgres string) (err error) {
	if s.as, err = account(); err != nil {
		return err
	}
	if s.as != nil {
		if err := os.Chown(s.dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return err
		}
	}
	data := filepath.Join(s.dir, "data")
	initialise := exec.CommandContext(ctx, initdb, "-D", data, "-U", "svodka", "-A", "trust", "--no-sync", "-E", "UTF8",
		"--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "ru-RU")
	initialise.Dir = s.dir
	initialise.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	if out, err := initialise.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	s.postgres = postgres
	return s.run(ctx)
}

// run starts the server of a cluster.
func (s *Server) run(ctx context.Context) error {
	// The data is thrown away, so no write waits for a disk.
	s.cmd = exec.Command(s.postgres, "-D", filepath.Join(s.dir, "data"), "-k", s.dir, "-h", "", "-c", "fsync=off", "-c",
		"full_page_writes=off")
	s.cmd.Dir = s.dir
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	// If its tests are killed, the server ends with them. The kernel watches the thread
	// that started it, so that thread stays; also afterwards, for the sake of other
	// programs that it has started.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Pdeathsig: syscall.SIGQUIT}
	started := make(chan error)
	go func(cmd *exec.Cmd) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			s.ended <- cmd.Wait()
		}
	}(s.cmd)
	if err := <-started; err != nil {
		return err
	}
	return s.ready(ctx)
}

// ready waits until the server takes connections.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.Address())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case ended := <-s.ended:
			return fmt.Errorf("it ended: %w", ended)
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("it takes no connection: %w", err), s.Stop())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Address returns the address of the server's database.
func (s *Server) Address() string { return s.address("postgres") }

func (s *Server) address(database string) string {
	return "postgres:///" + database + "?" + url.Values{"host": {s.dir}, "user": {"svodka"}}.Encode()
}

// Fresh makes an empty database in the server that Find starts and returns its address,
// for what must not meet the schemas of other tests.
func Fresh(ctx context.Context) (string, error) {
	address, err := Find()
	if err != nil || address == "" {
		return "", errors.Join(errMissing, err)
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("fresh%d", shared.fresh.Add(1))
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name)
	return shared.server.address(name), errors.Join(err, conn.Close(ctx))
}

// Of returns the server whose database Address returns, for tests that treat it badly:
// they leave it as it was.
func Of(t testing.TB) *Server {
	t.Helper()
	Address(t)
	return shared.server
}

// Restart ends the server and starts it again. Without notice it lets nobody finish, and
// recovers when it starts, as after a crash; else it takes back what is under way, and
// ends in good order. Down is called in between.
func (s *Server) Restart(ctx context.Context, notice bool, down func()) error {
	how := syscall.SIGQUIT
	if notice {
		how = syscall.SIGINT
	}
	if err := s.cmd.Process.Signal(how); err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	if err := <-s.ended; err != nil && notice {
		return fmt.Errorf("PostgreSQL ended with %w\n%s", err, s.log)
	}
	down()
	return s.run(ctx)
}

// Fill makes the disk look full to whoever the server works for: no file can grow. Free
// gives the room back. It needs no privileges, as a small disk would: the limit of the
// size of a file stands for it, which PostgreSQL reports in the same way, but for the
// number. The server's own processes, and with them its log of changes, are not
// concerned: for that there is FillLog.
func (s *Server) Fill(ctx context.Context) (free func() error, err error) {
	// Commits leave the log to the server.
	if err := s.configure(ctx, `ALTER SYSTEM SET synchronous_commit = off`); err != nil {
		return nil, err
	}
	if err := s.limit(ctx, "0:"); err != nil {
		return nil, err
	}
	return func() error {
		if err := s.limit(ctx, "unlimited:"); err != nil {
			return err
		}
		return s.configure(ctx, `ALTER SYSTEM RESET synchronous_commit`)
	}, nil
}

// ErrNoMount means that a disk may not be mounted here.
var ErrNoMount = errors.New("a small disk for PostgreSQL's log of changes may not be mounted here")

// smallLog has room for two files of the log of changes, and not for a third one.
const smallLog = 40 << 20

// FillLog lets the disk of the log of changes run full: a small one, which is there for
// it. Somebody else's changes fill it; whoever then commits stops the server, which does
// not come up again until there is room. Begun is called before it gets full, full when
// the server has ended. Then there is room, and the server recovers.
func (s *Server) FillLog(ctx context.Context, begun, full func()) (err error) {
	disk, log := filepath.Join(s.dir, "log"), filepath.Join(s.dir, "data", "pg_wal")
	if err := os.Mkdir(disk, 0o700); err != nil {
		return err
	}
	switch err := syscall.Mount("tmpfs", disk, "tmpfs", 0, fmt.Sprintf("mode=0700,size=%d", smallLog)); {
	case errors.Is(err, syscall.EPERM):
		return errors.Join(ErrNoMount, os.Remove(disk))
	case err != nil:
		return fmt.Errorf("mount a small disk: %w", err)
	}
	defer func() { // whatever happens: nothing of the tests may stay mounted
		err = errors.Join(err, syscall.Unmount(disk, syscall.MNT_DETACH), os.Remove(disk))
	}()
	var moved error
	if err := s.Restart(ctx, true, func() { moved = s.moveLog(ctx, log, disk) }); err != nil {
		return errors.Join(err, moved)
	}
	if moved != nil {
		return moved
	}
	begun()
	if err := s.fillLog(ctx); err != nil {
		return err
	}
	full()
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT, "size=1g"); err != nil {
		return fmt.Errorf("make room: %w", err)
	}
	if err := s.run(ctx); err != nil {
		return err
	}
	err = s.Restart(ctx, true, func() { moved = s.moveLog(ctx, disk, log) })
	return errors.Join(err, moved)
}

// fillLog has somebody else write until the server has ended for want of room.
func (s *Server) fillLog(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.Address())
	if err != nil {
		return err
	}
	for err == nil {
		// Not by a commit: whoever makes the next one writes it to the disk.
		_, err = conn.Exec(ctx, `SELECT pg_logical_emit_message(false, 'others', repeat('x', 400000))`)
		time.Sleep(5 * time.Millisecond)
	}
	err = conn.Close(ctx) // of one that is lost
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		return errors.Join(errors.New("PostgreSQL goes on although its log of changes has no room"), err)
	}
	if !strings.Contains(s.log.String(), "No space left on device") {
		return fmt.Errorf("PostgreSQL ended for another reason:\n%s", s.log)
	}
	return nil
}

// moveLog moves the log of changes of a server that has ended in good order: of its
// files only that which it ended in is needed.
func (s *Server) moveLog(ctx context.Context, from, to string) error {
	control, err := program("pg_controldata")
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, control, filepath.Join(s.dir, "data"))
	c.Env = append(os.Environ(), "LC_ALL=C")
	out, err := c.Output()
	if err != nil {
		return fmt.Errorf("pg_controldata: %w", err)
	}
	_, rest, _ := strings.Cut(string(out), "REDO WAL file:")
	name, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	b, err := os.ReadFile(filepath.Join(from, name))
	if err != nil {
		return err
	}
	data := filepath.Join(s.dir, "data", "pg_wal")
	if err := os.RemoveAll(data); err != nil { // the folder, or the link to the disk
		return err
	}
	if to == data {
		err = os.Mkdir(data, 0o700)
	} else {
		err = os.Symlink(to, data)
	}
	if err != nil {
		return err
	}
	made := []string{filepath.Join(to, "archive_status"), filepath.Join(to, name)}
	err = errors.Join(os.Mkdir(made[0], 0o700), os.WriteFile(made[1], b, 0o600))
	if s.as == nil {
		return err
	}
	for _, name := range append(made, to) {
		err = errors.Join(err, os.Lchown(name, int(s.as.Uid), int(s.as.Gid)))
	}
	return err
}

// configure changes the server's settings.
func (s *Server) configure(ctx context.Context, query string) error {
	conn, err := pgx.Connect(ctx, s.Address())
	if err != nil {
		return err
	}
	if _, err = conn.Exec(ctx, query); err == nil {
		_, err = conn.Exec(ctx, `SELECT pg_reload_conf()`)
	}
	return errors.Join(err, conn.Close(ctx))
}

// limit limits the size of files that new and present connections may write.
func (s *Server) limit(ctx context.Context, size string) error {
	limit := func(pid int) error {
		c := exec.CommandContext(ctx, "prlimit", "--pid", strconv.Itoa(pid), "--fsize="+size)
		c.SysProcAttr = &syscall.SysProcAttr{Credential: s.as} // root may not be allowed to
		// A connection may have ended.
		if out, err := c.CombinedOutput(); err != nil && !strings.Contains(string(out), "No such process") {
			return fmt.Errorf("prlimit of PostgreSQL's process %d: %w\n%s", pid, err, out)
		}
		return nil
	}
	if err := limit(s.cmd.Process.Pid); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, s.Address())
	if err != nil {
		return err
	}
	rows, err := conn.Query(ctx, `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'`)
	var pids []int
	if err == nil {
		pids, err = pgx.CollectRows(rows, pgx.RowTo[int])
	}
	err = errors.Join(err, conn.Close(ctx))
	for _, pid := range pids {
		err = errors.Join(err, limit(pid))
	}
	return err
}

// Stop ends the server, with all of its connections, and removes its folder.
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	if err := <-s.ended; err != nil {
		return errors.Join(fmt.Errorf("PostgreSQL ended with %w\n%s", err, s.log), os.RemoveAll(s.dir))
	}
	return os.RemoveAll(s.dir)
}

// program finds one of PostgreSQL's programs, in the path or in Debian's folder.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil || len(found) == 0 {
		return "", errors.Join(errMissing, err)
	}
	slices.Sort(found)
	return found[len(found)-1], nil
}

// account returns the user that the server runs as; nil: the user of the tests.
// PostgreSQL refuses to be run by root.
func account() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("find an account for PostgreSQL, which root may not run: %w", err)
	}
	uid, err := strconv.ParseUint(who.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(who.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
