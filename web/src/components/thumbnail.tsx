import type { Image, Problem } from '../../../src/contract/shapes.ts';
import { thumbnailAddress, thumbnailAddressById } from '../api.ts';
import { usePicture } from '../state/use-picture.ts';
import { useWorkspace } from '../state/workspace.ts';
import { hasPixels } from './describe.ts';
import { PictureIcon } from './icons.tsx';

/** The small picture of an image; in its place a calm word when there is none to show. */
export function Thumbnail({ image }: { image: Image }) {
  const { collection } = useWorkspace();
  const { img, key, problem } = usePicture(thumbnailAddress(collection?.name ?? '', image));
  if (!hasPixels(image)) return <NoPicture text="Embedding only" />;
  if (problem) return <NoPicture text="Cannot be shown" problem={problem} />;
  return <img key={key} {...img} alt="" loading="lazy" decoding="async" draggable={false} />;
}

/** The small picture of an image of which only the number is known. */
export function ThumbnailOf({ id }: { id: number }) {
  const { collection } = useWorkspace();
  const { img, key, problem } = usePicture(thumbnailAddressById(collection?.name ?? '', id));
  return problem ? <PictureIcon /> : <img key={key} {...img} alt="" />;
}

/** What stands in the place of a picture, with the reason where one is known. */
export function NoPicture({ text, problem }: { text: string; problem?: Problem }) {
  return (
    <span className="no-picture" title={problem && `${problem.detail} ${problem.advice}`.trim()}>
      <PictureIcon />
      {text}
      {problem && <span>{problem.title}</span>}
    </span>
  );
}
