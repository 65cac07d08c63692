// Command tour trains three small networks and leads through what they learnt: noise, denoising, the manifold of clean images, the posterior mean, Tweedie's formula and
// the score, walks, samples, latents and uncertainty. It leaves a folder with a page, index.html, and its pictures; nothing on the page comes from elsewhere:
//
//	go run ./scripts/tour -trainer bin/trainer -o tour
//
// Every figure on the page is what a command of the program printed with -json a moment before. A bound that a command misses is said on the page, and ends the tour with
// exit code 5 after the page is written; any other failure ends it at once with 1. Finished runs in the folder are not trained again.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tweedie/engine/data"
	"tweedie/engine/picture"
)

// exitMissed is the exit code of the tour, and of trainer's commands, when a bound is missed.
const exitMissed = 5

func main() {
	t := tour{}
	flag.StringVar(&t.trainer, "trainer", "bin/trainer", "`path` of the program")
	flag.StringVar(&t.folder, "o", "tour", "`folder` for the page, its pictures and the runs")
	flag.IntVar(&t.steps, "steps", 0, "`number` of training steps of each network, to try the tour itself out; 0 for those of the presets")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "tour: %q is one argument too many\n", flag.Arg(0))
		os.Exit(2)
	}
	missed, err := t.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tour: "+err.Error())
		os.Exit(1)
	}
	fmt.Println(filepath.Join(t.folder, "index.html"))
	if missed > 0 {
		fmt.Fprintf(os.Stderr, "tour: %d of the commands miss their bound; the page says which\n", missed)
		os.Exit(exitMissed)
	}
}

type tour struct {
	trainer, folder string
	steps           int
}

// stage is one command of the tour with what it printed.
type stage struct {
	Command string // as it is shown
	Missed  string // the bound that it missed, in the program's words; empty if none
	Picture string // in the folder; empty if there is none
	figures any    // what it printed as JSON
}

// page is what index.html is made of.
type page struct {
	Stages map[string]stage
	Missed int
	Steps  int // as the flag
	Taken  time.Duration
}

//go:embed page.html
var pageTemplate string

func (t *tour) run() (missed int, err error) {
	began := time.Now()
	if t.trainer, err = filepath.Abs(t.trainer); err != nil {
		return 0, err
	}
	if err := os.MkdirAll(t.folder, 0o777); err != nil {
		return 0, err
	}
	if err := t.writeDigit(); err != nil {
		return 0, err
	}
	p := page{Stages: map[string]stage{}, Steps: t.steps}
	for _, preset := range presets() {
		if _, err := t.call(t.training(preset)); err != nil {
			return 0, err
		}
	}
	for _, c := range commands() {
		fmt.Println("trainer " + strings.Join(c.arguments, " "))
		s, err := t.call(c)
		if err != nil {
			return 0, err
		}
		if s.Missed != "" {
			p.Missed++
		}
		p.Stages[c.name] = s
	}
	p.Taken = time.Since(began).Round(time.Second)
	return p.Missed, t.writePage(p)
}

// writeDigit draws the digit that the tour is about: one that no network was trained on.
func (t *tour) writeDigit() error {
	const side, number = 28, 8
	digits := data.Digits(2026, number+1, side)
	p := picture.New(side, side, 1, 8)
	for k, sample := range digits.EightBit(number) {
		p.Planes[0][k] = uint16(sample)
	}
	return picture.Write(filepath.Join(t.folder, "clean.png"), p, true)
}

func (t *tour) training(preset string) command {
	c := command{arguments: []string{"-config", preset, "-resume"}, shows: true}
	if t.steps > 0 {
		for _, key := range []string{"steps", "validate"} {
			c.arguments = append(c.arguments, "-set", fmt.Sprintf("train.%s=%d", key, t.steps))
		}
	}
	return c
}

// call runs a command in the folder.
func (t *tour) call(c command) (stage, error) {
	s := stage{Command: "trainer " + strings.Join(c.arguments, " "), Picture: c.picture}
	arguments := c.arguments
	if c.picture != "" {
		arguments = append(arguments[:len(arguments):len(arguments)], "-o", c.picture, "-force")
		s.Command += " -o " + c.picture
		if err := os.RemoveAll(filepath.Join(t.folder, c.picture)); err != nil {
			return s, err
		}
	}
	if c.json {
		arguments = append(arguments[:len(arguments):len(arguments)], "-json")
	}
	var out, problems bytes.Buffer
	called := exec.Command(t.trainer, arguments...)
	called.Dir, called.Stdout, called.Stderr = t.folder, &out, &problems
	if c.shows {
		called.Stdout, called.Stderr = os.Stdout, os.Stderr
	}
	err := called.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &exit) && exit.ExitCode() == exitMissed && !c.shows:
		s.Missed = strings.TrimPrefix(strings.TrimSpace(problems.String()), "trainer: ")
	default:
		return s, fmt.Errorf("%s: %w: %s", s.Command, err, strings.TrimSpace(problems.String()))
	}
	if _, err := os.Stat(filepath.Join(t.folder, c.picture)); err != nil {
		s.Picture = ""
	}
	switch {
	case c.json && out.Len() > 0:
		if err := json.Unmarshal(out.Bytes(), &s.figures); err != nil {
			return s, fmt.Errorf("%s: %w", s.Command, err)
		}
	case c.pattern != nil:
		if found := c.pattern.FindSubmatch(out.Bytes()); found != nil {
			value, err := strconv.ParseFloat(string(found[1]), 64)
			if err != nil {
				return s, fmt.Errorf("%s: %w", s.Command, err)
			}
			s.figures = map[string]any{"value": value}
		}
	}
	return s, nil
}

func (t *tour) writePage(p page) error {
	parsed, err := template.New("page").Funcs(template.FuncMap{"figure": p.figure, "largest": p.largest}).Parse(pageTemplate)
	if err != nil {
		return err
	}
	var html bytes.Buffer
	if err := parsed.Execute(&html, p); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(t.folder, "index.html"), html.Bytes(), 0o666)
}
