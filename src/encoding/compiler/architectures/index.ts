import type { Architecture } from '../architecture.ts';
import { biomedclip } from './biomedclip.ts';
import { clip, openClip, siglip } from './clip.ts';
import { resnet } from './resnet.ts';
import { sam, segmentAnything } from './sam.ts';
import { medclip } from './swin.ts';
import { dinov2, vit, vitMae } from './vit.ts';

/** Every architecture by the name that templates use. */
export const ARCHITECTURES = {
  vit,
  'vit-mae': vitMae,
  dinov2,
  clip,
  'open-clip': openClip,
  siglip,
  biomedclip,
  medclip,
  sam,
  'segment-anything': segmentAnything,
  resnet,
} as const satisfies Record<string, Architecture>;

export type ArchitectureName = keyof typeof ARCHITECTURES;
