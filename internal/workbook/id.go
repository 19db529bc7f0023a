package workbook

import (
	"hash/fnv"
	"strconv"
)

// stableID hashes a name to a positive 31-bit number, never 0, which the API accepts as
// an id chosen by the client.
func stableID(name string) int64 {
	h := fnv.New64a()
	h.Write([]byte(name)) // a hash never fails to write
	n := int64(h.Sum64()>>20) & 0x7fffffff
	if n == 0 {
		return 1
	}
	return n
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
