package platform

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/yanmen/yanmen/sync/wire"
)

// The platform's two streams: what agents send, and what is for them.
const (
	UpStream   = "YANMEN_UP"
	DownStream = "YANMEN_DOWN"
)

// StreamLimits bound what the broker keeps. A zero field means its default.
type StreamLimits struct {
	UpBytes   int64 // 1 GiB; when it is full agents wait
	DownBytes int64 // 256 MiB; then the oldest receipts go, and agents ask again by sending again
	Replicas  int   // 1
}

// Streams makes the streams, or changes them to these limits. A message that
// was taken is deleted from the way up; both forget after 30 days what nobody
// took. Both are on disk.
func Streams(ctx context.Context, js jetstream.JetStream, l StreamLimits) error {
	if l.UpBytes == 0 {
		l.UpBytes = 1 << 30
	}
	if l.DownBytes == 0 {
		l.DownBytes = 256 << 20
	}
	if l.Replicas == 0 {
		l.Replicas = 1
	}
	for _, c := range []jetstream.StreamConfig{{
		Name:      UpStream,
		Subjects:  []string{wire.Subject("*", wire.KindVerdict), wire.Subject("*", wire.KindErased)},
		Retention: jetstream.WorkQueuePolicy, // sealed or not, what was taken need not lie about
		Discard:   jetstream.DiscardNew,      // never drop an old item for a new one: the agent keeps the new one
		MaxBytes:  l.UpBytes,
	}, {
		Name:     DownStream,
		Subjects: []string{wire.Subject("*", wire.KindReceipt), wire.Subject("*", wire.KindRequest), wire.Subject("*", wire.KindRules)},
		Discard:  jetstream.DiscardOld,
		MaxBytes: l.DownBytes,
	}} {
		c.Storage, c.MaxAge, c.Duplicates, c.Replicas = jetstream.FileStorage, 30*24*time.Hour, 2*time.Minute, l.Replicas
		c.MaxMsgSize = 512 << 10
		if _, err := js.CreateOrUpdateStream(ctx, c); err != nil {
			return errors.Join(errors.New("platform: make streams"), err)
		}
	}
	return nil
}
