package device

import (
	"time"

	"tweedie/engine/program"
)

// OperationTime is how long one operation of a program took.
type OperationTime struct {
	Key       string // the operation's kind and shape, as in Plans
	Algorithm string // as in Plans; empty where there is one way only
	Time      time.Duration
}

// Profiler is an Executable that can time its operations.
type Profiler interface {
	// Profile computes one pass as Run does, with the same results, but one operation after the other, and returns what each of them took, in the
	// program's order.
	Profile(program.Scalars) ([]OperationTime, error)
}
