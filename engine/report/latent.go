package report

import (
	"errors"
	"fmt"
	"image"
)

// GrayImage is Width x Height intensities, row by row, from 0 (black) to 1 (white), with a line of text below it. The zero GrayImage leaves its place
// empty.
type GrayImage struct {
	Width, Height int
	Intensities   []float32
	Caption       string
}

// GrayTable draws rows of labelled images on white paper. Small images are magnified by a whole number, of large ones the centre is shown.
func GrayTable(title, note string, columns []string, rows [][]GrayImage) (image.Image, error) {
	if len(rows) == 0 {
		return nil, errors.New("a table of images needs at least one row")
	}
	sheet := Sheet{Title: title, Columns: columns, Note: note}
	for _, row := range rows {
		var panels []Panel
		for _, g := range row {
			if g.Width == 0 && g.Height == 0 && g.Intensities == nil {
				panels = append(panels, Panel{})
				continue
			}
			if g.Width < 1 || g.Height < 1 || len(g.Intensities) != g.Width*g.Height {
				return nil, fmt.Errorf("image %q: %d intensities do not make %d x %d", g.Caption, len(g.Intensities), g.Width, g.Height)
			}
			panels = append(panels, Panel{fitPanel(Gray(g.Intensities, g.Width, g.Height)), g.Caption})
		}
		sheet.Rows = append(sheet.Rows, panels)
	}
	return sheet.Draw()
}
