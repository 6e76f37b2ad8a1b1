/** The cosine of two tokens as a sum over independent axes: a bar with a sign for each, which can become axes of the map. */
import type { App } from "../../app";
import type { AxisShare } from "../../data/why";
import { AXIS_LETTERS } from "../../state/axes";
import { display } from "../../state/display";
import { hasIndependentAxes, shownAsAxis } from "../../state/independent-axes";
import { decimal, significant } from "../../state/numbers";
import { type SumRow, sumRows } from "../../state/why";
import { fill, h } from "../dom";
import { locale, localized, subscribe } from "../subscribe";
import { askedLine } from "./asked";

const SHOWN = 8;
const DIGITS = 3;
const NAMES = { others: "why.others", mean: "why.mean", outside: "why.outside" } as const;

export function sumPart(app: App): HTMLElement {
  const line = askedLine(app, "why.axesWorking");
  const total = h("p", { class: "grow", role: "status" });
  const showAs = h("span", { class: "muted small", "aria-hidden": "true" }, localized(app, "why.showAs"));
  showAs.hidden = !hasIndependentAxes(app.source.manifest);
  const list = h("ol", { class: "why-sum" });
  const significance = h("p", { class: "message" }, localized(app, "why.significant"));
  const unsettled = h("p", { class: "message warn" }, localized(app, "why.notConverged"));
  const what = h(
    "details",
    { class: "fold" },
    h("summary", {}, localized(app, "why.whatAxes")),
    h("p", { class: "message" }, localized(app, "why.axesAre")),
  );
  let showsAll = false;
  const all = h("button", { type: "button", class: "button small start", onclick: toggle });
  const full = h(
    "div",
    { class: "stack" },
    h("div", { class: "row" }, total, showAs),
    list,
    significance,
    all,
    unsettled,
    what,
  );

  function toggle(): void {
    showsAll = !showsAll;
    show();
  }

  function show(): void {
    const { why } = app.session.get().explanation;
    line.show(why);
    full.hidden = why.answer === null;
    if (why.answer === null) return;
    const n = why.answer.shares.length;
    const rows = sumRows(why.answer, showsAll ? n : SHOWN, DIGITS);
    const longest = Math.max(...rows.map(({ value }) => Math.abs(value)));
    const others = why.answer.shares.map(({ axis }) => axis);
    const similarity = decimal(locale(app), why.answer.similarity, DIGITS);
    fill(total, app.t("why.sum", { similarity }));
    fill(list, ...rows.map((row) => sumRow(app, row, longest, others)));
    list.classList.toggle("scroll", showsAll);
    significance.hidden = !rows.some(({ of }) => typeof of !== "string" && of.isSignificant);
    all.hidden = n <= SHOWN;
    fill(all, app.t(showsAll ? "why.fewer" : "why.all"));
    unsettled.hidden = why.answer.converged;
  }

  subscribe(app, ["pair"], () => (showsAll = false));
  subscribe(app, ["explanation", "lang", "dims", "method", "independent"], show);
  return h("div", { class: "stack" }, line.element, full);
}

function sumRow(app: App, { of, n, value }: SumRow, longest: number, others: readonly number[]): HTMLElement {
  const share = typeof of === "string" ? null : of;
  const name = typeof of === "string" ? app.t(NAMES[of], { n }) : axisName(app, of);
  const mark = share?.isSignificant ? "*" : "";
  const bar = h("span", { class: "why-bar", "aria-hidden": "true" });
  bar.style.setProperty("--part", String(longest > 0 ? Math.abs(value) / longest : 0));
  bar.dataset.sign = value < 0 ? "minus" : "plus";
  const title = share === null ? name : `${name}\np = ${significant(locale(app), share.p, 2)}`;
  const sign = value < 0 ? "\u2212" : "+";
  return h(
    "li",
    { class: "why-row" },
    h("span", { class: share === null ? "cut muted" : "cut", title }, name),
    h("span", { class: "number small" }, `${sign}${decimal(locale(app), Math.abs(value), DIGITS)}`),
    h("span", { class: "why-mark", ...(mark && { title: app.t("why.significant") }) }, mark),
    bar,
    share !== null && hasIndependentAxes(app.source.manifest) ? axisButtons(app, share, others) : null,
  );
}

function axisName(app: App, { axis, tokens }: AxisShare): string {
  return `${axis}: ${tokens.map((id) => display(app.tokens.token(id))).join(", ")}`;
}

/** Buttons that show this axis as one of the map. */
function axisButtons(app: App, share: AxisShare, others: readonly number[]): HTMLElement {
  const { method, dims, independent } = app.store.get();
  const buttons = AXIS_LETTERS.slice(0, dims).map((letter, at) => {
    const name = app.t("why.asAxis", { name: axisName(app, share), axis: letter });
    const show = () => app.store.set(shownAsAxis(app.store.get(), at, share.axis, others));
    const isShown = method === "axes" && independent[at] === share.axis;
    return h(
      "button",
      {
        type: "button",
        class: "button small quiet",
        onclick: show,
        "aria-label": name,
        title: name,
        "aria-pressed": String(isShown),
      },
      letter,
    );
  });
  return h("span", { class: "why-axes" }, ...buttons);
}
