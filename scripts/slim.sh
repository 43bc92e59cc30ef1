#!/bin/sh
# Takes out of an environment what no process of ours loads. `make check-images` proves it by importing what is left.
set -eu
packages=$(echo "$1"/lib/python3.*/site-packages)

# The C library of onnxruntime: its Python module links the whole engine statically.
rm -f "$packages"/onnxruntime/capi/libonnxruntime.so.*
# The download accelerator of a model hub: our tokenizer is read from a file.
rm -rf "$packages"/hf_xet
find "$packages/numpy" -type d -name tests -prune -exec rm -rf {} +
# Debug symbols: a third of what the compiled wheels weigh. Not numpy's: its wheel's libraries do not survive strip.
find "$packages" -path "$packages/numpy*" -prune -o -type f -name '*.so*' -exec strip --strip-unneeded {} +
