import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Problem } from '../../../src/contract/shapes.ts';
import { checkPicture } from '../api.ts';
import { toProblem } from '../problems.ts';

/**
 * A picture of the server for an `img`. When it fails, the server is asked why: a busy one is waited
 * for, and what may pass is asked for again with everything else that failed. What the server sends
 * then after all is shown anew.
 */
export function usePicture(address: string): {
  img: { src: string; onError: () => void };
  /** Of the element; another one is needed to load an address again. */
  key: string;
  problem: Problem | null;
} {
  const [failed, setFailed] = useState({ address, times: 0 });
  const times = failed.address === address ? failed.times : 0;
  const { isSuccess, error, errorUpdateCount } = useQuery({
    queryKey: ['picture', address, times],
    queryFn: async ({ signal }) => {
      await checkPicture(address, signal);
      return true;
    },
    enabled: times > 0,
    // Another time it can have another reason.
    gcTime: 0,
  });
  const unshown = isSuccess && times > 1 && errorUpdateCount === 0;
  return {
    img: { src: address, onError: () => setFailed({ address, times: times + 1 }) },
    key: `${address} ${isSuccess ? times : Math.max(0, times - 1)}`,
    problem: error ? toProblem(error) : unshown ? UNSHOWN : null,
  };
}

/** The server sends it, and still the browser does not show it. */
const UNSHOWN: Problem = {
  type: 'about:blank',
  title: 'This browser cannot show it',
  status: 0,
  detail: '',
  code: 'PICTURE_UNSHOWN',
  advice: '',
};
