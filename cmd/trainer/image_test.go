package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

// writeImage draws a picture that looks like nothing else of its size, in the format of the name's extension, by Go's encoders and not by
// package picture. The kinds are gray8, gray16, colour8, colour16, alpha8, alpha16, and flat8 and flatcolour8: mid-gray all over.
func writeImage(path, kind string, width, height int) error {
	bounds := image.Rect(0, 0, width, height)
	var drawn interface {
		image.Image
		Set(x, y int, c color.Color)
	}
	switch kind {
	case "gray8", "flat8":
		drawn = image.NewGray(bounds)
	case "gray16":
		drawn = image.NewGray16(bounds)
	case "colour8", "flatcolour8":
		drawn = image.NewRGBA(bounds)
	case "colour16":
		drawn = image.NewRGBA64(bounds)
	case "alpha8":
		drawn = image.NewNRGBA(bounds)
	case "alpha16":
		drawn = image.NewNRGBA64(bounds)
	default:
		return fmt.Errorf("there is no kind %q", kind)
	}
	wave := func(x, y, channel int) uint16 {
		phase := float64(x)*(0.2+0.05*float64(channel)) + float64(y)*(0.31-0.07*float64(channel)) + float64(width*height%7)
		return uint16(32768 + 20000*math.Sin(phase))
	}
	for y := range height {
		for x := range width {
			c := color.NRGBA64{R: wave(x, y, 0), G: wave(x, y, 1), B: wave(x, y, 2), A: 65535}
			switch kind {
			case "flat8", "flatcolour8":
				c.R, c.G, c.B = 0x8080, 0x8080, 0x8080
			case "gray8", "gray16":
				c.G, c.B = c.R, c.R
			case "alpha8", "alpha16":
				c.A = uint16(65535 * (x + y) / (width + height))
			}
			drawn.Set(x, y, c)
		}
	}
	var content bytes.Buffer
	var err error
	switch filepath.Ext(path) {
	case ".png":
		err = png.Encode(&content, drawn)
	case ".jpg":
		err = jpeg.Encode(&content, drawn, nil)
	case ".tif":
		err = tiff.Encode(&content, drawn, nil)
	case ".bmp":
		err = bmp.Encode(&content, drawn)
	default:
		err = fmt.Errorf("%s: no format of that extension can be drawn", path)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(path, content.Bytes(), 0o666)
}

func readImage(path string) (image.Image, string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	return image.Decode(file)
}

// describeImage is an image file's format, kind and size, as in "png gray8 33x47".
func describeImage(path string) (string, error) {
	decoded, format, err := readImage(path)
	if err != nil {
		return "", err
	}
	kind, depth := "colour", 8
	switch m := decoded.(type) {
	case *image.Gray:
		kind = "gray"
	case *image.Gray16:
		kind, depth = "gray", 16
	case *image.Paletted:
		if isGray := !slices.ContainsFunc(m.Palette, func(c color.Color) bool {
			r, g, b, _ := c.RGBA()
			return r != g || g != b
		}); isGray {
			kind = "gray"
		}
	case *image.RGBA64, *image.NRGBA64:
		depth = 16
	}
	if opaque, ok := decoded.(interface{ Opaque() bool }); ok && !opaque.Opaque() {
		kind = "alpha"
	}
	return fmt.Sprintf("%s %s%d %dx%d", format, kind, depth, decoded.Bounds().Dx(), decoded.Bounds().Dy()), nil
}

// imageSamples are red, green, blue and alpha of each pixel, 16 bits, not multiplied by alpha.
func imageSamples(path string) ([]uint16, error) {
	decoded, _, err := readImage(path)
	if err != nil {
		return nil, err
	}
	var samples []uint16
	bounds := decoded.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := color.NRGBA64Model.Convert(decoded.At(x, y)).(color.NRGBA64)
			samples = append(samples, c.R, c.G, c.B, c.A)
		}
	}
	return samples, nil
}

// splitImage writes the channels of an opaque 8-bit picture as gray PNG.
func splitImage(path string, channels ...string) error {
	decoded, _, err := readImage(path)
	if err != nil {
		return err
	}
	samples, err := imageSamples(path)
	if err != nil {
		return err
	}
	for channel, name := range channels {
		gray := image.NewGray(image.Rect(0, 0, decoded.Bounds().Dx(), decoded.Bounds().Dy()))
		for i := range gray.Pix {
			gray.Pix[i] = uint8(samples[4*i+channel] >> 8)
		}
		var content bytes.Buffer
		if err := png.Encode(&content, gray); err != nil {
			return err
		}
		if err := os.WriteFile(name, content.Bytes(), 0o666); err != nil {
			return err
		}
	}
	return nil
}
