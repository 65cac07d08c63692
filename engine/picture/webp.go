package picture

import "image"

// fromWebP copies a decoded WebP into planes. Lossy WebP has video levels (ITU-R BT.601: luma 16 to 235), which Go's decoder leaves in an
// image type that stands for full-range ones; they are converted here as libwebp does. Lossless WebP always has an alpha channel in Go, so
// that an opaque one tells nothing and is dropped.
func fromWebP(decoded image.Image) (*Picture, error) {
	var p *Picture
	switch m := decoded.(type) {
	case *image.YCbCr:
		p = New(m.Rect.Dx(), m.Rect.Dy(), 3, 8)
		p.fromYCbCr(m, videoToRGB)
	case *image.NYCbCrA:
		p = New(m.Rect.Dx(), m.Rect.Dy(), 3, 8)
		p.fromYCbCr(&m.YCbCr, videoToRGB)
		p.Alpha = make([]uint16, p.Width*p.Height)
		split8([][]uint16{p.Alpha}, m.A, m.AStride, p.Width)
	default:
		var err error
		if p, err = fromImage(decoded); err != nil {
			return nil, err
		}
	}
	p.dropOpaqueAlpha()
	return p, nil
}

// videoToRGB is the fixed-point conversion of libwebp's src/dsp/yuv.h: 1.164*(y-16) + 1.596*(cr-128) and so on, to 6 fractional bits.
func videoToRGB(y, cb, cr uint8) (r, g, b uint8) {
	scale := func(v uint8, coefficient int32) int32 { return int32(v) * coefficient >> 8 }
	clip := func(v int32) uint8 { return uint8(min(max(v>>6, 0), 255)) }
	luma := scale(y, 19077)
	return clip(luma + scale(cr, 26149) - 14234),
		clip(luma - scale(cb, 6419) - scale(cr, 13320) + 8708),
		clip(luma + scale(cb, 33050) - 17685)
}
