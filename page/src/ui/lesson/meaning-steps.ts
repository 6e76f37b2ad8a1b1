/** What the steps of the second lesson say, with the numbers of the two words that it follows. */
import type { App } from "../../app";
import type { Neighbor } from "../../data/source";
import { display } from "../../state/display";
import { lossesOf, type MeaningStep } from "../../state/lessons";
import {
  FAST,
  fallOf,
  isFromStart,
  leadOf,
  meetingOf,
  metAt,
  type Pair,
  randomRange,
  shareOfWay,
  type Turn,
} from "../../state/meaning-lesson";
import { decimal, percent } from "../../state/numbers";
import { lastMoment } from "../../state/timeline";
import { type Child, fill, h } from "../dom";
import type { Key } from "../i18n";
import { icon } from "../icons";
import { locale, subscribe } from "../subscribe";
import { togglePlaying } from "../timeline/actions";
import { curves } from "../timeline/curves";
import { momentName, momentNumber } from "../timeline/moment-text";
import { withMarks } from "../token-marks";
import type { Facts } from "./pairs";
import { code, paragraph } from "./parts";
import "./meaning-steps.css";

/** The two words, and what is known of them. */
export interface Followed {
  readonly pair: Pair;
  readonly facts: Facts | null;
}

interface Shown extends Followed {
  /** Which of the two the list of neighbors is about. */
  readonly focus: 0 | 1;
  readonly setFocus: (index: 0 | 1) => void;
}

export interface MeaningParts {
  /** What follows the timeline by itself is about these from now on. */
  show(followed: Followed): void;
  head(step: MeaningStep): string;
  body(step: MeaningStep, shown: Shown): Node[] | null;
}

/** "random": before training, and the rows are as random ones are; "untrained": they need not be. */
type Beginning = "random" | "untrained" | "moment";

const LOSS_TEXTS = {
  turned: "meaning.loss.fell",
  always: "meaning.loss.fell",
  never: "meaning.loss.never",
} as const;
const MEETING_TEXTS = {
  turned: "meaning.meeting.met",
  always: "meaning.meeting.always",
  never: "meaning.meeting.never",
} as const;

/** Digits of a similarity and of a loss, as in the panel of the timeline. */
const DIGITS = 3;

export function meaningParts(app: App): MeaningParts {
  const { store, session, t } = app;
  const { manifest } = app.source;
  let now: Followed | null = null;
  const number = (value: number) => decimal(locale(app), value, DIGITS);
  const word = (id: number) => display(app.tokens.token(id));
  const names = () => ({ a: word(now!.pair[0]), b: word(now!.pair[1]) });
  const play = h("button", { type: "button", class: "button lesson-play", onclick: () => togglePlaying(app) });
  const reading = h("p", { class: "lesson-reading number" });
  const chart = curves(app, () => {});

  function read(): void {
    const moment = session.get().shownMoment;
    if (now === null || moment === null) return;
    const value = now.facts?.similarities[moment];
    const similarity = value === undefined ? "" : similarityText(value);
    fill(reading, momentNumber(app, moment), similarity && h("strong", {}, similarity));
  }
  subscribe(app, ["shownMoment", "lang"], read);
  subscribe(app, ["playing", "lang"], () => {
    const { playing } = store.get();
    fill(play, icon(playing ? "pause" : "play"), t(playing ? "timeline.pause" : "timeline.play"));
  });
  subscribe(app, ["markedMoment"], () => chart.mark(session.get().markedMoment));

  function similarityText(value: number): string {
    return Number.isFinite(value) ? t("meaning.similarity", { value: number(value) }) : t("timeline.noValue");
  }

  function beginning(): Beginning {
    if (!isFromStart(manifest)) return "moment";
    return now?.facts?.isRandom ? "random" : "untrained";
  }

  /** When something turned: what the moment is called, and where on the way it lies. */
  function place(moment: number): string {
    const share = shareOfWay(manifest, moment);
    const name = momentName(app, moment);
    if (share === null) return t("meaning.at", { name });
    return t("meaning.atShare", { name, share: percent(locale(app), share) });
  }

  const withPlace = (text: string, moment: number | null) => (moment === null ? text : `${text} ${place(moment)}`);

  function goTo(moment: number): HTMLElement {
    const go = () => store.set({ moment, playing: false });
    return h("button", { type: "button", class: "button small lesson-go", onclick: go }, t("meaning.show"));
  }

  /** What became of a value, without the place where it turned. */
  function turned(turn: Turn, texts: Readonly<Record<"turned" | "always" | "never", Key>>): string {
    const values = { from: number(turn.from), to: number(turn.to), n: (turn.moment ?? 0) + 1 };
    if (turn.moment === null) return t(texts.never, values);
    if (turn.isFromStart) return t(texts.always, values);
    return t(texts.turned, values);
  }

  /** How near other words were when the two came close, and when the two came closer than those; "": at once. */
  function lead({ similarities, others }: Facts): string {
    const turn = leadOf(similarities, others.mean);
    if (turn === null) return "";
    const early = number(others.mean[meetingOf(similarities).moment!]);
    return t("meaning.meeting.lead", { early, n: turn.moment! + 1, end: number(others.mean.at(-1)!) });
  }

  function similarityAtStart({ facts }: Shown): string {
    const value = facts!.similarities[0];
    const key = Number.isFinite(value) ? "meaning.start.pair" : "meaning.start.undirected";
    return t(key, { ...names(), value: number(value) });
  }

  const item = ({ id, score }: Neighbor, isKept = false): HTMLElement =>
    h(
      "li",
      { class: isKept ? "is-kept" : "" },
      h("span", { class: "cut" }, ...withMarks(word(id))),
      h("span", { class: "number muted" }, number(score)),
    );

  function column(head: Child, near: readonly Neighbor[], isKept?: (id: number) => boolean): HTMLElement {
    const items = near.map((one) => item(one, isKept?.(one.id)));
    const list = items.length > 0 ? h("ol", {}, ...items) : h("p", { class: "message" }, t("timeline.noValue"));
    return h("div", {}, h("h3", { class: "label" }, head), list);
  }

  const columns = (...some: HTMLElement[]) => h("div", { class: "lesson-columns" }, ...some);

  const bodies: Readonly<Record<Exclude<MeaningStep, "words">, (shown: Shown) => Node[] | null>> = {
    start: (shown) => {
      const { dim } = manifest;
      const range = number(randomRange(dim));
      const values = { moment: momentNumber(app, 0), name: momentName(app, 0), dim, range };
      const near = shown.pair.map((id, at) =>
        column(t("meaning.start.near", { word: word(id) }), shown.facts!.near[at][0].slice(0, 3)),
      );
      return [
        paragraph(t(`meaning.start.${beginning()}`, values)),
        paragraph(similarityAtStart(shown)),
        columns(...near),
      ];
    },

    watch: () => {
      const { dims } = store.get();
      const { dim } = manifest;
      const note = dim > dims && now?.facts ? [paragraph(t("meaning.watch.dims", { dim, dims }))] : [];
      return [h("div", { class: "row" }, play, reading), paragraph(t("meaning.watch.body", names())), ...note];
    },

    loss: () => {
      const turn = fallOf(lossesOf(manifest));
      const share = turn.moment === null ? null : shareOfWay(manifest, turn.moment);
      return [
        paragraph(t("meaning.loss.body")),
        paragraph(withPlace(turned(turn, LOSS_TEXTS), turn.moment)),
        ...(share !== null && share < FAST ? [paragraph(t("meaning.loss.fast"))] : []),
        ...(turn.moment === null ? [] : [goTo(turn.moment)]),
      ];
    },

    neighbors: ({ pair, facts, focus, setFocus }) => {
      const [first, last] = facts!.near[focus];
      const isInBoth = (id: number) => [first, last].every((list) => list.some((one) => one.id === id));
      const kept = last.filter(({ id }) => isInBoth(id)).length;
      const buttons = pair.map((id, at) => {
        const pressed = String(at === focus);
        const attributes = { type: "button", class: "button small", "data-focus": at, "aria-pressed": pressed };
        return h("button", { ...attributes, onclick: () => setFocus(at as 0 | 1) }, ...withMarks(word(id)));
      });
      return [
        paragraph(t("meaning.neighbors.body")),
        h("div", { class: "row wrap" }, ...buttons),
        columns(
          column(momentNumber(app, 0), first, isInBoth),
          column(momentNumber(app, lastMoment(manifest)), last, isInBoth),
        ),
        paragraph(kept === 0 ? t("meaning.neighbors.none") : t("meaning.neighbors.kept", { n: kept })),
      ];
    },

    meeting: ({ facts }) => {
      const { similarities, others } = facts!;
      const turn = meetingOf(similarities);
      const met = metAt(similarities, others.mean);
      const text = Number.isFinite(turn.from) ? turned(turn, MEETING_TEXTS) : t("meaning.meeting.unknown");
      return [
        paragraph(t(others.n > 0 ? "meaning.meeting.body" : "meaning.meeting.two", { ...names(), n: others.n })),
        h("div", { class: "over-time-chart" }, chart.element),
        paragraph(withPlace(`${text} ${lead(facts!)}`.trim(), turn.isFromStart ? null : met)),
        ...(met === null ? [] : [goTo(met)]),
      ];
    },

    next: () => {
      const umap = manifest.methods.find(({ method }) => method === "umap");
      const { method, dims } = store.get();
      const isOffered = umap !== undefined && umap.missing === null && umap.dims.includes(dims) && method !== "umap";
      const draw = { type: "button", class: "button", onclick: () => store.set({ method: "umap", components: [] }) };
      const again = { type: "button", class: "button", onclick: () => store.set({ lesson: 0 }) };
      return [
        paragraph(t("meaning.next.body")),
        h(
          "div",
          { class: "row wrap" },
          h("button", again, t("meaning.next.again")),
          isOffered && h("button", draw, t("meaning.next.umap")),
        ),
        paragraph(t("meaning.next.own")),
        code("tovec train my.txt --out mine --watch"),
      ];
    },
  };

  return {
    show(followed) {
      now = followed;
      const { facts } = followed;
      chart.show(facts === null ? [] : [facts.similarities, facts.others.mean]);
      read();
    },
    head(step) {
      if (step === "start") return t(`meaning.start.head.${beginning()}`);
      return t(`meaning.${step}.head`);
    },
    body: (step, shown) => (step === "words" ? null : bodies[step](shown)),
  };
}
