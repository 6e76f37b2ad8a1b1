/** The colors of the points: follows state.colorBy, the theme and the language; names the clusters on the map. */
import type { App } from "../app";
import type { Clusters } from "../data/source";
import type { ClusterLabel } from "../draw/map";
import {
  byCategory,
  byColumn,
  byMovement,
  byNumber,
  bySimilarity,
  type Coloring,
  clusterValues,
  plain,
  scriptValues,
} from "../state/color";
import { display } from "../state/display";
import { NO_IDS } from "../state/ids";
import { latestOnly } from "../state/latest";
import { SCRIPTS } from "../state/scripts";
import type { ColorBy } from "../state/state";
import { errorText } from "../ui/errors";
import { momentOf } from "../ui/moment-of";
import { localColumn } from "../ui/own-columns";
import type { ThemeControl } from "./theme";

/** How many typical tokens name a cluster in the legend; on the map it is one. */
const NAMED_BY = 3;

/**
 * `firstPicture`: clusters are asked for when it resolves, so that the points do not wait for them. Of a table in training
 * that is the first one of its end.
 */
export function controlColoring(app: App, { scheme, onChange }: ThemeControl, firstPicture: Promise<void>): void {
  const latest = latestOnly();
  // The clusters of a table are computed once; only the end of the page stops that.
  const destroyed = new AbortController();
  let clusters: Promise<Clusters> | null = null;
  let similar: { readonly of: string; readonly values: Float32Array } | null = null;
  let shown: ColorBy | null = null;
  const { comparison } = app.source.manifest;
  const movementColumn = comparison ? `column:${comparison.columns.movement}` : null;

  async function colors(by: ColorBy, chosen: number | null, signal: AbortSignal): Promise<Coloring> {
    const { source, t } = app;
    const words = { none: t("legend.none"), others: t("legend.others") };
    const n = source.manifest.nTokens;
    if (by === "frequency") {
      const counts = app.session.get().counts;
      return counts ? byNumber(counts, t("legend.frequency"), true, words, scheme()) : plain(n, scheme());
    }
    if (by === "norm") {
      if (app.session.get().isLive) await firstPicture;
      const norms = app.session.get().norms ?? (await source.norms());
      return byNumber(norms, t("legend.norm"), false, words, scheme());
    }
    if (by === "script") {
      const labels = SCRIPTS.map((script) => t(`script.${script}`));
      return byCategory(scriptValues(app.tokens), labels, t("legend.script"), words, scheme());
    }
    if (by === "cluster") {
      clusters ??= firstPicture.then(() => source.clusters(follow(), destroyed.signal));
      const found = await clusters;
      app.session.set({ clustersDone: null });
      const labels = found.typical.map((ids) => nameOf(ids, NAMED_BY));
      return byCategory(clusterValues(found), labels, t("legend.cluster"), words, scheme());
    }
    if (by === "similarity") {
      if (chosen === null || !source.manifest.hasVectors) return plain(n, scheme());
      return bySimilarity(await similarities(chosen, signal), chosen, t("legend.similarity"), words, scheme());
    }
    if (by === movementColumn)
      return byMovement((await source.column(Number(by.slice(7)))).values, t("column.movement"), words, scheme());
    if (by.startsWith("column:"))
      return byColumn(localColumn(app, await source.column(Number(by.slice(7)))), words, scheme());
    return plain(n, scheme());
  }

  /** Those that were asked for last are kept: another theme or language needs them again. */
  async function similarities(chosen: number, signal: AbortSignal): Promise<Float32Array> {
    const { moment } = momentOf(app, chosen);
    const of = `${chosen} ${moment ?? ""} ${app.session.get().reading}`;
    if (similar?.of !== of) similar = { of, values: await app.source.similarities(chosen, signal, moment) };
    return similar.values;
  }

  /** Say that the clusters are waiting, though not each time that the queue moves; then how far they are. */
  function follow(): (before: number, done: number) => void {
    let isNotified = false;
    return (before, done) => {
      app.session.set({ clustersDone: before > 0 ? null : done });
      if (before > 0 && !isNotified) {
        app.notify(app.t("legend.waiting", { n: before }));
        isNotified = true;
      }
    };
  }

  function nameOf(ids: readonly number[], n: number): string {
    return ids
      .slice(0, n)
      .map((id) => display(app.tokens.token(id)))
      .join(" · ");
  }

  async function labelsOf(coloring: Coloring): Promise<ClusterLabel[]> {
    if (clusters === null) return [];
    const { codes, typical } = await clusters;
    const entries = new Map(coloring.legend?.entries.map((entry) => [entry.label, entry.color]));
    return typical.map((ids, cluster) => ({
      text: nameOf(ids, 1),
      ids: membersOf(codes, cluster),
      color: channels(entries.get(nameOf(ids, NAMED_BY))),
    }));
  }

  function update(): void {
    const { colorBy: by, chosen } = app.store.get();
    // They take a while: no color at all is more honest than the colors of another question.
    if (by !== shown && isLate(app, by)) app.map.setColors(plain(app.source.manifest.nTokens, scheme()));
    const question = async (signal: AbortSignal) => {
      const coloring = await colors(by, chosen, signal);
      return { coloring, labels: by === "cluster" ? await labelsOf(coloring) : [] };
    };
    void latest.ask(question, {
      answer({ coloring, labels }) {
        shown = by;
        app.map.setColors(coloring);
        app.map.setClusterLabels(labels);
        app.session.set({ legend: coloring.legend });
      },
      failure(error) {
        clusters = null;
        app.session.set({ clustersDone: null });
        app.map.setColors(plain(app.source.manifest.nTokens, scheme()));
        app.session.set({ legend: null });
        app.notify(errorText(app.store.get().lang, error.message));
      },
    });
  }

  app.onDestroy(
    app.store.subscribe((now, before) => {
      // While a timeline plays, all points keep their colors.
      const hasStopped = before.playing && !now.playing;
      const isAnother = now.colorBy === "similarity" && (now.chosen !== before.chosen || hasStopped);
      if (isAnother || now.colorBy !== before.colorBy || now.lang !== before.lang) update();
    }),
  );
  app.onDestroy(
    app.session.subscribe((now, before) => {
      const { colorBy, playing } = app.store.get();
      if (now.reading !== before.reading && colorBy === "similarity" && !latest.isAsking()) update();
      if (now.counts !== before.counts && colorBy === "frequency") update();
      if (now.shownMoment !== before.shownMoment && colorBy === "similarity" && !playing) update();
    }),
  );
  app.onDestroy(onChange(update));
  app.onDestroy(() => destroyed.abort());
  app.onDestroy(latest.stop);
  update();
}

/** Whether colors take a while: clusters, and of a table in training what is only known of its end. */
function isLate(app: App, by: ColorBy): boolean {
  return by === "cluster" || (by === "norm" && app.session.get().isLive);
}

/** The ids of the tokens in a cluster. */
function membersOf(codes: Uint8Array, cluster: number): Uint32Array {
  const ids: number[] = [];
  for (let id = 0; id < codes.length; id++) if (codes[id] === cluster) ids.push(id);
  return ids.length ? Uint32Array.from(ids) : NO_IDS;
}

function channels(color: string | undefined): readonly [number, number, number] {
  const [red, green, blue] = (color ?? "rgb(128 128 128)").match(/\d+/g)!.map(Number);
  return [red, green, blue];
}
