import { useEffect, useEffectEvent, useState } from 'react';

/**
 * Takes pictures dropped anywhere on the page or pasted into it.
 * @returns whether files are being dragged over the page
 */
export function useDroppedFiles(take: (files: readonly File[]) => void): boolean {
  const [dragging, setDragging] = useState(false);
  const takeFiles = useEffectEvent(take);
  useEffect(() => {
    // Enter and leave also come for every element on the way, so they are counted.
    let depth = 0;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const listeners = {
      dragenter: (event: DragEvent) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        depth++;
        setDragging(true);
      },
      dragover: (event: DragEvent) => {
        if (hasFiles(event)) event.preventDefault();
      },
      dragleave: (event: DragEvent) => {
        if (!hasFiles(event)) return;
        depth = Math.max(0, depth - 1);
        if (depth === 0) setDragging(false);
      },
      drop: (event: DragEvent) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        depth = 0;
        setDragging(false);
        const files = [...(event.dataTransfer?.files ?? [])];
        if (files.length > 0) takeFiles(files);
      },
    };
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      takeFiles(files);
    };
    addEventListener('dragenter', listeners.dragenter);
    addEventListener('dragover', listeners.dragover);
    addEventListener('dragleave', listeners.dragleave);
    addEventListener('drop', listeners.drop);
    addEventListener('paste', paste);
    return () => {
      removeEventListener('dragenter', listeners.dragenter);
      removeEventListener('dragover', listeners.dragover);
      removeEventListener('dragleave', listeners.dragleave);
      removeEventListener('drop', listeners.drop);
      removeEventListener('paste', paste);
    };
  }, []);
  return dragging;
}
