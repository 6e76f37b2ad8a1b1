/** The first lesson: a card over the map that follows four words from text to points. */
import type { App, Panel } from "../../app";
import type { Piece } from "../../data/source";
import { fit, type Room } from "../../state/camera";
import { coveredTexts, FREQUENT, joined, placedTokens, presentable, tellingWords } from "../../state/examples";
import { lessonText, lessonTexts, roomBeside, STEPS } from "../../state/first-lesson";
import { NO_IDS, sortedIds } from "../../state/ids";
import type { State } from "../../state/state";
import { lookFrom } from "../actions";
import { fill, h } from "../dom";
import { errorText } from "../errors";
import { subscribe, freshId } from "../subscribe";
import { icon } from "../icons";
import { type Example, stepBody } from "./lesson-steps";
import "./lesson.css";

/** This many tokens fit on the card; four words have more where tokens are characters or bytes. */
const AT_MOST = 6;

export const lesson: Panel = (app) => {
  const { store, t } = app;
  const titleId = freshId("tovec-lesson");
  const steps = h("ol", { class: "lesson-steps" });
  const close = h(
    "button",
    { type: "button", class: "button small quiet icon", onclick: () => go(null) },
    icon("close"),
  );
  const head = h("h2", { id: titleId, tabindex: "-1" });
  const content = h("div", { class: "lesson-content scroll" });
  const back = h("button", { type: "button", class: "button", onclick: () => go(store.get().lesson! - 1) });
  const place = h("span", { class: "muted small end" });
  const next = h("button", { type: "button", class: "button primary", onclick: forward });
  const card = h(
    "section",
    { class: "lesson-card", role: "dialog", "aria-labelledby": titleId },
    h("div", { class: "lesson-top" }, steps, close),
    head,
    content,
    h("div", { class: "row lesson-foot" }, back, place, next),
  );
  const element = h("div", { class: "lesson" }, card);

  let example: Example | null = null;
  let problem = "";
  let focus = 0;
  let before: Pick<State, "path" | "selected" | "chosen" | "camera" | "dims"> | null = null;
  let opener: Element | null = null;

  function go(step: number | null): void {
    store.set({ lesson: step });
  }

  function forward(): void {
    const step = store.get().lesson!;
    go(step === STEPS.length - 1 ? null : step + 1);
  }

  async function open(): Promise<void> {
    // A page that is opened inside the lesson has the lesson's own marks in its address.
    const { path, selected, chosen, camera, dims } = store.get();
    before ??= opener
      ? { path, selected, chosen, camera, dims }
      : { path: [], selected: NO_IDS, chosen: null, camera, dims };
    try {
      example ??= await exampleOf(app);
    } catch (error) {
      problem = (error as Error).message;
    }
    if (store.get().lesson === null) return;
    mark();
    show();
    moveClearOfCard();
    head.focus({ preventScroll: true });
  }

  function leave(): void {
    if (before) {
      const { dims, camera, ...marks } = before;
      store.set({ ...marks, hovered: null });
      // A camera for 2-D does not show a 3-D projection well.
      if (dims === store.get().dims) lookFrom(app, camera);
    }
    before = null;
    // The offer is gone; if nothing had the focus before, the map gets it.
    const isThere = opener !== element.ownerDocument.body && !opener?.closest("[hidden]");
    const home = isThere ? opener : app.map.element.closest("[tabindex]");
    (home as HTMLElement | null)?.focus();
    opener = null;
  }

  function mark(): void {
    if (example) store.set({ path: example.ids, selected: sortedIds(example.ids), chosen: example.ids[focus] });
  }

  /** Move the view so that the lesson's points are seen beside the card. */
  function moveClearOfCard(): void {
    if (!example) return;
    const all = app.map.coordinates();
    const points = Float32Array.from(example.ids.flatMap((id) => [...all.subarray(3 * id, 3 * id + 3)]));
    const { clientWidth: width, clientHeight: height } = app.map.element;
    const room = freeRoom();
    if (room) app.map.setCamera(fit(app.map.getCamera(), points, width, height, room), true);
  }

  /** The part of the map that neither the card covers nor the lines at its top; null: there is none. */
  function freeRoom(): Room | null {
    const { left, top, width, height } = app.map.element.getBoundingClientRect();
    const inside = (box: DOMRect): Room => ({ x: box.x - left, y: box.y - top, width: box.width, height: box.height });
    const above = element.parentElement?.querySelector(".above")?.clientHeight ?? 0;
    return roomBeside({ x: 0, y: above, width, height: height - above }, inside(card.getBoundingClientRect()));
  }

  /** Tell the map what the card stands over. */
  function cover(): void {
    const [map, over] = [app.map.element, card].map((one) => one.getBoundingClientRect());
    const { width, height } = over;
    app.map.setCovered(card.hidden ? null : { x: over.x - map.x, y: over.y - map.y, width, height });
  }

  /** The places of the points are known when the projection is done and the points are at rest. */
  async function onPointsAtRest(): Promise<void> {
    if (store.get().lesson === null || store.get().progress.running) return;
    await app.map.settle();
    if (store.get().lesson === null) return;
    show();
    moveClearOfCard();
  }

  function setFocus(index: number): void {
    focus = index;
    mark();
    show();
    content.querySelector<HTMLElement>(`[data-focus="${index}"]`)?.focus();
  }

  function show(): void {
    const step = store.get().lesson;
    card.hidden = step === null;
    if (step === null) return;
    const name = STEPS[step];
    fill(steps, ...STEPS.map(drawStep));
    fill(head, t(`lesson.${name}.head`));
    const said = problem ? errorText(store.get().lang, problem) : t("lesson.waiting");
    const waiting = h("p", { class: problem ? "message warn" : "message" }, said);
    fill(content, ...(example ? stepBody(name, app, example, focus, setFocus) : [waiting]));
    fill(back, t("lesson.back"));
    back.disabled = step === 0;
    fill(place, t("lesson.place", { step: step + 1, n: STEPS.length }));
    fill(next, t(step === STEPS.length - 1 ? "lesson.done" : "lesson.next"));
    close.setAttribute("aria-label", t("lesson.close"));
  }

  function drawStep(step: (typeof STEPS)[number], index: number): HTMLElement {
    const now = store.get().lesson!;
    const state = index === now ? "now" : index < now ? "done" : "";
    const button = h(
      "button",
      { type: "button", class: state, "aria-current": index === now ? "step" : null, onclick: () => go(index) },
      t(`lesson.${step}.label`),
    );
    return h("li", {}, button);
  }

  card.addEventListener("keydown", (event) => {
    const step = store.get().lesson!;
    const last = STEPS.length - 1;
    if (event.key === "Escape") go(null);
    else if (event.key === "ArrowRight") go(Math.min(last, step + 1));
    else if (event.key === "ArrowLeft") go(Math.max(0, step - 1));
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  app.onDestroy(
    store.subscribe((now, was) => {
      if (now.lesson === was.lesson) return;
      if (was.lesson === null) {
        opener = element.ownerDocument.activeElement;
        void open();
      } else if (now.lesson === null) leave();
      store.set({ hovered: null }); // the pointer does not leave a token whose element is gone
      show();
      content.scrollTop = 0;
      // The step's button was replaced: keep the focus inside the card.
      if (now.lesson !== null && was.lesson !== null && !card.contains(element.ownerDocument.activeElement))
        head.focus();
      if (now.lesson !== null) app.announce(t("lesson.place", { step: now.lesson + 1, n: STEPS.length }));
    }),
  );
  const sizes = new ResizeObserver(cover);
  for (const one of [card, app.map.element]) sizes.observe(one);
  app.onDestroy(() => sizes.disconnect());
  subscribe(app, ["lang"], show);
  subscribe(app, ["method", "dims", "progress"], () => void onPointsAtRest());
  if (store.get().lesson !== null) void open();
  return element;
};

/** The lesson's text, its tokens and their vectors, all from the open table. */
async function exampleOf({ source, tokens, importance, store }: App): Promise<Example> {
  const { lang } = store.get();
  const isPlaced = placedTokens(await source.norms(), await source.undirected());
  const frequent = presentable(tokens, importance, isPlaced, FREQUENT).map((id) => tokens.token(id));
  const texts = lessonTexts((token) => tokens.id(token) !== null, frequent, lang);
  const found = source.manifest.tokenizer ? (await source.tokenize(joined(texts))).pieces : [];
  const covered = coveredTexts(texts, found).filter(({ pieces }) => pieces.every(({ id }) => isPlaced(id!)));
  const chosen = lessonText(covered, AT_MOST);
  const words = tellingWords(frequent, lang).filter((word) => tokens.id(word) !== null);
  const { text, pieces } = chosen ?? sideBySide((words.length > 1 ? words : frequent).slice(0, 4));
  const shown = pieces.slice(0, AT_MOST);
  const ids = shown.map(({ id }) => id!);
  const vectors = new Map<number, Float32Array>();
  if (source.manifest.hasVectors)
    await Promise.all([...new Set(ids)].map(async (id) => vectors.set(id, await source.vector(id))));
  return { text: text.slice(0, shown.at(-1)?.end), pieces: shown, ids, vectors };

  /** Tokens side by side, where no text can be tokenized. */
  function sideBySide(some: readonly string[]): { text: string; pieces: Piece[] } {
    let end = -1;
    const all = some.map((token): Piece => {
      const start = end + 1;
      end = start + token.length;
      return { start, end, token, id: tokens.id(token), known: true };
    });
    return { text: some.join(" "), pieces: all };
  }
}
