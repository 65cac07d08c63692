package report

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// Status is where a run stands.
type Status struct {
	Step, Steps uint64  // steps done, steps in all; Steps is 0 while it is not known
	Loss, PSNR  float64 // NaN while not known
}

// Progress shows a run to whoever watches it. Its methods may be called from several goroutines.
type Progress interface {
	// Update may be called after each step; it draws only as often as an eye can follow.
	Update(Status)
	// Message prints a line of its own, apart from the bar.
	Message(text string)
	// Close shows the last status and leaves it on the screen.
	Close()
}

const (
	barInterval  = 100 * time.Millisecond
	lineInterval = 10 * time.Second
)

// NewProgress returns a bar when file is a terminal that can move its cursor, and lines every ten seconds elsewhere. The clock is time.Now, or a test's own.
func NewProgress(file *os.File, clock func() time.Time) Progress {
	if term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb" {
		columns := func() int {
			width, _, err := term.GetSize(int(file.Fd()))
			if err != nil || width <= 0 {
				width = 80
			}
			return width
		}
		return NewBar(file, columns, clock)
	}
	return NewLines(file, lineInterval, clock)
}

// lines prints one line every interval.
type lines struct {
	mutex    sync.Mutex
	out      io.Writer
	interval time.Duration
	clock    func() time.Time
	speed    speedometer
	last     Status
	shown    time.Time
	pending  bool // last has not been printed
}

// NewLines returns a Progress that prints the first status, then one a interval, and the last:
//
//	step 500/5600  loss 0.00123  PSNR 28.1 dB  10.2 steps/s  8m20s left
func NewLines(out io.Writer, interval time.Duration, clock func() time.Time) Progress {
	return &lines{out: out, interval: interval, clock: clock}
}

func (l *lines) Update(status Status) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	now := l.clock()
	l.speed.observe(now, status.Step)
	l.last, l.pending = status, true
	if l.shown.IsZero() || now.Sub(l.shown) >= l.interval {
		l.print(now)
	}
}

func (l *lines) print(now time.Time) {
	step := fmt.Sprintf("step %d", l.last.Step)
	if l.last.Steps > 0 {
		step += fmt.Sprintf("/%d", l.last.Steps)
	}
	fmt.Fprintln(l.out, strings.Join(append([]string{step}, details(l.last, l.speed.rate())...), "  "))
	l.shown, l.pending = now, false
}

func (l *lines) Message(text string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	fmt.Fprintln(l.out, text)
}

func (l *lines) Close() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.pending {
		l.print(l.clock())
	}
}

// details returns what is known beside the step, the most telling first.
func details(status Status, rate float64) []string {
	var parts []string
	if !math.IsNaN(status.Loss) {
		parts = append(parts, fmt.Sprintf("loss %.3g", status.Loss))
	}
	if !math.IsNaN(status.PSNR) {
		parts = append(parts, fmt.Sprintf("PSNR %.1f dB", status.PSNR))
	}
	if rate > 0 {
		parts = append(parts, fmt.Sprintf("%.3g steps/s", rate))
		if status.Steps > status.Step {
			parts = append(parts, duration(float64(status.Steps-status.Step)/rate)+" left")
		}
	}
	return parts
}

// duration writes seconds as 42s, 8m12s, 2h05m or 3d04h.
func duration(seconds float64) string {
	if !(seconds < 1000*24*3600) {
		return "years"
	}
	s := int64(math.Round(seconds))
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 24*3600:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd%02dh", s/(24*3600), s/3600%24)
}
