import { createElement, type ReactElement } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import type { Host } from './host.ts';
import styles from './panel.css?inline';
import { Panel } from './panel.tsx';
import { SimilarCases } from './search.ts';
import { SettingsError, settingsOf } from './settings.ts';
import { Viewer } from './viewer.ts';

const ID = 'semblance-ohif';
const PANEL = `${ID}.panelModule.similar-cases`;
const ELEMENT = 'semblance-similar-cases';

/** As the viewer registered the extension: a mode that is entered is not told of the configuration. */
let registered: Host | undefined;

/**
 * The extension. Its panel is an element of its own with a React of its own, so that it needs neither the React of the
 * viewer nor to be built with it.
 */
export default {
  id: ID,

  getPanelModule(host: Host) {
    registered = host;
    define(() => contentOf(host));
    return [
      {
        name: 'similar-cases',
        iconName: 'icon-search',
        iconLabel: 'Similar cases',
        label: 'Similar cases',
        component: ELEMENT,
      },
    ];
  },

  onModeEnter({ servicesManager }: Host) {
    const { position } = registered === undefined ? {} : partsOf(registered);
    const { panelService } = servicesManager.services;
    const isThere = ['left', 'right'].some((side) =>
      panelService.getPanels(side).some(({ id }) => id === PANEL),
    );
    if (position !== 'none' && !isThere) {
      panelService.addPanel(position === 'left' ? 'left' : 'right', PANEL);
    }
  },
};

/** What is said of Semblance beside the extension, and in the configuration of the viewer. */
function partsOf({ appConfig, configuration }: Host): Readonly<Record<string, unknown>> {
  return { ...appConfig.semblance, ...configuration };
}

/** The panel, or what is wrong with its settings: they must not keep the viewer from starting. */
function contentOf(host: Host): ReactElement {
  try {
    const viewer = new Viewer(host);
    return createElement(Panel, {
      viewer,
      cases: new SimilarCases(settingsOf(partsOf(host)), viewer),
    });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return createElement('div', { role: 'alert' }, `semblance: ${error.message}`);
  }
}

function define(content: () => ReactElement): void {
  if (customElements.get(ELEMENT) !== undefined) return;
  customElements.define(
    ELEMENT,
    class extends HTMLElement {
      private root: Root | undefined;

      connectedCallback() {
        const shadow = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(styles);
        shadow.adoptedStyleSheets = [sheet];
        this.root = createRoot(shadow);
        this.root.render(content());
      }

      disconnectedCallback() {
        this.root?.unmount();
      }
    },
  );
}
