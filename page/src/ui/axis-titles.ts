/** What the axes of a projection are called, in the language of the page. */
import type { App } from "../app";
import { percent } from "../state/numbers";
import { locale } from "./subscribe";

/**
 * One for each axis; none where axes have no meaning. Axes that a person has named keep their names. `withShares`:
 * principal components say how much of the variance they explain.
 */
export function axisTitles(app: App, withShares: boolean): string[] {
  const { projected: method, components, axisNames, explained } = app.session.get();
  if (method === "umap" || method === "tsne") return [];
  return axisNames.map((name, axis) => {
    if (method === "none") return app.t("axis.dimension", { n: axis + 1 });
    if (method !== "pca") return name;
    const n = components[axis] ?? axis + 1;
    if (explained === null || !withShares) return app.t("axis.component", { n });
    return app.t("axis.componentShare", { n, share: percent(locale(app), explained[axis]) });
  });
}
