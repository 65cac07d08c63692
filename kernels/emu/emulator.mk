# Builds the emulated driver: make -f kernels/emu/emulator.mk MODE=fast|check, in the repository's root, by scripts/cuda-emulator.sh.

OUT = build/emulator/$(MODE)
KERNELS = $(sort $(wildcard kernels/*.cu) $(wildcard kernels/driver/testdata/*.cu))
RUNTIME = $(sort $(filter-out $(if $(filter fast,$(MODE)),%/hooks.cpp),$(wildcard kernels/emu/*.cpp kernels/emu/driver/*.cpp)))
TESTS = $(sort $(wildcard kernels/emu/test/*.cpp kernels/emu/test/*.cu kernels/emu/broken/*.cu))
objects = $(patsubst kernels/%,$(OUT)/%.o,$(1))

SIMD := $(shell grep -qw fma /proc/cpuinfo && grep -qw avx2 /proc/cpuinfo && echo -mavx2 -mfma)
# No contraction to fused multiply-adds, no symbols but the driver's.
FLAGS = -std=c++17 -fPIC -fvisibility=hidden -ffp-contract=off $(SIMD) -Wall -Wextra -Wno-unknown-pragmas -Wno-unused-parameter -Wno-maybe-uninitialized -Wno-psabi -MMD -MP \
	-Ikernels -Ikernels/driver/compat -Ibuild/cuda/include $(if $(filter check,$(MODE)),-DEMULATOR_CHECK)
# Kernels alone are instrumented. The functions that the compiler calls for it are the emulator's: libtsan is not linked.
ifeq ($(MODE),check)
KERNEL_FLAGS = -O1 -g -fsanitize=thread,alignment --param tsan-instrument-func-entry-exit=0
else
KERNEL_FLAGS = -O2
endif

all: libraries $(OUT)/test
libraries: $(OUT)/libcuda.so.1 $(OUT)/libcublas.so.13

$(OUT)/libcuda.so.1: $(call objects,$(RUNTIME) $(KERNELS)) $(OUT)/sources
	$(CXX) -shared -Wl,-Bsymbolic,--no-undefined,-soname,libcuda.so.1 -o $@.new $(filter %.o,$^) -pthread
	mv $@.new $@

# A link, not a copy: the products must go on the streams of this very library.
$(OUT)/libcublas.so.13: $(OUT)/libcuda.so.1
	ln -sf libcuda.so.1 $@

$(OUT)/test: $(call objects,$(RUNTIME) $(TESTS)) $(OUT)/sources
	$(CXX) -o $@.new $(filter %.o,$^) -pthread
	mv $@.new $@

# Changes with the list of files and the options, so that a removed file leaves the library.
$(OUT)/sources: always
	@mkdir -p $(OUT)
	@echo '$(RUNTIME) $(KERNELS) $(TESTS) $(FLAGS) $(KERNEL_FLAGS)' | cmp -s - $@ || echo '$(RUNTIME) $(KERNELS) $(TESTS) $(FLAGS) $(KERNEL_FLAGS)' > $@

$(OUT)/%.cu.o: kernels/%.cu kernels/emu/emulator.mk
	@mkdir -p $(@D)
	$(CXX) $(FLAGS) $(KERNEL_FLAGS) -x c++ -c $< -o $@

$(OUT)/%.cpp.o: kernels/%.cpp kernels/emu/emulator.mk
	@mkdir -p $(@D)
	$(CXX) $(FLAGS) -O3 $(if $(filter check,$(MODE)),-g) -c $< -o $@

-include $(patsubst %.o,%.d,$(call objects,$(RUNTIME) $(KERNELS) $(TESTS)))

.PHONY: all libraries always
.DELETE_ON_ERROR:
