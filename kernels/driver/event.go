//go:build gpu

package driver

import (
	"errors"

	"gorgonia.org/cu"
)

// Event marks a place in a stream's work.
type Event struct{ event cu.Event }

// NewEvent makes an event; only a timed one can be given to Elapsed, and it costs a little more.
func NewEvent(timed bool) (Event, error) {
	flags := cu.DisableTiming
	if timed {
		flags = cu.DefaultEvent
	}
	event, err := cu.MakeEvent(flags)
	return Event{event}, checked(err, "cuEventCreate")
}

// Close gives the event back.
func (e Event) Close() error { return checked(cu.DestroyEvent(&e.event), "cuEventDestroy") }

// Record enqueues the event: it happens when all that was enqueued before it has run.
func (s Stream) Record(e Event) error { return checked(e.event.Record(s.stream), "cuEventRecord") }

// Wait makes what is enqueued to s from now on wait for the event as it was last recorded. The host does not wait.
func (s Stream) Wait(e Event) error { return checked(s.stream.Wait(e.event, 0), "cuStreamWaitEvent") }

// Synchronize makes the host wait for the event as it was last recorded.
func (e Event) Synchronize() error { return checked(e.event.Synchronize(), "cuEventSynchronize") }

// Done says whether the event as it was last recorded has happened.
func (e Event) Done() (bool, error) {
	err := e.event.Query()
	if errors.Is(err, cu.NotReady) {
		return false, nil
	}
	return err == nil, checked(err, "cuEventQuery")
}

// Elapsed is the time from event a to event b in milliseconds; both are timed and have happened.
func Elapsed(a, b Event) (float64, error) {
	milliseconds, err := a.event.Elapsed(b.event)
	return milliseconds, checked(err, "cuEventElapsedTime")
}
