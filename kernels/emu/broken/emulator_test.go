//go:build gpu

// Package broken holds kernels with deliberate faults, and the test that the emulator rejects each of them.
package broken

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// faults are the classes of which there must be a broken kernel.
var faults = []string{
	"broken_race_in_block", "broken_race_in_warp", "broken_race_between_blocks", "broken_missing_barrier", "broken_divergent_barrier",
	"broken_barrier_after_return", "broken_write_past_end", "broken_read_past_end", "broken_shared_bounds", "broken_tail", "broken_border",
	"broken_uninitialised_shared", "broken_uninitialised_global", "broken_misaligned", "broken_read_before_wait", "broken_stage_reused",
	"broken_partial_shuffle", "broken_partial_product", "broken_fragment_order", "missing_stream_wait_shows",
}

// Those at compute capability 9.0.
var faultsOfHopper = []string{
	"broken_copy_before_wait", "broken_copy_seen_by_one", "broken_expected_bytes", "broken_unfenced_factor", "broken_product_before_wait",
	"broken_missing_begin", "broken_warps_disagree", "broken_factor_overwritten", "broken_product_never_awaited", "tensor_maps_are_checked",
}

// The program beside the emulated driver, from kernels/emu/test, prints "ok NAME" or "FAIL NAME: why" for each of its tests.
func TestEmulator(t *testing.T) {
	program := testProgram(t)
	for _, setting := range []string{"late 8.0", "late 9.0", "eager 9.0", "1 9.0", "2 9.0"} {
		schedule, capability, _ := strings.Cut(setting, " ")
		t.Run(setting, func(t *testing.T) {
			command := exec.Command(program)
			command.Env = append(os.Environ(), "TWEEDIE_EMULATOR_SCHEDULE="+schedule, "TWEEDIE_EMULATOR_CAPABILITY="+capability)
			faults := faults
			if capability == "9.0" {
				faults = slices.Concat(faults, faultsOfHopper)
			}
			output, err := command.CombinedOutput()
			passed := map[string]bool{}
			for lines := bufio.NewScanner(bytes.NewReader(output)); lines.Scan(); {
				if name, ok := strings.CutPrefix(lines.Text(), "ok "); ok {
					passed[name] = true
				} else {
					t.Error(lines.Text())
				}
			}
			if err != nil {
				t.Errorf("%s: %v", program, err)
			}
			for _, name := range faults {
				if !passed[name] {
					t.Errorf("%s did not pass", name)
				}
			}
		})
	}
}

// A trace has a line for each launch, with what cannot be seen otherwise: eight rows of a matrix that lie in one bank of shared memory.
func TestTraceCountsBankConflicts(t *testing.T) {
	command := exec.Command(testProgram(t), "bank_conflicts")
	command.Env = append(os.Environ(), "TWEEDIE_EMULATOR_TRACE=1")
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "known_bank_conflicts<<<(1,1,1),(32,1,1),0>>>") ||
		!strings.Contains(string(output), " 32 threads, 0 barriers, 0 products, 3 matrix loads with 28 bank conflicts, 0 asynchronous copies") {
		t.Errorf("%v\n%s", err, output)
	}
}

func testProgram(t *testing.T) string {
	t.Helper()
	driver := os.Getenv("TWEEDIE_CUDA_DRIVER")
	program := filepath.Join(filepath.Dir(driver), "test")
	if _, err := os.Stat(program); driver == "" || err != nil {
		t.Skip("TWEEDIE_CUDA_DRIVER is not an emulated driver: scripts/cuda-emulator.sh check builds one")
	}
	return program
}
