package data

import "math"

// shape is a convex region of the canvas: a rotated ellipse, cut by half planes. Coordinates are relative to its centre.
type shape struct {
	x, y             float64 // centre
	reach            float64 // no point is further from the centre
	squareX, product float64 // the ellipse: squareX dx^2 + product dx dy + squareY dy^2 <= 1; squareX is 0 if there is none
	squareY          float64
	normals          [6]halfPlane
	halfPlanes       int
}

// halfPlane is the points with x*dx + y*dy <= distance.
type halfPlane struct{ x, y, distance float64 }

// randomShape returns a disk, an ellipse, a rectangle or another convex polygon with about the area of the disk of the radius.
func (s *scene) randomShape(x, y, radius float64) shape {
	result := shape{x: x, y: y, reach: radius}
	switch kind := s.uniform(); {
	case kind < 0.35:
		result.squareX = 1 / float64(radius*radius)
		result.squareY = result.squareX
	case kind < 0.6:
		elongation := 1 + s.uniform()
		c, d := s.direction()
		long, short := float64(radius*elongation), radius/elongation
		p, q := 1/float64(long*long), 1/float64(short*short)
		result.reach = long
		result.squareX = float64(p*float64(c*c)) + float64(q*float64(d*d))
		result.squareY = float64(p*float64(d*d)) + float64(q*float64(c*c))
		result.product = 2 * float64(float64(c*d)*(p-q))
	case kind < 0.85:
		elongation := 1 + s.uniform()
		c, d := s.direction()
		long, short := float64(0.886*float64(radius*elongation)), 0.886*radius/elongation // sqrt(pi)/2
		result.reach = long + short
		result.halfPlanes = 4
		result.normals = [6]halfPlane{{c, d, long}, {-c, -d, long}, {-d, c, short}, {d, -c, short}}
	default:
		// Half planes at random may leave the polygon open, so that the rectangle around the disk bounds it.
		result.reach = 2 * radius
		result.halfPlanes = 6
		c, d := s.direction()
		result.normals = [6]halfPlane{{c, d, radius}, {-c, -d, radius}, {-d, c, radius}, {d, -c, radius}}
		for i := 4; i < 6; i++ {
			c, d := s.direction()
			result.normals[i] = halfPlane{c, d, float64(radius * (0.3 + float64(0.7*s.uniform())))}
		}
	}
	return result
}

// fill makes a leaf the owner of the canvas pixels in a shape and returns their number.
func (s *scene) fill(region shape, leaf int32) int {
	covered := 0
	top := max(int(math.Ceil(region.y-region.reach)), 0)
	bottom := min(int(math.Floor(region.y+region.reach)), s.height-1)
	for y := top; y <= bottom; y++ {
		left, right := region.span(float64(y) - region.y)
		from := max(int(math.Ceil(region.x+left)), 0)
		to := min(int(math.Floor(region.x+right)), s.width-1)
		if from > to {
			continue
		}
		row := s.owner[y*s.width+from : y*s.width+to+1]
		for i := range row {
			row[i] = leaf
		}
		covered += len(row)
	}
	return covered
}

// span returns the interval of dx that the shape covers at dy; left is beyond right if there is none.
func (r *shape) span(dy float64) (left, right float64) {
	left, right = -r.reach, r.reach
	if r.squareX > 0 {
		half := float64(float64(r.product*dy) / 2)
		discriminant := float64(half*half) - float64(r.squareX*(float64(float64(r.squareY*dy)*dy)-1))
		if discriminant < 0 {
			return 1, -1
		}
		root := math.Sqrt(discriminant)
		left, right = (-half-root)/r.squareX, (-half+root)/r.squareX
	}
	for _, plane := range r.normals[:r.halfPlanes] {
		rest := plane.distance - float64(plane.y*dy)
		switch {
		case plane.x > 1e-9:
			right = min(right, rest/plane.x)
		case plane.x < -1e-9:
			left = max(left, rest/plane.x)
		case rest < 0:
			return 1, -1
		}
	}
	return left, right
}
