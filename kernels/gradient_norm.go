//go:build gpu

package kernels

import (
	"tweedie/kernels/driver"
)

// GradientNorm is the Euclidean norm of many gradients together:
//
//	norm = sqrt(sum over gradients g and elements i of g[i]^2)
//
// The squares, which are exact in double, are summed in double in one order. The norm is not finite if an element is not.
type GradientNorm struct {
	Table     driver.Address // GradientNormTable, aligned to 8
	Chunks    int            // of all gradients
	Norm      driver.Address // one float32
	Workspace driver.Address // GradientNormBytes, aligned to 8
}

// Gradient is one tensor of float32.
type Gradient struct {
	Address  driver.Address
	Elements int
}

// GradientNormTable is the table of the gradients, GradientNormTableBytes long.
func GradientNormTable(gradients []Gradient) []byte {
	var table []byte
	for _, g := range gradients {
		table = entries(table, g.Elements, g.Address)
	}
	return table
}

// GradientNormTableBytes is the size of a table of so many chunks.
func GradientNormTableBytes(chunks int) int64 { return 16 * int64(chunks) }

// GradientNormBytes is the size of the workspace for so many chunks.
func GradientNormBytes(chunks int) int64 { return 8 * int64(chunks) }

// GradientNorm is two launches: the sums of chunks, bound by memory (4 bytes an element), and their sum, bound by its launch.
func (k *Kernels) GradientNorm(s driver.Stream, g GradientNorm) error {
	if err := positive("gradient norm", g.Chunks); err != nil {
		return err
	}
	err := k.launch(s, "gradient_norm", "gradient_norm_chunks", k.blocks(g.Chunks), block, 0, g.Table, g.Workspace, uint32(g.Chunks))
	if err != nil {
		return err
	}
	return k.launch(s, "gradient_norm", "gradient_norm", driver.Dim{X: 1}, block, 0, g.Workspace, g.Norm, uint32(g.Chunks))
}
