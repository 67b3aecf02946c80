#!/bin/bash
# Runs a command as on a processor with AVX2 alone, to measure that kind where there is none:
#   npm run bench:avx2 -- npm run bench:search -- --rows 100000 --brief
# For Linux on x86-64 with gcc and objdump, as root (the copy of onnxruntime is mounted for this command alone). What
# it compares with (faiss, torch) is told by variables of its own to do the same.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
library=$(realpath "$here/../../node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
gcc -O1 -shared -fPIC -o "$folder/hide.so" "$here/hide.c" -ldl
objdump -d --no-show-raw-insn "$library" | grep -w cpuid | cut -d: -f1 | tr -d ' ' > "$folder/places"
node - "$library" "$folder" <<'SCRIPT'
const { readFileSync, writeFileSync } = require('node:fs');
const [, , library, folder] = process.argv;
const bytes = readFileSync(library);
const places = readFileSync(`${folder}/places`, 'utf8').trim().split('\n');
for (const place of places) {
  const at = Number.parseInt(place, 16);
  // Only where the file lies in memory as it is.
  if (bytes.readUInt16BE(at) !== 0x0fa2) throw new Error(`There is no cpuid at ${place}.`);
  bytes.writeUInt16BE(0xcc90, at);
}
writeFileSync(`${folder}/library`, bytes);
console.error(`${places.length} places hide AVX-512 and VNNI.`);
SCRIPT
export FAISS_OPT_LEVEL=avx2 OPENBLAS_CORETYPE=Haswell MKL_ENABLE_INSTRUCTIONS=AVX2
export ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2
unshare --mount bash -c 'mount --bind "$1/library" "$2" && LD_PRELOAD="$1/hide.so" exec "${@:3}"' \
  -- "$folder" "$library" "$@"
