package picture

import (
	"fmt"
	"image"
	"image/color"
	"slices"
)

// fromImage copies what a decoder returned into planes. Samples that are stored without multiplication by alpha are copied exactly; others
// are divided by alpha. A picture with alpha whose colours are all gray gets one plane, since Go's decoders have no type for gray with alpha.
func fromImage(decoded image.Image) (*Picture, error) {
	size := decoded.Bounds().Size()
	p := New(size.X, size.Y, 3, 8)
	switch m := decoded.(type) {
	case *image.Gray:
		p.Planes = p.Planes[:1]
		split8(p.Planes, m.Pix, m.Stride, p.Width)
	case *image.Gray16:
		p.Planes, p.Depth = p.Planes[:1], 16
		split16(p.Planes, m.Pix, m.Stride, p.Width)
	case *image.RGBA:
		p.Alpha = make([]uint16, size.X*size.Y)
		split8(append(p.Planes, p.Alpha), m.Pix, m.Stride, p.Width)
		p.dropOpaqueAlpha()
		p.divideByAlpha()
	case *image.RGBA64:
		p.Depth, p.Alpha = 16, make([]uint16, size.X*size.Y)
		split16(append(p.Planes, p.Alpha), m.Pix, m.Stride, p.Width)
		p.dropOpaqueAlpha()
		p.divideByAlpha()
	case *image.NRGBA:
		p.Alpha = make([]uint16, size.X*size.Y)
		split8(append(p.Planes, p.Alpha), m.Pix, m.Stride, p.Width)
	case *image.NRGBA64:
		p.Depth, p.Alpha = 16, make([]uint16, size.X*size.Y)
		split16(append(p.Planes, p.Alpha), m.Pix, m.Stride, p.Width)
	case *image.YCbCr:
		p.fromYCbCr(m, color.YCbCrToRGB)
	case *image.CMYK:
		p.fromCMYK(m)
	case *image.Paletted:
		p.fromPalette(m)
	default:
		return nil, fmt.Errorf("pixels of type %T are not supported", decoded)
	}
	p.mergeGray()
	return p, nil
}

// split8 copies rows of interleaved bytes into planes.
func split8(planes [][]uint16, interleaved []uint8, stride, width int) {
	n := len(planes)
	for c, plane := range planes {
		for y := range len(plane) / width {
			from, to := interleaved[y*stride+c:], plane[y*width:(y+1)*width]
			for x := range to {
				to[x] = uint16(from[x*n])
			}
		}
	}
}

// split16 copies rows of interleaved big-endian samples of two bytes into planes.
func split16(planes [][]uint16, interleaved []uint8, stride, width int) {
	n := 2 * len(planes)
	for c, plane := range planes {
		for y := range len(plane) / width {
			from, to := interleaved[y*stride+2*c:], plane[y*width:(y+1)*width]
			for x := range to {
				to[x] = uint16(from[x*n])<<8 | uint16(from[x*n+1])
			}
		}
	}
}

func (p *Picture) fromYCbCr(m *image.YCbCr, toRGB func(y, cb, cr uint8) (r, g, b uint8)) {
	for y := range p.Height {
		for x := range p.Width {
			luma, chroma := m.YOffset(m.Rect.Min.X+x, m.Rect.Min.Y+y), m.COffset(m.Rect.Min.X+x, m.Rect.Min.Y+y)
			r, g, b := toRGB(m.Y[luma], m.Cb[chroma], m.Cr[chroma])
			p.set8(y*p.Width+x, r, g, b)
		}
	}
}

func (p *Picture) fromCMYK(m *image.CMYK) {
	for y := range p.Height {
		for x := range p.Width {
			s := m.Pix[y*m.Stride+4*x:]
			r, g, b := color.CMYKToRGB(s[0], s[1], s[2], s[3])
			p.set8(y*p.Width+x, r, g, b)
		}
	}
}

func (p *Picture) set8(i int, r, g, b uint8) {
	p.Planes[0][i], p.Planes[1][i], p.Planes[2][i] = uint16(r), uint16(g), uint16(b)
}

// fromPalette gives a gray picture if every colour of the palette is gray.
func (p *Picture) fromPalette(m *image.Paletted) {
	var palette [256]color.NRGBA // decoders check indices; one beyond the palette would be transparent black
	gray, opaque := true, true
	for i, entry := range m.Palette {
		c := color.NRGBAModel.Convert(entry).(color.NRGBA)
		palette[i] = c
		gray = gray && c.R == c.G && c.G == c.B
		opaque = opaque && c.A == 255
	}
	if !opaque {
		p.Alpha = make([]uint16, p.Width*p.Height)
	}
	for y := range p.Height {
		for x := range p.Width {
			c, i := palette[m.Pix[y*m.Stride+x]], y*p.Width+x
			p.set8(i, c.R, c.G, c.B)
			if p.Alpha != nil {
				p.Alpha[i] = uint16(c.A)
			}
		}
	}
	if gray {
		p.Planes = p.Planes[:1]
	}
}

func (p *Picture) dropOpaqueAlpha() {
	if !slices.ContainsFunc(p.Alpha, func(a uint16) bool { return a != p.Maximum() }) {
		p.Alpha = nil
	}
}

// divideByAlpha undoes the multiplication of the planes by alpha, rounded; where alpha is 0 the colour is lost and black.
func (p *Picture) divideByAlpha() {
	maximum := uint32(p.Maximum())
	for i, alpha := range p.Alpha {
		for _, plane := range p.Planes {
			switch a := uint32(alpha); a {
			case maximum:
			case 0:
				plane[i] = 0
			default:
				plane[i] = uint16(min((uint32(plane[i])*maximum+a/2)/a, maximum))
			}
		}
	}
}

// mergeGray makes one plane of three equal ones in a picture with alpha.
func (p *Picture) mergeGray() {
	if p.Alpha != nil && len(p.Planes) == 3 && slices.Equal(p.Planes[0], p.Planes[1]) && slices.Equal(p.Planes[0], p.Planes[2]) {
		p.Planes = p.Planes[:1]
	}
}
