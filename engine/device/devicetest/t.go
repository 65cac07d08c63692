package devicetest

import (
	"fmt"
	"runtime"
	"strings"
)

// T is what the suite needs of a *testing.T. It is an interface, so that a program can run the suite too: see Check.
type T interface {
	Helper()
	Error(arguments ...any)
	Errorf(format string, arguments ...any)
	Fatal(arguments ...any)
	Fatalf(format string, arguments ...any)
	Cleanup(f func())
}

// Runner is a T that runs parts of the suite under names of their own, as *testing.T does.
type Runner[S T] interface {
	T
	Run(name string, f func(S)) bool
}

// Result is the outcome of one part of the suite.
type Result struct {
	Name     string
	Failures []string // none if it passed
}

// Check runs the suite outside of a test, without guard bands, and returns the outcome of each part.
func Check(open Open, algorithms ...Algorithm) []Result {
	var results []Result
	root := &recorder{results: &results}
	root.Run("device", func(r *recorder) { Run(r, open, []int{1}, false, algorithms...) })
	return results
}

// recorder is a Runner that keeps what goes wrong.
type recorder struct {
	name     string
	results  *[]Result
	failures []string
	cleanups []func()
}

func (r *recorder) Helper() {}

func (r *recorder) Error(arguments ...any) {
	r.failures = append(r.failures, strings.TrimSuffix(fmt.Sprintln(arguments...), "\n"))
}

func (r *recorder) Errorf(format string, arguments ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, arguments...))
}

// Fatal ends the goroutine, which is that of the part.
func (r *recorder) Fatal(arguments ...any) {
	r.Error(arguments...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, arguments ...any) {
	r.Errorf(format, arguments...)
	runtime.Goexit()
}

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

// Run runs a part in a goroutine of its own, with its cleanups, and notes a panic as a failure.
func (r *recorder) Run(name string, f func(*recorder)) bool {
	part := &recorder{name: strings.TrimPrefix(r.name+"/"+name, "/"), results: r.results}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if cause := recover(); cause != nil {
				part.Errorf("panic: %v", cause)
			}
			for i := len(part.cleanups) - 1; i >= 0; i-- {
				part.cleanups[i]()
			}
		}()
		f(part)
	}()
	<-done
	*r.results = append(*r.results, Result{part.name, part.failures})
	return len(part.failures) == 0
}
