import type { Architecture } from '../architecture.ts';
import { biomedclip } from './biomedclip.ts';
import { clip, openClip, siglip } from './clip.ts';
import { vit, vitMae } from './vit.ts';

/** Every architecture by the name that templates use. */
export const ARCHITECTURES = {
  vit,
  'vit-mae': vitMae,
  dinov2: vit,
  clip,
  'open-clip': openClip,
  siglip,
  biomedclip,
} as const satisfies Record<string, Architecture>;

export type ArchitectureName = keyof typeof ARCHITECTURES;
