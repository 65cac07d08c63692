package report

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"
)

// hands is a clock that moves when it is told to.
type hands struct{ now time.Time }

func newHands() *hands { return &hands{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }

func (h *hands) clock() time.Time      { return h.now }
func (h *hands) pass(d time.Duration)  { h.now = h.now.Add(d) }
func status(step, steps uint64) Status { return Status{step, steps, 0.001234, 28.06} }
func always(columns int) func() int    { return func() int { return columns } }
func train(p Progress, h *hands, s ...Status) {
	for _, status := range s {
		p.Update(status)
		h.pass(time.Second)
	}
}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	h := newHands()
	p := NewLines(&out, 10*time.Second, h.clock)
	p.Update(Status{0, 0, math.NaN(), math.NaN()})
	for step := uint64(1); step <= 25; step++ {
		h.pass(500 * time.Millisecond)
		p.Update(status(step, 5000))
		if step == 21 {
			p.Message("saved")
		}
	}
	p.Close()
	p.Close()
	want := `step 0
step 20/5000  loss 0.00123  PSNR 28.1 dB  2 steps/s  41m30s left
saved
step 25/5000  loss 0.00123  PSNR 28.1 dB  2 steps/s  41m28s left
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// screen returns the lines that a terminal shows after output.
func screen(output string) []string {
	var shown []string
	for _, line := range strings.Split(output, "\n") {
		row, at := []rune{}, 0
		for rest := line; rest != ""; {
			switch {
			case strings.HasPrefix(rest, "\x1b[2K"):
				row, rest = make([]rune, at), rest[4:]
			case strings.HasPrefix(rest, "\x1b[0K"):
				row, rest = row[:at], rest[4:]
			case rest[0] == '\r':
				at, rest = 0, rest[1:]
			default:
				r := []rune(rest)[0]
				rest = rest[len(string(r)):]
				row = append(row[:at], append([]rune{r}, row[min(at+1, len(row)):]...)...)
				at++
			}
		}
		shown = append(shown, strings.TrimRight(string(row), " \x00"))
	}
	return shown
}

func TestBar(t *testing.T) {
	var out bytes.Buffer
	h := newHands()
	p := NewBar(&out, always(100), h.clock)
	p.Message("begins")
	train(p, h, status(0, 0), status(10, 0), status(20, 80))
	p.Message("saved step 20\n")
	train(p, h, status(40, 80))
	at40 := out.String()
	train(p, h, status(80, 80))
	p.Message("done")
	p.Close()
	p.Message("bye")
	p.Update(status(80, 80))

	const before = "begins\nsaved step 20\n"
	if got, want := strings.Join(screen(at40), "\n"), before+"  50% ████████████░░░░░░░░░░░░  40/80  loss 0.00123  PSNR 28.1 dB  13.3 steps/s  3s left"; got != want {
		t.Errorf("at step 40 the screen shows\n%s\nwant\n%s", got, want)
	}
	if got, want := strings.Join(screen(out.String()), "\n"), before+" 100% ████████████████████████  80/80  loss 0.00123  PSNR 28.1 dB  20 steps/s\ndone\nbye\n"; got != want {
		t.Errorf("at the end the screen shows\n%s\nwant\n%s", got, want)
	}
}

func TestBarThatIsInterruptedStays(t *testing.T) {
	var out bytes.Buffer
	h := newHands()
	p := NewBar(&out, always(100), h.clock)
	train(p, h, status(0, 100), status(20, 100), status(25, 100))
	p.Close()
	p.Message("resume with -resume")
	lines := screen(out.String())
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "  25% ██████░") || lines[1] != "resume with -resume" || lines[2] != "" {
		t.Errorf("the screen shows %q", lines)
	}
}

func TestBarFitsTheTerminalAndDrawsSeldom(t *testing.T) {
	for _, columns := range []int{30, 40, 60, 80, 200} {
		var out bytes.Buffer
		h := newHands()
		p := NewBar(&out, always(columns), h.clock)
		for step := uint64(0); step <= 10000; step++ {
			s := status(step, 10000)
			if step < 1000 {
				s.Steps = 0
			}
			p.Update(s)
			h.pass(time.Millisecond)
		}
		frames := strings.Split(out.String(), "\r")
		if len(frames) > 110 {
			t.Errorf("%d columns: %d frames in 10 seconds", columns, len(frames))
		}
		for _, frame := range frames {
			if width := len([]rune(strings.NewReplacer("\x1b[2K", "", "\x1b[0K", "").Replace(frame))); width >= columns {
				t.Errorf("%d columns: a frame of %d: %q", columns, width, frame)
			}
		}
	}
}

func TestSpeedFollowsAMachineThatSlowsDown(t *testing.T) {
	h := newHands()
	var s speedometer
	if s.observe(h.now, 0); s.rate() != 0 {
		t.Errorf("%v steps/s from one observation", s.rate())
	}
	step := uint64(0)
	for range 100000 {
		h.pass(10 * time.Millisecond)
		step++
		s.observe(h.now, step)
	}
	if rate := s.rate(); math.Abs(rate-100) > 1e-6 {
		t.Errorf("%v steps/s, want 100", rate)
	}
	for range 40 {
		h.pass(time.Second)
		step++
		s.observe(h.now, step)
	}
	if rate := s.rate(); math.Abs(rate-1) > 1e-6 {
		t.Errorf("%v steps/s, want 1", rate)
	}
	if len(s.marks) > 70 {
		t.Errorf("%d marks are kept", len(s.marks))
	}
}

func TestDuration(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0s", 59.4: "59s", 59.6: "1m00s", 492: "8m12s", 7500: "2h05m", 86400*3 + 3600*4: "3d04h", 1e300: "years", math.Inf(1): "years", math.NaN(): "years",
	} {
		if got := duration(seconds); got != want {
			t.Errorf("%v seconds: %s, want %s", seconds, got, want)
		}
	}
}
