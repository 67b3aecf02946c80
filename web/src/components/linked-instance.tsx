import { useEffect, useEffectEvent, useState } from 'react';
import { findInstance } from '../api.ts';
import { toProblem } from '../problems.ts';
import { takeLink } from '../state/link.ts';
import { parseRoute, START } from '../state/route.ts';
import { useWorkspace } from '../state/workspace.ts';

/** Searches with the instance that a link to the page names, as an archive or a viewer does. */
export function LinkedInstance() {
  const { change } = useWorkspace();
  const [text, setText] = useState('');
  const follow = useEffectEvent(async () => {
    const link = takeLink();
    if (link === null) return;
    setText('Looking for the image of the link…');
    try {
      const { collection: wanted } = parseRoute(location.search);
      const images = await findInstance(link);
      const found = images.find(({ collection }) => collection === wanted) ?? images[0];
      if (found === undefined) {
        setText('No collection has the image of the link: it is not indexed yet.');
        return;
      }
      setText('');
      const { collection, image } = found;
      change(
        { ...START, collection, query: { kind: 'image', id: image.id } },
        { replace: true, upload: null, trail: [] },
      );
    } catch (error) {
      setText(`The image of the link was not looked for: ${toProblem(error).title}.`);
    }
  });
  useEffect(() => {
    const onLink = () => void follow();
    onLink();
    addEventListener('hashchange', onLink);
    return () => removeEventListener('hashchange', onLink);
  }, []);
  if (text === '') return null;
  return (
    <div className="notice" role="status" data-testid="link">
      <p>{text}</p>
    </div>
  );
}
