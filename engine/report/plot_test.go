package report

import (
	"image"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

func labels(ticks []plot.Tick) string {
	var texts []string
	for _, tick := range ticks {
		texts = append(texts, tick.Label)
	}
	return strings.Join(texts, " ")
}

func TestTicks(t *testing.T) {
	for _, test := range []struct {
		ticker    plot.Ticker
		low, high float64
		want      string
	}{
		{linearTicks{}, 0, 5600, "0 1000 2000 3000 4000 5000"},
		{linearTicks{}, 26.4, 28.8, "26.5 27.0 27.5 28.0 28.5"},
		{linearTicks{}, -1, 1, "-1.0 -0.5 0.0 0.5 1.0"},
		{linearTicks{}, 0.701, 0.889, "0.75 0.80 0.85"},
		{linearTicks{}, 3, 3, ""},
		{linearTicks{}, math.NaN(), 3, ""},
		{logTicks{}, math.Log10(0.0015), math.Log10(0.07), "0.002 0.005 0.01 0.02 0.05"},
		{logTicks{}, -5.5, 0.5, "1e-05 0.0001 0.001 0.01 0.1 1"},
		{logTicks{}, math.Log10(0.0610), math.Log10(0.0799), "0.065 0.070 0.075"},
	} {
		ticks := test.ticker.Ticks(test.low, test.high)
		if got := labels(ticks); got != test.want {
			t.Errorf("%T from %v to %v: %q, want %q", test.ticker, test.low, test.high, got, test.want)
		}
		for _, tick := range ticks {
			if !(tick.Value >= test.low && tick.Value <= test.high) {
				t.Errorf("%T: %s lies at %v, outside %v to %v", test.ticker, tick.Label, tick.Value, test.low, test.high)
			}
		}
	}
}

func TestDecimateKeepsMeansAndOrder(t *testing.T) {
	for _, n := range []int{1, 999, 1000, 1001, 1999, 5600, 100003} {
		points := make(plotter.XYs, n)
		for i := range points {
			points[i] = plotter.XY{X: float64(i), Y: 3*float64(i) + 1}
		}
		fewer := decimate(points, 1000)
		if len(fewer) != min(n, 1000) {
			t.Errorf("%d points become %d", n, len(fewer))
		}
		for i, point := range fewer {
			if math.Abs(point.Y-(3*point.X+1)) > 1e-6 || i > 0 && !(point.X > fewer[i-1].X) {
				t.Errorf("%d points: point %d is %v, no mean of neighbours on y = 3x + 1", n, i, point)
				break
			}
		}
	}
	for i, point := range runningMean(plotter.XYs{{X: 0, Y: 1}, {X: 1, Y: 4}, {X: 2, Y: 1}, {X: 3, Y: 7}}, 1) {
		if want := []float64{1, 2, 4, 7}[i]; point.X != float64(i) || math.Abs(point.Y-want) > 1e-12 {
			t.Errorf("running mean: %v, want %v at %d", point, want, i)
		}
	}
}

func isBlue(r, g, b uint8) bool   { return r == blue.R && g == blue.G && b == blue.B }
func isOrange(r, g, b uint8) bool { return r == orange.R && g == orange.G && b == orange.B }

func TestRunPlot(t *testing.T) {
	nan, infinity := Number(math.NaN()), Number(math.Inf(1))
	line := func(losses ...Number) (training []Training) {
		for i, loss := range losses {
			training = append(training, Training{Step: uint64(i + 1), Loss: loss})
		}
		return training
	}
	for _, test := range []struct {
		name       string
		training   []Training
		validation []Validation
		panels     int
		note       string
	}{
		{"both", line(0.1, 0.01, 0.001), []Validation{{1, 20}, {3, 28}}, 2, ""},
		{"losses that cannot be drawn", line(0.1, nan, infinity, 0, -1, 0.001), []Validation{{1, 20}}, 2, "run (not shown: 4 "},
		{"PSNR that cannot be drawn", line(0.1), []Validation{{1, 20}, {2, infinity}, {3, nan}}, 2, "(not shown: 2 "},
		{"one step", line(0.1), nil, 1, ""},
		{"constant loss", line(0.1, 0.1, 0.1), nil, 1, ""},
		{"extremes", line(1e308, 5e-324), []Validation{{1, 1e4}, {2, -1e4}}, 2, ""},
		{"constant extreme", line(math.MaxFloat64, math.MaxFloat64), nil, 1, ""},
		{"validation only", nil, []Validation{{0, 20}}, 1, ""},
		{"only NaN", line(nan, nan), []Validation{{0, nan}}, 0, ""},
		{"nothing", nil, nil, 0, ""},
		{"largest step", []Training{{Step: math.MaxUint64, Loss: 1}}, nil, 1, ""},
	} {
		panels, err := runPanels("run", test.training, test.validation)
		if (err == nil) != (test.panels > 0) || len(panels) != test.panels {
			t.Errorf("%s: %d panels, want %d, error %v", test.name, len(panels), test.panels, err)
			continue
		}
		said := false
		for _, panel := range panels {
			said = said || strings.Contains(panel.Title.Text, "not shown") && strings.Contains(panel.Title.Text, test.note)
		}
		if said != (test.note != "") {
			t.Errorf("%s: what is left out is said: %v", test.name, said)
		}
		if test.panels == 0 {
			continue
		}
		picture, err := RunPlot("run", test.training, test.validation)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if n := count(picture, picture.Bounds(), isBlue); (n > 20) != (test.training != nil) {
			t.Errorf("%s: the loss has %d pixels", test.name, n)
		}
		if n := count(picture, picture.Bounds(), isOrange); (n > 20) != (test.validation != nil) {
			t.Errorf("%s: the PSNR has %d pixels", test.name, n)
		}
	}
}

var sweep = []SweepRow{
	{25, 29.23456, 0.831234, "runs/sigma25-25"}, {15, 31.7, 0.89, `runs/a "quoted", name`}, {50, 26.2, 0.72, "runs/sigma25-50"},
}

func TestSweepTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sweep.csv")
	if err := WriteSweep(path, sweep); err != nil {
		t.Fatal(err)
	}
	want := "sigma,psnr,ssim,run\n25,29.2346,0.83123,runs/sigma25-25\n15,31.7000,0.89000,\"runs/a \"\"quoted\"\", name\"\n50,26.2000,0.72000,runs/sigma25-50\n"
	if got := read(t, path); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	rows, err := ReadSweep(path)
	if err != nil || len(rows) != 3 || rows[0] != (SweepRow{25, 29.2346, 0.83123, "runs/sigma25-25"}) || rows[1] != sweep[1] {
		t.Errorf("read back %v, %v", rows, err)
	}
	for _, bad := range []SweepRow{{Sigma: math.NaN(), PSNR: 1}, {Sigma: 0, PSNR: 1}, {Sigma: 25, PSNR: math.NaN()}, {Sigma: 25, PSNR: math.Inf(1)}, {Sigma: 25, PSNR: 1, SSIM: math.NaN()}, {Sigma: 25, PSNR: 1, SSIM: 1.1}} {
		if err := WriteSweep(path, []SweepRow{bad}); err == nil {
			t.Errorf("%v was written", bad)
		}
		if _, err := SweepPlot("", []SweepRow{bad}); err == nil {
			t.Errorf("%v was drawn", bad)
		}
	}
	if got := read(t, path); got != want {
		t.Error("a failed write changed the file")
	}
	for _, test := range []struct{ content, want string }{
		{"", ":1: the header"},
		{"sigma,psnr\n", ":1: the header"},
		{"sigma,psnr,ssim,run\n25,29,0.8,a\n25,x,0.8,a\n", `:3: psnr "x" is no number`},
		{"sigma,psnr,ssim,run\n25,NaN,0.8,a\n", ":2: PSNR NaN"},
		{"sigma,psnr,ssim,run\n25,29,0.8\n", "wrong number of fields"},
	} {
		if err := os.WriteFile(path, []byte(test.content), 0o666); err != nil {
			t.Fatal(err)
		}
		if rows, err := ReadSweep(path); err == nil || !strings.HasPrefix(err.Error(), path) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, %v; want an error with %q", test.content, rows, err, test.want)
		}
	}
}

func TestSweepPlot(t *testing.T) {
	whole, err := SweepPlot("sweep", sweep)
	if err != nil {
		t.Fatal(err)
	}
	upper, lower := halves(whole)
	for name, half := range map[string]image.Rectangle{"PSNR": upper, "SSIM": lower} {
		if n := count(whole, half, isBlue); n < 500 {
			t.Errorf("%s has %d pixels", name, n)
		}
	}
	many := make([]SweepRow, 40)
	for i := range many {
		many[i] = SweepRow{Sigma: float64(i+1) / 2, PSNR: 30, SSIM: 1}
	}
	for _, rows := range [][]SweepRow{sweep[:1], {sweep[0], sweep[0]}, many} {
		if _, err := SweepPlot("sweep", rows); err != nil {
			t.Error(err)
		}
	}
	if _, err := SweepPlot("sweep", nil); err == nil {
		t.Error("a sweep without runs was drawn")
	}
	if sweep[0].Sigma != 25 {
		t.Error("the caller's rows were sorted")
	}
}

func halves(picture image.Image) (upper, lower image.Rectangle) {
	all := picture.Bounds()
	middle := all.Dy() / 2
	return image.Rect(0, 0, all.Dx(), middle), image.Rect(0, middle, all.Dx(), all.Dy())
}
