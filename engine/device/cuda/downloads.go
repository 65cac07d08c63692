//go:build gpu

package cuda

import (
	"errors"
	"sync"

	"tweedie/kernels/driver"
)

// downloads bring copies of states to the host on a stream of their own: a checkpoint is written while training goes on, and neither waits for
// the other.
type downloads struct {
	stream driver.Stream
	memory []byte // page-locked
	landed driver.Event
	turn   sync.Mutex // who uses the memory; taken before the device's turn
}

func newDownloads() (*downloads, error) {
	l := &downloads{}
	var err error
	if l.memory, err = driver.Pinned(stagingBytes); err != nil {
		return nil, err
	}
	if l.landed, err = driver.NewEvent(false); err != nil {
		return nil, errors.Join(err, driver.FreePinned(l.memory))
	}
	if l.stream, err = driver.NewStream(); err != nil {
		return nil, errors.Join(err, l.landed.Close(), driver.FreePinned(l.memory))
	}
	return l, nil
}

func (l *downloads) close() error {
	return errors.Join(l.stream.Close(), l.landed.Close(), driver.FreePinned(l.memory))
}

// fetch copies bytes that nothing will write any more once an event has happened, in pieces, which receive gets. It takes a turn for each piece, to
// enqueue it, and waits without.
func (d *Device) fetch(made driver.Event, from driver.Address, bytes int, receive func(at int, piece []byte)) error {
	l := d.snapshots
	l.turn.Lock()
	defer l.turn.Unlock()
	for at := 0; at < bytes; at += stagingBytes {
		piece := l.memory[:min(stagingBytes, bytes-at)]
		err := d.do(func() error {
			return errors.Join(l.stream.Wait(made), l.stream.Download(piece, from+driver.Address(at)), l.stream.Record(l.landed))
		})
		if err == nil {
			err = d.call(l.landed.Synchronize)
		}
		if err != nil {
			return err
		}
		receive(at, piece)
	}
	return nil
}
