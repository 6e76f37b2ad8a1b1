/** The vector of the chosen token: a strip of colored cells, its numbers, and a way to copy it. */
import type { App } from "../app";
import { latestOnly } from "../state/latest";
import { columnFormat, shortest } from "../state/numbers";
import { fill, h } from "./dom";
import { errorText } from "./errors";
import { heatStrip } from "./heat-strip";
import { icon } from "./icons";
import { momentOf } from "./moment-of";
import { labeled, locale, localized, subscribe } from "./subscribe";
import "./vector.css";

/** Vectors of up to this many numbers are written out under the strip. */
const WRITTEN = 8;
const FADE_MS = 200;

export function vectorView(app: App): HTMLElement {
  const strip = heatStrip(app);
  const error = h("p", { class: "message warn" });
  const numbers = h("ol", { class: "vector-numbers scroll number", tabindex: "0" });
  const summary = h("summary", {}, localized(app, "vector.numbers"));
  const fold = h("details", { class: "fold" }, summary, labeled(app, numbers, "vector.numbers"));
  const few = h("p", { class: "vector-few number" });
  let now: Float32Array | null = null;
  const latest = latestOnly();
  let fade: ReturnType<typeof setTimeout> | undefined;

  const fillNumbers = () => {
    if (!now || !fold.open) return;
    const number = columnFormat(locale(app), now);
    fill(numbers, ...Array.from(now, (value, d) => h("li", {}, h("span", { class: "muted" }, d + 1), number(value))));
  };
  const show = (next: Float32Array | null) => {
    now = next;
    app.session.set({ length: next === null ? null : Math.hypot(...next) });
    strip.show(next);
    copy.disabled = next === null;
    fold.hidden = few.hidden = true;
    if (next === null) return;
    fold.hidden = next.length <= WRITTEN;
    few.hidden = !fold.hidden;
    if (few.hidden) fillNumbers();
    else fill(few, ...Array.from(next, columnFormat(locale(app), next)).map((text) => h("span", {}, text)));
  };
  const copy = h(
    "button",
    { type: "button", class: "button small quiet end", onclick: () => void copyVector(app, now) },
    icon("copy"),
    localized(app, "vector.copy"),
  );
  fold.addEventListener("toggle", fillNumbers);

  let shown: number | null = null;
  function ask(): void {
    const { chosen } = app.store.get();
    const { moment } = chosen === null ? {} : momentOf(app, chosen);
    latest.stop();
    clearTimeout(fade);
    if (chosen === null) return;
    // Most answers come at once: the old vector stays until then, and fades only if it takes longer.
    if (chosen !== shown) {
      app.session.set({ length: null });
      fade = setTimeout(() => show(null), FADE_MS);
    }
    shown = chosen;
    error.hidden = true;
    void latest.ask((signal) => app.source.vector(chosen, signal, moment), {
      answer(next) {
        clearTimeout(fade);
        show(next);
      },
      failure(problem) {
        clearTimeout(fade);
        show(null);
        error.hidden = false;
        fill(error, errorText(app.store.get().lang, problem.message));
      },
    });
  }

  subscribe(app, ["chosen", "shownMoment", "comparison"], ask);
  subscribe(app, ["reading"], () => void (app.session.get().reading > 0 && !latest.isAsking() && ask()));
  app.onDestroy(() => {
    latest.stop();
    clearTimeout(fade);
  });
  const size = h("span", { class: "number muted" });
  subscribe(app, ["lang", "chosen", "shownMoment", "comparison"], () => {
    const { dim, comparison } = app.source.manifest;
    const { chosen } = app.store.get();
    const name = comparison && chosen !== null ? comparison.names[momentOf(app, chosen).moment ?? 1] : null;
    fill(size, [name, app.t("vector.size", { dim })].filter(Boolean).join(" · "));
  });
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
