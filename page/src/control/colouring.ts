/** In which colours: follows state.colourBy, the theme and the language; names the clusters on the map. */
import type { App } from "../app";
import type { Clusters } from "../data/source";
import type { ClusterLabel } from "../draw/map";
import { byCategory, byColumn, byNumber, type Colouring, clusterValues, type Ground, plain, scriptValues } from "../state/colour";
import { display } from "../state/display";
import { NO_IDS } from "../state/ids";
import { SCRIPTS } from "../state/scripts";
import type { ColourBy } from "../state/state";

/** So many typical tokens name a cluster in the legend, and so many on the map. */
const NAMED_BY = 3;

export function controlColouring(app: App, ground: () => Ground, onGround: (listener: () => void) => () => void): void {
  let clusters: Promise<Clusters> | null = null;
  let turn = 0;
  let shown: ColourBy | null = null;
  const stopped = new AbortController();

  async function colours(by: ColourBy): Promise<Colouring> {
    const { source, t } = app;
    const words = { none: t("legend.none"), others: t("legend.others") };
    const n = source.manifest.nTokens;
    if (by === "frequency") {
      const counts = app.findings.get().counts;
      return counts ? byNumber(counts, t("legend.frequency"), true, ground()) : plain(n, ground());
    }
    if (by === "norm") {
      const norms = app.findings.get().norms ?? (await source.norms());
      return byNumber(norms, t("legend.norm"), false, ground());
    }
    if (by === "script") {
      const labels = SCRIPTS.map((script) => t(`script.${script}`));
      return byCategory(scriptValues(app.tokens), labels, t("legend.script"), words, ground());
    }
    if (by === "cluster") {
      clusters ??= source.clusters(sayOnce(), stopped.signal);
      const found = await clusters;
      const labels = found.typical.map((ids) => nameOf(ids, NAMED_BY));
      return byCategory(clusterValues(found), labels, t("legend.cluster"), words, ground());
    }
    if (by.startsWith("column:")) return byColumn(await source.column(Number(by.slice(7))), words, ground());
    return plain(n, ground());
  }

  /** Tell that the clusters have to wait, though not each time that the queue moves. */
  function sayOnce(): (before: number) => void {
    let said = false;
    return (before) => {
      if (!said) app.notify(app.t("legend.waiting", { n: before }));
      said = true;
    };
  }

  function nameOf(ids: readonly number[], n: number): string {
    return ids.slice(0, n).map((id) => display(app.tokens.token(id))).join(" · ");
  }

  async function labelsOf(colouring: Colouring): Promise<ClusterLabel[]> {
    if (clusters === null) return [];
    const { codes, typical } = await clusters;
    const entries = new Map(colouring.legend?.entries.map((entry) => [entry.label, entry.colour]));
    return typical.map((ids, cluster) => ({
      text: nameOf(ids, 1),
      ids: membersOf(codes, cluster),
      color: channels(entries.get(nameOf(ids, NAMED_BY))),
    }));
  }

  async function follow(): Promise<void> {
    const mine = ++turn;
    const by = app.store.get().colourBy;
    // Another question takes a while: no colour at all is more honest than that of the question before.
    if (by !== shown && by === "cluster") app.map.setColors(plain(app.source.manifest.nTokens, ground()));
    try {
      const colouring = await colours(by);
      const labels = by === "cluster" ? await labelsOf(colouring) : [];
      if (mine !== turn || stopped.signal.aborted) return;
      shown = by;
      app.map.setColors(colouring);
      app.map.setClusterLabels(labels);
      app.findings.set({ legend: colouring.legend });
    } catch (error) {
      if (mine !== turn || stopped.signal.aborted) return;
      clusters = null;
      app.map.setColors(plain(app.source.manifest.nTokens, ground()));
      app.findings.set({ legend: null });
      app.notify((error as Error).message);
    }
  }

  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (now.colourBy !== before.colourBy || now.lang !== before.lang) void follow();
    }),
  );
  app.onDestroy(
    app.findings.subscribe((now, before) => {
      if (now.counts !== before.counts && app.store.get().colourBy === "frequency") void follow();
    }),
  );
  app.onDestroy(onGround(() => void follow()));
  app.onDestroy(() => stopped.abort());
  void follow();
}

/** The ids of a cluster; of a large one every so many, which is enough to find its middle. */
function membersOf(codes: Uint8Array, cluster: number): Uint32Array {
  const ids: number[] = [];
  for (let id = 0; id < codes.length; id++) if (codes[id] === cluster) ids.push(id);
  return ids.length ? Uint32Array.from(ids) : NO_IDS;
}

function channels(colour: string | undefined): readonly [number, number, number] {
  const [red, green, blue] = (colour ?? "rgb(128 128 128)").match(/\d+/g)!.map(Number);
  return [red, green, blue];
}
