import { useState } from 'react';
import type { Image } from '../../../src/server/schemas.ts';
import { thumbnailAddress, thumbnailAddressById } from '../api.ts';
import { useWorkspace } from '../state/workspace.ts';
import { hasPixels } from './describe.ts';
import { PictureIcon } from './icons.tsx';

/** The small picture of an image; in its place a calm word when there is none to show. */
export function Thumbnail({ image }: { image: Image }) {
  const { collection } = useWorkspace();
  const [broken, setBroken] = useState('');
  const address = thumbnailAddress(collection?.name ?? '', image);
  if (!hasPixels(image)) return <NoPicture text="Embedding only" />;
  if (broken === address) return <NoPicture text="Cannot be shown" />;
  return (
    <img
      src={address}
      alt=""
      loading="lazy"
      decoding="async"
      draggable={false}
      onError={() => setBroken(address)}
    />
  );
}

/** The small picture of an image of which only the number is known. */
export function ThumbnailOf({ id }: { id: number }) {
  const { collection } = useWorkspace();
  const [broken, setBroken] = useState('');
  const address = thumbnailAddressById(collection?.name ?? '', id);
  if (broken === address) return <PictureIcon />;
  return <img src={address} alt="" onError={() => setBroken(address)} />;
}

/** What stands in the place of a picture. */
export function NoPicture({ text }: { text: string }) {
  return (
    <span className="no-picture">
      <PictureIcon />
      {text}
    </span>
  );
}
