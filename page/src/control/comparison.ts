/** Two tables that are compared: loads what is known of each token, and tells the maps how to show the two. */
import type { App } from "../app";
import { countScripts, soleScript } from "../data/scripts";
import type { ComparisonColumns, DataSource } from "../data/source";
import { type Compared, MAX_LINES, movedFirst } from "../state/comparison";
import type { State } from "../state/state";
import { errorText } from "../ui/errors";
import { subscribe } from "../ui/subscribe";
import { controlMoment, readPoints } from "./timeline";

export function controlComparison(app: App): void {
  const { source, store, session, pair } = app;
  const { comparison } = source.manifest;
  if (!comparison) return;
  load(source, comparison.columns).then(
    (compared) => session.set({ comparison: compared, scripts: countScripts(app.tokens, source.manifest.special) }),
    (error: unknown) => app.notify(errorText(store.get().lang, (error as Error).message)),
  );
  controlMoment(app);
  subscribe(app, ["comparison", "movedScript"], () => {
    const { comparison: compared } = session.get();
    if (compared !== null) session.set({ moved: movedFirst(compared, isOfScript(app, store.get().movedScript)) });
  });
  subscribe(app, ["mapLayout", "lines", "moved", "selected", "chosen", "moment", "neighbors", "firstNeighbors"], () =>
    app.map.setTrails(lines(app)),
  );
  if (pair === null) return;
  app.onDestroy(
    store.subscribe((now, before) => {
      if (now.mapLayout !== before.mapLayout) pair.setLayout(now.mapLayout);
      if (now.linked !== before.linked) pair.setLinked(now.linked);
      if (now.firstCamera !== before.firstCamera) pair.setFirstCamera(now.firstCamera);
    }),
  );
}

/** The other of two maps is used: coordinates are read in it. */
export function readLeader(app: App, side: 0 | 1): void {
  if (app.store.get().mapLayout === "beside") readPoints(app, side);
}

async function load(source: DataSource, columns: ComparisonColumns): Promise<Compared> {
  const numbers = async (index: number) => (await source.column(index)).values as Float32Array;
  const orNull = (index: number | null) => (index === null ? null : numbers(index));
  const [movement, cosine, noise, where, first, second] = await Promise.all([
    numbers(columns.movement),
    numbers(columns.cosine),
    numbers(columns.noise),
    source.column(columns.where),
    orNull(columns.counts[0]),
    orNull(columns.counts[1]),
  ]);
  return { movement, cosine, noise, where: where.values as Uint16Array, counts: [first, second] };
}

function isOfScript(app: App, script: State["movedScript"]): (id: number) => boolean {
  if (script === null) return () => true;
  const special = new Set(app.source.manifest.special);
  return (id) => !special.has(id) && soleScript(app.tokens.token(id)) === script;
}

/** The tokens whose ways are drawn; the first stands out where it is the chosen one. */
function lines({ store, session }: App): readonly number[] {
  const { mapLayout, moment, lines: which, chosen, selected } = store.get();
  const { moved, ...found } = session.get();
  const neighbors = moment < 0.5 ? found.firstNeighbors : found.neighbors;
  if (mapLayout === "beside" || which === "none") return [];
  if (chosen !== null && which === "chosen") return [chosen, ...(neighbors ?? []).map(({ id }) => id)];
  // All else fades beside the chosen one, and its neighbors are of no use to who looks at what moved most.
  if (which !== "selected" && (chosen !== null || which === "chosen")) return chosen === null ? [] : [chosen];
  return Array.from((which === "selected" ? selected : (moved ?? selected)).subarray(0, MAX_LINES));
}
