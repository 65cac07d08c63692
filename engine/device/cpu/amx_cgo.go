//go:build cgo

package cpu

// #include "dispatch.h"
import "C"

// emulateAMX takes the kernels for AMX's tile unit on its emulation.
func (b *backend) emulateAMX() { b.tiles = &C.kernels_amx_emulated }

// useAMX takes the kernels for AMX's tile unit, if that is usable, and says if not.
func (b *backend) useAMX() amxState {
	var state C.enum_amx_state
	b.tiles = C.amx_kernels(&state)
	switch state {
	case C.amx_usable:
		return amxUsable
	case C.amx_refused:
		return amxRefused
	case C.amx_wrong:
		return amxWrong
	}
	return amxAbsent
}

// hasTiles says that convolutions in bfloat16 can be computed by a tile unit or its emulation.
func (b *backend) hasTiles() bool { return b.tiles != nil }
