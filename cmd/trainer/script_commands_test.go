package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommands are the commands that the scripts of testdata/script have beside testscript's own.
//
//	code N PROGRAM ARGUMENT...       the program ends with exit code N
//	files FOLDER NAME...             the folder holds these names and no others
//	damage FILE                      turn one bit over, in the middle
//	cut FILE                         remove the second half
//	image FILE KIND WIDTHxHEIGHT     draw a picture; the kinds are those of writeImage
//	looks FILE FORMAT KIND WxH       the file's format, kind and size, as Go's own decoders see them
//	[!] alike A B                    the pictures have the same samples
//	opacity A B                      the pictures have the same alpha, which is not the same all over
//	split FILE RED GREEN BLUE        write the channels of a picture as gray PNG
//	deviation A B LOW HIGH           the standard deviation of A-B, of 255, is in [LOW, HIGH]
//	figure FILE KEY LOW HIGH         the file is one JSON object and nothing else, and what stands under KEY, such as levels.0.gap_db, is a number in [LOW, HIGH]
func scriptCommands() map[string]func(ts *testscript.TestScript, negated bool, arguments []string) {
	return map[string]func(ts *testscript.TestScript, negated bool, arguments []string){
		"code":      plain(2, 99, codeCommand),
		"files":     plain(1, 99, filesCommand),
		"damage":    plain(1, 1, damageCommand),
		"cut":       plain(1, 1, cutCommand),
		"image":     plain(3, 3, imageCommand),
		"looks":     plain(4, 4, looksCommand),
		"split":     plain(4, 4, splitCommand),
		"opacity":   plain(2, 2, opacityCommand),
		"deviation": plain(4, 4, deviationCommand),
		"figure":    plain(4, 4, figureCommand),
		"alike": func(ts *testscript.TestScript, negated bool, arguments []string) {
			if len(arguments) != 2 {
				ts.Fatalf("usage: alike A B")
			}
			a, b := readSamples(ts, arguments[0]), readSamples(ts, arguments[1])
			if slices.Equal(a, b) == negated {
				ts.Fatalf("%s and %s: same samples is %v", arguments[0], arguments[1], !negated)
			}
		},
	}
}

// plain is a command that cannot be negated.
func plain(least, most int, run func(*testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, negated bool, arguments []string) {
		if negated || len(arguments) < least || len(arguments) > most {
			ts.Fatalf("misused in the script")
		}
		run(ts, arguments)
	}
}

func codeCommand(ts *testscript.TestScript, arguments []string) {
	want, err := strconv.Atoi(arguments[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(arguments[1], arguments[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

func filesCommand(ts *testscript.TestScript, arguments []string) {
	entries, err := os.ReadDir(ts.MkAbs(arguments[0]))
	ts.Check(err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	want := slices.Sorted(slices.Values(arguments[1:]))
	if !slices.Equal(names, want) {
		ts.Fatalf("%s holds %q, want %q", arguments[0], names, want)
	}
}

func damageCommand(ts *testscript.TestScript, arguments []string) {
	content := []byte(ts.ReadFile(arguments[0]))
	content[len(content)/2] ^= 4
	ts.Check(os.WriteFile(ts.MkAbs(arguments[0]), content, 0o666))
}

func cutCommand(ts *testscript.TestScript, arguments []string) {
	content := ts.ReadFile(arguments[0])
	ts.Check(os.WriteFile(ts.MkAbs(arguments[0]), []byte(content[:len(content)/2]), 0o666))
}

func imageCommand(ts *testscript.TestScript, arguments []string) {
	var width, height int
	_, err := fmt.Sscanf(arguments[2], "%dx%d", &width, &height)
	ts.Check(err)
	ts.Check(writeImage(ts.MkAbs(arguments[0]), arguments[1], width, height))
}

func looksCommand(ts *testscript.TestScript, arguments []string) {
	want := strings.Join(arguments[1:], " ")
	got, err := describeImage(ts.MkAbs(arguments[0]))
	ts.Check(err)
	if got != want {
		ts.Fatalf("%s is %q, want %q", arguments[0], got, want)
	}
}

func splitCommand(ts *testscript.TestScript, arguments []string) {
	ts.Check(splitImage(ts.MkAbs(arguments[0]), ts.MkAbs(arguments[1]), ts.MkAbs(arguments[2]), ts.MkAbs(arguments[3])))
}

func opacityCommand(ts *testscript.TestScript, arguments []string) {
	a, b := readSamples(ts, arguments[0]), readSamples(ts, arguments[1])
	if len(a) != len(b) {
		ts.Fatalf("the pictures differ in size")
	}
	varies := false
	for i := 3; i < len(a); i += 4 {
		if a[i] != b[i] {
			ts.Fatalf("the alpha of pixel %d is %d and %d", i/4, a[i], b[i])
		}
		varies = varies || a[i] != a[3]
	}
	if !varies {
		ts.Fatalf("the alpha is %d all over", a[3])
	}
}

func deviationCommand(ts *testscript.TestScript, arguments []string) {
	a, b := readSamples(ts, arguments[0]), readSamples(ts, arguments[1])
	low, lowErr := strconv.ParseFloat(arguments[2], 64)
	high, highErr := strconv.ParseFloat(arguments[3], 64)
	ts.Check(errors.Join(lowErr, highErr))
	if len(a) != len(b) {
		ts.Fatalf("the pictures differ in size")
	}
	sum, squares, n := 0.0, 0.0, float64(len(a)/4*3)
	for i := range a {
		if i%4 == 3 { // alpha
			continue
		}
		difference := (float64(a[i]) - float64(b[i])) / 257
		sum += difference
		squares += difference * difference
	}
	deviation := math.Sqrt(squares/n - sum*sum/(n*n))
	if !(deviation >= low && deviation <= high) {
		ts.Fatalf("the standard deviation is %.3f", deviation)
	}
}

func readSamples(ts *testscript.TestScript, name string) []uint16 {
	samples, err := imageSamples(ts.MkAbs(name))
	ts.Check(err)
	return samples
}
