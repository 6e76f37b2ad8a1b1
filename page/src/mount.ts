/**
 * Puts the page into an element. Nothing outside the element changes, and destroy() leaves it empty, so several pages
 * can live in one document.
 */
// First: it says in which order the layers of all the others win.
import "./ui/base.css";
import "./ui/panel.css";
import "./ui/controls.css";
import type { App, SessionData } from "./app";
import { type Address, controlAddress, stateOf } from "./control/address";
import { controlComparison, readLeader } from "./control/comparison";
import { controlColoring } from "./control/coloring";
import { controlImportance } from "./control/importance";
import { controlLive } from "./control/live";
import { controlKeyboard } from "./control/keyboard";
import { controlMarks } from "./control/marks";
import { controlNaming } from "./control/naming";
import { controlNeighbors } from "./control/neighbors";
import { controlProjection } from "./control/projection";
import { controlSearch } from "./control/search";
import { controlOverTime } from "./control/over-time";
import { controlTheme, type Surroundings } from "./control/theme";
import { controlTimeline } from "./control/timeline";
import { controlWhy } from "./control/why";
import type { DataSource, Manifest } from "./data/source";
import type { MapEvents, MapView } from "./draw/map";
import { MapPair } from "./draw/pair";
import { noMap } from "./draw/no-map";
import { createMap } from "./draw/scene";
import type { Camera } from "./state/camera";
import { toggled, union } from "./state/ids";
import type { Lang, State } from "./state/state";
import { createStore } from "./state/store";
import { initialState, toHash } from "./state/url";
import { NOTHING_EXPLAINED } from "./state/why";
import { lookAt } from "./ui/actions";
import { analogyPanel } from "./ui/analogy";
import { colorPanel } from "./ui/color";
import { comparisonBar } from "./ui/comparison/bar";
import { movedPanel } from "./ui/comparison/moved";
import { paneTitles } from "./ui/comparison/pane-titles";
import { comparisonSummary } from "./ui/comparison/summary";
import { coordinatesLine } from "./ui/coordinates";
import { errorText } from "./ui/errors";
import { translator } from "./ui/i18n";
import { inspectorPanel } from "./ui/inspector";
import { notices } from "./ui/notices";
import { projectionPanel } from "./ui/projection";
import { searchPanel } from "./ui/search";
import { selectionPanel } from "./ui/selection";
import { shell } from "./ui/shell";
import { tablesPanel } from "./ui/tables";
import { lessonCard } from "./ui/lesson/card";
import { liveLine, ofMoments } from "./ui/live";
import { textPane } from "./ui/text/pane";
import { overTimePanel } from "./ui/timeline/over-time";
import { player } from "./ui/timeline/player";
import { toolbar } from "./ui/toolbar";
import { undirectedPanel } from "./ui/undirected";
import { whyPanel } from "./ui/why/panel";

export interface Options {
  /** Where the state is kept too; null: nowhere. */
  readonly address: Address | null;
  /** The reader's languages, best first, as navigator.languages. */
  readonly languages: readonly string[];
  /** What is different at the start from a page that was just opened. */
  readonly begin?: Partial<State>;
  /** Whether what is around the page is dark or light, where the page itself is neither; the system's choice. */
  readonly surroundings?: Surroundings;
}

export interface Page {
  readonly app: App;
  destroy(): void;
}

export async function mount(element: HTMLElement, source: DataSource, options: Options): Promise<Page> {
  const { address, languages, begin = {} } = options;
  const { manifest } = source;
  loadFont(element.ownerDocument);
  const start = () => ({ ...initialState(source.manifest, preferred(languages)), ...begin });
  const store = createStore<State>(address ? stateOf(address.read(), start(), manifest) : start());
  const [tokens, counts, importance] = await Promise.all([
    source.tokens(),
    source.counts(),
    source.importance(store.get().lang),
  ]);
  if (address) store.set({ rows: stateOf(address.read(), start(), manifest, importance).rows });
  const session = createStore<SessionData>({
    importance,
    counts,
    norms: null,
    undirected: [],
    neighbors: null,
    firstNeighbors: null,
    comparison: null,
    moved: null,
    scripts: [],
    explanation: NOTHING_EXPLAINED,
    wantsAxes: false,
    answer: null,
    legend: null,
    points: null,
    picture: null,
    shownMoment: manifest.timeline === null ? null : Math.round(store.get().moment),
    lengths: null,
    meeting: null,
    markedMoment: null,
    projected: start().method,
    components: [],
    axisNames: [],
    explained: null,
    trust: null,
    recall: null,
    jitter: null,
    rotated: false,
    isLive: manifest.timeline?.live ?? false,
    training: null,
    reading: 0,
    length: null,
    clustersDone: null,
  });
  const cleanups: (() => void)[] = [];
  const t = translator(() => store.get().lang);
  const events = mapEvents(store, (id) => {
    app.choose(id);
    // The mark of an outlier was pressed, which is out of view.
    if (id !== null && !isOnMap(map, id, 0)) lookAt(app, id);
  });
  const pair = pairOrNull(events, manifest, store, (side) => readLeader(app, side));
  const map = pair ?? mapOrReason(events, () => t("page.noWebGL"));
  const lines = notices();
  const app: App = {
    source,
    tokens,
    map,
    pair,
    store,
    session,
    get importance() {
      return session.get().importance;
    },
    t,
    choose(id, show = false) {
      store.set({ chosen: id });
      if (id !== null && show && !isOnMap(map, id, MARGIN)) lookAt(app, id);
    },
    announce: lines.announce,
    notify: lines.notify,
    onDestroy: (cleanup) => void cleanups.push(cleanup),
  };

  map.setTokens(tokens, importance);
  map.setLabels(store.get().labels);
  map.setTool(store.get().tool);
  map.setCamera(store.get().camera, false);
  app.onDestroy(
    store.subscribe((now, before) => {
      if (now.labels !== before.labels) map.setLabels(now.labels);
      if (now.tool !== before.tool) map.setTool(now.tool);
    }),
  );
  const projection = controlProjection(app);
  const root = shell(app, {
    toolbar: toolbar(app),
    left: [
      ...only(comparisonSummary(app)),
      tablesPanel(app, () => toHash(store.get(), start(), app.importance)),
      projectionPanel(projection)(app),
      undirectedPanel(app),
      colorPanel(app),
    ],
    right: [
      searchPanel(app),
      ...only(movedPanel(app)),
      inspectorPanel(app),
      ...(manifest.comparison ? [] : [whyPanel(app)]),
      ...ofMoments(app, overTimePanel),
      selectionPanel(app),
      analogyPanel(app),
    ],
    under: [...only(comparisonBar(app)), ...ofMoments(app, underMap)],
    bottom: textPane(app),
    over: [coordinatesLine(app), lessonCard(app)],
    notices: lines.element,
  });
  element.replaceChildren(root);
  const theme = controlTheme(app, root, options.surroundings);
  controlColoring(app, theme, projection.firstPicture);
  controlImportance(app);
  controlMarks(app);
  controlNaming(app);
  controlSearch(app);
  const followMoments = () => {
    controlTimeline(app);
    controlOverTime(app);
  };
  if (manifest.comparison) {
    controlComparison(app);
    controlOverTime(app); // the lengths in both
    if (pair !== null) paneTitles(app, pair.panes);
  } else if (session.get().isLive) controlLive(app, followMoments);
  else followMoments();
  controlNeighbors(app);
  controlWhy(app);
  controlKeyboard(app, root);
  if (address) controlAddress(app, address, start);
  const fail = (error: unknown) => app.notify(errorText(store.get().lang, (error as Error).message));
  source.norms().then((norms) => session.set({ norms }), fail);
  source.undirected().then((undirected) => session.set({ undirected }), fail);

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

/** Two maps, or one, of two tables that are compared; null where none are, or no map can be drawn. */
function pairOrNull(
  events: MapEvents,
  { comparison }: Manifest,
  store: App["store"],
  onLeader: (side: 0 | 1) => void,
): MapPair | null {
  if (!comparison) return null;
  const { mapLayout: layout, linked, firstCamera } = store.get();
  const all = { ...events, onLeader, onFirstCamera: (camera: Camera | null) => store.set({ firstCamera: camera }) };
  try {
    return new MapPair(createMap, all, comparison.names, { layout, linked, firstCamera });
  } catch {
    return null;
  }
}

function only(element: HTMLElement | null): readonly HTMLElement[] {
  return element === null ? [] : [element];
}

function mapOrReason(events: MapEvents, why: () => string): MapView {
  try {
    return createMap(events);
  } catch {
    return noMap(why());
  }
}

/** Below the map: what training does, and once it has ended the timeline; null: nothing. */
function underMap(app: App): HTMLElement | null {
  return app.session.get().isLive ? liveLine(app) : player(app);
}

/** A token nearer to the edge of the map than this, in CSS pixels, counts as out of view. */
const MARGIN = 24;

function isOnMap(map: MapView, id: number, margin: number): boolean {
  const place = map.place(id);
  const { clientWidth, clientHeight } = map.viewport;
  return (
    place !== null &&
    place.x >= margin &&
    place.y >= margin &&
    place.x <= clientWidth - margin &&
    place.y <= clientHeight - margin
  );
}

export function preferred(languages: readonly string[]): Lang {
  for (const language of languages) {
    if (/^ko\b/i.test(language)) return "ko";
    if (/^en\b/i.test(language)) return "en";
  }
  return "en";
}

/** Load it now: a browser loads a font when the document needs it, and a canvas does not count. */
function loadFont(document: Document): void {
  for (const font of ["400 13px Pretendard", "700 13px Pretendard"])
    void document.fonts.load(font, "가a").catch(() => []);
}
