/** The selected tokens: how many, which, and how to export them. */
import type { App, Panel } from "../app";
import type { Column } from "../data/source";
import { byRank, rankColumn } from "../state/columns";
import { NO_IDS } from "../state/ids";
import { latestOnly } from "../state/latest";
import { selectionAsJson, selectionAsTsv, type ExportedSelection } from "../state/export-selection";
import { fileName, fit, saveAs } from "./actions";
import { segmented } from "./controls";
import { bringIntoView } from "./bring-into-view";
import { h } from "./dom";
import { errorText } from "./errors";
import { subscribe } from "./subscribe";
import { icon } from "./icons";
import { aloneButton } from "./project-alone";
import { tokenList } from "./token-list";
import "./selection.css";

type Form = "tsv" | "json";
const FORMS: readonly { value: Form; label: string }[] = [
  { value: "tsv", label: "TSV" },
  { value: "json", label: "JSON" },
];
const TYPES: Readonly<Record<Form, string>> = { tsv: "text/tab-separated-values", json: "application/json" };

export const selectionPanel: Panel = (app) => {
  const { store, t } = app;
  let form: Form = "tsv";
  const latest = latestOnly();
  let ranked: Column | null = null;

  const title = h("span");
  const count = h("span", { class: "number muted" });
  const hint = h("p", { class: "message" });
  const list = tokenList(app);
  const isolate = button("", () => store.set({ isolated: !store.get().isolated }));
  const fitted = button("", () => fit(app));
  const clear = button("quiet end", () => store.set({ selected: NO_IDS, isolated: false }));

  const outTitle = h("span", { class: "label grow" });
  const forms = segmented<Form>((value) => {
    form = value;
    show();
  });
  const withVectors = h("input", { type: "checkbox" });
  const withVectorsText = h("span");
  const vectors = h("label", { class: "check small" }, withVectors, withVectorsText);
  const copy = button("", () => exportSelection("copy"));
  const download = button("", () => exportSelection("download"));
  const stop = button("quiet", () => {
    latest.stop();
    work.hidden = true;
  });
  const fetched = h("span", { class: "message number", role: "status" });
  const work = h("div", { class: "row" }, fetched, stop);
  const full = h(
    "div",
    { class: "stack" },
    h("div", { class: "row wrap" }, isolate, aloneButton(app), fitted, clear),
    list.element,
    h("div", { class: "row" }, outTitle, forms.element),
    h("div", { class: "row wrap" }, vectors, h("div", { class: "row end" }, copy, download)),
    work,
  );
  const element = h(
    "section",
    { class: "panel selection" },
    h("h2", { class: "panel-title" }, title, count),
    hint,
    full,
  );

  function exportSelection(how: "copy" | "download"): void {
    const hide = () => (work.hidden = true);
    const question = async (signal: AbortSignal) => {
      const exported = await collect(app, withVectors.checked, signal, (done, n) => {
        if (signal.aborted) return;
        work.hidden = false;
        fetched.textContent = t("selection.fetched", { done, n });
      });
      const text = form === "tsv" ? selectionAsTsv(exported) : selectionAsJson(exported);
      if (how === "copy") await navigator.clipboard.writeText(text);
      else saveAs(new Blob([text], { type: TYPES[form] }), `${fileName(app)}-selection.${form}`);
      return exported.tokens.length;
    };
    void latest.ask(question, {
      answer(n) {
        hide();
        app.notify(t(how === "copy" ? "selection.copied" : "selection.saved", { n }));
      },
      failure(error) {
        hide();
        app.notify(t("selection.failed", { why: errorText(store.get().lang, error.message) }));
      },
    });
  }

  const show = () => {
    const { selected, isolated } = store.get();
    const n = selected.length;
    title.textContent = t("selection.title");
    count.textContent = n ? t("selection.count", { n }) : "";
    hint.textContent = t("selection.hint");
    hint.hidden = n > 0;
    full.hidden = n === 0;
    isolate.textContent = t("selection.isolate");
    isolate.setAttribute("aria-pressed", String(isolated));
    fitted.textContent = t("selection.fit");
    clear.textContent = t("selection.clear");
    list.show(ranked === null ? selected : byRank(selected, ranked), t("selection.title"));
    outTitle.textContent = t("selection.export");
    forms.show(t("selection.form"), FORMS, form);
    forms.element.title = t("selection.rule");
    withVectorsText.textContent = t("selection.vectors");
    vectors.hidden = !app.source.manifest.hasVectors;
    copy.replaceChildren(icon("copy"), t("selection.copy"));
    download.replaceChildren(icon("download"), t("selection.download"));
    stop.textContent = t("selection.stop");
  };

  const rankedBy = rankColumn(app.source.manifest.columns);
  if (rankedBy !== null)
    app.source.column(rankedBy).then(
      (column) => {
        ranked = column;
        show();
      },
      (error: unknown) => app.notify(errorText(store.get().lang, (error as Error).message)),
    );
  work.hidden = true;
  subscribe(app, ["selected", "isolated", "lang"], show);
  app.onDestroy(
    store.subscribe((now, before) => {
      if (now.selected === before.selected) return;
      app.announce(t("selection.announced", { n: now.selected.length }));
      // In the lesson the inspector is looked at, not what it selects.
      if (now.selected.length && now.lesson === null) bringIntoView(element);
    }),
  );
  app.onDestroy(latest.stop);
  return element;
};

function button(more: string, run: () => void): HTMLButtonElement {
  return h("button", { type: "button", class: `button small ${more}`, onclick: run });
}

/** The selected tokens with all that is known of them, at their places in the current projection. */
async function collect(
  app: App,
  wantsVectors: boolean,
  signal: AbortSignal,
  onProgress: (done: number, n: number) => void,
): Promise<ExportedSelection> {
  const { selected: ids, dims } = app.store.get();
  const { counts } = app.session.get();
  const { points } = app.session.get();
  const coordinates = new Float32Array(ids.length * dims).fill(NaN); // before the first projection
  if (points?.dims === dims)
    ids.forEach((id, at) => coordinates.set(points.coordinates.subarray(dims * id, dims * (id + 1)), at * dims));
  return {
    tokens: Array.from(ids, (id) => app.tokens.token(id)),
    ids,
    counts: counts && Array.from(ids, (id) => counts[id]),
    coordinates,
    dims,
    vectors: wantsVectors ? await fetchVectors(app, ids, signal, onProgress) : null,
  };
}

async function fetchVectors(
  { source }: App,
  ids: Uint32Array,
  signal: AbortSignal,
  onProgress: (done: number, n: number) => void,
): Promise<Float32Array[]> {
  const { dim } = source.manifest;
  const rows = await source.vectors(ids, (done) => onProgress(done, ids.length), signal);
  return Array.from(ids, (_, at) => rows.subarray(at * dim, (at + 1) * dim));
}
