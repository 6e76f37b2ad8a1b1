/**
 * Puts the page into an element. Nothing outside the element is touched, and destroy() leaves it empty, so that
 * several pages can live in one document.
 */
import type { App, Findings } from "./app";
import { type Address, controlAddress } from "./control/address";
import { controlColouring } from "./control/colouring";
import { controlMarks } from "./control/marks";
import { controlNear } from "./control/near";
import { controlPicture } from "./control/picture";
import { controlSearch } from "./control/search";
import { controlTheme } from "./control/theme";
import type { DataSource } from "./data/source";
import type { MapEvents, MapView } from "./draw/map";
import { noMap } from "./draw/no-map";
import { createMap } from "./draw/scene";
import { toggled, union } from "./state/ids";
import { byImportance } from "./state/importance";
import type { Lang, State } from "./state/state";
import { createStore } from "./state/store";
import { fromHash, initialState } from "./state/url";
import { analogyPanel } from "./ui/analogy";
import { colourPanel } from "./ui/colour";
import { translator } from "./ui/i18n";
import { inspectorPanel } from "./ui/inspector";
import { controlKeyboard } from "./ui/keyboard";
import { notices } from "./ui/notices";
import { picturePanel } from "./ui/picture";
import { searchPanel } from "./ui/search";
import { selectionPanel } from "./ui/selection";
import { shell } from "./ui/shell";
import { lesson } from "./ui/text/lesson";
import { textPane } from "./ui/text/pane";
import { toolbar } from "./ui/toolbar";

export interface Options {
  /** Where the state is kept besides; null: nowhere. */
  readonly address: Address | null;
  /** What the reader speaks, best first, as navigator.languages. */
  readonly languages: readonly string[];
}

export interface Page {
  readonly app: App;
  destroy(): void;
}

export async function mount(element: HTMLElement, source: DataSource, { address, languages }: Options): Promise<Page> {
  const { manifest } = source;
  askForFont(element.ownerDocument);
  const [tokens, counts] = await Promise.all([source.tokens(), source.counts()]);
  const start = initialState(manifest, preferred(languages));
  const store = createStore<State>(address ? fromHash(address.read(), start, manifest) : start);
  const findings = createStore<Findings>({
    counts,
    norms: null,
    near: null,
    legend: null,
    axisNames: [],
    explained: null,
    trust: null,
    k: 10,
    metric: "cosine",
  });
  const cleanups: (() => void)[] = [];
  const t = translator(() => store.get().lang);
  const map = mapOrNot(mapEvents(store, (id) => app.choose(id)), () => t("page.noWebGL"));
  const told = notices();
  const app: App = {
    source,
    tokens,
    map,
    store,
    findings,
    importance: byImportance(manifest.nTokens, counts, manifest.special),
    t,
    choose(id, show = false) {
      store.set({ chosen: id });
      if (id !== null && show) bringIntoView(map, id);
    },
    announce: told.announce,
    notify: told.notify,
    onDestroy: (cleanup) => void cleanups.push(cleanup),
  };

  map.setTokens(tokens, app.importance);
  map.setLabels(store.get().labels);
  map.setTool(store.get().tool);
  map.setCamera(store.get().camera, false);
  app.onDestroy(
    store.subscribe((now, before) => {
      if (now.labels !== before.labels) map.setLabels(now.labels);
      if (now.tool !== before.tool) map.setTool(now.tool);
    }),
  );
  const picture = controlPicture(app);
  const root = shell(app, {
    toolbar: toolbar(app),
    left: [picturePanel(picture)(app), colourPanel(app)],
    right: [searchPanel(app), inspectorPanel(app), selectionPanel(app), analogyPanel(app)],
    bottom: textPane(app),
    over: lesson(app),
    notices: told.element,
  });
  element.replaceChildren(root);
  const theme = controlTheme(app, root);
  controlColouring(app, theme.ground, theme.onChange);
  controlMarks(app);
  controlSearch(app);
  controlNear(app);
  controlKeyboard(app, root);
  if (address) controlAddress(app, address, start);
  source.norms().then(
    (norms) => findings.set({ norms }),
    (error: Error) => app.notify(error.message),
  );

  return {
    app,
    destroy() {
      for (const cleanup of cleanups.reverse()) cleanup();
      map.destroy();
      element.replaceChildren();
    },
  };
}

function mapEvents(store: App["store"], choose: (id: number | null) => void): MapEvents {
  return {
    onHover: (hovered) => store.set({ hovered }),
    onClick(id, add) {
      if (!add) choose(id);
      else if (id !== null) store.set({ selected: toggled(store.get().selected, id) });
    },
    onArea: (ids, add) => store.set({ selected: add ? union(store.get().selected, ids) : ids }),
    onCamera: (camera) => store.set({ camera }),
  };
}

function mapOrNot(events: MapEvents, why: () => string): MapView {
  try {
    return createMap(events);
  } catch {
    return noMap(why());
  }
}

/** Look at a token that lies outside what is seen, from the same side and as near as before. */
function bringIntoView(map: MapView, id: number): void {
  const place = map.place(id);
  const { clientWidth, clientHeight } = map.element;
  const margin = 24;
  const isSeen =
    place !== null &&
    place.x > margin &&
    place.y > margin &&
    place.x < clientWidth - margin &&
    place.y < clientHeight - margin;
  if (isSeen) return;
  const [x, y, z] = map.coordinates().subarray(3 * id, 3 * id + 3);
  map.setCamera({ ...map.getCamera(), target: [x, y, z] }, true);
}

function preferred(languages: readonly string[]): Lang {
  for (const language of languages) {
    if (/^ko\b/i.test(language)) return "ko";
    if (/^en\b/i.test(language)) return "en";
  }
  return "en";
}

/** Ask now: a browser asks only when a text needs it, and canvases do not count. The map hears when it comes. */
function askForFont(document: Document): void {
  for (const font of ["400 13px Pretendard", "700 13px Pretendard"]) void document.fonts.load(font, "가a").catch(() => []);
}
