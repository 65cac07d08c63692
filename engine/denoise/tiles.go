package denoise

// span is one tile along one axis: it covers [start, start+length), and what it is right about and nobody else writes is [from, to).
type span struct{ start, length, from, to int }

// spans divides an axis, whose length is a multiple of multiple, into tiles of equal length, at most longest (a multiple of multiple too).
// Results are used only where radius pixels of the image, or its border, lie around them, and every tile starts at a multiple.
func spans(length, longest, radius, multiple int) []span {
	if length <= longest {
		return []span{{0, length, 0, length}}
	}
	overlap := (radius + multiple - 1) / multiple * multiple
	var list []span
	for start, from := 0, 0; from < length; start += longest - 2*overlap {
		start = min(start, length-longest)
		to := start + longest - overlap
		if start+longest == length {
			to = length
		}
		list = append(list, span{start, longest, from, to})
		from = to
	}
	return list
}
