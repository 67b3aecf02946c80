import { useEffect, useEffectEvent, useState } from 'react';

/**
 * Takes pictures and folders dropped anywhere on the page or pasted into it.
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
        // What is dropped can be asked for only now, before anything is waited for.
        const entries = [...(event.dataTransfer?.items ?? [])].flatMap(
          (item) => item.webkitGetAsEntry() ?? [],
        );
        const files = [...(event.dataTransfer?.files ?? [])];
        if (entries.every(({ isFile }) => isFile)) takeFiles(files);
        else filesOf(entries).then((all) => takeFiles(all));
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

/** All files of what was dropped, those of folders too. */
async function filesOf(entries: readonly FileSystemEntry[]): Promise<File[]> {
  const files: File[] = [];
  for (const entry of entries) {
    if (isFolder(entry)) files.push(...(await filesOf(await entriesOf(entry))));
    else if (isFile(entry)) {
      files.push(await new Promise<File>((resolve, reject) => entry.file(resolve, reject)));
    }
  }
  return files;
}

/** The entries of a folder, which come in pieces. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (piece.length === 0) return all;
    all.push(...piece);
  }
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}
