// Package picture reads and writes image files.
//
// It reads PNG, JPEG, TIFF, BMP and WebP and writes PNG, JPEG, TIFF and BMP, with samples of 8 or 16 bits, gray or colour, and an alpha
// plane and the colour profile where the file has them. A photograph comes out upright: the orientation that cameras note in Exif is applied to
// the samples. Other metadata is not kept. What a set of images for training is lives in package data; how an image is denoised, in package
// denoise.
package picture

import "fmt"

// MaximumPixels is the number of pixels above which a file is refused before it is decoded: a header of a few bytes can claim an image of
// any size.
const MaximumPixels = 1 << 28

// Picture is an image as planes of samples, row by row, sample (row, column) of a plane at index row*Width + column.
type Picture struct {
	Width, Height int
	Depth         int        // bits of a sample: 8 or 16
	Planes        [][]uint16 // one (gray) or three (red, green, blue), each of Height*Width samples
	Alpha         []uint16   // opacity, or nil; the planes are not multiplied by it
	Profile       []byte     // colour profile (ICC), or nil; written with the samples where it fits them
}

// Error says what is wrong with one image file or folder.
type Error struct {
	Path string
	Err  error
}

func (e *Error) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New returns a black picture of the given number of planes (1 or 3) and bits per sample (8 or 16), without alpha.
func New(width, height, planes, depth int) *Picture {
	p := &Picture{Width: width, Height: height, Depth: depth, Planes: make([][]uint16, planes)}
	for i := range p.Planes {
		p.Planes[i] = make([]uint16, width*height)
	}
	return p
}

// Maximum returns the sample value that means white: 255 or 65535.
func (p *Picture) Maximum() uint16 {
	return 1<<p.Depth - 1
}

// Check reports a picture that no file can hold: no pixels, too many, a wrong number of planes or samples, an unknown depth, or a sample
// above Maximum.
func (p *Picture) Check() error {
	if err := checkSize(p.Width, p.Height); err != nil {
		return err
	}
	if p.Depth != 8 && p.Depth != 16 {
		return fmt.Errorf("%d bits a sample; a picture has 8 or 16", p.Depth)
	}
	if len(p.Planes) != 1 && len(p.Planes) != 3 {
		return fmt.Errorf("%d planes; a picture has 1 (gray) or 3 (colour)", len(p.Planes))
	}
	planes := p.Planes
	if p.Alpha != nil {
		planes = append(planes[:len(planes):len(planes)], p.Alpha)
	}
	for i, plane := range planes {
		if len(plane) != p.Width*p.Height {
			return fmt.Errorf("plane %d has %d samples; %d x %d pixels need %d", i, len(plane), p.Width, p.Height, p.Width*p.Height)
		}
		for j, sample := range plane {
			if sample > p.Maximum() {
				return fmt.Errorf("sample %d in row %d, column %d of plane %d is above %d", sample, j/p.Width, j%p.Width, i, p.Maximum())
			}
		}
	}
	return nil
}

// Gray returns the luma (ITU-R BT.601) of a colour picture as one plane of the same depth, by the integer formula of Pillow's convert("L"):
//
//	gray = (19595*red + 38470*green + 7471*blue + 32768) >> 16
//
// Alpha is ignored, as it is there. For a gray picture it is the picture's own plane, not a copy.
func (p *Picture) Gray() []uint16 {
	if len(p.Planes) == 1 {
		return p.Planes[0]
	}
	gray := make([]uint16, p.Width*p.Height)
	red, green, blue := p.Planes[0], p.Planes[1], p.Planes[2]
	for i := range gray {
		gray[i] = uint16((19595*uint32(red[i]) + 38470*uint32(green[i]) + 7471*uint32(blue[i]) + 32768) >> 16)
	}
	return gray
}

// EightBit returns the picture with samples of 8 bits: each 16-bit sample divided by 257 and rounded. A picture of 8 bits is returned as it is.
func (p *Picture) EightBit() *Picture {
	if p.Depth == 8 {
		return p
	}
	reduced := New(p.Width, p.Height, len(p.Planes), 8)
	reduced.Profile = p.Profile
	for i, plane := range p.Planes {
		reducePlane(reduced.Planes[i], plane)
	}
	if p.Alpha != nil {
		reduced.Alpha = make([]uint16, len(p.Alpha))
		reducePlane(reduced.Alpha, p.Alpha)
	}
	return reduced
}

func reducePlane(reduced, plane []uint16) {
	for i, sample := range plane {
		reduced[i] = uint16((uint32(sample) + 128) / 257)
	}
}

func checkSize(width, height int) error {
	if width < 1 || height < 1 {
		return fmt.Errorf("%d x %d pixels: the image is empty", width, height)
	}
	if width > MaximumPixels || height > MaximumPixels/width {
		return fmt.Errorf("%d x %d pixels are more than the %d that are accepted; cut the image into parts", width, height, MaximumPixels)
	}
	return nil
}
