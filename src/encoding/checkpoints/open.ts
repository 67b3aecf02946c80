import { RangeFile } from './file.ts';
import { openSafetensors, openSharded } from './safetensors.ts';
import type { TensorSource } from './tensor-source.ts';
import { openTorchFile } from './torch-file.ts';

/**
 * Opens a checkpoint by what it holds: safetensors, `torch.save` in both formats, or the index of a
 * checkpoint of several files.
 * @throws SemblanceError PATH_NOT_FOUND, CHECKPOINT_INVALID, CHECKPOINT_UNSAFE
 */
export function openCheckpoint(path: string): TensorSource {
  if (path.endsWith('.index.json')) return openSharded(path, openCheckpoint);
  const file = new RangeFile(path);
  let isSafetensors: boolean;
  try {
    file.refuseForeign();
    // The header's length, then its first brace; a pickle or ZIP has other bytes there, whatever its name.
    const begins = file.read(0, Math.min(file.size, 9));
    if (begins[0] === 0x7b && begins[7] !== 0) {
      throw file.invalid(
        'It is a JSON document, not weights; the index of several files ends in .index.json.',
      );
    }
    const isTorch = begins[0] === 0x80 || begins.toString('latin1').startsWith('PK\x03\x04');
    isSafetensors = begins[8] === 0x7b || (path.endsWith('.safetensors') && !isTorch);
  } finally {
    file.close();
  }
  return isSafetensors ? openSafetensors(path) : openTorchFile(path);
}
