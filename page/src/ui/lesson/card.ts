/** The lessons: a card over the map that leads through the steps of the one that is open. */
import type { App, Panel } from "../../app";
import { fit, type Room } from "../../state/camera";
import { roomBeside } from "../../state/first-lesson";
import { NO_IDS } from "../../state/ids";
import { lessonAfter, type LessonName } from "../../state/lessons";
import type { State } from "../../state/state";
import { lastMoment } from "../../state/timeline";
import { lookFrom } from "../actions";
import { fill, h } from "../dom";
import { errorText } from "../errors";
import { subscribe, freshId } from "../subscribe";
import { icon } from "../icons";
import { firstLesson } from "./first-lesson";
import type { Lesson } from "./lesson";
import { meaningLesson } from "./meaning-lesson";
import { modelLesson } from "./model-lesson";
import { lessonTitle } from "./title";
import "./card.css";

/** `changed` is called when a step has something else to show, with whether other tokens stand out. */
const LESSONS: Readonly<Record<LessonName, (app: App, changed: (areOthers: boolean) => void) => Lesson>> = {
  first: firstLesson,
  meaning: meaningLesson,
  model: modelLesson,
};

/** What a lesson changes, and closing it brings back. */
type Before = Pick<State, "path" | "selected" | "chosen" | "compared" | "moment" | "camera" | "dims">;

export const lessonCard: Panel = (app) => {
  const { store, session, t } = app;
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

  const begun: Partial<Record<LessonName, Lesson>> = {};
  const now = (): Lesson => {
    const { lessonName } = store.get();
    return (begun[lessonName] ??= LESSONS[lessonName](app, changed));
  };
  let problem = "";
  let before: Before | null = null;
  let opener: Element | null = null;

  function go(step: number | null): void {
    store.set({ lesson: step });
  }

  /** To the next step; from the last one to the lesson that continues this one. */
  function forward(): void {
    const { lesson, lessonName } = store.get();
    if (lesson! + 1 < now().nSteps) return go(lesson! + 1);
    const after = lessonAfter(lessonName, app.source.manifest);
    store.set(after === null ? { lesson: null } : { lesson: 0, lessonName: after });
  }

  function remember(): void {
    // A page that is opened inside a lesson has the lesson's own marks in its address.
    const { path, selected, chosen, compared, moment, camera, dims } = store.get();
    const last = lastMoment(app.source.manifest);
    before = opener
      ? { path, selected, chosen, compared, moment, camera, dims }
      : { path: [], selected: NO_IDS, chosen: null, compared: null, moment: last, camera, dims };
  }

  async function open(): Promise<void> {
    const opened = now();
    problem = "";
    try {
      await opened.load();
    } catch (error) {
      problem = (error as Error).message;
    }
    const step = store.get().lesson;
    if (step === null || now() !== opened) return;
    opened.mark(step);
    show();
    moveClearOfCard();
    head.focus({ preventScroll: true });
  }

  /** The open lesson shows something else. */
  function changed(areOthers: boolean): void {
    const step = store.get().lesson;
    if (step === null) return;
    now().mark(step);
    show();
    if (areOthers) moveClearOfCard();
  }

  function leave(): void {
    if (before) {
      const { dims, camera, ...marks } = before;
      store.set({ ...marks, hovered: null, playing: false });
      // A camera for 2-D does not show a 3-D projection well.
      if (dims === store.get().dims) lookFrom(app, camera);
    }
    before = null;
    session.set({ markedMoment: null });
    // The offer is gone; if nothing had the focus before, the map gets it.
    const isThere = opener !== element.ownerDocument.body && !opener?.closest("[hidden]");
    const home = isThere ? opener : app.map.element.closest("[tabindex]");
    (home as HTMLElement | null)?.focus();
    opener = null;
  }

  /** Move the view so that the lesson's points are seen beside the card. */
  function moveClearOfCard(): void {
    const points = now().places();
    if (points.length === 0) return;
    const { clientWidth: width, clientHeight: height } = app.map.viewport;
    const room = freeRoom();
    if (room) app.map.setCamera(fit(app.map.getCamera(), points, width, height, room), true);
  }

  /** The part of the map that neither the card covers nor the lines at its top; null: there is none. */
  function freeRoom(): Room | null {
    const { left, top, width, height } = app.map.viewport.getBoundingClientRect();
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

  function show(): void {
    const { lesson: step, lessonName } = store.get();
    card.hidden = step === null;
    if (step === null) return;
    const { nSteps } = now();
    fill(steps, ...Array.from({ length: nSteps }, (_, at) => drawStep(at)));
    fill(head, now().head(step));
    const said = problem ? errorText(store.get().lang, problem) : t("lesson.waiting");
    const waiting = h("p", { class: problem ? "message warn" : "message" }, said);
    const body = (problem ? null : now().body(step)) ?? [waiting];
    const isSame =
      body.length === content.childNodes.length && body.every((node, at) => node === content.childNodes[at]);
    if (!isSame) refill(body);
    fill(back, t("lesson.back"));
    back.disabled = step === 0;
    fill(place, t("lesson.place", { step: step + 1, n: nSteps }));
    const after = lessonAfter(lessonName, app.source.manifest);
    const end = after === null ? t("lesson.done") : t("lesson.continue", { lesson: t(lessonTitle(app, after)) });
    fill(next, step === nSteps - 1 ? end : t("lesson.next"));
    close.setAttribute("aria-label", t("lesson.close"));
  }

  /** A button that is drawn again keeps the focus. */
  function refill(body: readonly Node[]): void {
    const focused = content.querySelector(":focus")?.getAttribute("data-focus");
    fill(content, ...body);
    if (focused) content.querySelector<HTMLElement>(`[data-focus="${focused}"]`)?.focus();
  }

  function drawStep(index: number): HTMLElement {
    const step = store.get().lesson!;
    const state = index === step ? "now" : index < step ? "done" : "";
    const button = h(
      "button",
      { type: "button", class: state, "aria-current": index === step ? "step" : null, onclick: () => go(index) },
      now().label(index),
    );
    return h("li", {}, button);
  }

  card.addEventListener("keydown", (event) => {
    const step = store.get().lesson!;
    const last = now().nSteps - 1;
    if (event.key === "Escape") go(null);
    else if (event.key === "ArrowRight") go(Math.min(last, step + 1));
    else if (event.key === "ArrowLeft") go(Math.max(0, step - 1));
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  app.onDestroy(
    store.subscribe((state, was) => {
      const isOther = state.lessonName !== was.lessonName;
      if (state.lesson === was.lesson && (!isOther || state.lesson === null)) return;
      store.set({ hovered: null }); // the pointer does not leave a token whose element is gone
      if (state.lesson === null) {
        leave();
        show();
        return;
      }
      if (was.lesson === null) {
        opener = element.ownerDocument.activeElement;
        remember();
      }
      now().enter(state.lesson);
      if (was.lesson === null || isOther) void open();
      show();
      content.scrollTop = 0;
      // The step's button was replaced: keep the focus inside the card.
      if (was.lesson !== null && !card.contains(element.ownerDocument.activeElement)) head.focus();
      app.announce(t("lesson.place", { step: state.lesson + 1, n: now().nSteps }));
    }),
  );
  const sizes = new ResizeObserver(cover);
  for (const one of [card, app.map.element]) sizes.observe(one);
  app.onDestroy(() => sizes.disconnect());
  subscribe(app, ["lang"], show);
  subscribe(app, ["method", "dims", "progress"], () => void onPointsAtRest());
  if (store.get().lesson !== null) {
    remember();
    void open();
  }
  return element;
};
