package report

import (
	"errors"
	"image"
	"image/color"
	"image/draw"
)

// Panel is one image of a sheet with a line of text below it.
type Panel struct {
	Image   image.Image // nil leaves the place empty
	Caption string
}

// Sheet is a table of labelled images on white paper.
type Sheet struct {
	Title   string
	Columns []string // headers, "" for none
	Rows    [][]Panel
	Note    string // below the table
}

const (
	sheetMargin = 24
	sheetGap    = 12
	lineGap     = 4
)

// Draw lays the sheet out: a column is as wide as its widest image, a row as high as its highest, and text that is too long for its place is cut.
// It is gray when all images are gray.
func (s Sheet) Draw() (image.Image, error) {
	style, err := newLettering()
	if err != nil {
		return nil, err
	}
	widths, heights := s.sizes()
	if len(widths) == 0 || len(heights) == 0 {
		return nil, errors.New("a sheet without images cannot be drawn")
	}
	captionHeight := 0
	if s.hasCaptions() {
		captionHeight = lineGap + style.caption.height()
	}

	// Where things are, from the top down.
	y := sheetMargin
	titleY := y
	if s.Title != "" {
		y += style.title.height() + sheetGap
	}
	headerY := y
	if len(s.Columns) > 0 {
		y += style.header.height() + lineGap
	}
	rowY := make([]int, len(heights))
	for i, height := range heights {
		rowY[i] = y
		y += height + captionHeight + sheetGap
	}
	noteY := y
	y -= sheetGap
	if s.Note != "" {
		y = noteY + style.caption.height()
	}
	columnX := make([]int, len(widths))
	x := sheetMargin
	for i, width := range widths {
		columnX[i] = x
		x += width + sheetGap
	}
	right := x - sheetGap

	canvas := s.canvas(image.Rect(0, 0, right+sheetMargin, y+sheetMargin))
	draw.Draw(canvas, canvas.Bounds(), image.White, image.Point{}, draw.Src)
	style.title.draw(canvas, sheetMargin, titleY, style.title.fit(s.Title, right-sheetMargin))
	for i, header := range s.Columns {
		if i < len(widths) {
			style.header.draw(canvas, columnX[i], headerY, style.header.fit(header, widths[i]))
		}
	}
	for i, row := range s.Rows {
		for j, panel := range row {
			if panel.Image != nil {
				bounds := panel.Image.Bounds()
				place := image.Rectangle{Max: bounds.Size()}.Add(image.Pt(columnX[j], rowY[i]))
				draw.Draw(canvas, place, panel.Image, bounds.Min, draw.Over)
			}
			style.caption.draw(canvas, columnX[j], rowY[i]+heights[i]+lineGap, style.caption.fit(panel.Caption, widths[j]))
		}
	}
	style.caption.draw(canvas, sheetMargin, noteY, style.caption.fit(s.Note, right-sheetMargin))
	return canvas, nil
}

// sizes returns the width of each column and the height of each row.
func (s Sheet) sizes() (widths, heights []int) {
	heights = make([]int, len(s.Rows))
	for i, row := range s.Rows {
		for j, panel := range row {
			if j == len(widths) {
				widths = append(widths, 0)
			}
			if panel.Image != nil {
				size := panel.Image.Bounds().Size()
				widths[j], heights[i] = max(widths[j], size.X), max(heights[i], size.Y)
			}
		}
	}
	return widths, heights
}

func (s Sheet) hasCaptions() bool {
	for _, row := range s.Rows {
		for _, panel := range row {
			if panel.Caption != "" {
				return true
			}
		}
	}
	return false
}

func (s Sheet) canvas(bounds image.Rectangle) draw.Image {
	for _, row := range s.Rows {
		for _, panel := range row {
			if panel.Image != nil && panel.Image.ColorModel() != color.GrayModel {
				return image.NewNRGBA(bounds)
			}
		}
	}
	return image.NewGray(bounds)
}
