#!/usr/bin/env bash
# Prints what the assembler says of each compiled kernel, for compute capability 8.0/9.0/10.0, and leaves it in build/kernels/registers.txt.
# Fails if a kernel spills registers, or if a file that is named after the matrix instructions (mma, or wgmma for Hopper's own) has none.
set -euo pipefail
cd "$(dirname "$0")/.."
failures=build/kernels/failures
: >"$failures"
{
    echo "Registers of a thread, bytes of a block's static shared memory, of a thread's stack and of its spilled registers, and matrix instructions,"
    echo "for sm_80/sm_90a/sm_100"
    format='%-24s %-36s %-12s %-18s %-9s %-9s %s\n'
    # shellcheck disable=SC2059
    printf "$format" file kernel registers shared stack spilled matrix
    for source in kernels/*.cu; do
        name=$(basename "$source" .cu)
        awk -v file="$name" -v format="$format" -v failures="$failures" '
            FILENAME ~ /\.mma$/ { matrix[$1 " " $2] = $3; some[$1] += $3; hopper += $4; next }
            /Compiling entry function/ { split($0, part, "\047"); kernel = part[2]; at = part[4] " " kernel; if (!seen[kernel]++) kernels[++n] = kernel }
            /serialized/ { print "kernels/" file ".cu: the assembler waits for each matrix product: " $0 >>failures }
            /bytes stack frame/ { stack[at] = $1; spilled[at] = $5 + $9 }
            /: Used [0-9]+ registers/ { registers[at] = $5; shared[at] = match($0, /[0-9]+ bytes smem/) ? substr($0, RSTART) + 0 : 0 }
            function each(figure, kernel) { return figure["sm_80 " kernel] "/" figure["sm_90a " kernel] "/" figure["sm_100 " kernel] }
            END {
                for (i = 1; i <= n; i++) {
                    k = kernels[i]
                    printf format, file, k, each(registers, k), each(shared, k), each(stack, k), each(spilled, k), each(matrix, k)
                    if (each(spilled, k) != "0/0/0") print "kernels/" file ".cu: " k " spills registers: " each(spilled, k) " bytes" >>failures
                }
                if (file ~ /wgmma/ ? !hopper : file ~ /mma/ && !(some["sm_80"] && some["sm_90a"] && some["sm_100"])) print "kernels/" file ".cu: no matrix instructions on some architecture" >>failures
            }' "build/kernels/$name.mma" "build/kernels/$name.ptxas"
    done
} >build/kernels/registers.txt
cat build/kernels/registers.txt
cat "$failures" >&2
[ ! -s "$failures" ]
