# Two commands on a fresh machine: make demo, make test. They need Go, a C compiler and make; Go fetches the modules.

.PHONY: build gpu kernels demo tour test test-gpu-emulated race soak bench fuzz clean

build:
	go build -o bin/trainer ./cmd/trainer

# The same program with the CUDA engine. It starts without a driver and without CUDA's libraries, too. See scripts/gpu.sh.
gpu:
	scripts/gpu.sh

# Those of the CUDA kernels that changed; the toolkit is there.
kernels: $(patsubst kernels/%.cu,kernels/image/%.fatbin,$(wildcard kernels/*.cu))
kernels/image/%.fatbin: kernels/%.cu scripts/cuda-kernel.sh
	scripts/cuda-kernel.sh $<
-include $(wildcard build/kernels/*.d)

# Trains on synthetic images for two minutes and compares with BM3D.
demo: build
	scripts/demo.sh

# What a student opens first: trains three small networks in minutes and leaves an illustrated page, tour/index.html, with the figures it just measured.
tour: build
	go run ./scripts/tour -trainer bin/trainer -o tour

# Formatting, vet, staticcheck, every test with cgo, and those of the plain Go engine without.
test: build
	scripts/test.sh

# The CUDA engine on the emulated driver, in both of its builds and under six orders of streams and graphs: some ten minutes.
test-gpu-emulated:
	scripts/test-cuda.sh long

# The race detector over what runs in several goroutines.
race:
	go test -race ./engine/train ./engine/data ./engine/report ./engine/device/cpu

# Two hundred kills of a training process instead of ten; gradients of 20000 random compositions of operations instead of a hundred; the whole tour in a few steps; networks
# trained wrongly on the plane, which verify must find out.
soak:
	TWEEDIE_KILLS=200 go test -timeout 2h -run Kill -v ./cmd/trainer
	TWEEDIE_COMPOSITIONS=20000 go test -timeout 2h -run Compositions -v ./engine/oracle
	TWEEDIE_TOUR=1 go test -timeout 2h -run Tour -v ./scripts/tour
	TWEEDIE_CONTROLS=1 go test -timeout 2h -run ControlsOnThePlane -v ./engine

# The real step of two networks on this machine.
bench: build
	bin/trainer bench -net unet32x64x128b1 -batch 8 -size 64
	bin/trainer bench -net dncnn17x64 -batch 32 -size 40
	bin/trainer bench -net dncnn17x64 -batch 1 -size 512 -mode denoise

# Each fuzz target for a minute.
fuzz:
	scripts/fuzz.sh 60s

clean:
	rm -rf bin build kernels/image/*.fatbin
