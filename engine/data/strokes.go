package data

// point is a place on the paper that a digit is written on: x to the right, y downwards, the digit in [0, 1] both ways.
type point struct{ x, y float64 }

// path is one stroke of the pen: its first point, and three for each cubic Bezier curve (Bezier 1968) that goes on from there.
type path []point

// line is a straight path through points.
func line(points ...point) path {
	p := path{points[0]}
	for i := 1; i < len(points); i++ {
		from, to := points[i-1], points[i]
		p = append(p, between(from, to, 1./3), between(from, to, 2./3), to)
	}
	return p
}

// between is the point at a share of the way from one to another.
func between(from, to point, share float64) point {
	return point{from.x + float64(share*(to.x-from.x)), from.y + float64(share*(to.y-from.y))}
}

// then continues a path by another one that begins where it ends.
func (p path) then(next path) path { return append(p[:len(p):len(p)], next[1:]...) }

// digitStyles are the ways in which each of the ten digits is written.
func digitStyles() [10][][]path {
	stem := line(point{.5, 0}, point{.5, 1})
	flag := line(point{.28, .3}, point{.5, 0})
	bowl := path{{.26, .43}, {.42, .30}, {.82, .34}, {.82, .68}, {.82, 1.06}, {.36, 1.08}, {.18, .88}} // of a five
	seven := line(point{.14, .02}, point{.84, .02}).then(path{{.84, .02}, {.64, .32}, {.42, .62}, {.36, 1}})
	nine := path{{.76, .30}, {.76, -.10}, {.22, -.10}, {.22, .30}, {.22, .64}, {.70, .64}, {.76, .30}}
	return [10][][]path{
		{{{{.5, 0}, {.06, 0}, {.06, 1}, {.5, 1}, {.94, 1}, {.94, 0}, {.5, 0}}}},
		{{stem}, {flag.then(stem)}, {flag.then(stem), line(point{.28, 1}, point{.72, 1})}},
		{{path{{.2, .26}, {.22, -.08}, {.82, -.1}, {.78, .28}, {.76, .52}, {.42, .72}, {.2, 1}}.then(line(point{.2, 1}, point{.84, 1}))}},
		{
			{{{.2, .12}, {.36, -.06}, {.8, -.06}, {.77, .24}, {.75, .42}, {.58, .47}, {.42, .47}, {.62, .47}, {.84, .54}, {.82, .75}, {.78, 1.06}, {.36, 1.08}, {.16, .87}}},
			{line(point{.2, 0}, point{.78, 0}, point{.46, .4}).then(path{{.46, .4}, {.66, .38}, {.86, .5}, {.82, .74}, {.76, 1.06}, {.36, 1.08}, {.16, .87}})},
		},
		{
			{line(point{.32, 0}, point{.18, .6}, point{.86, .6}), line(point{.66, .25}, point{.62, 1})},
			{line(point{.66, 1}, point{.66, 0}, point{.12, .68}, point{.9, .68})},
		},
		{{line(point{.78, 0}, point{.3, 0}, point{.26, .43}).then(bowl)}},
		{{{{.7, 0}, {.36, .14}, {.18, .44}, {.18, .72}, {.18, 1.1}, {.82, 1.1}, {.82, .72}, {.82, .38}, {.3, .38}, {.19, .74}}}},
		{{seven}, {seven, line(point{.34, .5}, point{.78, .5})}},
		{{{{.74, .18}, {.68, -.08}, {.24, -.08}, {.26, .22}, {.28, .46}, {.8, .48}, {.8, .76}, {.8, 1.08}, {.2, 1.08}, {.2, .76}, {.2, .48}, {.76, .46}, {.74, .18}}}},
		{
			{nine.then(line(point{.76, .3}, point{.7, 1}))},
			{nine.then(path{{.76, .3}, {.82, .75}, {.66, 1.08}, {.28, .94}})},
		},
	}
}
