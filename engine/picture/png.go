package picture

import (
	"image"
	"image/color"
)

// encodable lets the PNG encoder read the planes in place. An image type of package image would need a copy of the whole picture, and one
// with an alpha channel that happens to be opaque would lose it.
type encodable struct{ *Picture }

func (e encodable) Bounds() image.Rectangle { return image.Rect(0, 0, e.Width, e.Height) }

// Opaque tells the encoder to write no alpha channel.
func (e encodable) Opaque() bool { return e.Alpha == nil }

func (e encodable) ColorModel() color.Model {
	switch gray := len(e.Planes) == 1 && e.Alpha == nil; {
	case gray && e.Depth == 8:
		return color.GrayModel
	case gray:
		return color.Gray16Model
	case e.Depth == 8:
		return color.NRGBAModel
	default:
		return color.NRGBA64Model
	}
}

func (e encodable) At(x, y int) color.Color {
	i := y*e.Width + x
	red, green, blue, alpha := e.Planes[0][i], e.Planes[0][i], e.Planes[0][i], e.Maximum()
	if len(e.Planes) == 3 {
		green, blue = e.Planes[1][i], e.Planes[2][i]
	}
	if e.Alpha != nil {
		alpha = e.Alpha[i]
	}
	switch gray := len(e.Planes) == 1 && e.Alpha == nil; {
	case gray && e.Depth == 8:
		return color.Gray{Y: uint8(red)}
	case gray:
		return color.Gray16{Y: red}
	case e.Depth == 8:
		return color.NRGBA{R: uint8(red), G: uint8(green), B: uint8(blue), A: uint8(alpha)}
	default:
		return color.NRGBA64{R: red, G: green, B: blue, A: alpha}
	}
}
