import type { Cornerstone, DisplaySet, Host } from './host.ts';
import { shownPixels, toPng } from './picture.ts';

/** A stored image that is shown. */
export interface ShownFrame {
  imageId: string;
  /** SOP Instance UID. */
  instance: string;
  /** Which frame of it, from 1. */
  frame: number;
  /** Size in its own pixels. */
  columns: number;
  rows: number;
}

/** A rectangle in pixels. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** How an archive calls an image. */
export interface Uids {
  study: string;
  instance: string;
  frame: number;
}

/** Why the viewer cannot do what was asked. */
class ViewerError extends Error {}

const RECTANGLE = 'RectangleROI';
/** Tool groups of OHIF's modes for images as they are stored. */
const TOOL_GROUPS = ['default'];
const RENDERED = 'CORNERSTONE_IMAGE_RENDERED';
/** So long, in milliseconds, the viewer may take to open a study. */
const PATIENCE = 30_000;

/** The viewer around the panel: what it shows, and what it is to show. */
export class Viewer {
  constructor(private readonly host: Host) {}

  /** The image of the active viewport; null where that shows none that is stored, as in a reconstruction. */
  shown(): ShownFrame | null {
    const imageId = this.viewport()?.getCurrentImageId?.();
    if (imageId === undefined) return null;
    const { SOPInstanceUID, Rows, Columns } =
      this.cornerstone.metaData.get('instance', imageId) ?? {};
    if (typeof SOPInstanceUID !== 'string') return null;
    const [, frame = '1'] = /(?:\/frames\/|[?&]frame=)(\d+)/.exec(imageId) ?? [];
    return {
      ...{ imageId, instance: SOPInstanceUID, frame: Number(frame) },
      ...{ columns: Number(Columns), rows: Number(Rows) },
    };
  }

  /** The rectangle that was drawn last onto an image, in its pixels; null where there is none. */
  region({ imageId, instance, columns, rows }: ShownFrame): Region | null {
    const drawn = this.services.measurementService
      .getMeasurements()
      .filter(
        ({ toolName, SOPInstanceUID, referencedImageId = imageId }) =>
          toolName === RECTANGLE && SOPInstanceUID === instance && referencedImageId === imageId,
      )
      .at(-1);
    const corners = drawn?.points.flatMap((point) => {
      const at = this.cornerstone.utilities.worldToImageCoords(imageId, point);
      return at === undefined ? [] : [at];
    });
    if (corners === undefined || corners.length < 2) return null;
    const span = (axis: number, size: number) => {
      const along = corners.map((corner) => corner[axis] ?? 0);
      const from = Math.min(Math.max(Math.floor(Math.min(...along)), 0), size - 1);
      return {
        from,
        length: Math.min(Math.max(Math.ceil(Math.max(...along)), from + 1), size) - from,
      };
    };
    const [across, down] = [span(0, columns), span(1, rows)];
    return { x: across.from, y: down.from, width: across.length, height: down.length };
  }

  /** Lets the next drag draw a rectangle. */
  draw(): void {
    const toolGroupIds = TOOL_GROUPS;
    this.host.commandsManager.runCommand('setToolActiveToolbar', {
      toolName: RECTANGLE,
      toolGroupIds,
    });
  }

  /** The pixels of an image as it is shown, as a PNG that says nothing else. */
  async pixels({ imageId }: ShownFrame): Promise<File> {
    const image = await this.cornerstone.imageLoader.loadAndCacheImage(imageId);
    const shown = this.viewport()?.getProperties() ?? {};
    return toPng(shownPixels(image, shown), image.columns, image.rows);
  }

  /**
   * Shows an image of the archive beside the present one, in a second viewport.
   * @throws {ViewerError} where the archive does not have it
   */
  async open({ study, instance, frame }: Uids): Promise<void> {
    const has = ({ instances }: DisplaySet) =>
      instances?.some(({ SOPInstanceUID }) => SOPInstanceUID === instance) ?? false;
    const { displaySetService, viewportGridService } = this.services;
    const found = () => displaySetService.getActiveDisplaySets().find(has);
    if (found() === undefined) {
      const [source] = this.host.extensionManager.getActiveDataSource();
      await source?.retrieve.series
        .metadata({ StudyInstanceUID: study })
        .catch((cause: unknown) => {
          throw new ViewerError('The archive of this viewer does not give the study.', { cause });
        });
    }
    const displaySet = await this.until(
      found,
      'The archive of this viewer does not have the image.',
    );
    const other = () => {
      const active = viewportGridService.getActiveViewportId();
      return [...viewportGridService.getState().viewports.keys()].find((id) => id !== active);
    };
    if (other() === undefined) {
      this.host.commandsManager.runCommand('setViewportGridLayout', { numRows: 1, numCols: 2 });
    }
    const viewportId = await this.until(other, 'The viewer has no second viewport.');
    const { instances = [], displaySetInstanceUID } = displaySet;
    const index =
      instances.length === 1
        ? frame - 1
        : instances.findIndex(({ SOPInstanceUID }) => SOPInstanceUID === instance);
    await viewportGridService.setDisplaySetsForViewport({
      viewportId,
      displaySetInstanceUIDs: [displaySetInstanceUID],
      viewportOptions: { initialImageOptions: { index } },
    });
  }

  /** Tells when another image is shown, or another rectangle is drawn onto it. */
  watch(changed: () => void): () => void {
    const { viewportGridService: grid, measurementService: drawn } = this.services;
    const stateOf = () => {
      const frame = this.shown();
      return JSON.stringify([frame, frame && this.region(frame)]);
    };
    let before = stateOf();
    const look = () => {
      const now = stateOf();
      if (now === before) return;
      before = now;
      changed();
    };
    const heard = [
      ...[grid.EVENTS.ACTIVE_VIEWPORT_ID_CHANGED, grid.EVENTS.GRID_STATE_CHANGED].map((event) =>
        grid.subscribe(event, look),
      ),
      ...Object.values(drawn.EVENTS).map((event) => drawn.subscribe(event, look)),
    ];
    // What a viewport shows is told by cornerstone alone, on the element that it draws into.
    document.addEventListener(RENDERED, look, true);
    return () => {
      for (const each of heard) each.unsubscribe();
      document.removeEventListener(RENDERED, look, true);
    };
  }

  private get services() {
    return this.host.servicesManager.services;
  }

  private get cornerstone(): Cornerstone {
    const id = '@ohif/extension-cornerstone.utilityModule.common';
    const exported = this.host.extensionManager.getModuleEntry(id)?.exports as
      | { getCornerstoneLibraries(): { cornerstone: Cornerstone } }
      | undefined;
    if (exported === undefined)
      throw new ViewerError('The viewer shows no images with cornerstone.');
    return exported.getCornerstoneLibraries().cornerstone;
  }

  private viewport() {
    const id = this.services.viewportGridService.getActiveViewportId();
    return id === null ? null : this.services.cornerstoneViewportService.getCornerstoneViewport(id);
  }

  private async until<T>(look: () => T | undefined, otherwise: string): Promise<T> {
    for (const begun = performance.now(); performance.now() - begun < PATIENCE; ) {
      const found = look();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new ViewerError(otherwise);
  }
}
