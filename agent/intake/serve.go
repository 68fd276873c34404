package intake

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Listen listens on a TCP address. Unless anywhere is true the address must be
// a literal loopback address such as 127.0.0.1:8471 or [::1]:8471: a name may
// resolve to another place tomorrow, and the API speaks plain HTTP.
func Listen(address string, anywhere bool) (net.Listener, error) {
	if !anywhere {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, errors.New("listen: want host:port")
		}
		if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
			return nil, errors.New("listen: the address is not a loopback address")
		}
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}

// Bounds of a connection. A body of 32 MiB must arrive within readTimeout.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 60 * time.Second
	writeTimeout  = 2 * time.Minute // reading, verifying and answering
	idleTimeout   = 2 * time.Minute
	maxHeader     = 16 << 10
	closeTimeout  = 15 * time.Second
)

// Serve serves h on l until ctx ends, then lets requests under way finish, for
// at most 15 seconds. It closes l. It returns nil after an orderly end.
func Serve(ctx context.Context, l net.Listener, h http.Handler, lg *slog.Logger) error {
	if lg == nil {
		lg = slog.New(slog.DiscardHandler)
	}
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		// The library's lines may quote what a client sent.
		ErrorLog: log.New(silence{lg}, "", 0),
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	err := s.Shutdown(grace)
	if err != nil {
		s.Close() // what did not finish may ask again with the same case
	}
	<-ended
	if err != nil {
		return errors.New("serve: requests were cut off at the end")
	}
	return nil
}

// silence logs that the HTTP library had something to say, not what.
type silence struct{ log *slog.Logger }

func (s silence) Write(p []byte) (int, error) {
	s.log.Debug("connection error")
	return len(p), nil
}
