//go:build unix

package postgres

import (
	"crypto/tls"
	"net"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// canHear says that heard knows.
const canHear = true

// heard reports whether the server has said something on a connection that nobody uses,
// such as that it ends it, or has closed it. That costs no round trip.
func heard(c *pgconn.PgConn) bool {
	var under net.Conn = c.Conn()
	if t, ok := under.(*tls.Conn); ok {
		under = t.NetConn()
	}
	socket, ok := under.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return true
	}
	yes := true
	if err := raw.Control(func(fd uintptr) {
		_, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		yes = err != syscall.EAGAIN && err != syscall.EINTR
	}); err != nil {
		return true
	}
	return yes
}
