package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/schollz/progressbar/v3"
)

// bar draws a progress bar with the details in its description:
//
//	45% ███████████             2520/5600  loss 0.00123  PSNR 28.1 dB  10.2 steps/s  8m12s left
type bar struct {
	mutex   sync.Mutex
	out     io.Writer
	columns func() int
	clock   func() time.Time
	speed   speedometer
	bar     *progressbar.ProgressBar // nil until the number of steps is known
	width   int                      // of the bar alone
	frames  bytes.Buffer             // what the library draws
	last    Status
	shown   time.Time
	below   bool // the cursor has left the bar's line for good
}

const (
	maxBarWidth = 24
	// barOverhead counts what the library puts around the bar: percentage, spaces, and the last column, at which some terminals wrap.
	barOverhead = 8
	clearLine   = "\r\x1b[2K"
)

// NewBar returns a Progress that draws a bar of schollz/progressbar on a terminal, where columns tells the terminal's width.
func NewBar(out io.Writer, columns func() int, clock func() time.Time) Progress {
	return &bar{out: out, columns: columns, clock: clock}
}

func (b *bar) Update(status Status) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.below {
		return
	}
	now := b.clock()
	b.speed.observe(now, status.Step)
	b.last = status
	if b.shown.IsZero() || now.Sub(b.shown) >= barInterval {
		b.shown = now
		b.draw()
	}
}

// draw shows the last status. Errors of the terminal are dropped: there is no better place to say them.
func (b *bar) draw() {
	if b.last.Steps == 0 {
		room := b.columns() - 1
		fmt.Fprint(b.out, clearLine+fit(fmt.Sprintf("step %d", b.last.Step), details(b.last, b.speed.rate()), room))
		return
	}
	steps := int64(b.last.Steps)
	if b.bar == nil {
		fmt.Fprint(b.out, clearLine)
		b.bar = b.newBar(steps)
	} else if b.bar.GetMax64() != steps {
		b.bar.ChangeMax64(steps)
	}
	step := fmt.Sprintf("%d/%d", b.last.Step, b.last.Steps)
	b.bar.Describe(fit(step, details(b.last, b.speed.rate()), b.columns()-b.width-barOverhead))
	_ = b.bar.Set64(int64(min(b.last.Step, b.last.Steps)))

	// Both calls draw a frame, the first with the old length of the bar: only the last one is shown.
	frames := b.frames.Bytes()
	_, _ = b.out.Write(frames[max(0, bytes.LastIndexByte(frames, '\r')):])
	b.frames.Reset()
}

func (b *bar) newBar(steps int64) *progressbar.ProgressBar {
	b.width = max(4, min(maxBarWidth, b.columns()/4))
	return progressbar.NewOptions64(steps,
		progressbar.OptionSetWriter(&b.frames),
		progressbar.OptionUseANSICodes(true),
		progressbar.OptionSetWidth(b.width),
		progressbar.OptionShowDescriptionAtLineEnd(),
		progressbar.OptionSetPredictTime(false), // its clock cannot be replaced
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "█", SaucerPadding: "░"}),
	)
}

// fit appends as many details as room columns hold.
func fit(text string, details []string, room int) string {
	for _, detail := range details {
		longer := text + "  " + detail
		if utf8.RuneCountInString(longer) > room {
			break
		}
		text = longer
	}
	return text
}

func (b *bar) Message(text string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	text = strings.TrimRight(text, "\n") + "\n"
	switch {
	case b.shown.IsZero() || b.below:
		fmt.Fprint(b.out, text)
	case b.bar != nil && b.bar.IsFinished(): // the library draws a full bar once only, so it stays where it is
		b.below = true
		fmt.Fprint(b.out, "\n"+text)
	default:
		fmt.Fprint(b.out, clearLine+text)
		b.draw()
	}
}

func (b *bar) Close() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.shown.IsZero() || b.below {
		return
	}
	b.draw()
	b.below = true
	fmt.Fprintln(b.out)
}
