//go:build !gpu

package engine

func findAccelerators() (devices, libraries []Found) {
	return []Found{{Name: "cuda", Absent: "this program was built without CUDA; make gpu builds one that has it"}}, nil
}
