/** What is asked about neighbors: by which measure, how many, of which script. */
import type { App } from "../app";
import type { Metric } from "../data/source";
import { METRICS, NEIGHBOR_COUNTS, type NeighborCount } from "../state/state";
import { segmented } from "./controls";
import { h } from "./dom";
import { scriptSelect } from "./script-select";
import { subscribe } from "./subscribe";

const COUNTS = NEIGHBOR_COUNTS.map((count) => ({ value: String(count), label: String(count) }));

export function neighborQuestion(app: App): HTMLElement[] {
  const metric = segmented<Metric>((value) => app.store.set({ metric: value }));
  const k = segmented((value) => app.store.set({ k: Number(value) as NeighborCount }));
  subscribe(app, ["lang", "k", "metric"], () => {
    const now = app.store.get();
    const metrics = METRICS.map((value) => ({ value, label: app.t(`neighbors.${value}`) }));
    metric.show(app.t("neighbors.metric"), metrics, now.metric);
    k.show(app.t("neighbors.k"), COUNTS, String(now.k));
  });
  return [h("div", { class: "row wrap" }, metric.element, k.element), scriptSelect(app, "script")];
}
