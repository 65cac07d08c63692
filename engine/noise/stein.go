package noise

// SteinWeight returns sign(v) sqrt|v| z / share with v of Stein, not a number for a model that has none.
func (m Model) SteinWeight(y float32, values Values, z, share float32) float32 {
	if m.Stein == nil {
		return notANumber()
	}
	v := m.Stein(y, values)
	if v < 0 {
		return -float32(squareRoot(-v)*z) / share
	}
	return float32(squareRoot(v)*z) / share
}

// SteinDisplaced returns y + share sqrt|v| z with v of Stein, not a number for a model that has none.
func (m Model) SteinDisplaced(y float32, values Values, z, share float32) float32 {
	if m.Stein == nil {
		return notANumber()
	}
	v := m.Stein(y, values)
	if v < 0 {
		v = -v
	}
	return y + float32(float32(share*squareRoot(v))*z)
}

// Raised is the level of noise that is displaced by that share of itself, level sqrt(1 + share^2).
func Raised(level, share float32) float32 { return level * squareRoot(1+float32(share*share)) }
