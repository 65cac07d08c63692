package denoise

// orientation is one of the eight ways in which a square lies upon itself: bit 0 mirrors left and right, bit 1 top and bottom, bit 2 exchanges rows and columns.
type orientation int

const orientations = 8

// size returns the height and width of an image of the given ones, once it is turned.
func (o orientation) size(height, width int) (int, int) {
	if o&4 != 0 {
		return width, height
	}
	return height, width
}

// source returns where in an image of the given height and width a pixel of the turned image comes from.
func (o orientation) source(y, x, height, width int) (int, int) {
	if o&4 != 0 {
		y, x = x, y
	}
	if o&1 != 0 {
		x = width - 1 - x
	}
	if o&2 != 0 {
		y = height - 1 - y
	}
	return y, x
}

// ensemble is Plane with the mean of the answers to the image in its eight orientations, each turned back. It holds two float32 a pixel.
func (d *Denoiser) ensemble(height, width int, sigma float64, read Samples, write func(y, x int, src []float32)) error {
	noisy, sum := make([]float32, height*width), make([]float32, height*width)
	for y := range height {
		read(y, 0, noisy[y*width:(y+1)*width])
	}
	for o := range orientation(orientations) { // those of one size follow each other: the network is compiled twice
		rows, columns := o.size(height, width)
		err := d.plane(rows, columns, sigma,
			func(y, x int, dst []float32) {
				for i := range dst {
					sourceY, sourceX := o.source(y, x+i, height, width)
					dst[i] = noisy[sourceY*width+sourceX]
				}
			},
			func(y, x int, src []float32) {
				for i, value := range src {
					sourceY, sourceX := o.source(y, x+i, height, width)
					sum[sourceY*width+sourceX] += value
				}
			})
		if err != nil {
			return err
		}
	}
	for i := range sum {
		sum[i] /= orientations
	}
	for y := range height {
		write(y, 0, sum[y*width:(y+1)*width])
	}
	return nil
}
