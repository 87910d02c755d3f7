#!/bin/sh
# Train, export and measure models/tiny-clip. `./run.sh --help` lists the steps.
set -eu
cd "$(dirname "$0")"
PATH="$(pwd)/../../node_modules/.bin:$PATH" # the Node that runs TypeScript
export PATH OMP_WAIT_POLICY=passive         # waiting threads sleep: kinder to a shared machine
case "${1-}" in
data | embeddings | --help | -h) modules=numpy ;;
*) modules='numpy, torch, onnx' ;;
esac
if ! /usr/bin/python3 -c "import $modules, PIL, cairo, gi; gi.require_version('Rsvg', '2.0')" 2>/dev/null; then
  echo "Debian packages are missing: apt-get install $(sed -n 's/^    apt-get install //p' README.md)" >&2
  exit 1
fi
if [ "${1-}" = test ]; then
  exec /usr/bin/python3 -B test_training.py
fi
# Keep freed memory instead of giving it back after every tensor: a tenth faster.
export GLIBC_TUNABLES=glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=8589934592:glibc.malloc.hugetlb=1
exec /usr/bin/python3 -B cli.py "$@"
