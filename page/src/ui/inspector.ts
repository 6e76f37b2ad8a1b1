/** The chosen token: what it is, its vector, and its neighbors in the original space. */
import type { App, Panel } from "../app";
import type { Metric } from "../data/source";
import { codePoints, quoted } from "../state/codepoints";
import { display } from "../state/display";
import { heatLimit } from "../state/heat";
import { sortedIds } from "../state/ids";
import { decimal, percent, places, shortest, significant } from "../state/numbers";
import { standing, total } from "../state/percentiles";
import { segmented } from "./controls";
import { fill, h } from "./dom";
import { subscribe, locale, labeled, localized } from "./subscribe";
import { heatStrip } from "./heat-strip";
import { icon } from "./icons";
import { fillRanked, rankedList } from "./ranked";
import "./panels.css";

export const inspectorPanel: Panel = (app) => {
  const rest = app.source.manifest.hasVectors ? [vector(app), neighborList(app)] : [without(app)];
  const parts = h("div", { class: "inspector-parts" }, head(app), ...rest);
  const empty = invitation(app);
  const letGo = () => app.choose(null);
  const button = h("button", { type: "button", class: "button small quiet icon end", onclick: letGo }, icon("close"));
  const close = labeled(app, button, "inspector.close");
  subscribe(
    app,
    ({ chosen }) => [chosen],
    () => {
      const isEmpty = app.store.get().chosen === null;
      parts.hidden = close.hidden = isEmpty;
      empty.hidden = !isEmpty;
    },
  );
  const title = h("h2", { class: "panel-title" }, localized(app, "inspector.title"), close);
  return h("section", { class: "panel inspector" }, title, empty, parts);
};

/** So many tokens are offered while none is chosen. */
const OFFERED = 6;

function invitation(app: App): HTMLElement {
  const offers = [...app.importance.subarray(0, OFFERED)].map((id) =>
    h("button", { type: "button", class: "token", onclick: () => app.choose(id, true) }, display(app.tokens.token(id))),
  );
  return h(
    "div",
    { class: "stack" },
    h("p", { class: "muted" }, localized(app, "inspector.empty")),
    h("div", { class: "row wrap" }, ...offers),
  );
}

function without(app: App): HTMLElement {
  return h("p", { class: "message" }, localized(app, "inspector.noVectors"));
}

/** Run for a token each time one is chosen or the language changes. */
function forChosen(app: App, run: (id: number) => void): void {
  subscribe(
    app,
    (state, session) => [state.chosen, state.lang, session.counts, session.norms],
    () => {
      const { chosen } = app.store.get();
      if (chosen !== null) run(chosen);
    },
  );
}

function head(app: App): HTMLElement {
  const name = h("h3", { class: "inspector-token" });
  const raw = h("code", { class: "inspector-raw" });
  const points = h("ol", { class: "code-points scroll" });
  const details = h("details", { class: "fold" }, h("summary", {}, localized(app, "inspector.codePoints")), points);
  const facts = h("dl", { class: "facts" });
  const fillPoints = () => {
    const { chosen } = app.store.get();
    if (chosen === null || !details.open) return;
    const rows = codePoints(app.tokens.token(chosen)).map(({ code, shown }) =>
      h("li", {}, h("span", { class: "number muted" }, code), h("span", {}, shown)),
    );
    fill(points, ...rows);
  };
  details.addEventListener("toggle", fillPoints);
  forChosen(app, (id) => {
    const token = app.tokens.token(id);
    const shown = display(token);
    fill(name, shown);
    name.dataset.length = shown.length <= 14 ? "short" : shown.length <= 40 ? "middle" : "long";
    raw.hidden = shown === token;
    fill(raw, quoted(token));
    details.hidden = token === "";
    fillPoints();
    fill(facts, ...factsOf(app, id));
  });
  return h("div", { class: "stack" }, name, raw, facts, details);
}

function factsOf(app: App, id: number): HTMLElement[] {
  const { t } = app;
  const { counts, norms } = app.session.get();
  const n = app.source.manifest.nTokens;
  const number = (text: string) => h("span", { class: "number" }, text);
  const small = (text: string) => h("span", { class: "muted small" }, text);
  const facts: HTMLElement[] = [h("dt", {}, t("inspector.id")), h("dd", {}, number(String(id)))];
  if (counts) {
    const share = percent(locale(app), counts[id] / (total(counts) || 1));
    facts.push(
      h("dt", {}, t("inspector.count")),
      h("dd", {}, number(counts[id].toLocaleString(locale(app))), small(t("inspector.share", { share }))),
    );
  }
  if (norms && Number.isFinite(norms[id])) {
    const { rank, percentile } = standing(norms, norms[id]);
    const bar = h("div", { class: "standing", "aria-hidden": "true" });
    bar.style.setProperty("--part", `${100 * percentile}%`);
    facts.push(
      h("dt", {}, t("inspector.norm")),
      h(
        "dd",
        {},
        number(significant(locale(app), norms[id])),
        small(t("inspector.rank", { rank, n })),
        bar,
        small(t("inspector.longer", { share: percent(locale(app), percentile) })),
      ),
    );
  }
  return facts;
}

/** So few numbers are simply written under the strip. */
const WRITTEN = 8;

function vector(app: App): HTMLElement {
  const strip = heatStrip(app);
  const error = h("p", { class: "message warn" });
  const numbers = h("ol", { class: "vector-numbers scroll number", tabindex: "0" });
  const summary = h("summary", {}, localized(app, "vector.numbers"));
  const fold = h("details", { class: "fold" }, summary, labeled(app, numbers, "vector.numbers"));
  const few = h("p", { class: "vector-few number" });
  let now: Float32Array | null = null;
  let asked: AbortController | null = null;

  const fillNumbers = () => {
    if (!now || !fold.open) return;
    const digits = places(heatLimit(now));
    const number = (value: number) => decimal(locale(app), value, digits);
    fill(numbers, ...Array.from(now, (value, d) => h("li", {}, h("span", { class: "muted" }, d), number(value))));
  };
  const show = (next: Float32Array | null) => {
    now = next;
    strip.show(next);
    copy.disabled = next === null;
    fold.hidden = few.hidden = true;
    if (next === null) return;
    fold.hidden = next.length <= WRITTEN;
    few.hidden = !fold.hidden;
    if (few.hidden) fillNumbers();
    else fill(few, ...Array.from(next, (value) => h("span", {}, decimal(locale(app), value, places(heatLimit(next))))));
  };
  const copy = h(
    "button",
    { type: "button", class: "button small quiet end", onclick: () => void copyVector(app, now) },
    icon("copy"),
    localized(app, "vector.copy"),
  );
  fold.addEventListener("toggle", fillNumbers);

  async function ask(): Promise<void> {
    asked?.abort();
    const { chosen } = app.store.get();
    if (chosen === null) return;
    const mine = new AbortController();
    asked = mine;
    // An answer mostly comes at once: what was there stays till then, and fades if it takes longer.
    const fade = setTimeout(() => show(null), 200);
    error.hidden = true;
    try {
      const next = await app.source.vector(chosen, mine.signal);
      if (!mine.signal.aborted) show(next);
    } catch (problem) {
      if (mine.signal.aborted) return;
      show(null);
      error.hidden = false;
      fill(error, (problem as Error).message);
    } finally {
      clearTimeout(fade);
    }
  }

  subscribe(
    app,
    ({ chosen }) => [chosen],
    () => void ask(),
  );
  app.onDestroy(() => asked?.abort());
  const size = h("span", { class: "number muted" });
  subscribe(
    app,
    ({ lang }) => [lang],
    () => fill(size, app.t("vector.size", { dim: app.source.manifest.dim })),
  );
  return h(
    "div",
    { class: "stack" },
    h("div", { class: "row" }, h("h3", { class: "label" }, localized(app, "vector.title"), " · ", size), copy),
    strip.element,
    few,
    error,
    fold,
  );
}

async function copyVector(app: App, vector: Float32Array | null): Promise<void> {
  if (vector === null) return;
  try {
    await navigator.clipboard.writeText(`[${Array.from(vector, shortest).join(", ")}]`);
    app.notify(app.t("vector.copied", { dim: vector.length }));
  } catch {
    app.notify(app.t("vector.notCopied"));
  }
}

const COUNTS = ["10", "25", "100"] as const;

function neighborList(app: App): HTMLElement {
  const metric = segmented<Metric>((value) => app.session.set({ metric: value }));
  const k = segmented<(typeof COUNTS)[number]>((value) => app.session.set({ k: Number(value) }));
  const list = rankedList();
  const waiting = h("p", { class: "message" });
  const select = () => {
    const { neighbors: found } = app.session.get();
    if (found) app.store.set({ selected: sortedIds(found.map(({ id }) => id)) });
  };
  const selectThese = h(
    "button",
    { type: "button", class: "button small", onclick: select },
    localized(app, "neighbors.select"),
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  let refocus = false;

  subscribe(
    app,
    (state, session) => [state.lang, session.k, session.metric],
    () => {
      const now = app.session.get();
      const metrics = (["cosine", "euclidean"] as const).map((value) => ({
        value,
        label: app.t(`neighbors.${value}`),
      }));
      metric.show(app.t("neighbors.metric"), metrics, now.metric);
      const shown = COUNTS.find((value) => Number(value) === now.k) ?? COUNTS[0];
      k.show(
        app.t("neighbors.k"),
        COUNTS.map((value) => ({ value, label: value })),
        shown,
      );
    },
  );
  subscribe(
    app,
    (state, session) => [state.lang, session.neighbors],
    () => {
      const { neighbors: found, metric: by } = app.session.get();
      clearTimeout(timer);
      // The list of the token before stays for a moment, so that it does not flicker when the answer comes at once.
      refocus ||= list.contains(document.activeElement);
      list.setAttribute("aria-busy", String(found === null));
      list.inert = found === null;
      selectThese.disabled = !found?.length;
      if (found === null) timer = setTimeout(() => show(null, by), 200);
      else show(found, by);
    },
  );
  app.onDestroy(() => clearTimeout(timer));

  function show(found: Parameters<typeof fillRanked>[2] | null, by: Metric): void {
    fillRanked(app, list, found ?? [], by);
    waiting.hidden = found !== null && found.length > 0;
    fill(waiting, app.t(found === null ? "neighbors.waiting" : "neighbors.none"));
    if (found === null || !refocus) return;
    refocus = false;
    // Who went elsewhere while the answer was on its way stays there.
    if (document.activeElement === document.body) list.querySelector("button")?.focus();
  }

  return h(
    "div",
    { class: "stack neighbors" },
    h("h3", { class: "label" }, localized(app, "neighbors.title")),
    h("div", { class: "row wrap" }, metric.element, k.element),
    labeled(app, list, "neighbors.title"),
    waiting,
    h("div", { class: "row" }, selectThese),
  );
}
