import {
  type BurnedIn,
  type BurnedInPolicy,
  COMPUTED,
  OFTEN_WITH_TEXT,
} from '../../domain/burned-in.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import type { Region } from '../../domain/region.ts';
import { blacken } from '../../images/mask.ts';
import type { Pixels } from '../../images/pixels.ts';
import type { TextDetector } from './text-detector.ts';

/** A picture is masked so often at the most before what is still found is a reason to leave it out. */
const ROUNDS = 3;

/** What a file says of its pictures. */
export interface Annotated {
  modality?: string | undefined;
  /** BurnedInAnnotation (PS3.3, C.7.6.1.1.1); undefined where the file is silent. */
  burnedIn?: 'YES' | 'NO' | undefined;
}

/** What is known of the text in a picture, and what is to be black. */
export interface TextFinding {
  burnedIn: BurnedIn;
  mask: Region[];
}

/** Whether text is to be looked for in the pictures of a file. */
export function isToBeLookedAt(policy: BurnedInPolicy, { modality = '', burnedIn }: Annotated) {
  if (policy !== 'auto') return policy !== 'off';
  return burnedIn === 'YES' || (burnedIn !== 'NO' && OFTEN_WITH_TEXT.includes(modality));
}

/**
 * Looks for text in a picture. A mask is looked through again, until nothing is found.
 * @param pixels the picture as it is shown by default
 * @throws SemblanceError BURNED_IN_TEXT (`skip`), BURNED_IN_TEXT_REMAINS (`mask`)
 */
export async function lookForText(
  pixels: Pixels,
  policy: Exclude<BurnedInPolicy, 'off'>,
  { modality = '', burnedIn }: Annotated,
  detector: () => Promise<TextDetector>,
): Promise<TextFinding> {
  if (burnedIn === 'NO' && COMPUTED.has(modality)) return { burnedIn: 'unscanned', mask: [] };
  const declared = burnedIn === 'YES';
  const text = await detector();
  const found = await text.find(pixels);
  if (policy === 'skip' && (declared || found.length > 0)) {
    throw new SemblanceError('BURNED_IN_TEXT', 'image with burned-in text');
  }
  if (found.length === 0 && declared && policy === 'mask') {
    throw new SemblanceError(
      'BURNED_IN_TEXT_REMAINS',
      'The file says that text is burned in, and none was found that could be masked.',
    );
  }
  if (found.length === 0) return { burnedIn: declared ? 'declared' : 'none', mask: [] };
  if (policy !== 'mask') return { burnedIn: 'text', mask: [] };
  const mask: Region[] = [];
  let [shown, left] = [pixels, found];
  for (let round = 0; left.length > 0; round++) {
    if (round === ROUNDS) {
      throw new SemblanceError('BURNED_IN_TEXT_REMAINS', 'Text is found although it is masked.');
    }
    mask.push(...(await text.around(shown, left)));
    shown = blacken(pixels, 3, mask);
    left = await text.find(shown, mask);
  }
  return { burnedIn: 'masked', mask };
}
