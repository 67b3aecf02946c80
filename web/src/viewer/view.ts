/** Zoom and pan, shared by both panes. */
export interface View {
  /** 1 fits the image into its pane. */
  scale: number;
  /** Shift of the image's centre from the pane's centre, in CSS pixels. */
  x: number;
  y: number;
}

/** A size in CSS pixels. */
export interface Size {
  width: number;
  height: number;
}

/** The whole image. */
export const FIT: View = { scale: 1, x: 0, y: 0 };

const MAX_SCALE = 40;

/** Zooms by a factor and keeps the point of the pane (from its centre) where it is. */
export function zoomAt(view: View, factor: number, x: number, y: number, pane: Size): View {
  const scale = Math.min(MAX_SCALE, Math.max(1, view.scale * factor));
  const ratio = scale / view.scale;
  return limit({ scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio }, pane);
}

/** Moves the image by so many CSS pixels. */
export function pan(view: View, x: number, y: number, pane: Size): View {
  return limit({ scale: view.scale, x: view.x + x, y: view.y + y }, pane);
}

/** Keeps the pane's centre on the zoomed pane, so that the image cannot get lost. */
function limit(view: View, pane: Size): View {
  const reachX = ((view.scale - 1) * pane.width) / 2;
  const reachY = ((view.scale - 1) * pane.height) / 2;
  return {
    scale: view.scale,
    x: Math.min(reachX, Math.max(-reachX, view.x)),
    y: Math.min(reachY, Math.max(-reachY, view.y)),
  };
}

/** Where the image lies in the pane, in CSS pixels from its upper left corner. */
export function placeImage(
  view: View,
  image: Size,
  pane: Size,
): { left: number; top: number; width: number; height: number } {
  const fit = Math.min(pane.width / image.width, pane.height / image.height) * view.scale;
  const width = image.width * fit;
  const height = image.height * fit;
  return {
    left: (pane.width - width) / 2 + view.x,
    top: (pane.height - height) / 2 + view.y,
    width,
    height,
  };
}
