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
    if (file.read(0, 1).toString('latin1') === '{') {
      throw file.invalid(
        'It is a JSON document, not weights; the index of several files ends in .index.json.',
      );
    }
    // The header's length, then its first brace; a pickle or ZIP has other bytes there.
    isSafetensors = path.endsWith('.safetensors') || (file.size > 8 && file.read(8, 1)[0] === 0x7b);
  } finally {
    file.close();
  }
  return isSafetensors ? openSafetensors(path) : openTorchFile(path);
}
