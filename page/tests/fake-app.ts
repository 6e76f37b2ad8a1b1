/** An App without a document: real stores over a table of four tokens, and a source and a map that tests fill in. */
import { vi } from "vitest";
import type { App, SessionData } from "../src/app";
import type { DataSource, Manifest } from "../src/data/source";
import { TokenTable } from "../src/data/tokens";
import type { MapView } from "../src/draw/map";
import { FRONT } from "../src/state/camera";
import type { State } from "../src/state/state";
import { createStore } from "../src/state/store";
import { initialState } from "../src/state/url";
import { NOTHING_EXPLAINED } from "../src/state/why";
import { translator } from "../src/ui/i18n";

export const manifest: Manifest = {
  version: 1,
  title: "pets",
  nTokens: 4,
  dim: 3,
  hasCounts: true,
  special: [],
  hasVectors: true,
  tokenizer: null,
  columns: [],
  methods: [
    { method: "none", dims: [2, 3], missing: null, settings: [] },
    { method: "umap", dims: [2], missing: null, settings: [] },
  ],
  start: { method: "none", dims: 3 },
  drawsAnew: true,
  timeline: null,
  comparison: null,
  languageModel: null,
  explains: { text: null },
  tables: [],
};

/** The same table at four moments. */
export const film: Manifest = {
  ...manifest,
  timeline: {
    unit: "ids",
    familiar: [],
    moments: [0, 1000, 2000, 4000].map((progress) => ({
      name: String(progress),
      progress,
      epoch: null,
      loss: 4 - progress / 2000,
      validationLoss: null,
    })),
    findings: [],
    live: false,
  },
};

/** Two tables of these tokens that are compared. */
export const compared: Manifest = {
  ...film,
  columns: [
    { name: "movement", kind: "number", labels: [] },
    { name: "cosine", kind: "number", labels: [] },
    { name: "where", kind: "category", labels: ["both", "first", "second"] },
    { name: "noise", kind: "number", labels: [] },
  ],
  timeline: { ...film.timeline!, unit: "", moments: film.timeline!.moments.slice(0, 2) },
  comparison: {
    names: ["before", "after"],
    coordinates: "shared",
    cosineAsIs: 0.93,
    cosineRotated: null,
    scale: 1,
    isEqual: false,
    nCommon: 2,
    nMoved: 1,
    nAdded: 1,
    nRemoved: 1,
    noise: "",
    matched: "by name",
    columns: { movement: 0, cosine: 1, where: 2, noise: 3, counts: [null, null] },
  },
};

/** cat, dog, mat, sat */
export const tokens = new TokenTable("catdogmatsat", Uint32Array.of(0, 3, 6, 9, 12));

export interface Fake {
  readonly app: App;
  readonly start: State;
  readonly notices: string[];
  readonly map: Record<
    "setMarks" | "setColors" | "setClusterLabels" | "setNames" | "setPoints" | "setAxes",
    ReturnType<typeof vi.fn>
  >;
  readonly setCamera: ReturnType<typeof vi.fn>;
  readonly setTheme: ReturnType<typeof vi.fn>;
  readonly fit: ReturnType<typeof vi.fn>;
  readonly destroy: () => void;
}

export function fakeApp(
  source: Partial<DataSource> = {},
  state: Partial<State> = {},
  more: Partial<MapView> = {},
): Fake {
  const start = initialState(manifest, "en");
  const store = createStore<State>({ ...start, ...state });
  const session = createStore<SessionData>({
    importance: Uint32Array.of(3, 0, 1, 2),
    counts: Float64Array.of(9, 8, 7, 4512),
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
    shownMoment: null,
    lengths: null,
    meeting: null,
    markedMoment: null,
    projected: start.method,
    components: [],
    axisNames: [],
    explained: null,
    trust: null,
    recall: null,
    jitter: null,
    rotated: false,
    isLive: false,
    training: null,
    reading: 0,
    length: null,
    clustersDone: null,
  });
  const map = {
    setMarks: vi.fn(),
    setColors: vi.fn(),
    setClusterLabels: vi.fn(),
    setNames: vi.fn(),
    setPoints: vi.fn(),
    setAxes: vi.fn(),
  };
  const [setCamera, setTheme, fit] = [vi.fn(), vi.fn(), vi.fn()];
  const notices: string[] = [];
  const cleanups: (() => void)[] = [];
  const app: App = {
    source: { manifest, ...source } as DataSource,
    tokens,
    map: { ...map, setCamera, setTheme, fit, getCamera: () => FRONT, ...more } as unknown as MapView,
    pair: null,
    store,
    session,
    importance: Uint32Array.of(3, 0, 1, 2),
    t: translator(() => store.get().lang),
    choose: (chosen) => store.set({ chosen }),
    announce: () => {},
    notify: (text) => void notices.push(text),
    onDestroy: (cleanup) => void cleanups.push(cleanup),
  };
  return {
    app,
    start,
    notices,
    map,
    setCamera,
    setTheme,
    fit,
    destroy: () => cleanups.forEach((cleanup) => cleanup()),
  };
}

/** Let promises that are already settled run their callbacks. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}
