/**
 * What the extension uses of OHIF 3. Its packages publish no types, so these stand for them;
 * `test/ohif.test.ts` holds them against the published viewer.
 */

/** What a service of the viewer tells when it changes. */
interface Publishing<Name extends string> {
  EVENTS: Record<Name, string>;
  subscribe(event: string, listener: () => void): { unsubscribe(): void };
}

/** Images that are shown together: usually a series. */
export interface DisplaySet {
  displaySetInstanceUID: string;
  /** In the order in which they are shown; one where it has several frames. */
  instances?: readonly { SOPInstanceUID: string }[];
}

/** What was drawn onto an image. */
interface Measurement {
  uid: string;
  toolName: string;
  SOPInstanceUID: string;
  referencedImageId?: string;
  /** Corners in the space of the patient, in mm. */
  points: readonly (readonly number[])[];
}

/** An image as it lies in the memory of the viewer. */
export interface LoadedImage {
  rows: number;
  columns: number;
  color: boolean;
  slope?: number;
  intercept?: number;
  windowCenter?: number | readonly number[];
  windowWidth?: number | readonly number[];
  /** Whether the values are rescaled already. */
  preScale?: { scaled?: boolean };
  getPixelData(): ArrayLike<number>;
}

/** A viewport that cornerstone draws. */
export interface Viewport {
  getCurrentImageId?(): string | undefined;
  getProperties(): {
    voiRange?: { lower: number; upper: number };
    VOILUTFunction?: string;
    invert?: boolean;
  };
}

/** What of cornerstone is used, as the viewer's own extension gives it to others. */
export interface Cornerstone {
  metaData: { get(kind: 'instance', imageId: string): Record<string, unknown> | undefined };
  imageLoader: { loadAndCacheImage(imageId: string): Promise<LoadedImage> };
  utilities: {
    worldToImageCoords(imageId: string, point: readonly number[]): readonly number[] | undefined;
  };
}

/** What an extension of OHIF is given. */
export interface Host {
  servicesManager: {
    services: {
      viewportGridService: Publishing<'ACTIVE_VIEWPORT_ID_CHANGED' | 'GRID_STATE_CHANGED'> & {
        getActiveViewportId(): string | null;
        getState(): { viewports: ReadonlyMap<string, unknown> };
        setDisplaySetsForViewport(shown: {
          viewportId: string;
          displaySetInstanceUIDs: readonly string[];
          viewportOptions: { initialImageOptions: { index: number } };
        }): unknown;
      };
      displaySetService: Publishing<'DISPLAY_SETS_ADDED'> & {
        getActiveDisplaySets(): readonly DisplaySet[];
      };
      measurementService: Publishing<
        'MEASUREMENT_ADDED' | 'MEASUREMENT_UPDATED' | 'MEASUREMENT_REMOVED'
      > & { getMeasurements(): readonly Measurement[] };
      cornerstoneViewportService: { getCornerstoneViewport(id: string): Viewport | null };
      panelService: {
        getPanels(position: string): readonly { id: string }[];
        addPanel(position: string, id: string): void;
      };
    };
  };
  commandsManager: { runCommand(name: string, options: object): unknown };
  extensionManager: {
    getModuleEntry(id: string): { exports: object } | undefined;
    getActiveDataSource(): readonly {
      retrieve: { series: { metadata(of: { StudyInstanceUID: string }): Promise<unknown> } };
    }[];
  };
  /** What the viewer's `app-config.js` says. */
  appConfig: { semblance?: object };
  /** What stands beside the extension, where the viewer is built with it. */
  configuration?: object;
}
