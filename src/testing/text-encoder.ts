import { installModel } from '../encoding/models/install.ts';
import { findTemplate, type ModelTemplate } from '../encoding/models/template.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { hasShared, sharedPath } from './shared.ts';

/** Whether the small checkpoint with a text tower is there. */
export const hasTextEncoder = hasShared('goldens/encoders/biomedclip/ABOUT.md');

/** Folder of the small BiomedCLIP: its files, its inputs and what it must give. */
export const TEXT_GOLDEN = sharedPath('goldens/encoders/biomedclip/');

/** BiomedCLIP in the size of the small checkpoint. */
export function smallBiomedClip(): ModelTemplate {
  const template = findTemplate('biomedclip');
  const size = 160;
  return {
    ...template,
    name: 'tiny-clip',
    settings: { vision_heads: 2, text_config: { num_attention_heads: 4, layer_norm_eps: 1e-12 } },
    preprocess: {
      ...template.preprocess,
      resize: { mode: 'shortest-edge', size },
      centreCrop: { width: size, height: size },
    },
    dimension: 32,
    text: { kind: 'wordpiece', contextLength: 32 },
  };
}

/** Adds it to a data directory as the encoder `tiny-clip`. */
export async function installTextEncoder(home: DataDirectory): Promise<void> {
  await installModel(home, smallBiomedClip(), `${TEXT_GOLDEN}checkpoint`);
}
