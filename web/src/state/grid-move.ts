/**
 * The item an arrow key, Home or End leads to in a grid filled row by row.
 * @returns the index, the same one at an edge, or null when the key does not move
 */
export function gridMove(
  key: string,
  index: number,
  columns: number,
  count: number,
): number | null {
  if (count === 0) return null;
  const within = (target: number) => Math.min(count - 1, Math.max(0, target));
  switch (key) {
    case 'ArrowRight':
      return within(index + 1);
    case 'ArrowLeft':
      return within(index - 1);
    case 'ArrowDown':
      // Into a last row that is shorter: its last item.
      return Math.floor(index / columns) === Math.floor((count - 1) / columns)
        ? index
        : within(index + columns);
    case 'ArrowUp':
      return index < columns ? index : index - columns;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
