package store

import (
	"slices"
	"sync"
)

// queue holds the updates that wait for the writer.
type queue struct {
	mu      sync.Mutex
	waiting []*job
	closed  bool
	arrived chan struct{} // holds a token when the writer has reason to look
}

func newQueue() *queue { return &queue{arrived: make(chan struct{}, 1)} }

// join tells whether the job was accepted.
func (q *queue) join(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.waiting = append(q.waiting, j)
	q.ring()
	return true
}

// leave takes a job back unless the writer has taken it.
func (q *queue) leave(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, j)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

// take hands the writer up to n jobs, in the order they came.
func (q *queue) take(n int) []*job {
	q.mu.Lock()
	defer q.mu.Unlock()
	n = min(n, len(q.waiting))
	taken := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return taken
}

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting) == 0
}

// wait blocks until a job waits; it is false once the queue is closed and empty.
func (q *queue) wait() bool {
	for {
		q.mu.Lock()
		some, closed := len(q.waiting) > 0, q.closed
		q.mu.Unlock()
		if some || closed {
			return some
		}
		<-q.arrived
	}
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.ring()
}

func (q *queue) ring() {
	select {
	case q.arrived <- struct{}{}:
	default:
	}
}
