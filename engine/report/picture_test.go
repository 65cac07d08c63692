package report

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func solid(width, height int, c color.Color) *image.Gray {
	gray := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			gray.Set(x, y, c)
		}
	}
	return gray
}

// count returns the pixels in a rectangle that match.
func count(picture image.Image, area image.Rectangle, match func(r, g, b uint8) bool) int {
	n := 0
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
			if match(c.R, c.G, c.B) {
				n++
			}
		}
	}
	return n
}

func gray(level uint8) func(r, g, b uint8) bool {
	return func(r, g, b uint8) bool { return r == level && g == level && b == level }
}

func notWhite(r, g, b uint8) bool { return r&g&b != 255 }

func TestSheetPlacesPanelsAndText(t *testing.T) {
	sheet := Sheet{
		Title:   "Title",
		Columns: []string{"first", "a header that is far too long for its column and must not run into others"},
		Rows: [][]Panel{
			{{solid(100, 60, color.Gray{1}), "below"}, {solid(80, 40, color.Gray{2}), ""}},
			{{nil, ""}, {solid(90, 70, color.Gray{3}), "Iiii"}},
		},
		Note: "note",
	}
	picture, err := sheet.Draw()
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := picture.(*image.Gray); !ok {
		t.Errorf("a sheet of gray images is a %T", picture)
	}
	all := picture.Bounds()
	if all.Dx() != sheetMargin+100+sheetGap+90+sheetMargin {
		t.Errorf("the sheet is %d wide", all.Dx())
	}
	for level, want := range map[uint8]int{1: 100 * 60, 2: 80 * 40, 3: 90 * 70} {
		if got := count(picture, all, gray(level)); got != want {
			t.Errorf("%d pixels of panel %d, want %d: it is covered or cut", got, level, want)
		}
	}
	for name, edge := range map[string]image.Rectangle{
		"left":   {all.Min, image.Pt(sheetMargin, all.Max.Y)},
		"right":  {image.Pt(all.Max.X-sheetMargin, 0), all.Max},
		"top":    {all.Min, image.Pt(all.Max.X, sheetMargin)},
		"bottom": {image.Pt(0, all.Max.Y-sheetMargin), all.Max},
	} {
		if n := count(picture, edge, notWhite); n != 0 {
			t.Errorf("%d pixels in the %s margin are not white", n, name)
		}
	}
	sheet.Title, sheet.Columns, sheet.Note = "", nil, ""
	sheet.Rows[0][0].Caption, sheet.Rows[1][1].Caption = "", ""
	bare, err := sheet.Draw()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := bare.Bounds().Dy(), 2*sheetMargin+60+sheetGap+70; got != want {
		t.Errorf("without text the sheet is %d high, want %d", got, want)
	}
	if got, want := count(bare, bare.Bounds(), notWhite), 100*60+80*40+90*70; got != want {
		t.Errorf("without text %d pixels are not white, want %d", got, want)
	}
	if inked := count(picture, all, notWhite) - (100*60 + 80*40 + 90*70); inked < 300 {
		t.Errorf("the text has %d pixels", inked)
	}

	colourful := image.NewNRGBA(image.Rect(0, 0, 5, 5))
	colourful.SetNRGBA(2, 2, color.NRGBA{200, 10, 20, 255})
	picture, err = Sheet{Rows: [][]Panel{{{Image: colourful}}}}.Draw()
	if err != nil || count(picture, picture.Bounds(), func(r, g, b uint8) bool { return r == 200 && g == 10 && b == 20 }) != 1 {
		t.Errorf("a colour is lost: %v", err)
	}
	for _, empty := range []Sheet{{}, {Rows: [][]Panel{{}}}} {
		if _, err := empty.Draw(); err == nil {
			t.Error("an empty sheet was drawn")
		}
	}
}

func TestGray(t *testing.T) {
	got := Gray([]float32{0, 1, 0.5, -3, 7, float32(math.NaN()), float32(math.Inf(1)), 1.0 / 255}, 4, 2)
	if want := string([]byte{0, 255, 128, 0, 255, 0, 255, 1}); string(got.Pix) != want {
		t.Errorf("got %v, want %v", got.Pix, []byte(want))
	}
}

func TestFitPanel(t *testing.T) {
	for _, test := range []struct{ width, height, wantWidth, wantHeight int }{
		{40, 40, 160, 160}, {64, 48, 192, 144}, {1, 3, 54, 162}, {160, 10, 160, 10}, {256, 256, 256, 256}, {481, 321, 320, 320}, {321, 481, 320, 320}, {1000, 20, 320, 20},
	} {
		if got := fitPanel(image.NewGray(image.Rect(0, 0, test.width, test.height))).Bounds().Size(); got != image.Pt(test.wantWidth, test.wantHeight) {
			t.Errorf("%d x %d becomes %v, want %d x %d", test.width, test.height, got, test.wantWidth, test.wantHeight)
		}
	}
	// A point in the middle stays in the middle.
	large := image.NewGray(image.Rect(0, 0, 1001, 701))
	large.SetGray(500, 350, color.Gray{255})
	if cropped := fitPanel(large); cropped.GrayAt(cropped.Rect.Min.X+160, cropped.Rect.Min.Y+160).Y != 255 {
		t.Error("the crop is not the centre")
	}
	small := image.NewGray(image.Rect(0, 0, 80, 80))
	small.SetGray(3, 5, color.Gray{255})
	if got := fitPanel(small); count(got, image.Rect(6, 10, 8, 12), gray(255)) != 4 || count(got, got.Rect, gray(255)) != 4 {
		t.Error("magnification misplaces a pixel")
	}
}

func TestValidationGridShowsResidualAroundMidGray(t *testing.T) {
	const side = 200
	sample := Sample{Name: "x", Width: side, Height: side, NoisyPSNR: 20.17, DenoisedPSNR: 28.7}
	for i := range side * side {
		residual := []float32{0, 0.125, -0.125, 0.0625}[i%4]
		sample.Noisy = append(sample.Noisy, 0.2)
		sample.Denoised = append(sample.Denoised, 0.4+residual)
		sample.Clean = append(sample.Clean, 0.4)
	}
	picture, err := ValidationGrid("title", []Sample{sample, sample})
	if err != nil {
		t.Fatal(err)
	}
	right := picture.Bounds().Max.X - sheetMargin
	column := image.Rect(right-side, 0, right, picture.Bounds().Max.Y)
	quarter := 2 * side * side / 4
	for _, level := range []uint8{0, 128, 191} { // white is the paper's too, and letters have soft edges of all grays
		if got := count(picture, column, gray(level)); got < quarter || got > quarter+100 {
			t.Errorf("residual: %d pixels of %d, want %d", got, level, quarter)
		}
	}
	path := filepath.Join(t.TempDir(), "grid.png")
	if err := WritePNG(path, picture); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if back, err := png.Decode(file); err != nil || back.Bounds() != picture.Bounds() {
		t.Errorf("the file is not the picture: %v", err)
	}

	sample.Clean = sample.Clean[1:]
	if _, err := ValidationGrid("", []Sample{sample}); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("a missing pixel gives %v", err)
	}
	if _, err := ValidationGrid("", nil); err == nil {
		t.Error("a grid of nothing was drawn")
	}
}
