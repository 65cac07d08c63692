package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTourOfAFewSteps goes through the whole tour with networks that have hardly begun. Their bounds are missed, which the page must say, and every picture that it
// shows must lie beside it. It takes half a minute of two cores, so that only make soak asks for it.
func TestTourOfAFewSteps(t *testing.T) {
	if os.Getenv("TWEEDIE_TOUR") == "" {
		t.Skip("set TWEEDIE_TOUR=1 to go through the whole tour")
	}
	trainer := filepath.Join(t.TempDir(), "trainer")
	if out, err := exec.Command("go", "build", "-o", trainer, "tweedie/cmd/trainer").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	short := tour{trainer: trainer, folder: filepath.Join(t.TempDir(), "tour"), steps: 3}
	missed, err := short.run()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(short.folder, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	html := string(text)
	if missed < 3 || strings.Count(html, "This missed its bound: ") != missed {
		t.Errorf("%d bounds are missed, of which the page names %d", missed, strings.Count(html, "This missed its bound: "))
	}
	if !strings.Contains(html, "trained for 3 steps only") || !strings.Contains(html, "the network is not the posterior mean") {
		t.Error("the page does not say what is amiss")
	}
	pictures := regexp.MustCompile(`src="([^"]+)"`).FindAllStringSubmatch(html, -1)
	if len(pictures) < 12 {
		t.Errorf("the page shows %d pictures", len(pictures))
	}
	for _, picture := range pictures {
		if info, err := os.Stat(filepath.Join(short.folder, picture[1])); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", picture[1], err)
		}
	}
	if strings.Contains(html, "://") {
		t.Error("the page refers to what lies elsewhere")
	}
}

// TestFiguresAreNeverMadeUp: a figure that was not printed stops the tour, unless its command says itself why there is none.
func TestFiguresAreNeverMadeUp(t *testing.T) {
	levels := []any{map[string]any{"left": 0.25, "word": "x"}, map[string]any{"left": 0.5}}
	p := page{Stages: map[string]stage{"a": {figures: map[string]any{"levels": levels}}, "failed": {Missed: "it diverged"}, "silent": {}}}
	if text, err := p.figure("a", "levels.1.left", 100, "%.1f"); err != nil || text != "50.0" {
		t.Errorf("the figure is %q, %v", text, err)
	}
	if text, err := p.largest("a", "left", 1, "%.2f"); err != nil || text != "0.50" {
		t.Errorf("the largest is %q, %v", text, err)
	}
	if text, err := p.figure("failed", "levels.0.left", 1, "%f"); err != nil || text != notMeasured {
		t.Errorf("of a command that failed the figure is %q, %v", text, err)
	}
	for _, path := range []string{"levels.2.left", "levels.0.word", "levels.0.right", "none", "levels.0.left.more", "levels.x"} {
		if text, err := p.figure("a", path, 1, "%f"); err == nil {
			t.Errorf("%s: %q without error", path, text)
		}
	}
	for _, name := range []string{"silent", "nobody"} {
		if text, err := p.figure(name, "left", 1, "%f"); err == nil {
			t.Errorf("%s: %q without error", name, text)
		}
		if text, err := p.largest(name, "left", 1, "%f"); err == nil {
			t.Errorf("%s: the largest is %q without error", name, text)
		}
	}
	if _, err := p.largest("a", "right", 1, "%f"); err == nil {
		t.Error("the largest of nothing: no error")
	}
}

// TestPageSaysWhatFailed: where every command failed before it measured anything, the page says so of each, with no figure and no picture.
func TestPageSaysWhatFailed(t *testing.T) {
	p := page{Stages: map[string]stage{}, Missed: len(commands())}
	for _, c := range commands() {
		p.Stages[c.name] = stage{Command: "trainer " + c.name, Missed: "the network <diverged>"}
	}
	folder := t.TempDir()
	if err := (&tour{folder: folder}).writePage(p); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	html := string(text)
	if n := strings.Count(html, "This missed its bound: the network &lt;diverged&gt;."); n != len(commands()) {
		t.Errorf("of %d commands that failed the page names %d", len(commands()), n)
	}
	if n := strings.Count(html, notMeasured); n < 20 {
		t.Errorf("%d figures are not measured", n)
	}
	if n := strings.Count(html, "There is no picture."); n != len(commands())-2 { // noise and denoise share a row
		t.Errorf("%d pictures are missing", n)
	}
}

// TestStagesOfThePage: every command has a place on the page, so that none runs for nothing.
func TestStagesOfThePage(t *testing.T) {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
		if !strings.Contains(pageTemplate, ".Stages."+c.name) {
			t.Errorf("the page does not show %s", c.name)
		}
	}
	slices.Sort(names)
	if len(slices.Compact(names)) != len(commands()) {
		t.Error("two commands have one name")
	}
}
