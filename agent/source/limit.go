package source

import (
	"context"
	"sync"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// A limiter hands out turns, a bucket's worth at once and then evenly.
type limiter struct {
	every time.Duration // 0: no bound
	slack time.Duration // of a full bucket

	mu   sync.Mutex
	next time.Time // when the turn after the last that was given is due
}

func newLimiter(perSecond, burst int64) *limiter {
	if perSecond <= 0 {
		return &limiter{}
	}
	every := time.Second / time.Duration(perSecond)
	return &limiter{every: every, slack: every * time.Duration(max(burst, 1)-1)}
}

// wait returns true when it is the caller's turn, false if that would not be
// before the context ends: then no turn is taken.
func (l *limiter) wait(ctx context.Context, now time.Time) bool {
	if l.every == 0 {
		return true
	}
	l.mu.Lock()
	if full := now.Add(-l.slack); l.next.Before(full) {
		l.next = full
	}
	delay := l.next.Sub(now)
	if end, ok := ctx.Deadline(); ok && delay > time.Until(end) {
		l.mu.Unlock()
		return false
	}
	l.next = l.next.Add(l.every)
	l.mu.Unlock()
	return pause(ctx, delay)
}

// pause waits; false says that the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// A breaker keeps questions from a source that fails.
type breaker struct {
	most     int64
	cooldown time.Duration

	mu       sync.Mutex
	failures int64
	until    time.Time // while failures >= most: when one may try
}

// enter reports whether a question may be asked. Of those that come after the
// pause one tries; the rest wait for what it finds.
func (b *breaker) enter(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < b.most {
		return true
	}
	if now.Before(b.until) {
		return false
	}
	b.until = now.Add(b.cooldown)
	return true
}

// open reports whether questions are kept from the source at an instant.
func (b *breaker) open(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failures >= b.most && now.Before(b.until)
}

// leave counts how a question ended. What the agent itself held back says
// nothing of the source, and a code without a meaning may be of one person.
func (b *breaker) leave(now time.Time, code agent.Code) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch code {
	case rateExceeded:
	case "", codeUnknown, codeError, statusRefused:
		b.failures = 0
	default:
		if b.failures++; b.failures >= b.most {
			b.until = now.Add(b.cooldown)
		}
	}
}
