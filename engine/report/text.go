package report

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// letters draws text of one font and size.
type letters struct {
	face   font.Face
	colour color.Color
}

// lettering is the three styles of a sheet.
type lettering struct{ title, header, caption letters }

func newLettering() (lettering, error) {
	title, err := newLetters(liberationsansbold.TTF, 17, color.Gray{0x10})
	if err != nil {
		return lettering{}, err
	}
	header, err := newLetters(liberationsansbold.TTF, 14, color.Gray{0x20})
	if err != nil {
		return lettering{}, err
	}
	caption, err := newLetters(liberationsansregular.TTF, 13, color.Gray{0x40})
	return lettering{title, header, caption}, err
}

func newLetters(file []byte, pixels float64, colour color.Color) (letters, error) {
	parsed, err := opentype.Parse(file)
	if err != nil {
		return letters{}, fmt.Errorf("the embedded font cannot be read: %w", err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: pixels, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return letters{}, fmt.Errorf("the embedded font cannot be used: %w", err)
	}
	return letters{face, colour}, nil
}

// height is the distance of two lines in pixels.
func (l letters) height() int { return l.face.Metrics().Height.Ceil() }

func (l letters) width(text string) int { return font.MeasureString(l.face, text).Ceil() }

// fit cuts text, with an ellipsis, to at most width pixels.
func (l letters) fit(text string, width int) string {
	if l.width(text) <= width {
		return text
	}
	runes := []rune(text)
	for n := len(runes) - 1; n > 0; n-- {
		if shorter := string(runes[:n]) + "…"; l.width(shorter) <= width {
			return shorter
		}
	}
	return ""
}

// draw writes text with the top of its line at (x, y).
func (l letters) draw(canvas draw.Image, x, y int, text string) {
	drawer := font.Drawer{
		Dst:  canvas,
		Src:  image.NewUniform(l.colour),
		Face: l.face,
		Dot:  fixed.P(x, y+l.face.Metrics().Ascent.Ceil()),
	}
	drawer.DrawString(text)
}
