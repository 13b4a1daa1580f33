package target

import (
	"strings"
	"sync"
)

// tailSize is how much of a hook's output is kept, in bytes.
const tailSize = 8 << 10

// tail keeps the last bytes that were written to it, and no more memory than
// twice that. It may be written to from two streams at once.
type tail struct {
	mu   sync.Mutex
	size int
	kept []byte
}

func newTail(size int) *tail { return &tail{size: size} }

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(b)
	if n > t.size {
		b = b[n-t.size:]
	}
	t.kept = append(t.kept, b...)
	if len(t.kept) > 2*t.size {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-t.size:]...)
	}
	return n, nil
}

// String is the end of what was written, in valid UTF-8.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(string(t.kept[max(0, len(t.kept)-t.size):]), "�")
}

// line is the last line that says something.
func (t *tail) line() string {
	lines := strings.Split(strings.TrimSpace(t.String()), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
