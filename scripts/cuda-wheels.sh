# Sourced by the scripts that fetch parts of CUDA: installs NVIDIA's Python wheels, pinned by hash, as a plain folder.
# Needs python3 with pip; no root, no GPU, no driver. The files are NVIDIA's, under its licence (licenses/): they are not to be committed.

# cuda_version FILE: the CUDA_VERSION that a cuda.h defines, as 13000 for 13.0; 0 if there is none.
cuda_version() {
    local version
    version=$(sed -n 's/^#define CUDA_VERSION \([0-9]*\)$/\1/p' "$1" 2>/dev/null | head -n 1)
    echo "${version:-0}"
}

# installed_toolkit: the folder of an installed CUDA toolkit of 13.0 or newer, the first of $CUDA_HOME, nvcc's in PATH and the usual places.
installed_toolkit() {
    local nvcc folder
    nvcc=$(command -v nvcc) && nvcc=$(dirname "$(dirname "$(readlink -f "$nvcc")")")
    for folder in "${CUDA_HOME:-}" "$nvcc" /usr/local/cuda /opt/cuda; do
        [ -n "$folder" ] && [ -x "$folder/bin/nvcc" ] && [ "$(cuda_version "$folder/include/cuda.h")" -ge 13000 ] && echo "$folder" && return
    done
    return 1
}

# install_wheels DIR NAME REQUIREMENTS: unpacks the wheels into DIR, once per exact list; their bin, include, lib and nvvm come to lie
# directly in it.
install_wheels() {
    local dir=$1 stamp=$1/.$2.wheels requirements=$3 part python=${PYTHON:-python3} source license
    [ "$(cat "$stamp" 2>/dev/null)" = "$requirements" ] && return
    if [ "$(uname -sm)" != "Linux x86_64" ]; then
        echo "the pinned wheels of CUDA are for Linux x86_64 only; install a CUDA toolkit of 13.0 or newer and set CUDA_HOME" >&2
        return 1
    fi
    if ! "$python" -m pip --version >/dev/null 2>&1; then
        echo "CUDA's wheels are installed by pip, which $python lacks; install python3-pip, or a CUDA toolkit of 13.0 or newer" >&2
        return 1
    fi
    mkdir -p "$dir"
    part=$(mktemp -d "$dir/.part.XXXXXX")
    printf '%s\n' "$requirements" >"$part/requirements.txt"
    if ! "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
        --no-deps --only-binary :all: --no-compile --require-hashes --target "$part/wheels" -r "$part/requirements.txt"; then
        rm -rf "$part"
        echo "CUDA's wheels could not be installed; a CUDA toolkit of 13.0 or newer would be used instead, if CUDA_HOME names it" >&2
        return 1
    fi
    # The wheels hold nvidia/cu13 (the toolkit and cuBLAS) and nvidia/cudnn.
    for source in "$part"/wheels/nvidia/*/; do
        rm -rf "$source/.metadata" "$source/__pycache__"
        rm -f "$source/lib/libnvvm.so.4" # 63 MB that nvcc does not use
        cp -alf "$source." "$dir/"
    done
    mkdir -p "$dir/licenses"
    for license in "$part"/wheels/*.dist-info/licenses/*; do
        [ -f "$license" ] && cp -f "$license" "$dir/licenses/$(basename "$(dirname "$(dirname "$license")")" .dist-info).txt"
    done
    rm -rf "$part"
    printf '%s\n' "$requirements" >"$stamp"
}
