package clmtest

import (
	"bytes"
	"sync"
)

// Journal collects what is logged, by any number of goroutines. The zero value is empty.
type Journal struct {
	mu   sync.Mutex
	said bytes.Buffer
}

// Write implements io.Writer.
func (j *Journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.said.Write(p)
}

// String is everything so far.
func (j *Journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.said.String()
}
